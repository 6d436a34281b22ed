package import Base
import Kernel
import Records
package import Specs

/// A container or an image whose files are shown to programs outside of it.
package struct ShownTree: Equatable, Sendable {
    /// The id of the container or image.
    package var id: String
    package var path: String
}

/// Mounting the files of containers and images where programs outside can reach them.
///
/// An ordinary user may mount in a mount namespace of her own alone, so these are for the shell of
/// `martlet unshare`, as podman-mount(1) has it.
extension House {
    private func mayMount(_ verb: String) throws(Problem) {
        guard caller.uid != 0 else { return }
        throw Problem(
            .badUsage, "an ordinary user cannot mount in the namespaces of this shell",
            next: "do it inside \"martlet unshare\": martlet unshare martlet \(verb)")
    }

    /// Shows a container's files and returns where. What runs already is shown where it runs.
    package func mount(_ container: ContainerRecord) throws(Problem) -> String {
        try mayMount("mount \(container.name)")
        let condition = try condition(of: container.id)
        if condition.isRunning, let pid = condition.record?.process?.pid {
            return "/proc/\(pid)/root"
        }
        let path = dataDirectory(of: container.id) + "/merged"
        if try isShown(at: path) { return path }
        if let own = container.spec.rootDirectory, !own.overlay { return own.path }
        let upper = "../containers/\(container.id)"
        try showOverlay(
            try lowerDirectories(of: container),
            ["upperdir=\(upper)/upper", "workdir=\(upper)/work"], at: path,
            what: "container \"\(container.name)\"")
        return path
    }

    /// Shows an image's files, read-only, and returns where.
    package func mount(_ image: ImageRecord) throws(Problem) -> String {
        try mayMount("image mount \(image.id.prefix(12))")
        let path = "\(runPath)/images/\(image.id)"
        if try isShown(at: path) { return path }
        let what = "image \(image.id.prefix(12))"
        // An overlay of one layer needs a second one, which is empty.
        let empty = "\(runPath)/empty"
        _ = try explaining("cannot make \"\(empty)\"") { () throws(KernelFault) in
            try Files.ensureDirectory(empty, permissions: 0o755)
        }
        try showOverlay(
            layerDirectories(image.layers) + [empty], [], at: path, what: what)
        return path
    }

    private func showOverlay(
        _ lower: [String], _ others: [String], at path: String, what: String
    ) throws(Problem) {
        let base = "\(dataPath)/layers/"
        // Short names, because all of them must fit into one page.
        let names = lower.map { $0.hasPrefix(base) ? String($0.dropFirst(base.count)) : $0 }
        let words = ["lowerdir=\(names.joined(separator: ":"))"] + others + ["userxattr"]
        try explaining("cannot mount \(what)") { () throws(KernelFault) in
            _ = try Files.ensureDirectory(path)
            try Files.enter("\(dataPath)/layers")
            try Mounts.mount(
                "overlay", at: path, attributes: [.noDevices],
                options: words.joined(separator: ","))
            try Files.enter("/")
        }
    }

    /// Ends the showing of a container's or an image's files; false where they were not shown.
    package func unmount(_ path: String) throws(Problem) -> Bool {
        let count = try shownPaths().count { $0 == path }
        guard count > 0 else { return false }
        try explaining("cannot unmount \"\(path)\"") { () throws(KernelFault) in
            // Whoever mounted something over it, or it twice, wants it gone too.
            for _ in 0..<count { try Mounts.detach(path) }
            let parent = try Files.open(
                "/" + path.split(separator: "/").dropLast().joined(separator: "/"),
                [.read, .directory])
            try Files.remove(
                at: parent, String(path.split(separator: "/").last ?? ""), isDirectory: true)
        }
        return true
    }

    /// Ends every mount on and below a directory, in this mount namespace (F-55).
    func detachAll(below directory: String) throws(Problem) {
        let paths = try shownPaths().filter { $0 == directory || $0.hasPrefix(directory + "/") }
        try explaining("cannot unmount what is mounted below \"\(directory)\"") {
            () throws(KernelFault) in
            for path in paths.reversed() { try Mounts.detach(path) }
        }
    }

    /// Whether a tree is shown there.
    ///
    /// - Throws: `wrongState` where something else was mounted over it (F-55).
    private func isShown(at path: String) throws(Problem) -> Bool {
        guard let top = try mounts().last(where: { $0.path == path }) else { return false }
        guard top.kind == "overlay" else {
            throw Problem(
                .wrongState, "something else is mounted on \"\(path)\"", why: "a \(top.kind)",
                next: "unmount it with \"umount \(path)\"")
        }
        return true
    }

    /// What is shown in this mount namespace: containers, or images.
    package func shown(images: Bool) throws(Problem) -> [ShownTree] {
        let base = images ? "\(runPath)/images/" : "\(dataPath)/containers/"
        var seen: Set<String> = []
        return try shownPaths().filter { $0.hasPrefix(base) && seen.insert($0).inserted }
            .compactMap { path in
                path.dropFirst(base.count).split(separator: "/").first.map {
                    ShownTree(id: String($0), path: path)
                }
            }
    }

    private func shownPaths() throws(Problem) -> [String] { try mounts().map(\.path) }

    /// Mounts of this mount namespace, in their order. See proc_pid_mountinfo(5).
    private func mounts() throws(Problem) -> [(path: String, kind: String)] {
        let text = try explaining("cannot read the mounts") { () throws(KernelFault) in
            try Files.readText("/proc/self/mountinfo", limit: 16 << 20)
        }
        return text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count > 4, let dash = fields.lastIndex(of: "-"), dash + 1 < fields.count
            else { return nil }
            return (String(fields[4]), String(fields[dash + 1]))
        }
    }
}
