package import Base
import Kernel
import Records
package import Specs
import Storages

/// Bringing images from place to place: registries, archives, directories, stores.
extension House {
    /// Copies an image and returns the manifest or index that stands at the target.
    package func transfer(
        from source: ImageLocation, to target: ImageLocation, _ wish: TransferWish
    ) throws(Problem) -> ContentDescriptor {
        do throws(Problem) {
            guard wish.target.signing == nil || target.isRemote else {
                throw Problem(
                    .notBuilt, "only what goes to a registry is signed",
                    next: "leave the options for signing out, or copy to docker://NAME")
            }
            let ledger = try ledger()
            switch source {
            case .registry(let reference):
                return try fromRegistry(reference, to: target, wish, ledger)
            case .store(let name):
                let image = try shelf(ledger).find(name)
                return try fromStore(image, to: target, wish, ledger)
            case .podmanStore(let root, let name):
                return try fromPodman(root, name, to: target, wish)
            default:
                let place = try ImagePlace(opening: source, in: dataPath)
                try admit(source, place, wish)
                return try decrypting(wish, ledger) { (decrypted) throws(Problem) in
                    try onward(target, wish, ledger) { (work) throws(Problem) in
                        let bundle = try place.bundle()
                        let chosen =
                            try wish.all
                            ? bundle
                            : bundle.choosing(wish.platform ?? .host, name: "\(source)")
                        return try work(decrypted(chosen), bundle.name, nil)
                    }
                }
            }
        } catch {
            throw error.during("copying \"\(source)\" to \"\(target)\"")
        }
    }

    private func fromRegistry(
        _ reference: ImageReference, to target: ImageLocation, _ wish: TransferWish,
        _ ledger: Ledger
    ) throws(Problem) -> ContentDescriptor {
        var request = wish.source
        request.verb = .fetch
        request.candidates = try registries().candidates(for: reference)
        request.platform = wish.platform
        request.depth = wish.all ? .all : .image
        if case .store = target { request.known = try knownBlobs(ledger) }
        let blobs = SharedDescriptor(try shelf(ledger).blobs())
        let fetched = try RegistryClient(self).fetch(request, into: blobs.descriptor) { event in
            if case .warning(let text) = event { self.warn(text) }
            wish.progress?(event)
        }
        let folder = BlobFolder(blobs)
        let bundle = ImageBundle(root: fetched.root, source: folder)
        let digests = try bundle.digests()
        // What a killed copy fetched helps the next one; a failed one leaves nothing.
        defer { for digest in digests { folder.remove(digest) } }
        return try decrypting(wish, ledger) { (decrypted) throws(Problem) in
            let opened = try decrypted(bundle)
            return try onward(target, wish, ledger) { (work) throws(Problem) in
                try work(opened, fetched.reference.description, nil)
            }
        }
    }

    private func fromStore(
        _ image: ImageRecord, to target: ImageLocation, _ wish: TransferWish, _ ledger: Ledger
    ) throws(Problem) -> ContentDescriptor {
        var present: Set<Digest> = []
        if case .registry(let reference) = target {
            present = try probe(image, at: reference, wish, ledger)
        }
        let bundle = try ImageBundle(of: image)
        let unpacked = Unpacked(
            records: [bundle.root.digest: try layers(of: image, ledger)], present: present)
        return try onward(target, wish, ledger, entering: true) { (work) throws(Problem) in
            try work(bundle, image.names.first, unpacked)
        }
    }

    /// Returns the layers of a stored image, lowest first.
    func layers(of image: ImageRecord, _ ledger: Ledger) throws(Problem) -> [LayerRecord] {
        try image.layers.map { id throws(Problem) in
            if let layer = try ledger.layerAnywhere(id: id) { return layer }
            throw Problem(
                .noSuchObject, "layer \(id) of image \(image.id.prefix(12)) is not known",
                next: "pull the image again")
        }
    }

