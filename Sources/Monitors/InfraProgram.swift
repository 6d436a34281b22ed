import Kernel
import Specs

/// `martlet-runtime infra`: the one process of the container that holds a pod together.
///
/// It runs inside the container, where there is no file but those the engine mounts. It reaps what
/// a shared pid namespace leaves to it, and ends on SIGTERM or SIGINT.
package enum InfraProgram {
    /// Waits until it is asked to end, and returns its exit code.
    package static func run() -> Int {
        do throws(KernelFault) {
            // As process 1 it gets only signals that it blocks or handles.
            try Signals.block([1, 3, 10, 12, 13, 14, 20, 21, 22])
            let ends = [Signal.terminate.number, Signal.interrupt.number]
            let signals = try Signals.descriptor(for: ends + [Signal.child.number])
            try signals.setBlocking(true)
            ResidentMemory.settle()
            while true {
                guard let arrival = try Signals.next(from: signals) else { continue }
                if ends.contains(arrival.number) { return 0 }
                while (try? Processes.reapAny()) != nil {}
            }
        } catch {
            try? Console.write("\(error)\n", to: .error)
            return 125
        }
    }
}
