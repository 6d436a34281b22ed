import Base
import Kernel
import Specs

/// The socket on which the payload itself reports to systemd (`--sdnotify=container`).
///
/// It lies in a directory of its own that is mounted into the container. Only messages of the
/// container's processes count, and of them only what a service says of its own state; its main
/// process stays the monitor. See sd_notify(3).
final class Notices {
    let socket: SharedDescriptor
    private let run: SharedDescriptor

    static let directory = "notify"
    static let name = "notify.sock"
    /// Where the directory appears inside.
    static let mountPoint = "/run/notify"
    private static let messageBytes = 4096

    /// Makes the directory and the socket in the container's run-time directory.
    init(_ run: SharedDescriptor) throws(Problem) {
        self.run = run
        socket = try explaining("cannot make the container's notify socket") {
            () throws(KernelFault) in
            try Files.makeDirectory(
                at: run.descriptor, Notices.directory, permissions: 0o755)
            let directory = try Files.open(
                at: run.descriptor, Notices.directory, [.read, .directory, .noFollow])
            let made = try Sockets.listenForSenders(at: directory, Notices.name)
            // Whatever user the payload runs as; nobody else reaches into the directory above.
            try Files.setPermissions(at: directory, FileName(Notices.name), 0o666)
            return SharedDescriptor(made)
        }
    }

    /// Returns the configuration with the socket mounted and named in the environment.
    static func added(to config: RuntimeConfig, run: String) -> RuntimeConfig {
        var config = config
        config.mounts =
            (config.mounts ?? []) + [
                RuntimeConfig.Mount(
                    destination: mountPoint, type: "bind", source: "\(run)/\(directory)",
                    options: ["bind", "rprivate", "nosuid", "nodev", "noexec"])
            ]
        let variable = "NOTIFY_SOCKET=\(mountPoint)/\(name)"
        let kept = (config.process?.env ?? []).filter { !$0.hasPrefix("NOTIFY_SOCKET=") }
        config.process?.env = kept + [variable]
        return config
    }

    /// Returns what the container's processes have said, ready to be passed on.
    func receive(from isInside: (Int32) -> Bool) -> [[String]] {
        var said: [[String]] = []
        // A fault of the socket ends the reading; the next message wakes the loop again.
        while said.count < 64,
            let message = try? Sockets.receiveWithSender(
                from: socket.descriptor, limit: Notices.messageBytes)
        {
            guard message.sender > 0, isInside(message.sender) else { continue }
            let lines = Notices.passable(String(decoding: message.bytes, as: UTF8.self))
            if !lines.isEmpty { said.append(lines) }
        }
        return said
    }

    /// Returns the assignments of a message that are passed on.
    static func passable(_ message: String) -> [String] {
        let allowed = [
            "READY=1", "RELOADING=1", "STOPPING=1", "WATCHDOG=1", "STATUS=", "ERRNO=",
            "MONOTONIC_USEC=", "WATCHDOG_USEC=", "EXTEND_TIMEOUT_USEC=",
        ]
        return message.split(separator: "\n").map(String.init).filter { line in
            allowed.contains { $0.hasSuffix("=") ? line.hasPrefix($0) : line == $0 }
        }
    }

    /// Removes what was made.
    func clear() {
        // What is missing already is as good as removed.
        try? Files.removeTree(at: run.descriptor, Notices.directory)
    }
}
