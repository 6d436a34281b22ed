package import Base
import Checksums
import Kernel
package import Specs

/// Looking through images, layers and what is left of work that was killed.
///
/// Each invariant of docs/storage.md about them has a function here, in the document's order.
extension ImageShelf {
    /// Returns what is wrong, and mends what `wish` says.
    ///
    /// - Parameter layers: every layer that is recorded.
    package func check(_ wish: CheckWish, layers: [LayerRecord]) throws(Problem) -> [StoreFault] {
        // Nothing comes or goes half-way while it is looked at.
        let hold = wish.repair ? try store.holdForRemoval() : try store.hold()
        var faults: [StoreFault] = []
        var damaged: Set<String> = []
        for layer in layers {
            // Those of another store are its owner's to check.
            if try store.isElsewhere(layer: layer.id) { continue }
            let found = try check(layer, wish)
            if found.contains(where: { $0.kind == .damage && !$0.isMended }) {
                damaged.insert(layer.id)
            }
            faults += found
        }
        let known = Set(layers.map(\.id))
        for image in try catalog.images() where image.store == nil {
            faults += try check(image, known: known, damaged: damaged, wish)
        }
        faults += try strays(known: known, wish)
        faults += try copies(known: known, wish)
        faults += try temporaries(wish)
        faults += try blobs(wish)
        _ = consume hold
        return faults
    }

    // MARK: Layers

    private func check(_ layer: LayerRecord, _ wish: CheckWish) throws(Problem) -> [StoreFault] {
        guard try hasFiles(layer) else {
            return [StoreFault(.damage, "layer \(layer.id) has no files")]
        }
        var faults: [StoreFault] = []
        if (try? store.record(ofLayer: layer.id))?.chain != layer.chain {
            var fault = StoreFault(.damage, "layer \(layer.id) has no record beside its files")
            if wish.repair {
                try store.write(layer)
                fault.isMended = true
                fault.note = "written anew from the database"
            }
            faults.append(fault)
        }
        if wish.quick { return faults }
        if let why = try difference(of: layer) {
            var fault = StoreFault(.damage, "layer \(layer.id) is not as it was stored: \(why)")
            if wish.repair {
                // Gone, it is made anew by the next pull; damaged, it would be taken for good.
                try store.discard(layer.id, in: store.layers.descriptor)
                fault.note = "taken out of the store"
            }
            faults.append(fault)
        }
        return faults
    }

    /// Makes the layer's archive again, and compares; nil where the layer is as it was.
    private func difference(of layer: LayerRecord) throws(Problem) -> String? {
        do throws(Problem) {
            try store.archive(of: layer) { _ in }
        } catch {
            return error.why ?? error.what
        }
        // The archive has what was unpacked; what came after shows in the size. Where files of one
        // archive overwrote each other, there is less than was unpacked.
        let size = try explaining("cannot read the files of layer \(layer.id)") {
            () throws(KernelFault) -> Int64? in
            let place = try Files.open(at: store.layers.descriptor, layer.id, [.read, .directory])
            if try Files.statusIfPresent(at: place, FileName(LayerArchive.fileName)) != nil {
                return nil
            }
            return try TreeSize.of(Files.open(at: place, "diff", [.read, .directory])).bytes
        }
        guard let size, size != layer.size else { return nil }
        return "it has \(size) bytes of files and should have \(layer.size)"
    }

    private func hasFiles(_ layer: LayerRecord) throws(Problem) -> Bool {
        do throws(KernelFault) {
            _ = try Files.open(
                at: store.layers.descriptor, "\(layer.id)/diff", [.read, .directory, .noFollow])
            return true
        } catch {
            guard error.isAbsence || error.isOtherKind else {
                throw error.problem("cannot look at layer \(layer.id)")
            }
            return false
        }
    }

    // MARK: Images

