package import Base
import Kernel
import Records
package import Specs
package import Storages

/// Where a container's files lie when they are looked at from outside of it.
extension House {
    /// Returns the arrangement of ids that a container has below the standing namespace; nil where
    /// it has the standing one.
    package func nestedMaps(of container: ContainerRecord) throws(Problem) -> NestedMaps? {
        var (spaces, own) = (container.spec.spaces, container.ownIDs)
        if case .container(let name) = spaces.user {
            let other = try ledger().find(name)
            (spaces, own) = (other.spec.spaces, other.ownIDs)
        }
        guard spaces.hasOwnIDs else { return nil }
        let ids = try standingIDs()
        return try NestedMaps(
            spaces, caller: (ids.uid.first?.outside ?? 0, ids.gid.first?.outside ?? 0),
            standing: ids, own: own)
    }

    /// newuidmap(1) gives every user her own entries of /etc/subuid alone.
    func checkSubordinateNames(_ spaces: NamespaceChoices) throws(Problem) {
        let own = SubordinateIDs.accountName(of: caller.uid) ?? "\(caller.uid)"
        for name in [spaces.subUIDName, spaces.subGIDName] {
            guard let name, name != own, name != "\(caller.uid)" else { continue }
            throw Problem(
                .refused, "cannot take subordinate ids of \"\(name.printable)\"",
                why: "newuidmap gives user \"\(own)\" her own entries alone",
                next: "name \"\(own)\", and widen the entry where it is too small")
        }
    }

    /// Gives a container with `--userns=auto` subordinate ids that are no other container's.
    ///
    /// - Requires: the caller holds the lock of this until the container is recorded.
    func ownIDs(for container: ContainerRecord, ledger: Ledger) throws(Problem) -> IDRange? {
        guard case .auto(let size, _, _) = container.spec.spaces.user else { return nil }
        let total = try standingIDs().uid.reduce(UInt64(0)) { $0 + UInt64($1.count) }
        let taken = try ledger.containers().compactMap(\.ownIDs)
        let files = ImageFiles(layers: layerDirectories(container.layers))
        let known = [files.text("/etc/passwd"), files.text("/etc/group")].flatMap { text in
            text.split(separator: "\n").compactMap { line -> UInt32? in
                let fields = line.split(separator: ":", omittingEmptySubsequences: false)
                return fields.count > 2 ? UInt32(fields[2]) : nil
            }
        }
        // As podman-run(1) has it: what the image's accounts need, and 1024 at least.
        let needed = known.filter { $0 < 65_534 }.max().map { $0 + 1 } ?? 0
        return try NestedMaps.free(
            size ?? max(1024, needed), of: UInt32(clamping: total), besides: taken)
    }

    /// The ids of the standing namespace, whether this process stands in it or outside.
    private func standingIDs() throws(Problem) -> (uid: [IDRange], gid: [IDRange]) {
        if caller.uid != 0 {
            let standing = try standingNamespace()
            return (standing.uidMap, standing.gidMap)
        }
        return try explaining("cannot read the ids of this user namespace") {
            () throws(KernelFault) in
            (
                IDMap.parse(try Files.readText("/proc/self/uid_map")),
                IDMap.parse(try Files.readText("/proc/self/gid_map"))
            )
        }
    }

    /// Returns the directories below a container's writable layer, the uppermost first.
    ///
    /// - Requires: the caller stands in the standing namespace.
    func lowerDirectories(of container: ContainerRecord) throws(Problem) -> [String] {
        if let own = container.spec.rootDirectory { return [own.path] }
        guard let maps = try nestedMaps(of: container) else {
            return layerDirectories(container.layers)
        }
        return try store().shifted(container.layers, uid: maps.uid, gid: maps.gid)
            .paths
    }

    /// Returns what the container has changed of its image.
    package func changes(of container: ContainerRecord) throws(Problem) -> [TreeChange] {
        try inside { () throws(Problem) in
            // Owners differ where ids are shifted; what was not written is not looked at.
            let lower =
                container.spec.rootDirectory.map { [$0.path] }
                ?? layerDirectories(container.layers)
            return try compared { [self] () throws(KernelFault) in
                let below = try TreePart.open(all: lower)
                return try TreeDifference.between(
                    [try writtenPart(of: container.id)] + below, and: below)
            }
        }
    }

    /// Returns what tells the layers of two images apart; the ids are the lowest first.
    package func changes(from old: [String], to new: [String]) throws(Problem) -> [TreeChange] {
        try inside { () throws(Problem) in
            let (above, below) = (layerDirectories(new), layerDirectories(old))
            return try compared { () throws(KernelFault) in
                try TreeDifference.between(
                    try TreePart.open(all: above), and: try TreePart.open(all: below))
            }
        }
    }

    private func compared(_ body: () throws(KernelFault) -> [TreeChange]) throws(Problem)
        -> [TreeChange]
    {
        try explaining("cannot compare the layers", body)
    }

    /// Opens the directory with what a container has written.
    ///
    /// - Requires: the caller stands in the standing namespace.
    func writtenPart(of id: String) throws(KernelFault) -> TreePart {
        let own = try Files.open(dataDirectory(of: id), [.read, .directory])
        let sign = FileName("work/\(OverlayPlan.fileMarksSign)")
        return TreePart(
            SharedDescriptor(try Files.open(at: own, "upper", [.read, .directory])),
            hidesByName: try Files.statusIfPresent(at: own, sign) != nil)
    }
}
