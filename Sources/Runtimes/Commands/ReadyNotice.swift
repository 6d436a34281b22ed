import Base
import Kernel
import Specs

/// The container's word that it is ready, on its way to whoever started the runtime.
///
/// The socket named by NOTIFY_SOCKET is out of the container's sight. In its place stands a
/// directory of ours with a socket in it; what arrives there is passed on with the pid that counts
/// outside. See sd_notify(3).
final class ReadyNotice {
    /// For a loop, as readable.
    let socket: Descriptor
    private let target: String

    static let directory = "notify"
    private static let socketName = "notify"

    /// Gives the container the directory and the variable, where the caller waits for its word.
    static func prepare(
        _ config: inout RuntimeConfig, in place: borrowing Descriptor, path: String
    ) throws(Problem) {
        guard let address = Console.variable("NOTIFY_SOCKET"), address.hasPrefix("/") else {
            return
        }
        try explaining("cannot make the directory of the notification socket") {
            () throws(KernelFault) in
            _ = try Files.makeDirectory(at: place, directory, permissions: 0o755)
        }
        config.mounts =
            (config.mounts ?? []) + [
                .init(
                    destination: address, type: "bind", source: "\(path)/\(directory)",
                    options: ["bind", "nosuid", "nodev", "noexec"])
            ]
        let kept = (config.process?.env ?? []).filter { !$0.hasPrefix("NOTIFY_SOCKET=") }
        config.process?.env = kept + ["NOTIFY_SOCKET=\(address)/\(socketName)"]
    }

    /// Listens in a container's directory; nil where nobody waits for its word.
    init?(in place: borrowing Descriptor) throws(Problem) {
        guard let address = Console.variable("NOTIFY_SOCKET"), address.hasPrefix("/"),
            (try? Files.status(at: place, Self.directory)) != nil
        else { return nil }
        target = address
        let number = place.number
        socket = try explaining("cannot listen for the container's word that it is ready") {
            () throws(KernelFault) in
            let copy = Descriptor(owning: try Descriptor.copy(of: number))
            let directory = try Files.open(
                at: copy, Self.directory, [.read, .directory, .noFollow])
            let socket = try Sockets.listen(at: directory, Self.socketName, .datagram)
            // Any user of the container may speak for it; nobody else sees the directory.
            try Files.setPermissions(at: directory, "notify", 0o777)
            return socket
        }
    }

    /// Takes what arrived; true once the container is ready and that was passed on.
    func take(from pid: Int32) throws(KernelFault) -> Bool {
        let message = try Sockets.receive(from: socket, limit: 4096)
        for number in message.descriptors { Descriptor.drop(number) }
        let lines = String(decoding: message.bytes, as: UTF8.self).split(separator: "\n")
        guard lines.contains("READY=1") else { return false }
        let out = try Sockets.connect(target, .datagram)
        try Sockets.send(Array("MAINPID=\(pid)\nREADY=1".utf8), to: out)
        return true
    }

    /// Waits until the container is ready, or has ended.
    func wait(for process: borrowing ProcessHandle, pid: Int32) throws(Problem) {
        try explaining("cannot wait for the container's word that it is ready") {
            () throws(KernelFault) in
            while try Loop.first(socket, or: process.descriptor) {
                if try take(from: pid) { return }
            }
        }
    }
}
