package import Base

/// The media types of images: those of OCI and of Docker schema 2 say the same things.
///
/// See image-spec media-types.md.
package enum MediaType {
    package static let ociManifest = "application/vnd.oci.image.manifest.v1+json"
    package static let ociIndex = "application/vnd.oci.image.index.v1+json"
    package static let ociConfig = "application/vnd.oci.image.config.v1+json"
    package static let ociLayer = "application/vnd.oci.image.layer.v1.tar"
    package static let ociLayerGzip = "application/vnd.oci.image.layer.v1.tar+gzip"
    package static let ociLayerZstd = "application/vnd.oci.image.layer.v1.tar+zstd"
    package static let dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
    package static let dockerList = "application/vnd.docker.distribution.manifest.list.v2+json"
    package static let dockerConfig = "application/vnd.docker.container.image.v1+json"
    package static let dockerLayer = "application/vnd.docker.image.rootfs.diff.tar"
    package static let dockerLayerGzip = "application/vnd.docker.image.rootfs.diff.tar.gzip"
    package static let dockerLayerZstd = "application/vnd.docker.image.rootfs.diff.tar.zstd"

    /// What a registry is asked for: every kind of manifest that is understood.
    package static let manifests = [ociManifest, ociIndex, dockerManifest, dockerList]

    /// Whether documents of that type list manifests.
    package static func isIndex(_ type: String) -> Bool { type == ociIndex || type == dockerList }

    /// Whether documents of that type are manifests of one image.
    package static func isManifest(_ type: String) -> Bool {
        type == ociManifest || type == dockerManifest
    }

    private static let encryptedEnd = "+encrypted"

    /// Whether blobs of that type are encrypted. ocicrypt gives them a type of their own.
    package static func isEncrypted(_ type: String) -> Bool { type.hasSuffix(encryptedEnd) }

    /// The type that a blob of this type has once it is encrypted.
    package static func encrypted(_ type: String) -> String { type + encryptedEnd }

    /// The type that an encrypted blob has once it is decrypted.
    package static func decrypted(_ type: String) -> String {
        isEncrypted(type) ? String(type.dropLast(encryptedEnd.count)) : type
    }

    /// Whether blobs of that type are layers that make a root file system.
    package static func isLayer(_ type: String) -> Bool {
        let layers = [
            ociLayer, ociLayerGzip, ociLayerZstd, dockerLayer, dockerLayerGzip, dockerLayerZstd,
        ]
        return layers.contains(type)
            || type.hasPrefix("application/vnd.oci.image.layer.nondistributable.v1.tar")
            || type == "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
    }
}

/// Points at content: its type, digest and size. See image-spec descriptor.md.
package struct ContentDescriptor: Codable, Hashable, Sendable {
    package var mediaType: String
    package var digest: Digest
    package var size: Int64
    /// Where else the content may be; never followed.
    package var urls: [String]?
    package var annotations: [String: String]?
    package var artifactType: String?
    /// In an index: what the manifest is for.
    package var platform: Platform?

    package init(
        mediaType: String, digest: Digest, size: Int64, annotations: [String: String]? = nil,
        platform: Platform? = nil
    ) {
        self.mediaType = mediaType
        self.digest = digest
        self.size = size
        self.annotations = annotations
        self.platform = platform
    }

    /// Whether this stands for an attestation beside an image and not for an image.
    package var isAttestation: Bool {
        annotations?["vnd.docker.reference.type"] != nil
            || platform?.os == "unknown" && platform?.architecture == "unknown"
    }
}

/// One image: its configuration and its layers, lowest first. See image-spec manifest.md.
package struct ImageManifest: Codable, Hashable, Sendable {
    package var schemaVersion: Int
    package var mediaType: String?
    package var artifactType: String?
    package var config: ContentDescriptor
    package var layers: [ContentDescriptor]
    package var subject: ContentDescriptor?
    package var annotations: [String: String]?

    package init(
        mediaType: String? = MediaType.ociManifest, config: ContentDescriptor,
        layers: [ContentDescriptor], annotations: [String: String]? = nil
    ) {
        self.schemaVersion = 2
        self.mediaType = mediaType
        self.config = config
        self.layers = layers
        self.annotations = annotations
    }

    /// Whether the configuration is one of a container image and not of another artifact.
    package var isImage: Bool {
        config.mediaType == MediaType.ociConfig || config.mediaType == MediaType.dockerConfig
    }
}

