package import Base
import Kernel
package import Specs

/// Finding an image by what a person calls it.
extension ImageShelf {
    /// Returns the image that `text` means: a name, a name with a digest, an id or its beginning.
    ///
    /// A short name means `localhost/NAME` first, then Docker Hub's, then the only stored image
    /// whose name ends so; without a tag it means `latest`, as podman-image-inspect(1) has it.
    ///
    /// - Throws: `noSuchImage` with the nearest name there is.
    package func find(_ text: String) throws(Problem) -> ImageRecord {
        if let image = try lookUp(text) { return image }
        let names = try catalog.images(withDocuments: false).flatMap(\.names)
        let hint = ImageReference.nearest(to: text, among: names)
        throw Problem(
            .noSuchImage, "there is no image \"\(text.printable)\" in the store",
            next: hint.map { "did you mean \"\($0)\"?" }
                ?? "fetch it with \"martlet pull \(text.printable)\"")
    }

    /// Returns the image that `text` means, or nil.
    package func lookUp(_ text: String) throws(Problem) -> ImageRecord? {
        if text.hasPrefix("sha256:") { return try withID(String(text.dropFirst(7))) }
        if let reference = try? ImageReference(text), let image = try named(reference) {
            return image
        }
        return try withID(text)
    }

    /// Returns the full names that a name may stand for in the store, the likeliest first.
    package static func candidates(_ reference: ImageReference) -> [ImageReference] {
        let whole = reference.complete
        guard whole.isShort else { return [whole] }
        return [whole.qualified(with: "localhost"), whole.qualified(with: "docker.io")]
    }

    private func named(_ reference: ImageReference) throws(Problem) -> ImageRecord? {
        for candidate in ImageShelf.candidates(reference) {
            if let image = try exactly(candidate) { return image }
        }
        guard reference.isShort else { return nil }
        let ending = "/" + reference.complete.description
        var found: [ImageRecord] = []
        for image in try catalog.images(withDocuments: false)
        where (image.names + image.digestNames).contains(where: { $0.hasSuffix(ending) }) {
            found.append(image)
        }
        if found.count > 1 {
            throw Problem(
                .badValue, "\"\(reference)\" means several images",
                why: found.flatMap(\.names).filter { $0.hasSuffix(ending) }.joined(separator: ", "),
                next: "write the whole name")
        }
        guard let outline = found.first else { return nil }
        return try catalog.image(id: outline.id)
    }

    private func exactly(_ reference: ImageReference) throws(Problem) -> ImageRecord? {
        guard let digest = reference.digest else {
            return try catalog.image(named: reference.description)
        }
        let name = "\(reference.name)@\(digest)"
        if let image = try catalog.image(named: name) { return image }
        // A loaded image has the digest of its manifest too, though it was never pulled by it.
        return try catalog.images(digest: "\(digest)").first { image in
            image.names.contains { $0.hasPrefix(reference.name + ":") }
        }
    }

    private func withID(_ text: String) throws(Problem) -> ImageRecord? {
        guard text.utf8.count >= 2, text.utf8.count <= 64, text.utf8.allSatisfy(\.isLowerHexDigit)
        else {
            return nil
        }
        if text.utf8.count == 64 { return try catalog.image(id: text) }
        let found = try catalog.images(idPrefix: text)
        if found.count > 1 {
            throw Problem(
                .badValue, "\"\(text)\" is the beginning of several image ids",
                why: found.map { "\($0.id.prefix(16))" }.joined(separator: ", "),
                next: "write more of the id, or the name")
        }
        return found.first
    }

    /// Gives the image that `text` means one more name.
    package func tag(_ text: String, as name: String) throws(Problem) {
        let image = try find(text)
        let reference = try ImageShelf.newName(name)
        let moved =
            image.store == nil
            ? try catalog.tag(image: image.id, name: reference) : try adopt(image, as: reference)
        if moved { warn("\(reference) was another image's name before") }
    }

    /// Records an image of another store here too, so that it may have a name of one's own; its
    /// layers stay where they are.
    private func adopt(_ image: ImageRecord, as name: String) throws(Problem) -> Bool {
        let hold = try store.hold()
        let layers = try image.layers.map { id throws(Problem) in try standing(id) }
        var own = image
        own.store = nil
        own.added = Clock.wall()
        (own.names, own.digestNames) = ([name], [])
        let moved = try catalog.insert(own, layers: layers)
        _ = consume hold
        return !moved.isEmpty
    }

    /// Takes names away from the image that `text` means; all of them where none is given.
    package func untag(_ text: String, _ names: [String]) throws(Problem) {
        let image = try find(text)
        try image.refuseChange("untagged")
        for name in names.isEmpty ? image.names : names {
            let reference = try ImageReference(name)
            let full = ImageShelf.candidates(reference).map(\.description)
            guard let standing = full.first(where: image.names.contains) else {
                throw Problem(
                    .noSuchImage, "image \(image.id.prefix(12)) has no name \"\(name.printable)\"",
                    next: image.names.isEmpty
                        ? nil : "it has \(image.names.joined(separator: ", "))")
            }
            _ = try catalog.untag(name: standing)
        }
    }

    /// Returns the full name that a new image gets: a short one belongs to `localhost`.
    package static func newName(_ text: String) throws(Problem) -> String {
        let reference = try ImageReference(text).complete
        guard reference.digest == nil else {
            throw Problem(
                .badValue, "\"\(text.printable)\" is no name to give", why: "it has a digest")
        }
        return (reference.isShort ? reference.qualified(with: "localhost") : reference).description
    }
}