    private func check(
        _ image: ImageRecord, known: Set<String>, damaged: Set<String>, _ wish: CheckWish
    ) throws(Problem) -> [StoreFault] {
        let name = image.names.first ?? String(image.id.prefix(12))
        var reasons: [String] = []
        if Checksum.of(image.config).hex != image.id {
            reasons.append("its configuration is not what its id says")
        }
        if "\(Checksum.of(image.manifest))" != image.digest {
            reasons.append("its manifest is not what its digest says")
        }
        for id in image.layers where !known.contains(id) {
            reasons.append("its layer \(id) is not recorded")
        }
        for id in image.layers where damaged.contains(id) {
            reasons.append("its layer \(id) is damaged")
        }
        if reasons.isEmpty { return [] }
        var fault = StoreFault(
            .damage, "image \(name): \(reasons.joined(separator: ", "))",
            note: "fetch it again: martlet pull \(name)")
        let users = try catalog.containers().filter { $0.needs(image: image.id) }
        if let store = wish.absentStores.first, !wish.force {
            fault.note =
                "the store \"\(store)\" cannot be read, and may have its layers: the image stays"
        } else if wish.repair, wish.force || users.isEmpty, users.isEmpty {
            let layers = try catalog.remove(image: image.id)
            let catalog = catalog
            try store.remove(layers: layers.map(\.id)) { id throws(Problem) in
                try catalog.layer(id: id) != nil
            }
            fault.isMended = true
            fault.note = "removed; fetch it again: martlet pull \(name)"
        } else if !users.isEmpty {
            fault.note =
                "container \(users.map { "\"\($0.name)\"" }.joined(separator: ", ")) needs it; "
                + "fetch it again: martlet pull \(name)"
        }
        return [fault]
    }

    // MARK: What is left over

    /// Layers without a row: of a command that was killed between the rename and the commit.
    private func strays(known: Set<String>, _ wish: CheckWish) throws(Problem) -> [StoreFault] {
        let catalog = catalog
        return try leftovers(
            in: store.layers.descriptor, "layer", wish, where: { !known.contains($0) }
        ) {
            (id) throws(Problem) in
            try store.remove(layers: [id]) { id throws(Problem) in
                try catalog.layer(id: id) != nil
            }
        }
    }

    /// Copies for other ids of layers that are gone; one of another store's layer stays for as long
    /// as a container is made of it.
    private func copies(known: Set<String>, _ wish: CheckWish) throws(Problem) -> [StoreFault] {
        var needed = known
        for container in try catalog.containers() {
            needed.formUnion(container.layers)
            for image in container.mountedImages ?? [] {
                needed.formUnion(try catalog.image(id: image)?.layers ?? [])
            }
        }
        var faults: [StoreFault] = []
        for place in try store.shiftedPlaces() {
            faults += try leftovers(
                in: place.descriptor, "shifted copy", wish, where: { !needed.contains($0) }
            ) { (id) throws(Problem) in
                try store.discard(id, in: place.descriptor)
            }
        }
        return faults
    }

    /// Work of processes that have ended.
    private func temporaries(_ wish: CheckWish) throws(Problem) -> [StoreFault] {
        let isDead: (String) -> Bool = { name in
            name.split(separator: ".").first.flatMap { ProcessIdentity($0) }?.isAlive != true
        }
        return try leftovers(in: store.temporary, "temporary directory", wish, where: isDead) {
            (_) throws(Problem) in try store.sweep()
        }
    }

    /// Blobs of pulls that did not end.
    private func blobs(_ wish: CheckWish) throws(Problem) -> [StoreFault] {
        let blobs = try blobs()
        let old = Clock.wall() / 1_000_000_000 - wish.patienceSeconds
        return try leftovers(
            in: blobs, "blob", wish,
            where: { name in
                guard let status = try? Files.status(at: blobs, name) else { return false }
                return status.modified < old
            }
        ) { (name) throws(Problem) in
            try explaining("cannot remove the blob \"\(name)\"") { () throws(KernelFault) in
                try Files.removeTree(at: blobs, name)
            }
        }
    }

    private func leftovers(
        in directory: borrowing Descriptor, _ kind: String, _ wish: CheckWish,
        where isLeft: (String) -> Bool, remove: (String) throws(Problem) -> Void
    ) throws(Problem) -> [StoreFault] {
        let names = try explaining("cannot list the store") { () throws(KernelFault) in
            try Files.names(in: directory)
        }
        var faults: [StoreFault] = []
        for name in names where isLeft(name) {
            var fault = StoreFault(.leftover, "\(kind) \(name.printable) belongs to nothing")
            if wish.repair {
                try remove(name)
                fault.isMended = true
                fault.note = "removed"
            }
            faults.append(fault)
        }
        return faults
    }
}