/// A list of manifests, most often one for each platform. See image-spec image-index.md.
package struct ImageIndex: Codable, Hashable, Sendable {
    package var schemaVersion: Int
    package var mediaType: String?
    package var artifactType: String?
    package var manifests: [ContentDescriptor]
    package var subject: ContentDescriptor?
    package var annotations: [String: String]?

    package init(
        mediaType: String? = MediaType.ociIndex, manifests: [ContentDescriptor],
        annotations: [String: String]? = nil
    ) {
        self.schemaVersion = 2
        self.mediaType = mediaType
        self.manifests = manifests
        self.annotations = annotations
    }

    /// Returns the manifest that suits `platform` best, the earlier one of equals.
    ///
    /// - Throws: `noSuchImage` that lists the platforms there are.
    package func choose(for platform: Platform, name: String) throws(Problem) -> ContentDescriptor {
        var best: (rank: Int, manifest: ContentDescriptor)?
        for manifest in manifests where !manifest.isAttestation {
            guard let offered = manifest.platform, let rank = platform.preference(for: offered)
            else {
                continue
            }
            if rank < best?.rank ?? Int.max { best = (rank, manifest) }
        }
        if let best { return best.manifest }
        let images = manifests.filter { !$0.isAttestation }
        if images.count == 1, images[0].platform == nil { return images[0] }
        let offered = images.compactMap { $0.platform.map { "\($0)".printable } }
        throw Problem(
            .noSuchImage, "\"\(name)\" has no image for \(platform)",
            why: offered.isEmpty
                ? "its index lists no platform" : "it has \(offered.joined(separator: ", "))",
            next: offered.first.map { "choose one with --platform \($0)" })
    }
}

/// A manifest or an index, read from bytes whose digest has been checked.
package enum ManifestDocument: Hashable, Sendable {
    case image(ImageManifest)
    case index(ImageIndex)

    /// Reads a document and makes sure that it is only one thing.
    ///
    /// The type that the sender announced, the type inside and the members must agree: a document
    /// that is a manifest to one reader and an index to another is refused (T-DIGEST-1,
    /// CVE-2021-41190). Sizes and numbers are held to `Limits` (T-BOMB-1).
    ///
    /// - Parameter announced: the Content-Type or the descriptor's type, where there is one.
    package init(parsing bytes: [UInt8], announced: String?, name: String) throws(Problem) {
        let json = try JSON(parsing: bytes, name: name, limit: Limits.manifestBytes)
        func refuse(_ why: String) -> Problem {
            Problem(.badDocument, "\"\(name)\" is no manifest that can be used", why: why)
        }
        let announced = announced.flatMap(ManifestDocument.known)
        let stated = json["mediaType"]?.text
        if json["schemaVersion"] == .number("1") || announced == .schema1 {
            throw refuse("it is of Docker's schema 1, which is obsolete and cannot be verified")
        }
        guard json["schemaVersion"] == .number("2") else {
            throw refuse("its schemaVersion is not 2")
        }
        if let stated, let announced, case .type(let type) = announced, type != stated {
            throw refuse("it was announced as \(type) and calls itself \(stated.printable)")
        }
        var type = stated
        if type == nil, case .type(let word) = announced { type = word }
        let lists = json["manifests"] != nil
        let isOne = json["config"] != nil || json["layers"] != nil || json["fsLayers"] != nil
        guard lists != isOne else {
            throw refuse(
                lists
                    ? "it has members of both a manifest and an index"
                    : "it has neither layers nor manifests")
        }
        if let type, !(lists ? MediaType.isIndex(type) : MediaType.isManifest(type)) {
            throw refuse("its type \(type.printable) does not agree with its members")
        }
        if lists {
            let index = try json.decode(ImageIndex.self, name: name)
            try index.manifests.forEachTyped(ManifestDocument.check)
            self = .index(index)
        } else {
            let image = try json.decode(ImageManifest.self, name: name)
            guard image.layers.count <= Limits.layers || !image.isImage else {
                throw refuse("it has \(image.layers.count) layers and \(Limits.layers) are allowed")
            }
            try ([image.config] + image.layers).forEachTyped(ManifestDocument.check)
            self = .image(image)
        }
    }

    private enum Announced: Equatable {
        case type(String)
        case schema1
    }

    /// Returns what a Content-Type says; nil where it says nothing of use, such as plain JSON.
    private static func known(_ type: String) -> Announced? {
        let word = type.prefix { $0 != ";" && $0 != " " }.lowercased()
        if word.hasPrefix("application/vnd.docker.distribution.manifest.v1") { return .schema1 }
        return MediaType.manifests.contains(word) ? .type(word) : nil
    }

    private static func check(_ part: ContentDescriptor) throws(Problem) {
        guard part.size >= 0 else {
            throw Problem(.badDocument, "the size of \(part.digest) is negative")
        }
    }
}

extension ManifestDocument {
    /// The type it says it has, or the one that its members mean.
    package var mediaType: String {
        switch self {
        case .image(let image):
            image.mediaType
                ?? (image.config.mediaType == MediaType.dockerConfig
                    ? MediaType.dockerManifest : MediaType.ociManifest)
        case .index(let index): index.mediaType ?? MediaType.ociIndex
        }
    }
}

extension Array {
    fileprivate func forEachTyped(_ body: (Element) throws(Problem) -> Void) throws(Problem) {
        for element in self { try body(element) }
    }
}
