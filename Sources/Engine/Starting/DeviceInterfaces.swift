import Base
import Documents
import Kernel
import Specs

/// The devices that files of the Container Device Interface describe on this machine.
///
/// Files of a later directory count before those of an earlier one. See SPEC.md, "CDI JSON
/// Specification", and podman(1), --cdi-spec-dir.
struct DeviceInterfaces {
    private struct Entry {
        let path: String
        let directory: Int
        let interface: DeviceInterface
    }

    private var entries: [Entry] = []
    /// What is wrong with files; told where one of their devices may be the one that is missing.
    private var faults: [Problem] = []
    private let directories: [String]

    /// Reads the files of the directories; one that cannot be read hides no other.
    init(_ directories: [String]) {
        self.directories = directories
        for (index, directory) in directories.enumerated() {
            guard let open = try? Files.open(directory, [.read, .directory]),
                let names = try? Files.names(in: open)
            else { continue }
            for name in names.sorted()
            where [".json", ".yaml", ".yml"].contains(where: name.hasSuffix) {
                let path = "\(directory)/\(name)"
                do throws(Problem) {
                    entries += try Self.read(path).map {
                        Entry(path: path, directory: index, interface: $0)
                    }
                } catch {
                    faults.append(error)
                }
            }
        }
    }

    private static func read(_ path: String) throws(Problem) -> [DeviceInterface] {
        let bytes = try explaining("cannot read \"\(path)\"") { () throws(KernelFault) in
            try Files.read(path, limit: Limits.documentBytes)
        }
        let trees =
            path.hasSuffix(".json")
            ? [try JSON(parsing: bytes, name: path)] : try YAML.parse(bytes, name: path)
        return try trees.map { (tree) throws(Problem) in try DeviceInterface(tree, name: path) }
    }

    /// Returns what the devices need together: what a file says of all of its devices once, before
    /// the first of them.
    ///
    /// - Throws: `noSuchObject` for a device that no file describes, `badDocument` where two do.
    func edits(for names: [String]) throws(Problem) -> [DeviceInterface.Edits] {
        var edits: [DeviceInterface.Edits] = []
        var used: Set<String> = []
        for name in names {
            let (entry, device) = try find(name)
            if used.insert(entry.path + "\n" + entry.interface.kind).inserted,
                let common = entry.interface.containerEdits
            {
                edits.append(common)
            }
            edits.append(device.containerEdits)
        }
        return edits
    }

    private func find(_ text: String) throws(Problem) -> (Entry, DeviceInterface.Device) {
        var found: [(Entry, DeviceInterface.Device)] = []
        let name = DeviceInterface.Name(text)
        for entry in entries where entry.interface.kind == name?.kind {
            for device in entry.interface.devices where device.name == name?.device {
                found.append((entry, device))
            }
        }
        let last = found.map(\.0.directory).max()
        found.removeAll { $0.0.directory != last }
        guard let first = found.first else {
            var problem = Problem(
                .noSuchObject, "there is no device \"\(text.printable)\"",
                why: "no file in \(directories.joined(separator: " or ")) describes it",
                next: nearest(to: text)
                    ?? "let its vendor's tool write one, such as \"nvidia-ctk cdi generate\"")
            problem.others = faults
            throw problem
        }
        guard found.count == 1 else {
            throw Problem(
                .badDocument, "the device \"\(text.printable)\" is described twice",
                why: "\(first.0.path) and \(found[1].0.path) do", next: "remove one of the two")
        }
        return first
    }

    private func nearest(to text: String) -> String? {
        let all = entries.flatMap { entry in
            entry.interface.devices.map { "\(entry.interface.kind)=\($0.name)" }
        }
        return all.nearest(to: text).map { "did you mean \"\($0)\"?" }
    }
}

extension Preparation {
    /// Puts devices that have a name in place of a path into the configuration.
    func describedDevices(_ spec: ContainerSpec, _ config: inout RuntimeConfig) throws(Problem) {
        let names = spec.storage.devices.filter(\.isDescribed).map(\.source)
        if names.isEmpty { return }
        var sources = MountSources(house: house, ledger: ledger, containerPath: dataPath)
        // What the container's own options put there stays.
        var taken = Set(spec.storage.mounts.map(\.destination))
        for edits in try DeviceInterfaces(house.deviceInterfacePaths()).edits(for: names) {
            for node in edits.deviceNodes ?? [] where taken.insert(node.path).inserted {
                var device = DeviceChoice(
                    source: node.hostPath ?? node.path, destination: node.path)
                device.access = node.permissions ?? "rwm"
                config.mounts?.append(try Self.mount(device))
            }
            for mount in edits.mounts ?? [] where taken.insert(mount.containerPath).inserted {
                config.mounts?.append(try Self.mount(mount, &sources))
            }
            edits.apply(to: &config)
        }
    }

    private static func mount(_ mount: DeviceInterface.Mount, _ sources: inout MountSources)
        throws(Problem) -> RuntimeConfig.Mount
    {
        let words = mount.options ?? ["rbind", "rprivate"]
        if let type = mount.type, type != "bind" {
            return .init(
                destination: mount.containerPath, type: type, source: mount.hostPath, options: words
            )
        }
        var choice = MountChoice(
            .bind, source: mount.hostPath, destination: mount.containerPath)
        choice.readOnly = words.contains("ro")
        choice.nonRecursive = !words.contains("rbind")
        choice.options = words.filter { !["ro", "rw", "bind", "rbind"].contains($0) }
        return try sources.mount(choice, known: [])
    }

    /// The bind that stands for a device: nobody but the machine's root makes device files.
    static func mount(_ device: DeviceChoice) throws(Problem) -> RuntimeConfig.Mount {
        guard Files.exists(device.source) else {
            throw Problem(
                .noSuchObject, "there is no device \"\(device.source.printable)\"",
                next: "look below /dev for its name")
        }
        return .init(
            destination: device.destination, type: "bind", source: device.source,
            options: ["bind", "rprivate", "nosuid", "noexec"]
                + (device.access.contains("w") ? [] : ["ro"]))
    }
}

extension House {
    /// Where files of the Container Device Interface are looked for: the options' directories, or
    /// those of containers.conf.
    fileprivate func deviceInterfacePaths() throws(Problem) -> [String] {
        if !deviceInterfaceDirectories.isEmpty { return deviceInterfaceDirectories }
        var paths = ["/etc/cdi", "/var/run/cdi"]
        let files = ConfigurationFiles(environment: caller.environment, uid: caller.uid)
        for document in try files.documents("containers.conf", in: .disk) {
            let table = try TOML.parse(document.bytes, name: document.path)["engine"]
            if let chosen = table?["cdi_spec_dirs"]?.elements { paths = chosen.compactMap(\.text) }
        }
        return paths
    }
}
