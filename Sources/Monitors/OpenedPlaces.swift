import Base
import Kernel
import Runtimes
import Specs

/// The layers of a container's root, opened before it enters a user namespace in which the user
/// herself does not exist (`--userns=nomap`, `--uidmap`): from in there nobody may pass the
/// directories that are hers alone. A path below /proc/self/fd leads straight to what was opened.
/// See proc_pid_fd(5); `PreparedTrees` has the mounts.
struct OpenedPlaces {
    private var held: [SharedDescriptor] = []

    /// Whether the container's namespace leaves out the id that this process has.
    private static func isNeeded(for config: RuntimeConfig) -> Bool {
        guard let maps = config.linux?.uidMappings, !maps.isEmpty else { return false }
        return !maps.contains { $0.hostID == 0 }
    }

    /// Puts what it opens into the place of the paths; open until this value ends.
    mutating func open(for launch: inout Launch) throws(Problem) {
        guard Self.isNeeded(for: launch.config) else { return }
        if case .overlay(var overlay) = launch.root {
            var lower: [String] = []
            for path in overlay.lower { lower.append(try place(path)) }
            overlay.lower = lower
            if let upper = overlay.upper { overlay.upper = try place(upper) }
            if let work = overlay.work { overlay.work = try place(work) }
            launch.root = .overlay(overlay)
        }
    }

    private mutating func place(_ path: String) throws(Problem) -> String {
        let opened = try explaining("cannot open \"\(path)\" for the container") {
            () throws(KernelFault) in SharedDescriptor(try Files.open(path, .place))
        }
        held.append(opened)
        return "/proc/self/fd/\(opened.descriptor.number)"
    }
}