    /// Asks the target's registry which of the blobs that an image came in it has.
    private func probe(
        _ image: ImageRecord, at reference: ImageReference, _ wish: TransferWish, _ ledger: Ledger
    ) throws(Problem) -> Set<Digest> {
        var request = wish.target
        request.verb = .probe
        request.candidates = [reference.complete]
        request.mountFrom = image.digestNames.compactMap { name in
            guard let from = try? ImageReference(name), from.registry == reference.registry,
                from.path != reference.path
            else { return nil }
            return from.path
        }
        for id in image.layers {
            guard let blob = try ledger.layerAnywhere(id: id)?.blob, let digest = try? Digest(blob)
            else { continue }
            request.known.append(digest)
        }
        if request.known.isEmpty { return [] }
        var present: Set<Digest> = []
        try RegistryClient(self).ask(request) { event in
            if case .blobSkipped(let digest) = event { present.insert(digest) }
            if case .warning(let text) = event { self.warn(text) }
        }
        return present
    }

    /// What a transfer from the store needs besides the bundle.
    struct Unpacked {
        /// The layers of each image that lies in the store, by the digest of its manifest.
        var records: [Digest: [LayerRecord]] = [:]
        /// Blobs, and images of an index, that are at the target.
        var present: Set<Digest> = []

        func layers(_ store: Store) -> [Digest: UnpackedLayers] {
            records.mapValues { UnpackedLayers(store, $0) }
        }
    }

    /// Takes a bundle, the name its place gives it, and what is unpacked of it.
    typealias Work = (ImageBundle, String?, Unpacked?) throws(Problem) -> ContentDescriptor

    /// Opens the target and hands `body` what puts a bundle there.
    func onward(
        _ target: ImageLocation, _ wish: TransferWish, _ ledger: Ledger, entering: Bool = false,
        _ body: (Work) throws(Problem) -> ContentDescriptor
    ) throws(Problem) -> ContentDescriptor {
        if let encryption = wish.encryption {
            return try encrypting(encryption, target, wish, ledger, entering, body)
        }
        switch target {
        case .registry(let reference):
            return try toRegistry(reference, wish, ledger, entering: entering, body)
        case .store(let name):
            return try inStore { (shelf) throws(Problem) in
                try body { (bundle, _, _) throws(Problem) in
                    let image = try bundle.choosing(wish.platform ?? .host, name: name)
                    try shelf.add(image, names: [try ImageShelf.newName(name)])
                    return image.root
                }
            }
        case .podmanStore:
            throw Problem(
                .badUsage, "podman's store is not written to", next: "podman load < ARCHIVE")
        default:
            let place = try ImagePlace(making: target)
            return try place.finishing { () throws(Problem) in
                try within(entering) { (store) throws(Problem) in
                    try body { (bundle, name, unpacked) throws(Problem) in
                        let target = try place.target(scratch: store.draft())
                        var transfer = ImageTransfer(bundle, to: target.blobs, wish.choices)
                        if let unpacked { transfer.unpacked = unpacked.layers(store) }
                        let moved = try transfer.run(name: place.label(else: name))
                        try target.close()
                        return moved
                    }
                }
            }
        }
    }

    private func toRegistry(
        _ reference: ImageReference, _ wish: TransferWish, _ ledger: Ledger, entering: Bool,
        _ body: (Work) throws(Problem) -> ContentDescriptor
    ) throws(Problem) -> ContentDescriptor {
        // What is packed here goes with the work, however that ends.
        let draft = entering ? try shelf(ledger).store.draft() : nil
        defer { withExtendedLifetime(draft) {} }
        let blobs: SharedDescriptor
        if let draft {
            blobs = draft.place
        } else {
            blobs = SharedDescriptor(try shelf(ledger).blobs())
        }
        let root = try within(entering) { (store) throws(Problem) in
            try body { (bundle, _, unpacked) throws(Problem) in
                var transfer = ImageTransfer(bundle, to: FolderTarget(blobs), wish.choices)
                if let unpacked {
                    transfer.unpacked = unpacked.layers(store)
                    transfer.present = unpacked.present
                }
                return try transfer.run(name: nil)
            }
        }
        let folder = BlobFolder(blobs)
        defer {
            let bundle = ImageBundle(root: root, source: folder)
            for digest in (try? bundle.digests()) ?? [] { folder.remove(digest) }
        }
        for name in [reference.complete] + wish.moreTags {
            var request = wish.target
            request.verb = .push
            request.candidates = [name]
            request.manifest = root.digest
            let sent = try RegistryClient(self).push(request, from: blobs.descriptor) { event in
                if case .warning(let text) = event { self.warn(text) }
                wish.progress?(event)
            }
            guard sent == root.digest else {
                throw Problem(.helper, "martlet-registry sent \(sent) in place of \(root.digest)")
            }
        }
        return root
    }

