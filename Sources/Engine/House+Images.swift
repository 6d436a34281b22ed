package import Base
package import Kernel
package import Records
package import Specs
package import Storages

/// Whether and how an image is fetched.
package struct PullWish: Sendable {
    package enum Policy: String, Sendable { case always, missing, never, newer }
    package var policy = Policy.missing
    /// What is told of how to reach the registry; verb and candidates are filled in.
    package var request = RegistryRequest(.pull, [])
    /// Called with what happens on the way.
    package var progress: (@Sendable (RegistryEvent) -> Void)?

    package init() {}
}

extension House {
    /// Returns the image that a name or id means, fetched first where `wish` says so.
    package func image(_ words: String, _ wish: PullWish, ledger: Ledger) throws(Problem)
        -> ImageRecord
    {
        if wish.policy == .missing || wish.policy == .never {
            if let image = try shelf(ledger).lookUp(words) { return image }
            if let list = try ledger.lookUpList(words) {
                return try image(of: list, wish, ledger: ledger)
            }
            guard wish.policy == .missing else { return try shelf(ledger).find(words) }
        }
        do throws(Problem) {
            return try pull(words, wish, ledger: ledger)
        } catch {
            // "newer" keeps what is there when the registry cannot be asked.
            if wish.policy == .newer, let image = try shelf(ledger).lookUp(words) {
                warn("\(error.what), continuing with the stored image")
                return image
            }
            throw error
        }
    }

    /// Returns the image that a list has for this machine, or for the platform asked for.
    private func image(of list: ManifestList, _ wish: PullWish, ledger: Ledger) throws(Problem)
        -> ImageRecord
    {
        let chosen = try list.index.choose(
            for: wish.request.platform ?? .host, name: list.name)
        let shelf = try shelf(ledger)
        let source = try list.source(of: chosen)
        if case .store(let id) = source { return try shelf.find(id) }
        if let image = try ledger.images(digest: "\(chosen.digest)").first { return image }
        guard wish.policy == .missing, case .registry(let reference) = source else {
            throw Problem(
                .noSuchImage,
                "the image that the list \"\(list.name)\" has for this platform is not here",
                why: "it lies in \(source)",
                next: "fetch it: martlet copy \(source) martlet-storage:NAME")
        }
        return try pull("\(reference)", wish, ledger: ledger)
    }

    /// Blobs whose layers are stored and in their place.
    func knownBlobs(_ ledger: Ledger) throws(Problem) -> [Digest] {
        try (ledger.layers() + ledger.layersElsewhere()).compactMap { layer in
            guard let blob = layer.blob, let path = layerDirectories([layer.id]).first,
                Files.exists(path)
            else { return nil }
            return try? Digest(blob)
        }
    }

    /// Loads the images of an archive and returns the names they came with; the id of one without.
    package func load(_ file: borrowing Descriptor, policyFile: String? = nil)
        throws(Problem) -> [String]
    {
        let number = file.number
        let policy = try trust(policyFile)
        let path = try House.path(of: file)
        return try inStore { (shelf) throws(Problem) in
            let own = try explaining("cannot read the archive") { () throws(KernelFault) in
                try Standard.duplicate(number)
            }
            let images = try shelf.load(own) { (transport, name) throws(Problem) in
                let scopes = transport == "docker-archive" ? nil : path
                let requirements = policy.requirements(
                    transport,
                    scopes: scopes.map { TrustPolicy.scopes(ofPath: $0, name: name) } ?? [])
                try House.settle(
                    requirements, "\(transport):\(path ?? "-")", policy)
            }
            return images.flatMap { loaded in
                loaded.names.isEmpty ? ["sha256:" + loaded.image.id] : loaded.names
            }
        }
    }

    /// Makes an image of the archive of a root file system and returns its id.
    package func importTree(
        _ file: borrowing Descriptor, _ choices: ImageShelf.ImportChoices, policyFile: String? = nil
    ) throws(Problem) -> String {
        let number = file.number
        let policy = try trust(policyFile)
        try House.settle(
            policy.requirements("tarball", scopes: []),
            "tarball:\(try House.path(of: file) ?? "-")",
            policy)
        return try inStore { (shelf) throws(Problem) in
            let own = try explaining("cannot read the archive") { () throws(KernelFault) in
                try Standard.duplicate(number)
            }
            return try shelf.importTree(own, choices).id
        }
    }

