import CKernel
import Glibc

/// Device files on mounts that belong to no tree, for containers in user namespaces.
package enum DeviceTrees {
    /// Makes each device on a file system of its own and returns a detached mount of it.
    ///
    /// A short-lived process makes them in a mount namespace of its own, so that nothing of it is
    /// ever to be seen.
    ///
    /// - Requires: the rights of the machine's root.
    /// - Returns: numbers owned by the caller, in the order of the devices.
    package static func make(_ devices: [Places.Device]) throws(KernelFault) -> [CInt] {
        // Bare numbers: what one process of the shared table closes is closed for both.
        let ends = try Descriptor.pipe().ends()
        let copy = try SharedWords.copy(closing: ends)
        if copy.pid == 0 {
            var words: [CInt]
            do throws(KernelFault) {
                words = try [0] + trees(devices)
            } catch {
                words = [error.number]
            }
            SharedWords.send(words, to: ends.writing)
            Clone.end(0)
        }
        Descriptor.drop(copy.pidfd)
        // The end to write to is open in the shared table, so the wait comes before the reading.
        _ = try? Processes.reap(copy.pid, waiting: true)
        let words = try SharedWords.receive(devices.count + 1, from: ends)
        guard let first = words.first, first == 0, words.count == devices.count + 1 else {
            throw KernelFault(call: "mknodat", subject: "devices", number: words.first ?? EIO)
        }
        return Array(words.dropFirst())
    }

    private static func trees(_ devices: [Places.Device]) throws(KernelFault) -> [CInt] {
        try Namespaces.unshare(.mount)
        try Mounts.change(
            Files.open("/", [.place, .directory]), .init(propagation: .private, recursive: true))
        let files = try Mounts.create(
            "tmpfs", source: "devices", options: ["mode=755"],
            attributes: [.noSetUserID, .noExecution])
        try Mounts.attach(files, at: Files.open("/", [.place, .directory]), name: "/")
        var numbers: [CInt] = []
        for (index, device) in devices.enumerated() {
            let name = "\(index)"
            try Places.makeDevice(at: files, name, device)
            let place = try Files.open(at: files, name, [.place, .noFollow])
            numbers.append(try Mounts.copy(of: place, recursive: false).release())
        }
        return numbers
    }
}
