package import Base
package import Specs

/// Taking images away.
extension ImageShelf {
    /// What a removal took away.
    package struct Removal: Equatable, Sendable {
        /// Names that no image has any more.
        package var untagged: [String] = []
        /// Ids of images that are gone.
        package var deleted: [String] = []

        package init() {}
    }

    /// Removes the name that `text` is, and the image with its last one; by id, the whole image.
    ///
    /// - Parameter force: removes an image that was meant by its id though it has several names.
    /// - Throws: `objectInUse` where a container was made from it.
    package func remove(_ text: String, force: Bool = false) throws(Problem) -> Removal {
        let hold = try store.holdForRemoval()
        let image = try find(text)
        try image.refuseChange("removed")
        var removal = Removal()
        let meant = ImageShelf.meant(text, by: image)
        if let meant, image.names.count + image.digestNames.count > 1, image.names.contains(meant),
            image.names.count > 1
        {
            _ = try catalog.untag(name: meant)
            removal.untagged = [meant]
            return removal
        }
        if meant == nil, image.names.count > 1, !force {
            throw Problem(
                .objectInUse, "image \(image.id.prefix(12)) has several names",
                why: image.names.joined(separator: ", "),
                next: "remove it by a name, or use --force")
        }
        try delete(image, &removal)
        _ = consume hold
        return removal
    }

    /// Removes images that nobody needs: those without a name, or with `all` those without a
    /// container.
    ///
    /// - Parameter isWanted: asked for each; false keeps the image (`--filter`).
    package func prune(
        all: Bool, where isWanted: (ImageRecord) -> Bool = { _ in true }
    ) throws(Problem) -> Removal {
        try store.sweep()
        let hold = try store.holdForRemoval()
        let used = Set(
            try catalog.containers().flatMap {
                [$0.imageID].compactMap { $0 } + ($0.mountedImages ?? [])
            })
        var removal = Removal()
        for image in try catalog.images() where !used.contains(image.id) {
            guard image.store == nil, isWanted(image) else { continue }
            if all || image.names.isEmpty { try delete(image, &removal) }
        }
        // Layers that no record knows are left by killed commands.
        let catalog = catalog
        try store.collect { id throws(Problem) in try catalog.layer(id: id) != nil }
        _ = consume hold
        return removal
    }

    private func delete(_ image: ImageRecord, _ removal: inout Removal) throws(Problem) {
        let users = try catalog.containers().filter { $0.needs(image: image.id) }.map(\.name)
        guard users.isEmpty else {
            throw Problem(
                .objectInUse, "image \(image.id.prefix(12)) is in use",
                why:
                    "it is of container \(users.map { "\"\($0)\"" }.joined(separator: ", "))",
                next: "remove it with \"martlet rm \(users.joined(separator: " "))\"")
        }
        let layers = try catalog.remove(image: image.id)
        removal.untagged += image.names
        removal.deleted.append(image.id)
        let catalog = catalog
        try store.remove(layers: layers.map(\.id)) { id throws(Problem) in
            try catalog.layer(id: id) != nil
        }
    }

    /// The names that an image is saved under: the one it was asked for by; none for an id.
    package static func namesMeant(by text: String, of image: ImageRecord) -> [String] {
        meant(text, by: image).map { [$0] } ?? []
    }

    /// The name of the image that `text` is, or nil where it is an id.
    private static func meant(_ text: String, by image: ImageRecord) -> String? {
        guard let reference = try? ImageReference(text) else { return nil }
        let full = candidates(reference).map(\.description)
        if let name = full.first(where: image.names.contains) { return name }
        guard reference.isShort else { return nil }
        return image.names.first { $0.hasSuffix("/" + reference.complete.description) }
    }
}
