package import Base
import Checksums
import Kernel
package import Records
package import Specs
package import Storages

/// What is said of an image that is put on a list.
package struct ListEntryWish: Equatable, Sendable {
    /// All images of an index, and not the one for a platform.
    package var all = false
    package var os: String?
    package var architecture: String?
    package var variant: String?
    package var osVersion: String?
    package var osFeatures: [String] = []
    package var features: [String] = []
    package var annotations: [String: String] = [:]

    package init() {}

    /// Which image of an index is meant.
    var platform: Platform {
        guard os != nil || architecture != nil || variant != nil else { return .host }
        return Platform(
            os: os ?? "linux", architecture: architecture ?? Platform.host.architecture,
            variant: variant
        ).normal
    }

    /// Writes what was said over what the image says.
    package func apply(to image: inout ContentDescriptor) {
        var platform = image.platform ?? .host
        if let os { platform.os = os }
        if let architecture {
            platform.architecture = architecture
            platform.variant = nil
        }
        if let variant { platform.variant = variant }
        if let osVersion { platform.osVersion = osVersion }
        if !osFeatures.isEmpty { platform.osFeatures = osFeatures }
        if !features.isEmpty { platform.features = features }
        if image.platform != nil || platform != .host { image.platform = platform }
        if !annotations.isEmpty {
            image.annotations = (image.annotations ?? [:]).merging(annotations) { $1 }
        }
    }
}

/// Lists of images: putting them together, and sending them with their images.
extension House {
    /// Makes a list with these images on it, at once: killed anywhere, it is there in full or not.
    ///
    /// - Parameter source: how a registry that an image lies in is reached.
    package func makeList(
        _ name: String, of images: [String], _ wish: ListEntryWish, amends: Bool,
        _ source: RegistryRequest
    ) throws(Problem) -> ManifestList {
        let ledger = try ledger()
        let name = try ImageShelf.newName(name)
        let standing = try ledger.list(named: name)
        let id = try explaining("cannot make an id") { () throws(KernelFault) in
            try Randomness.identifier()
        }
        var list = ManifestList(name: name, id: id, created: Clock.wall())
        // Whether the name is free is said before anything is fetched, and once more below.
        if standing != nil, !amends { throw ledger.listIsThere(name) }
        var entryWish = wish
        entryWish.annotations = [:]
        let entries = try entries(for: images, on: name, entryWish, source, ledger)
        if standing != nil {
            return try ledger.change(listNamed: name) { (list) throws(Problem) in
                list.annotate(wish.annotations)
                for entry in entries { list.add(entry.image, from: entry.source.description) }
            }
        }
        list.annotate(wish.annotations)
        for entry in entries { list.add(entry.image, from: entry.source.description) }
        try ledger.insert(list)
        return list
    }

    /// Puts images on a list, and returns it.
    ///
    /// - Parameter source: how a registry that an image lies in is reached.
    package func add(
        _ images: [String], to list: ManifestList, _ wish: ListEntryWish,
        _ source: RegistryRequest, ledger: Ledger
    ) throws(Problem) -> ManifestList {
        let entries = try entries(for: images, on: list.name, wish, source, ledger)
        return try ledger.change(listNamed: list.name) { (list) throws(Problem) in
            for entry in entries { list.add(entry.image, from: entry.source.description) }
        }
    }

    /// Makes an artifact of files and puts it on a list, which it returns.
    ///
    /// It is kept as one of the store's artifacts, named after the list and what it contains: made again of
    /// the same files it is the same.
    ///
    /// - Parameter fill: gives the new artifact its files.
    package func addArtifact(
        to list: ManifestList, _ wish: ListEntryWish, ledger: Ledger,
        _ fill: (inout ArtifactMaking) throws(Problem) -> Void
    ) throws(Problem) -> ManifestList {
        do throws(Problem) {
            let store = try self.store()
            let shelf = try ArtifactShelf(store)
            let draft = try store.draft()
            var making = try ArtifactMaking(in: draft, from: nil, of: shelf)
            try fill(&making)
            var entry = try making.finish()
            let tag = "artifact-\(entry.digest.hex.prefix(12))"
            let name = "\(try ImageReference(list.name).name):\(tag)"
            let isNew = try !shelf.has(name)
            let artifact = try shelf.adopt(draft, as: name, replacing: true)
            entry.artifactType = artifact.manifest.artifactType
            wish.apply(to: &entry)
            let place = ImageLocation.layout(path: "\(dataPath)/artifacts", name: name)
            do throws(Problem) {
                return try ledger.change(listNamed: list.name) { $0.add(entry, from: "\(place)") }
            } catch {
                if isNew { _ = try? shelf.remove(name) }
                throw error
            }
        } catch {
            throw error.during("adding an artifact to \"\(list.name)\"")
        }
    }

