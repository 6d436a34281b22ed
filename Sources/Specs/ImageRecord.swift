package import Base

/// An image of the store.
package struct ImageRecord: Codable, Equatable, Sendable {
    /// The digest of the configuration without its algorithm: 64 hexadecimal digits.
    package var id: String
    /// The digest of the manifest, with its algorithm: `sha256:…`.
    package var digest: String
    /// Full names with their tags: `docker.io/library/debian:12`.
    package var names: [String]
    /// Full names with the digests they were pulled by: `docker.io/library/debian@sha256:…`.
    package var digestNames: [String]
    /// Nanoseconds since 1970, from the configuration; 0 where it says nothing.
    package var created: Int64
    /// When it came into the store.
    package var added: Int64
    /// Bytes of all layers as stored.
    package var size: Int64
    /// Ids of the layers, lowest first.
    package var layers: [String]
    /// The documents as they came, byte for byte.
    package var config: [UInt8]
    package var manifest: [UInt8]
    /// The other store that the image is in, which is only read; nil for one's own.
    package var store: String?

    package init(id: String, digest: String) {
        self.id = id
        self.digest = digest
        names = []
        digestNames = []
        created = 0
        added = 0
        size = 0
        layers = []
        config = []
        manifest = []
    }

    /// - Parameter verb: `removed`.
    /// - Throws: where the image is in another store.
    package func refuseChange(_ verb: String) throws(Problem) {
        guard let store else { return }
        throw Problem(
            .refused, "image \"\(names.first ?? String(id.prefix(12)))\" is not \(verb)",
            why: "it is in the additional image store \"\(store)\", which is only read",
            next: "its owner can do that with \"martlet --root \(store)\"; "
                + "storage.conf names the store in additionalimagestores")
    }
}

/// A layer of the store: one directory that becomes one lower directory of an overlay.
package struct LayerRecord: Codable, Equatable, Sendable {
    /// The first 16 hexadecimal digits of the chain id; the name of its directory.
    package var id: String
    /// The digest over this layer and all below it (OCI image-spec config.md, "Layer ChainID").
    package var chain: String
    /// The digest of the uncompressed archive.
    package var diff: String
    /// The layer below, or nil for the lowest.
    package var parent: String?
    /// Bytes of its files.
    package var size: Int64
    /// The digest and size of the compressed archive it came in, where that is known.
    package var blob: String?
    package var blobSize: Int64?
    package var mediaType: String?

    package init(id: String, chain: String, diff: String, parent: String?) {
        self.id = id
        self.chain = chain
        self.diff = diff
        self.parent = parent
        size = 0
    }
}

extension LayerRecord {
    /// Whether its ids are such, and may become names of directories; what another user's store says
    /// may be anything.
    package var isSound: Bool { LayerRecord.isID(id) && parent.map(LayerRecord.isID) != false }

    /// Whether `text` is the first 16 hexadecimal digits of a chain id.
    package static func isID(_ text: String) -> Bool {
        text.utf8.count == 16
            && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }
}