    /// Has layers encrypted in a directory of their own, and brings from there what came of it.
    private func encrypting(
        _ encryption: EncryptionWish, _ target: ImageLocation, _ wish: TransferWish,
        _ ledger: Ledger, _ entering: Bool, _ body: (Work) throws(Problem) -> ContentDescriptor
    ) throws(Problem) -> ContentDescriptor {
        if case .store = target {
            throw Problem(
                .badUsage, "the store has no encrypted layers",
                next: "leave --encryption-key out, or copy to another place")
        }
        let draft = try shelf(ledger).store.draft()
        defer { withExtendedLifetime(draft) {} }
        let blobs = draft.place
        var choices = wish.choices
        choices.form = .oci
        var label: String?
        var request = RegistryRequest(.encrypt, [])
        request.encryption = encryption
        request.manifest = try within(entering) { (store) throws(Problem) in
            try body { (bundle, name, unpacked) throws(Problem) in
                label = name
                var transfer = ImageTransfer(bundle, to: FolderTarget(blobs), choices)
                if let unpacked { transfer.unpacked = unpacked.layers(store) }
                return try transfer.run(name: nil)
            }
        }.digest
        let root = try RegistryClient(self).make(request, in: blobs.descriptor)
        let bundle = ImageBundle(root: root, source: BlobFolder(blobs))
        var rest = wish
        rest.encryption = nil
        rest.choices = ImageTransfer.Choices()
        return try onward(target, rest, ledger) { (work) throws(Problem) in
            try work(bundle, label, nil)
        }
    }

    /// Hands `body` what has the layers of a bundle decrypted, in a directory of their own.
    private func decrypting(
        _ wish: TransferWish, _ ledger: Ledger,
        _ body: ((ImageBundle) throws(Problem) -> ImageBundle) throws(Problem) -> ContentDescriptor
    ) throws(Problem) -> ContentDescriptor {
        guard !wish.decryption.isEmpty else {
            return try body { (bundle) throws(Problem) in bundle }
        }
        let draft = try shelf(ledger).store.draft()
        defer { withExtendedLifetime(draft) {} }
        let blobs = draft.place
        let client = try RegistryClient(self)
        return try body { (bundle) throws(Problem) in
            var request = RegistryRequest(.decrypt, [])
            request.decryption = wish.decryption
            request.manifest = try ImageTransfer(bundle, to: FolderTarget(blobs)).run(name: nil)
                .digest
            let root = try client.make(request, in: blobs.descriptor)
            return ImageBundle(root: root, name: bundle.name, source: BlobFolder(blobs))
        }
    }

    /// Does work with the store, in the user namespace where files of images are read.
    private func within(
        _ entering: Bool, _ body: (Store) throws(Problem) -> ContentDescriptor
    ) throws(Problem) -> ContentDescriptor {
        guard entering else { return try body(try store()) }
        return try inStore { (shelf) throws(Problem) in try body(shelf.store) }
    }

    func registries() throws(Problem) -> RegistriesConfiguration {
        try RegistriesConfiguration(
            ConfigurationFiles(environment: caller.environment, uid: caller.uid), in: .disk)
    }
}