    private func entries(
        for images: [String], on list: String, _ wish: ListEntryWish,
        _ source: RegistryRequest, _ ledger: Ledger
    ) throws(Problem) -> [(image: ContentDescriptor, source: ImageLocation)] {
        var found: [(image: ContentDescriptor, source: ImageLocation)] = []
        for words in images {
            do throws(Problem) {
                found += try entries(for: words, wish, source, ledger)
            } catch {
                throw error.during("adding \"\(words.printable)\" to \"\(list)\"")
            }
        }
        return found
    }

    /// Returns the digest of the image of a list that `words` means: a digest, or an image that is
    /// found like one to add.
    package func digest(of words: String, on list: ManifestList, ledger: Ledger)
        throws(Problem) -> Digest
    {
        if words.hasPrefix("sha256:") || words.hasPrefix("sha512:") { return try Digest(words) }
        if let image = try shelf(ledger).lookUp(words) { return try Digest(image.digest) }
        guard let reference = try? ImageReference(words), let digest = reference.digest else {
            throw Problem(
                .noSuchImage, "\"\(words.printable)\" is no image of \"\(list.name)\"",
                next: "name it by its digest; see \"martlet manifest inspect \(list.name)\"")
        }
        return digest
    }

    /// Returns what a list says of the image or the index that it is to refer to, which is found
    /// like an image to add and named as it is: of an index no image is chosen.
    ///
    /// - Parameter source: how a registry that it lies in is reached.
    package func subject(
        _ words: String, of list: ManifestList, _ source: RegistryRequest, ledger: Ledger
    ) throws(Problem) -> ContentDescriptor {
        do throws(Problem) {
            let root: ContentDescriptor
            switch try location(of: words, ledger) {
            case .store(let name): root = try ImageBundle(of: try shelf(ledger).find(name)).root
            case .podmanStore: throw House.podmanStoreIsNoPlace
            case let location: root = try examine(location, source, onlyRoot: true).root
            }
            return ContentDescriptor(
                mediaType: root.mediaType, digest: root.digest, size: root.size)
        } catch {
            throw error.during("making \"\(list.name)\" refer to \"\(words.printable)\"")
        }
    }

    private static var podmanStoreIsNoPlace: Problem {
        Problem(
            .badUsage, "an image of podman's store is put on no list",
            next: "copy it to martlet-storage:NAME first")
    }

    /// Returns the index that a name stands for in its registry, as it came.
    package func remoteIndex(_ words: String, _ request: RegistryRequest) throws(Problem) -> [UInt8]
    {
        let location = try ImageLocation(orName: words)
        let found = try examine(location, request, onlyRoot: true)
        if !MediaType.isIndex(found.root.mediaType) {
            warn("\"\(words)\" is one image and no list; its manifest is shown")
        }
        return found.rootBytes
    }

    /// Where what a user names lies: in the store, if it is there and no place is said.
    private func location(of words: String, _ ledger: Ledger) throws(Problem) -> ImageLocation {
        let location = try ImageLocation(orName: words)
        guard case .registry(let reference) = location, !words.hasPrefix("docker://") else {
            return location
        }
        let shelf = try shelf(ledger)
        // No registry has what is called localhost, unless that is said.
        let isOurs = reference.registry == "localhost"
        let image = isOurs ? try shelf.find(words) : try shelf.lookUp(words)
        return image.map { .store($0.id) } ?? location
    }

    private func entries(
        for words: String, _ wish: ListEntryWish, _ source: RegistryRequest, _ ledger: Ledger
    ) throws(Problem) -> [(image: ContentDescriptor, source: ImageLocation)] {
        let location = try location(of: words, ledger)
        switch location {
        case .store(let name): return [try stored(name, wish, ledger)]
        case .podmanStore: throw House.podmanStoreIsNoPlace
        default: break
        }
        var request = source
        request.platform = wish.platform
        let found = try examine(location, request, onlyRoot: true)
        let document = try ManifestDocument(
            parsing: found.rootBytes, announced: found.root.mediaType, name: words)
        var images: [ContentDescriptor]
        switch document {
        case .index(let index):
            images =
                wish.all ? index.manifests : [try index.choose(for: wish.platform, name: words)]
        case .image(let manifest):
            var image = ContentDescriptor(
                mediaType: document.mediaType, digest: found.root.digest, size: found.root.size)
            image.artifactType = manifest.artifactType
            if manifest.isImage {
                let parts = try examine(location, request, onlyRoot: false).image
                image.platform = try parts.map { parts throws(Problem) in
                    try platform(parts.config, words)
                }
            }
            images = [image]
        }
        for number in images.indices { wish.apply(to: &images[number]) }
        return try images.map { image throws(Problem) in
            (image, try place(of: image, in: location, found.reference))
        }
    }

    private func stored(_ name: String, _ wish: ListEntryWish, _ ledger: Ledger)
        throws(Problem) -> (image: ContentDescriptor, source: ImageLocation)
    {
        let image = try shelf(ledger).find(name)
        var content = try ImageBundle(of: image).root
        content.platform = try platform(image.config, name)
        wish.apply(to: &content)
        return (content, .store(image.id))
    }

