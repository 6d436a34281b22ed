import Base
import Kernel
import Specs

/// `martlet-runtime pause --ready-fd=N --run=DIRECTORY`: the process that pins a user's standing user namespace.
///
/// It makes the namespace, waits until the engine has written its maps, and then sleeps. It ends on
/// SIGTERM; the containers keep the namespace as long as they run.
package enum PauseProgram {
    /// - Parameter words: the words after `pause`.
    package static func run(_ words: [String]) -> Int {
        do throws(Problem) {
            // The directory is told for those who look for it in /proc.
            guard let word = words.first, words.count == 2, words[1].hasPrefix("--run=/"),
                word.hasPrefix("--ready-fd="),
                let number = Int32(word.dropFirst("--ready-fd=".count)), number > 2
            else {
                throw Problem(
                    .badUsage, "the keeper of the user namespace was given no channel",
                    next: "it is started by martlet, not by hand")
            }
            try keep(SharedDescriptor(owning: number))
            return 0
        } catch {
            try? Console.write("\(error)\n", to: .error)
            return Int(error.code.exitStatus)
        }
    }

    private static func keep(_ channel: SharedDescriptor) throws(Problem) {
        let signals = try makeNamespace(channel)
        try explaining("cannot wait") { () throws(KernelFault) in
            try signals.setBlocking(true)
            ResidentMemory.settle()
            while true {
                let arrival = try Signals.next(from: signals)
                if arrival?.number == Signal.terminate.number { return }
            }
        }
    }

    private static func makeNamespace(_ channel: SharedDescriptor) throws(Problem) -> Descriptor {
        do throws(KernelFault) {
            try Processes.setName("martlet-pause")
            try Processes.closeDescriptors(from: channel.descriptor.number + 1)
            // Held back: HUP, INT, QUIT, USR1, USR2, PIPE, ALRM, TSTP, TTIN, TTOU end or stop
            // nothing. Only TERM is listened to.
            try Signals.block([1, 2, 3, 10, 12, 13, 14, 20, 21, 22])
            let signals = try Signals.descriptor(for: [Signal.terminate.number])
            try Files.enter("/")
            try Namespaces.unshare(.user)
            try Sockets.send(Array("unshared".utf8), to: channel.descriptor)
            let word = try Sockets.receive(from: channel.descriptor).bytes
            // The engine has gone, or has no ids for us: nobody needs the namespace.
            if word != Array("mapped".utf8) { Processes.end(code: 125) }
            // It stays dumpable, or its owner could not open its namespace by /proc either; a
            // container's processes have fewer capabilities, which keeps them from looking in.
            try Sockets.send(Array("ready".utf8), to: channel.descriptor)
            return signals
        } catch {
            let problem = error.problem("cannot make the user namespace")
            try? Sockets.send(Array("\(error)".utf8), to: channel.descriptor)
            throw problem
        }
    }
}
