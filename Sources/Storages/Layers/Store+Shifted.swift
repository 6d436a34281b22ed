package import Base
import Checksums
import Kernel
package import Specs

/// Layers for containers whose ids are arranged in another way (`--userns=keep-id`).
///
/// An unprivileged user cannot map ids at a mount of her own disk, so there is a copy of each layer
/// in which files belong to the ids that the container's namespace shows as the right ones. A copy
/// is made once for each arrangement, by reflink where the file system can.
extension Store {
    /// Where an overlay finds its lower directories.
    package struct LowerStack: Equatable, Sendable {
        /// The absolute path of the directory that the names are relative to.
        package let path: String
        /// Topmost first; an absolute one is in another store.
        package fileprivate(set) var names: [String]
        /// The directories themselves, topmost first.
        package var paths: [String] {
            names.map { $0.hasPrefix("/") ? $0 : "\(path)/\($0)" }
        }

        /// Returns the directories that make up one of the image's, topmost first, as real paths.
        ///
        /// Links of the image are followed within it alone (T-ROOTFS-4).
        package func directories(at place: String) throws(Problem) -> [String] {
            let found = try explaining("cannot look for \"\(place.printable)\" in the image") {
                () throws(KernelFault) in
                var found: [String] = []
                for part in try MergedTree.directories(
                    at: place, in: try TreePart.open(all: paths))
                {
                    found.append(
                        try Files.target("/proc/self/fd/\(part.directory.descriptor.number)"))
                }
                return found
            }
            guard !found.isEmpty else {
                throw Problem(
                    .noSuchObject, "the image has no directory \"\(place.printable)\"")
            }
            return found
        }
    }

    /// Returns the layers as they are stored.
    package func plain(_ ids: [String]) -> LowerStack {
        LowerStack(path: layersPath, names: Store.lowerNames(ids))
    }

    /// Returns the layers as they are stored, wherever each of them is.
    package func stack(_ ids: [String]) throws(Problem) -> LowerStack {
        var stack = plain(ids)
        for (index, id) in ids.reversed().enumerated() {
            let path = try directory(of: id)
            if !path.hasPrefix(layersPath + "/") { stack.names[index] = path }
        }
        return stack
    }

    /// Returns the layers in an arrangement of ids, copied where they have not been yet.
    ///
    /// - Parameters:
    ///   - ids: an image's layers, lowest first.
    ///   - uid: the container's map; `outside` counts in the caller's namespace.
    /// - Requires: the caller stands in the user namespace whose ids the stored files have.
    package func shifted(_ ids: [String], uid: [IDRange], gid: [IDRange]) throws(Problem)
        -> LowerStack
    {
        let words = [uid, gid].map { map in
            map.map { "\($0.inside):\($0.outside):\($0.count)" }.joined(separator: ",")
        }
        let key = String(Checksum.of(Array(words.joined(separator: "/").utf8)).hex.prefix(16))
        let stack = LowerStack(path: "\(path)/shifted/\(key)", names: Store.lowerNames(ids))
        let place = try explaining("cannot open the store's shifted layers") {
            () throws(KernelFault) in
            SharedDescriptor(
                try Store.directory(key, in: try Store.directory("shifted", in: data)))
        }
        for id in ids {
            try shift(id, key: key, into: place) { owner, group throws(KernelFault) in
                (try Store.outside(owner, uid, "uid"), try Store.outside(group, gid, "gid"))
            }
        }
        return stack
    }

    private func shift(
        _ id: String, key: String, into place: SharedDescriptor, owners: @escaping TreeCopy.Owners
    ) throws(Problem) {
        func isThere() throws(Problem) -> Bool {
            try explaining("cannot look for a shifted layer") { () throws(KernelFault) in
                try Files.statusIfPresent(at: place.descriptor, FileName(id)) != nil
            }
        }
        if try isThere() { return }
        let lock = try lockLayer("\(key).\(id)", exclusive: true, waiting: true)
        if try isThere() { return }
        let draft = try draft()
        let source = try self.place(of: id)
        do throws(KernelFault) {
            let from = TreePart(
                SharedDescriptor(
                    try Files.open(at: source.descriptor, "\(id)/diff", [.read, .directory])))
            let to = try draft.emptyLayer(id)
            var copy = TreeCopy(into: to, marks: .copied, owners: owners)
            try copy.copy([from])
            try to.descriptor.syncFileSystem()
            try draft.moveLayer(id, to: place)
        } catch {
            throw error.problem("cannot copy layer \(id) for other ids")
        }
        _ = consume lock
    }

    /// Returns the id of the caller's namespace that a container's map shows as `id`.
    private static func outside(_ id: UInt32, _ map: [IDRange], _ kind: String)
        throws(KernelFault) -> UInt32
    {
        for range in map where id >= range.inside && id - range.inside < range.count {
            return range.outside + (id - range.inside)
        }
        throw KernelFault.outOfRange(call: "map", subject: "\(kind) \(id)")
    }

    /// Removes the copies of a layer in all arrangements.
    func removeShifted(_ id: String) throws(Problem) {
        for place in try shiftedPlaces() { try discard(id, in: place.descriptor) }
    }

    /// The directories of all arrangements. Nothing is made here: a removal must go through on a
    /// full disk.
    func shiftedPlaces() throws(Problem) -> [SharedDescriptor] {
        try explaining("cannot list the store's shifted layers") {
            () throws(KernelFault) -> [SharedDescriptor] in
            guard try Files.statusIfPresent(at: data, "shifted") != nil else { return [] }
            let all = try Files.open(at: data, "shifted", [.read, .directory])
            var places: [SharedDescriptor] = []
            for key in try Files.names(in: all) {
                places.append(
                    SharedDescriptor(try Files.open(at: all, key, [.read, .directory, .noFollow])))
            }
            return places
        }
    }
}
