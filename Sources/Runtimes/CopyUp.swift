import Kernel

/// Fills a fresh tmpfs with what the image has at its place (`tmpcopyup`).
enum CopyUp {
    /// Copies a tree; links are copied, never followed, and devices are left out.
    ///
    /// - Parameter keepsMode: whether `above` has the mode that was asked for.
    static func copy(
        from below: borrowing Descriptor, to above: borrowing Descriptor, depth: Int = 0,
        keepsMode: Bool = false
    ) throws(KernelFault) {
        guard depth < 64 else { throw KernelFault.refusal("the directory to copy is too deep", 40) }
        let own = try below.status()
        if !keepsMode { try above.setPermissions(own.permissions) }
        try above.setOwner(uid: own.uid, gid: own.gid)
        for name in try Files.names(in: below) {
            let status = try Files.status(at: below, name)
            switch status.kind {
            case .directory:
                try Files.makeDirectory(at: above, name)
                try copy(
                    from: Files.open(at: below, name, [.read, .directory, .noFollow]),
                    to: Files.open(at: above, name, [.read, .directory, .noFollow]),
                    depth: depth + 1)
            case .regular:
                let source = try Files.open(at: below, name, [.read, .noFollow])
                let target = try Files.open(
                    at: above, name, [.write, .create, .exclusive, .noFollow], permissions: 0o600)
                try target.copyAll(of: source)
                try target.setOwner(uid: status.uid, gid: status.gid)
                try target.setPermissions(status.permissions)
            case .link: try Files.link(at: above, name, to: Files.target(at: below, name))
            default: break
            }
        }
    }
}