    private func platform(_ config: [UInt8], _ name: String) throws(Problem) -> Platform {
        let json = try JSON(parsing: config, name: name)
        var platform = try ImageConfig(parsing: config, layers: nil, name: name).platform
        platform.osVersion = json["os.version"]?.text
        return platform
    }

    /// Where that very image lies, whatever its name stands for by and by.
    private func place(
        of image: ContentDescriptor, in location: ImageLocation, _ answered: ImageReference?
    ) throws(Problem) -> ImageLocation {
        func absolute(_ path: String) throws(Problem) -> String {
            if path.hasPrefix("/") { return path }
            let here = try explaining("cannot tell where \"\(path.printable)\" is") {
                () throws(KernelFault) in try Files.target("/proc/self/cwd")
            }
            return "\(here)/\(path)"
        }
        switch location {
        case .registry(let reference):
            var reference = answered ?? reference
            reference.tag = nil
            reference.digest = image.digest
            return .registry(reference)
        case .layout(let path, let name): return .layout(path: try absolute(path), name: name)
        case .layoutArchive(let path, let name):
            return .layoutArchive(path: try absolute(path), name: name)
        case .dockerArchive(let path, let name):
            return .dockerArchive(path: try absolute(path), name: name)
        case .directory(let path): return .directory(path: try absolute(path))
        case .store, .podmanStore: return location
        }
    }

    /// Sends a list with its images and returns the index that stands at the target.
    ///
    /// Images that lie in the target's own repository already stay there untouched.
    package func transfer(
        _ list: ManifestList, to target: ImageLocation, _ wish: TransferWish
    ) throws(Problem) -> ContentDescriptor {
        do throws(Problem) {
            guard !list.index.manifests.isEmpty else {
                throw Problem(
                    .badUsage, "the list is empty",
                    next: "put images on it with \"martlet manifest add \(list.name) IMAGE\"")
            }
            if case .store = target {
                throw Problem(.badUsage, "a list is sent to a registry or written to a file")
            }
            guard
                list.index.subject == nil || wish.choices.form == nil
                    || wish.choices.form == .oci
            else {
                throw Problem(
                    .badUsage, "only a list in OCI's form can refer to an image",
                    next: "leave --format out")
            }
            guard wish.target.signing == nil || target.isRemote else {
                throw Problem(.notBuilt, "only what goes to a registry is signed")
            }
            let ledger = try ledger()
            let blobs = SharedDescriptor(try shelf(ledger).blobs())
            let folder = BlobFolder(blobs)
            var fetched: [Digest] = []
            // What a killed command fetched helps the next one; a failed one leaves nothing.
            defer { for digest in fetched { folder.remove(digest) } }
            var images: [ImageRecord] = []
            var places: [any BlobSource] = [folder]
            var unpacked = Unpacked()
            for entry in list.index.manifests {
                let source = try list.source(of: entry)
                switch source {
                case .store(let id):
                    let image = try shelf(ledger).find(id)
                    unpacked.records[entry.digest] = try layers(of: image, ledger)
                    images.append(image)
                case .podmanStore: continue
                case .registry(let reference):
                    if stays(reference, at: target, wish) {
                        unpacked.present.insert(entry.digest)
                        continue
                    }
                    fetched += try fetch(reference, wish, into: blobs)
                default:
                    let place = try ImagePlace(opening: source, in: dataPath)
                    try admit(source, place, wish)
                    places.append(try place.bundle().source)
                }
            }
            var wish = wish
            wish.target.known = Array(unpacked.present)
            let bundle = try ImageBundle(of: list.index, images: images, places: places)
            let needed = unpacked
            return try onward(target, wish, ledger, entering: !images.isEmpty) {
                (work) throws(Problem) in try work(bundle, list.name, needed)
            }
        } catch {
            throw error.during("sending \"\(list.name)\" to \"\(target)\"")
        }
    }

    private func stays(_ source: ImageReference, at target: ImageLocation, _ wish: TransferWish)
        -> Bool
    {
        guard case .registry(let reference) = target, wish.choices.form == nil,
            !wish.choices.repacks, wish.choices.added.isEmpty
        else { return false }
        return reference.complete.name == source.name
    }

    private func fetch(
        _ reference: ImageReference, _ wish: TransferWish, into blobs: SharedDescriptor
    ) throws(Problem) -> [Digest] {
        var request = wish.source
        request.verb = .fetch
        request.candidates = [reference]
        request.depth = .image
        let fetched = try RegistryClient(self).fetch(request, into: blobs.descriptor) { event in
            if case .warning(let text) = event { self.warn(text) }
            wish.progress?(event)
        }
        return try ImageBundle(root: fetched.root, source: BlobFolder(blobs)).digests()
    }
}

extension ManifestList {
    /// Writes annotations into the list itself.
    package mutating func annotate(_ annotations: [String: String]) {
        if annotations.isEmpty { return }
        index.annotations = (index.annotations ?? [:]).merging(annotations) { $1 }
    }
}
