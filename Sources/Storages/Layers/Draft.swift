package import Base
import Checksums
package import Kernel
package import Specs

/// Layers on their way into the store: a directory below `tmp` that only `commit` makes count.
///
/// Whatever fails, and whoever is killed, nothing of it is ever seen (I10); the directory goes with
/// the value, or with the next command's `sweep`.
package final class Draft {
    private let store: Store
    private let name: String
    private let directory: SharedDescriptor
    /// The directory of this piece of work, for temporary files.
    package var place: SharedDescriptor { directory }
    /// Its absolute path.
    package var path: String { "\(store.path)/tmp/\(name)" }
    /// Locks of layers that are made here or must stay while this lasts.
    private var locks: [SharedDescriptor] = []
    private var made: [String] = []

    /// Makes the directory; nil where there is one of that name.
    init?(store: Store, name: String) throws(Problem) {
        let made = try explaining("cannot make a temporary directory in the store") {
            () throws(KernelFault) -> SharedDescriptor? in
            guard try Files.makeDirectory(at: store.temporary, name) else { return nil }
            return SharedDescriptor(try Files.open(at: store.temporary, name, [.read, .directory]))
        }
        guard let made else { return nil }
        self.store = store
        self.name = name
        directory = made
    }

    deinit {
        // What cannot be removed now is removed by the next sweep.
        try? Files.removeTree(at: store.temporary, name)
    }

    /// Makes a directory for other temporary files of this piece of work.
    package func scratch() throws(Problem) -> Descriptor {
        try explaining("cannot make a temporary file in the store") { () throws(KernelFault) in
            try Files.open(at: directory.descriptor, "scratch", [.readWrite, .create, .exclusive])
        }
    }

    /// Returns whether a layer is there already; otherwise this draft is to make it.
    ///
    /// Waits while another program makes the same layer, so that the work is done once (F-31).
    /// Layers must be claimed from the lowest up: then two programs never wait for each other.
    package func claim(_ id: String) throws(Problem) -> Bool {
        while true {
            let isThere = try store.has(layer: id)
            guard let lock = try store.lockLayer(id, exclusive: !isThere, waiting: true) else {
                continue
            }
            let isThereNow = try store.has(layer: id)
            // It came or went while we waited for the lock of the wrong kind.
            if isThere != isThereNow { continue }
            locks.append(lock.shared())
            return isThereNow
        }
    }

    /// Unpacks one layer's archive, compressed or not, and verifies it.
    package func unpack(_ source: LayerSource) throws(Problem) -> Unpacked {
        let unpacked = try write(source, waits: true)
        made.append(source.name)
        return unpacked
    }

    /// Unpacks the archives of one image's layers, lowest first, several at the same time.
    package func unpack(_ sources: [LayerSource]) throws(Problem) -> [Unpacked] {
        guard sources.count > 1, Tasks.isSingle else {
            var found: [Unpacked] = []
            for source in sources { found.append(try unpack(source)) }
            return found
        }
        var found = try Parallel.map(sources.count) { (number) throws(Problem) in
            try write(sources[number], waits: false)
        }
        made += sources.map(\.name)
        for (index, source) in sources.enumerated() {
            guard let implied = found[index].implied else { continue }
            if implied.areTooMany {
                try explaining("cannot remove a temporary layer") { () throws(KernelFault) in
                    try Files.removeTree(at: directory.descriptor, source.name)
                }
                found[index] = try write(source, waits: true)
            } else {
                try settle(implied, source)
            }
        }
        return found
    }

    /// Makes directories that an archive did not name like those in the layers below.
    private func settle(_ implied: ImpliedDirectories, _ source: LayerSource) throws(Problem) {
        let below = try below(source)
        try explaining("cannot finish a layer") { () throws(KernelFault) in
            let root = try Files.open(
                at: directory.descriptor, "\(source.name)/diff", [.read, .directory])
            // The inner ones first: an outer one may become closed to us.
            for path in implied.paths.sorted(by: { $1.lexicographicallyPrecedes($0) }) {
                guard let name = FileName(path) else { continue }
                let place: Descriptor
                do throws(KernelFault) {
                    place = try Files.openBeneath(
                        root, name, [.read, .directory, .noFollow], [.beneath, .noLinks])
                } catch  where error.isAbsence {
                    // A later entry put something else there.
                    continue
                }
                let parts = path == [0x2E] ? [] : path.split(separator: UInt8(ascii: "/"))
                try LayerWriter.dress(place, as: EntryPath(parts: parts), of: below)
            }
        }
    }

    /// The layers below, topmost first, wherever they are.
    private func below(_ source: LayerSource) throws(Problem) -> [LayerWriter.Below] {
        try source.below.reversed().map { id throws(Problem) in
            let base = made.contains(id) ? directory : try store.place(of: id)
            return LayerWriter.Below(base: base, name: id)
        }
    }

    /// - Parameter waits: whether the layers below are complete.
    private func write(_ source: LayerSource, waits: Bool) throws(Problem) -> Unpacked {
        let what = "cannot make a layer's directory"
        let root = try explaining(what) { () throws(KernelFault) in try emptyLayer(source.name) }
        let place = try explaining(what) { () throws(KernelFault) in
            try Files.open(at: directory.descriptor, source.name, [.read, .directory])
        }
        let recipe = try explaining(what) { () throws(KernelFault) in
            try Files.open(at: place, LayerRecipe.fileName, [.write, .create, .exclusive])
        }
        let bytes = try source.open()
        var writer = try LayerWriter(
            into: root, ownership: source.ownership, above: waits ? try below(source) : [])
        if !waits, !source.below.isEmpty { writer.implyAll() }
        writer.recipe = LayerRecipe(into: recipe)
        let unpacked = try source.unpack(bytes, into: &writer)
        if writer.hasOverwritten { try LayerArchive.keep(bytes, in: place) }
        return unpacked
    }

    /// Makes an empty layer and returns its directory.
    func emptyLayer(_ id: String) throws(KernelFault) -> SharedDescriptor {
        try Files.makeDirectory(at: directory.descriptor, id)
        let layer = try Files.open(at: directory.descriptor, id, [.read, .directory])
        try Files.makeDirectory(at: layer, "diff", permissions: 0o755)
        return SharedDescriptor(try Files.open(at: layer, "diff", [.read, .directory]))
    }

    /// Moves a layer, complete and on the disk, to where it belongs.
    func moveLayer(_ id: String, to place: SharedDescriptor) throws(KernelFault) {
        try Files.rename(
            from: directory.descriptor, id, to: place.descriptor, id, replacing: false)
        try place.descriptor.syncDirectory()
    }

    /// Gives a layer that was unpacked under another name its own.
    package func rename(_ name: String, to id: String) throws(Problem) {
        try explaining("cannot name a layer") { () throws(KernelFault) in
            try Files.rename(at: directory.descriptor, name, to: id)
        }
        made.removeAll { $0 == name }
        made.append(id)
    }

    /// Forgets a layer that was unpacked here, as the store has it after all.
    package func drop(_ name: String) throws(Problem) {
        made.removeAll { $0 == name }
        try explaining("cannot remove a temporary layer") { () throws(KernelFault) in
            try Files.removeTree(at: directory.descriptor, name)
        }
    }

    /// Puts the layers made here into the store, durably, and then runs `record`.
    ///
    /// - Parameter records: of the layers made here; each is written beside its layer, so that the
    ///   database can be made anew from the files.
    package func commit<Result>(
        _ records: [LayerRecord], record: () throws(Problem) -> Result
    ) throws(Problem) -> Result {
        try explaining("cannot put layers into the store") { () throws(KernelFault) in
            if made.isEmpty { return }
            for layer in records where made.contains(layer.id) {
                let place = try Files.open(at: directory.descriptor, layer.id, [.read, .directory])
                try Files.replace(at: place, "layer.json", with: JSON(encoding: layer).bytes())
            }
            try directory.descriptor.syncFileSystem()
            for id in made {
                try Files.rename(
                    from: directory.descriptor, id, to: store.layers.descriptor, id,
                    replacing: false)
            }
            try store.layers.descriptor.syncDirectory()
            made = []
        }
        return try record()
    }
}

extension Store {
    /// Writes a layer's record beside its files again.
    func write(_ layer: LayerRecord) throws(Problem) {
        try explaining("cannot write the record of layer \(layer.id)") { () throws(KernelFault) in
            let place = try Files.open(at: layers.descriptor, layer.id, [.read, .directory])
            try Files.replace(
                at: place, "layer.json", with: JSON(encoding: layer).bytes(), durable: true)
        }
    }

    /// Returns what is written beside a layer.
    package func record(ofLayer id: String) throws(Problem) -> LayerRecord {
        let name = "\(id)/layer.json"
        let place = try place(of: id)
        let bytes = try explaining("cannot read the record of layer \(id)") {
            () throws(KernelFault) in
            try Files.open(at: place.descriptor, name, [.read, .noFollow]).readAll(
                limit: Limits.documentBytes)
        }
        let record = try JSON(parsing: bytes, name: name).decode(LayerRecord.self, name: name)
        // It may be another store's, whose owner may say anything.
        guard record.id == id, record.isSound else {
            throw Problem(.badDocument, "the record of layer \(id) is another layer's")
        }
        return record
    }
}
