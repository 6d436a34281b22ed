import Base
import Kernel
import Records
import Specs

/// The files of a container that does not run, put together as its init would do it: the overlay,
/// and the volumes and directories of the host that it mounts.
struct StoppedRoot {
    let house: House
    let container: ContainerRecord

    /// Mounts everything in a mount namespace of this process, and opens the root.
    ///
    /// - Requires: the caller stands in the user namespace, in a process of its own.
    func open() throws(Problem) -> SharedDescriptor {
        let what = "cannot put the files of container \"\(container.name)\" together"
        if let own = container.spec.rootDirectory, !own.overlay {
            return try explaining(what) { () throws(KernelFault) in
                SharedDescriptor(try Files.open(own.path, [.read, .directory]))
            }
        }
        let lower = try house.lowerDirectories(of: container)
        let path = house.dataDirectory(of: container.id)
        let root = try explaining(what) { () throws(KernelFault) in
            // A path of the caller's may be relative.
            let here = try Files.open(".", [.place, .directory])
            try Namespaces.unshare(.mount)
            try Mounts.change(
                try Files.open("/", [.read, .directory]),
                .init(propagation: .private, recursive: true), name: "/")
            let base = "\(house.dataPath)/layers/"
            let names = lower.map { $0.hasPrefix(base) ? String($0.dropFirst(base.count)) : $0 }
            try Files.enter("\(house.dataPath)/layers")
            try Mounts.mount(
                "overlay", at: "\(path)/upper", attributes: [.noDevices],
                options: "lowerdir=\(names.joined(separator: ":")),upperdir=\(path)/upper,"
                    + "workdir=\(path)/work,userxattr")
            try Files.enter(here)
            return SharedDescriptor(try Files.open("\(path)/upper", [.read, .directory]))
        }
        for mount in container.spec.storage.mounts { try attach(mount, below: root) }
        return root
    }

    /// Attaches a volume or a directory of the host where the container mounts it; what only exists
    /// while it runs, such as a tmpfs, is not there.
    private func attach(_ mount: MountChoice, below root: SharedDescriptor) throws(Problem) {
        let source: String
        switch mount.kind {
        case .bind: source = mount.source
        case .volume where !mount.source.isEmpty: source = house.volumeDirectory(mount.source)
        case .volume:
            let mark = MountSources.mark(mount.destination)
            guard let name = container.anonymousVolumes.first(where: { $0.hasSuffix(mark) })
            else { return }
            source = house.volumeDirectory(name)
        case .tmpfs, .ramfs, .devpts, .image, .glob, .artifact, .overlay: return
        }
        guard Files.exists(source) else { return }
        try explaining("cannot show \"\(mount.destination)\" of container \"\(container.name)\"") {
            () throws(KernelFault) in
            let tree = try Mounts.copy(source, recursive: !mount.nonRecursive)
            let place = try Places.ensure(
                mount.destination, below: root.descriptor,
                directory: try tree.status().kind == .directory)
            if mount.readOnly { try Mounts.change(tree, .init(setting: .readOnly)) }
            try Mounts.attach(tree, at: place, name: mount.destination)
        }
    }
}
