import CKernel
import Glibc

extension Processes {
    /// Kills a process with all that descend from it.
    ///
    /// Each is stopped before its children are looked for, so that none gets away meanwhile. One
    /// whose parent has ended before descends from it no more; a control group holds those too.
    package static func killTree(_ root: Int32) {
        var found: [Int32] = [root]
        var next = 0
        while next < found.count {
            // One that has just ended has no children left.
            try? Signals.send(SIGSTOP, to: found[next])
            found += children(of: found[next]).filter { !found.contains($0) }
            next += 1
        }
        for pid in found { try? Signals.send(SIGKILL, to: pid) }
    }

    /// Returns the children of every thread of a process. See proc(5), /proc/pid/task/tid/children.
    private static func children(of pid: Int32) -> [Int32] {
        let path = "/proc/\(pid)/task"
        guard let threads = try? Files.names(in: try Files.open(path, [.read, .directory])) else {
            return []
        }
        return threads.flatMap { thread in
            let text = try? Files.readText("\(path)/\(thread)/children", limit: 1 << 20)
            return (text ?? "").split { $0 == " " || $0 == "\n" }.compactMap { Int32($0) }
        }
    }
}
