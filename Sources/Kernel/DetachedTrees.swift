import Glibc

/// Detached copies of mounts, made for a container's first process that could not reach them.
package enum DetachedTrees {
    /// What is copied.
    package struct Source: Sendable {
        package let path: String
        package let isRecursive: Bool
        package let follows: Bool
        /// What of the directory at `path` is meant: found without ever leaving that.
        package let part: String?

        package init(_ path: String, isRecursive: Bool, follows: Bool, part: String? = nil) {
            self.path = path
            self.isRecursive = isRecursive
            self.follows = follows
            self.part = part
        }

        var name: String { part.map { "\(path)/\($0)" } ?? path }

        func copy() throws(KernelFault) -> Descriptor {
            guard let part else {
                return try Mounts.copy(path, recursive: isRecursive, following: follows)
            }
            let whole = try Files.open(path, [.place, .directory])
            return try Mounts.copy(
                of: Files.openBeneath(whole, part, .place, [.beneath, .noMagicLinks]),
                recursive: isRecursive)
        }
    }

    /// Copies each, in a short-lived process with a mount namespace of its own: whoever may not
    /// change the mounts of this namespace may change those.
    ///
    /// - Parameter namespace: a mount namespace to copy from instead, by its number.
    /// - Requires: CAP_SYS_ADMIN in this process's user namespace.
    /// - Returns: numbers owned by the caller, in the order of the sources.
    package static func copy(_ sources: [Source], from namespace: CInt? = nil)
        throws(KernelFault) -> [CInt]
    {
        if sources.isEmpty { return [] }
        // Bare numbers: what one process of the shared table closes is closed for both.
        let ends = try Descriptor.pipe().ends()
        let copy = try SharedWords.copy(closing: ends)
        if copy.pid == 0 {
            SharedWords.send(words(sources, namespace), to: ends.writing)
            Clone.end(0)
        }
        Descriptor.drop(copy.pidfd)
        // The end to write to is open in the shared table, so the wait comes before the reading.
        _ = try? Processes.reap(copy.pid, waiting: true)
        let words = try SharedWords.receive(sources.count + 1, from: ends)
        guard words.count == sources.count + 1, words[0] == 0 else {
            for number in words.dropFirst() { Descriptor.drop(number) }
            // The copies before the one that failed were told.
            let failed = max(0, words.count - 1)
            throw KernelFault(
                call: "open_tree", subject: sources[min(failed, sources.count - 1)].name,
                number: words.first ?? EIO)
        }
        return Array(words.dropFirst())
    }

    private static func words(_ sources: [Source], _ namespace: CInt?) -> [CInt] {
        var numbers: [CInt] = []
        do throws(KernelFault) {
            if let namespace {
                try Namespaces.enter(number: namespace, .mount)
            } else {
                try Namespaces.unshare(.mount)
            }
            for source in sources {
                numbers.append(try source.copy().release())
            }
        } catch {
            return [error.number] + numbers
        }
        return [0] + numbers
    }
}
