package import Base

/// A list of images under one name, most often one for each platform, while it is put together.
///
/// It becomes an index where it is sent to; until then it says of each image where that lies.
package struct ManifestList: Codable, Equatable, Sendable {
    /// The full name with its tag: `localhost/web:1`.
    package var name: String
    /// 64 hexadecimal digits of no meaning.
    package var id: String
    /// Nanoseconds since 1970.
    package var created: Int64
    package var index: ImageIndex
    /// Where each image lies, by the digest of its manifest, in the words of `ImageLocation`.
    package var sources: [String: String]

    package init(name: String, id: String, created: Int64) {
        self.name = name
        self.id = id
        self.created = created
        index = ImageIndex(manifests: [])
        sources = [:]
    }

    /// Puts an image on the list, in the place of the one with that digest if there is one.
    package mutating func add(_ image: ContentDescriptor, from source: String) {
        if let place = index.manifests.firstIndex(where: { $0.digest == image.digest }) {
            index.manifests[place] = image
        } else {
            index.manifests.append(image)
        }
        sources["\(image.digest)"] = source
    }

    /// Takes an image from the list.
    ///
    /// - Throws: `noSuchImage` where it is not on it.
    package mutating func remove(_ digest: Digest) throws(Problem) {
        let place = try place(of: digest)
        index.manifests.remove(at: place)
        sources["\(digest)"] = nil
    }

    /// Returns where an image stands on the list.
    ///
    /// - Throws: `noSuchImage` where it is not on it.
    package func place(of digest: Digest) throws(Problem) -> Int {
        if let place = index.manifests.firstIndex(where: { $0.digest == digest }) { return place }
        throw Problem(
            .noSuchImage, "the list \"\(name)\" has no image \(digest)",
            why: index.manifests.isEmpty
                ? "it is empty"
                : "it has \(index.manifests.map { "\($0.digest)" }.joined(separator: ", "))",
            next: "see \"martlet manifest inspect \(name)\"")
    }

    /// The list as `images` shows it among the images.
    package var outline: ImageRecord {
        var record = ImageRecord(id: id, digest: "")
        record.names = [name]
        record.created = created
        record.added = created
        return record
    }

    /// Where an image of the list lies.
    package func source(of image: ContentDescriptor) throws(Problem) -> ImageLocation {
        guard let words = sources["\(image.digest)"] else {
            throw Problem(.badDocument, "the list \"\(name)\" does not say where its images lie")
        }
        return try ImageLocation(words)
    }
}
