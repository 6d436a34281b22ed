import Kernel

/// Where a generator's messages go: the kernel's log while the machine boots, else standard error.
struct Journal {
    private let toKernel: Bool

    init(toKernel: Bool) { self.toKernel = toKernel }

    /// Writes one message; its further lines are messages of their own.
    func say(_ text: String) {
        for line in text.split(separator: "\n") {
            let message = "quadlet-generator[\(Caller.pid())]: \(line)\n"
            if toKernel, (try? Files.open("/dev/kmsg", [.write]).writeAll(message)) != nil {
                continue
            }
            // Where standard error is closed there is nowhere left to say it.
            _ = try? Console.write(message, to: .error)
        }
    }
}
