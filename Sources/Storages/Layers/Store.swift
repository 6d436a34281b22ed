package import Base
import Kernel

/// The files of images, containers and volumes below one data directory. See docs/storage.md.
///
/// What lies in `layers` is complete and on the disk: a layer is written below `tmp`, the file
/// system is synchronised once, and only then it is renamed into place.
///
/// - Requires: the caller stands in the user namespace whose ids the files are to have.
package final class Store {
    /// The absolute path of the directory of layers, which is where an overlay is best mounted
    /// from.
    package let layersPath: String
    /// The absolute path of the data directory.
    package let path: String
    let data: Descriptor
    let layers: SharedDescriptor
    let temporary: Descriptor
    let locks: Descriptor
    /// Opens the other stores whose layers are used as they are. Asked when a layer is not here.
    package var openOthers: () throws(Problem) -> [OtherLayers] = { [] }
    private var openedOthers: [OtherLayers]?
    private var drafts = 0

    /// Opens the store in `path`, making what is missing of it with mode 0700 (T-PERM-1).
    package static func open(_ path: String) throws(Problem) -> Store {
        try explaining("cannot open the store in \"\(path)\"") { () throws(KernelFault) in
            let data = try Files.ensureDirectory(path)
            return Store(
                path: path, layers: try directory("layers", in: data),
                temporary: try directory("tmp", in: data),
                locks: try directory("lock", in: data), data: data)
        }
    }

    private init(
        path: String, layers: consuming Descriptor, temporary: consuming Descriptor,
        locks: consuming Descriptor, data: consuming Descriptor
    ) {
        self.path = path
        layersPath = path + "/layers"
        self.layers = SharedDescriptor(layers)
        self.temporary = temporary
        self.locks = locks
        self.data = data
    }

    static func directory(_ name: String, in parent: borrowing Descriptor) throws(KernelFault)
        -> Descriptor
    {
        do throws(KernelFault) {
            return try Files.open(at: parent, name, [.read, .directory])
        } catch  where error.isAbsence {
            try Files.makeDirectory(at: parent, name)
            return try Files.open(at: parent, name, [.read, .directory])
        }
    }

    /// Returns the lower directories of an overlay, topmost first, relative to `layersPath`.
    ///
    /// Relative and short, so that 127 of them fit into the one page of mount(2)'s options.
    ///
    /// - Parameter ids: an image's layers, lowest first.
    package static func lowerNames(_ ids: [String]) -> [String] {
        ids.reversed().map { $0 + "/diff" }
    }

    /// Whether the layer is there, complete: here or in another store.
    package func has(layer id: String) throws(Problem) -> Bool {
        if try hasOwn(layer: id) { return true }
        return try other(with: id) != nil
    }

    /// Whether the layer is in this store itself.
    func hasOwn(layer id: String) throws(Problem) -> Bool {
        try explaining("cannot look for layer \(id)") { () throws(KernelFault) in
            try Files.statusIfPresent(at: layers.descriptor, FileName(id)) != nil
        }
    }

    /// Whether the layer is in another store alone.
    func isElsewhere(layer id: String) throws(Problem) -> Bool {
        if try hasOwn(layer: id) { return false }
        return try other(with: id) != nil
    }

    /// The directory of layers that has this one: another store's where it is not here.
    func place(of id: String) throws(Problem) -> SharedDescriptor {
        if try hasOwn(layer: id) { return layers }
        return try other(with: id)?.layers ?? layers
    }

    /// The absolute path of a layer's files, here or in another store.
    package func directory(of id: String) throws(Problem) -> String {
        if try !hasOwn(layer: id), let other = try other(with: id) {
            return "\(other.path)/layers/\(id)/diff"
        }
        return "\(layersPath)/\(id)/diff"
    }

    /// The first other store that has a layer.
    func other(with id: String) throws(Problem) -> OtherLayers? {
        if openedOthers == nil { openedOthers = try openOthers() }
        return openedOthers?.first { $0.has(id) }
    }

    /// Holds all images in place: nothing is removed until the value ends.
    ///
    /// For the moment between looking an image up and recording the container that uses it (F-32).
    package func hold() throws(Problem) -> Hold { try hold("images", exclusive: false) }

    /// Waits until nobody holds the images in place, and keeps everybody from it until the value
    /// ends.
    package func holdForRemoval() throws(Problem) -> Hold { try hold("images", exclusive: true) }

    func hold(_ name: String, exclusive: Bool) throws(Problem) -> Hold {
        try explaining("cannot lock the store") { () throws(KernelFault) in
            let file = try Files.open(at: locks, name, [.readWrite, .create])
            _ = try file.lock(exclusive: exclusive, waiting: true)
            return Hold(file: file)
        }
    }

    /// A lock that ends with the value.
    package struct Hold: ~Copyable {
        let file: Descriptor

        /// Keeps the lock for as long as the returned value lives.
        consuming func shared() -> SharedDescriptor { SharedDescriptor(file) }
    }

    /// Begins something new, in a directory of its own that goes when it is not finished.
    ///
    /// Before the first one, what killed commands left is removed: it may be what fills the disk.
    package func draft() throws(Problem) -> Draft {
        if drafts == 0 {
            try sweep()
            try refuseFolding()
        }
        while true {
            // Another value of this process may have the name already.
            if let draft = try Draft(store: self, name: nextName()) { return draft }
        }
    }

    /// Where names that differ in case alone are one, files of a layer would take each other's
    /// place. See ext4(5), "casefold".
    private func refuseFolding() throws(Problem) {
        let folds = try explaining("cannot look at the store in \"\(path)\"") {
            () throws(KernelFault) in try Files.statusIfPresent(at: data, "LAYERS") != nil
        }
        guard folds else { return }
        throw Problem(
            .missingOnMachine, "images cannot be stored in \"\(path)\"",
            why: "its file system takes names that differ in case alone for the same",
            next: "keep the store in another directory, with --root DIRECTORY or XDG_DATA_HOME; or "
                + "make it anew after \"chattr -F\" of the directory above it")
    }

    private func nextName() -> String {
        drafts += 1
        return "\(ProcessIdentity.own()).\(drafts)"
    }

    /// Moves what has the name in `directory` away at once, and then removes it.
    func discard(_ name: String, in directory: borrowing Descriptor) throws(Problem) {
        try explaining("cannot remove \"\(name)\" from the store") { () throws(KernelFault) in
            while true {
                let grave = nextName()
                do throws(KernelFault) {
                    try Files.rename(
                        from: directory, name, to: temporary, grave, replacing: false)
                } catch  where error.isAbsence {
                    return
                } catch  where error.isPresence {
                    continue
                }
                return try Files.removeTree(at: temporary, grave)
            }
        }
    }

    /// Removes what commands left that were killed.
    package func sweep() throws(Problem) {
        try explaining("cannot clear the store's temporary directory") { () throws(KernelFault) in
            for name in try Files.names(in: temporary) {
                let owner = name.split(separator: ".").first.flatMap { ProcessIdentity($0) }
                if owner?.isAlive != true { try Files.removeTree(at: temporary, name) }
            }
            // Nobody goes on with what a transfer left a day ago.
            let blobs = try Store.directory("blobs", in: data)
            let old = Clock.wall() / 1_000_000_000 - 86_400
            for name in try Files.names(in: blobs) {
                // Another program may have removed it just now.
                guard let status = try? Files.status(at: blobs, name), status.modified < old else {
                    continue
                }
                try? Files.remove(at: blobs, name)
            }
        }
    }

    /// Removes the named layers, except those that are known again or in another program's work.
    ///
    /// - Parameter isKnown: asked once the layer is locked; a pull may just have recorded it.
    package func remove(
        layers ids: [String], unless isKnown: (String) throws(Problem) -> Bool
    ) throws(Problem) {
        for id in ids {
            guard let lock = try lockLayer(id, exclusive: true, waiting: false) else { continue }
            if try isKnown(id) { continue }
            try discard(id, in: layers.descriptor)
            try removeShifted(id)
            // Whoever waits for this lock sees that its file is gone and takes a new one.
            try? Files.remove(at: locks, id)
            _ = consume lock
        }
    }

    /// Removes layers that no record knows; what a power cut or a killed command left.
    package func collect(unless isKnown: (String) throws(Problem) -> Bool) throws(Problem) {
        let found = try explaining("cannot list the layers") { () throws(KernelFault) in
            try Files.names(in: layers.descriptor)
        }
        var strays: [String] = []
        for id in found where try !isKnown(id) { strays.append(id) }
        try remove(layers: strays, unless: isKnown)
    }

    /// Takes the lock of one layer; nil where another has it and `waiting` is off.
    func lockLayer(_ id: String, exclusive: Bool, waiting: Bool) throws(Problem) -> Hold? {
        try explaining("cannot lock layer \(id)") { () throws(KernelFault) in
            while true {
                let file = try Files.open(at: locks, id, [.readWrite, .create])
                guard try file.lock(exclusive: exclusive, waiting: waiting) else { return nil }
                let standing = try Files.statusIfPresent(at: locks, FileName(id))
                if try standing?.isSame(as: file.status()) == true { return Hold(file: file) }
            }
        }
    }
}
