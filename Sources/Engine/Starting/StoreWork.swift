import Base
import Kernel
import Records
import Specs
import Storages

/// What must be done to files of other ids before a start, all of it in one process that stands in
/// the user namespace: image content into new volumes, owners of mounts (`:U`), layers whose ids
/// are shifted.
struct StoreWork {
    /// Volumes that may get what the image has at their destination.
    var fillings: [(volume: String, destination: String)] = []
    /// Directories that get the container's user as their owner.
    var gifts: [String] = []
    /// Files that get an owner of their own, in the container's ids.
    var owners: [(directory: String, name: String, uid: UInt32, gid: UInt32)] = []
    /// Images among the mounts.
    var images: [ImageMount] = []
    /// The writable layer's directories, which belong to the container's root.
    var own: [String] = []
    /// The container's own arrangement of ids; nil where it has the standing one.
    var maps: (uid: [IDRange], gid: [IDRange])?
    /// Whether the layers are copied for that; otherwise the root's own overlay shows other owners.
    var copiesForMaps = true

    var isNothing: Bool {
        fillings.isEmpty && gifts.isEmpty && owners.isEmpty && images.isEmpty && own.isEmpty
            && !copies
    }
    private var copies: Bool { maps != nil && copiesForMaps }

    /// Where things are once the work is done.
    struct Outcome: Codable {
        /// The directories of the layers, the uppermost first.
        var lower: [String]
        /// Those of each image among the mounts.
        var images: [[String]] = []
    }

    /// Does the work.
    func run(_ house: House, layers: [String], owner: RuntimeConfig.User?)
        throws(Problem) -> Outcome
    {
        if isNothing { return Outcome(lower: house.layerDirectories(layers)) }
        let uid = StoreWork.outside(owner?.uid ?? 0, maps?.uid)
        let gid = StoreWork.outside(owner?.gid ?? 0, maps?.gid)
        return try house.inside { () throws(Problem) -> Outcome in
            let store = try house.store()
            let ledger = try house.ledger()
            let plain = try store.stack(layers)
            var stack = plain
            let fills = try hasToFill(ledger)
            if let maps, copies || fills {
                stack = try store.shifted(layers, uid: maps.uid, gid: maps.gid)
            }
            for (volume, destination) in fillings {
                // As podman has it: who is to write to a new volume can.
                let isGiven = try ledger.volume(named: volume)?.hasOwner == true
                try store.copyUp(
                    into: house.volumeDirectory(volume), from: stack, at: destination,
                    owner: isGiven ? nil : (uid, gid)
                ) { () throws(Problem) in
                    try ledger.volume(named: volume)?.needsCopyUp ?? false
                } then: { () throws(Problem) in
                    try ledger.copyUpIsDone(volume: volume)
                }
            }
            if let maps {
                try giveOwn(StoreWork.outside(0, maps.uid), StoreWork.outside(0, maps.gid))
            }
            for path in gifts { try Store.giveTree(path, uid: uid, gid: gid) }
            for (directory, name, uid, gid) in owners {
                try explaining("cannot give \"\(name)\" to \(uid):\(gid)") {
                    () throws(KernelFault) in
                    try Files.setOwner(
                        at: Files.open(directory, [.read, .directory]), FileName(name),
                        uid: StoreWork.outside(uid, maps?.uid),
                        gid: StoreWork.outside(gid, maps?.gid))
                }
            }
            return Outcome(
                lower: copies ? stack.paths : plain.paths,
                images: try imageDirectories(in: store))
        }
    }

    private func imageDirectories(in store: Store) throws(Problem) -> [[String]] {
        var found: [[String]] = []
        for image in images {
            var layers = try store.stack(image.layers)
            if let maps {
                layers = try store.shifted(image.layers, uid: maps.uid, gid: maps.gid)
            }
            if let path = image.subpath {
                found.append(try layers.directories(at: path))
            } else {
                found.append(layers.paths)
            }
        }
        return found
    }

    private func giveOwn(_ uid: UInt32, _ gid: UInt32) throws(Problem) {
        for path in own {
            try explaining("cannot give \"\(path)\" to the container's root") {
                () throws(KernelFault) in
                let directory = try Files.open(path, [.read, .directory])
                // Later starts find what the container has made of it.
                if try directory.status().uid != 0 { return }
                try Files.setOwner(at: directory, ".", uid: uid, gid: gid)
            }
        }
    }

    /// What a volume gets of the image must belong to the ids that the container shows as right.
    private func hasToFill(_ ledger: Ledger) throws(Problem) -> Bool {
        for (volume, _) in fillings
        where try ledger.volume(named: volume)?.needsCopyUp ?? false { return true }
        return false
    }

    /// Returns what an id of the container's is called in the standing namespace.
    static func outside(_ id: UInt32, _ map: [IDRange]?) -> UInt32 {
        guard let map else { return id }
        for range in map where range.inside <= id && id - range.inside < range.count {
            return range.outside + (id - range.inside)
        }
        return id
    }
}