    /// Removes images by name or id.
    ///
    /// - Parameter force: removes containers made of them too.
    @discardableResult
    package func removeImages(_ names: [String], force: Bool, ledger: Ledger)
        throws(Problem) -> [ImageShelf.Removal]
    {
        var removals: [ImageShelf.Removal] = []
        for name in names {
            if force {
                let image = try shelf(ledger).find(name)
                try image.refuseChange("removed")
                var options = RemoveOptions()
                options.force = true
                options.volumes = true
                for container in try ledger.containers() where container.imageID == image.id {
                    try remove(container, ledger: ledger, options: options)
                }
            }
            let removal = try inStore { (shelf) throws(Problem) -> RemovalAnswer in
                let removal = try shelf.remove(name, force: force)
                return RemovalAnswer(untagged: removal.untagged, deleted: removal.deleted)
            }
            var answer = ImageShelf.Removal()
            answer.untagged = removal.untagged
            answer.deleted = removal.deleted
            removals.append(answer)
        }
        return removals
    }

    /// Removes images that nothing needs: those without a name, or with `all` those without a
    /// container.
    ///
    /// - Parameter isWanted: asked for each; false keeps the image.
    package func pruneImages(all: Bool, where isWanted: (ImageRecord) -> Bool)
        throws(Problem) -> ImageShelf.Removal
    {
        let answer = try inStore { (shelf) throws(Problem) -> RemovalAnswer in
            let removal = try shelf.prune(all: all, where: isWanted)
            return RemovalAnswer(untagged: removal.untagged, deleted: removal.deleted)
        }
        var removal = ImageShelf.Removal()
        removal.untagged = answer.untagged
        removal.deleted = answer.deleted
        return removal
    }

    /// Keeps every image where it is for as long as the value lives: from looking one up until the
    /// container that uses it is recorded.
    package func holdImages() throws(Problem) -> Store.Hold { try store().hold() }

    /// The images as they are seen from outside the user namespace: to find, name and list them.
    package func shelf(_ ledger: Ledger) throws(Problem) -> ImageShelf {
        let shelf = ImageShelf(store: try self.store(), catalog: ledger)
        shelf.warn = warn
        return shelf
    }

    /// Does `body` with the images in a process that stands in the user namespace, where files get
    /// their owners; it opens the records anew, as a database must not cross a fork.
    func inStore<Value: Codable>(_ body: (ImageShelf) throws(Problem) -> Value)
        throws(Problem) -> Value
    {
        told(try inside { () throws(Problem) in try telling(body) })
    }

    /// Does `body` with the images, in the user namespace already.
    func telling<Value: Codable>(_ body: (ImageShelf) throws(Problem) -> Value)
        throws(Problem) -> Told<Value>
    {
        let single = try Files.readIDCount() == 1
        let shelf = ImageShelf(
            store: try self.store(), catalog: try ledger(),
            ownership: single ? .single : .kept)
        var warnings: [String] = []
        shelf.warn = { warnings.append($0) }
        let value = try body(shelf)
        return Told(value: value, warnings: warnings)
    }

    /// Passes warnings on, and returns the value.
    func told<Value: Codable>(_ answer: Told<Value>) -> Value {
        for warning in answer.warnings { warn(warning) }
        return answer.value
    }
}

private struct RemovalAnswer: Codable {
    var untagged: [String]
    var deleted: [String]
}

/// What came of work in the user namespace, and what its user should know.
struct Told<Value: Codable>: Codable {
    var value: Value
    var warnings: [String]
}

extension Files {
    /// Counts the ids of this process's user namespace. See user_namespaces(7).
    fileprivate static func readIDCount() throws(Problem) -> UInt64 {
        let text = try explaining("cannot read the ids of the user namespace") {
            () throws(KernelFault) in try Files.readText("/proc/self/uid_map")
        }
        return IDMap.parse(text).reduce(0) { $0 + UInt64($1.count) }
    }
}
