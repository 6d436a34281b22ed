import Kernel

/// `martlet quadlet fail`: what the service of a broken unit file runs instead of a container.
enum Failure {
    /// EX_CONFIG, see sysexits.h and systemd.exec(5), "Process Exit Codes".
    static let status: CInt = 78

    /// Tells systemd and the log why the service cannot start, and ends with status 78.
    static func tell(_ words: [String], _ caller: Caller) -> CInt {
        let reasons = words.first == "--" ? Array(words.dropFirst()) : words
        let text = reasons.map { "\($0)\n" }.joined()
        // Without a log there is still the status text, and the other way round.
        _ = try? Console.write(text, to: .error)
        if let socket = caller.environment["NOTIFY_SOCKET"], let first = reasons.first {
            try? notify(socket, "STATUS=\(first)\nERRNO=22")
        }
        return status
    }

    /// Sends one message to the service manager. See sd_notify(3).
    private static func notify(_ path: String, _ message: String) throws(KernelFault) {
        let socket = try Sockets.connect(path, .datagram)
        try Sockets.send(Array(message.utf8), to: socket, waiting: false)
    }
}
