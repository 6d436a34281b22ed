package import Base
import Checksums
import Kernel
package import Specs

/// Moving an image from one place to another, in another form where that is asked for or needed.
///
/// A manifest changes only where it must: where neither layers nor the form change, its bytes, and
/// so its digest, stay.
package struct ImageTransfer {
    /// What is wished of the form.
    package struct Choices: Sendable {
        package enum Form: String, CaseIterable, Sendable { case oci, v2s2 }
        package var form: Form?
        /// How layers are to be packed; nil leaves them as they are where that is possible.
        package var compression: Compression?
        /// Whether layers that are packed otherwise are packed anew.
        package var repacks = false
        /// How the images of an index are to be packed beside what they are.
        package var added: [Compression.Kind] = []
        /// Fails where the digest of the manifest would change.
        package var keepsDigests = false

        package init() {}
    }

    let bundle: ImageBundle
    let target: any BlobTarget
    var choices: Choices
    /// Where layers come from that lie unpacked in a store, by the digest of their manifest.
    package var unpacked: [Digest: UnpackedLayers] = [:]
    /// Blobs, and images of an index, that are at the target though it cannot be asked for them.
    package var present: Set<Digest> = []
    /// Told of each blob: what it is, and whether it had to be taken.
    package var progress: (ContentDescriptor, Bool) -> Void = { _, _ in }

    package init(_ bundle: ImageBundle, to target: any BlobTarget, _ choices: Choices = Choices()) {
        self.bundle = bundle
        self.target = target
        self.choices = choices
    }

    /// Moves it all, and returns what the target has then.
    package func run(name: String?) throws(Problem) -> ContentDescriptor {
        try run(names: name.map { [$0] } ?? [])
    }

    /// Moves it all under several names, and returns what the target has then.
    package func run(names: [String]) throws(Problem) -> ContentDescriptor {
        let (root, bytes) = try move(bundle.root, depth: 0)
        guard root.digest == bundle.root.digest || !choices.keepsDigests else {
            throw Problem(
                .refused, "the image cannot be copied with its digest kept",
                why: "its form or the packing of its layers would change",
                next: "leave --preserve-digests out")
        }
        try target.finish(root, bytes, names: names)
        return root
    }

    private func move(_ content: ContentDescriptor, depth: Int) throws(Problem)
        -> (ContentDescriptor, [UInt8])
    {
        let (bytes, document) = try bundle.manifest(content)
        switch document {
        case .image(let image): return try move(image, bytes, content)
        case .index(let index):
            guard depth < 3 else {
                throw Problem(
                    .badDocument, "the image cannot be copied", why: "its indexes are nested")
            }
            var moved = index
            var packings: [Packing] = []
            for place in index.manifests.indices
            where !present.contains(index.manifests[place].digest) {
                let (child, bytes) = try move(index.manifests[place], depth: depth + 1)
                try target.take(manifest: bytes, child)
                moved.manifests[place] = child
                if !choices.added.isEmpty, let packing = try Packing(of: child, bytes) {
                    packings.append(packing)
                }
            }
            if depth == 0 {
                for kind in choices.added {
                    moved.manifests += try variants(of: index.manifests, kind, beside: packings)
                }
            }
            let type = document.mediaType
            let form = choices.form.map(Self.indexType) ?? type
            let wanted = target.accepts(form) ? form : MediaType.ociIndex
            guard moved != index || wanted != type else { return (content, bytes) }
            moved.mediaType = wanted
            let new = JSON(encoding: moved).bytes()
            return (Self.describe(new, wanted, like: content), new)
        }
    }

    /// How an image stands on an index: for which platform, and how its layers are packed.
    private struct Packing: Equatable {
        let platform: Platform?
        let kind: Compression.Kind

        /// - Returns: nil for what is no image with layers, such as an attestation or an artifact.
        init?(of content: ContentDescriptor, _ bytes: [UInt8]) throws(Problem) {
            let document = try ManifestDocument(
                parsing: bytes, announced: content.mediaType, name: "\(content.digest)")
            guard case .image(let image) = document, image.isImage,
                let layer = image.layers.last(where: { MediaType.isLayer($0.mediaType) })
            else { return nil }
            platform = content.platform
            kind = LayerMoves.kind(of: layer.mediaType)
        }

        init(_ platform: Platform?, _ kind: Compression.Kind) {
            self.platform = platform
            self.kind = kind
        }
    }

    /// The mark of images whose layers are packed with zstd, which others look for in an index; see
    /// podman-manifest-push(1), --add-compression.
    private static let zstdKey = "io.github.containers.compression.zstd"

    /// Moves once more, packed in one way, the images of an index that are not packed so already.
    ///
    /// - Parameter packings: what the target has for the index so far.
    private func variants(
        of images: [ContentDescriptor], _ kind: Compression.Kind, beside packings: [Packing]
    ) throws(Problem) -> [ContentDescriptor] {
        var again = self
        again.choices.added = []
        again.choices.compression = Compression(kind)
        again.choices.repacks = true
        again.choices.form = .oci
        var made: [ContentDescriptor] = []
        for image in images where !packings.contains(Packing(image.platform, kind)) {
            guard try Packing(of: image, bundle.manifest(image).bytes) != nil else { continue }
            var (child, bytes) = try again.move(image, depth: 1)
            try target.take(manifest: bytes, child)
            var annotations = child.annotations ?? [:]
            annotations[Self.zstdKey] = kind == .zstd ? "true" : nil
            child.annotations = annotations.isEmpty ? nil : annotations
            made.append(child)
        }
        return made
    }

    private func move(_ image: ImageManifest, _ bytes: [UInt8], _ content: ContentDescriptor)
        throws(Problem) -> (ContentDescriptor, [UInt8])
    {
        let type = ManifestDocument.image(image).mediaType
        guard image.isImage else {
            // An artifact is moved as it is, whatever its layers are.
            try take([image.config] + image.layers)
            return (content, bytes)
        }
        var form: Choices.Form = type == MediaType.dockerManifest ? .v2s2 : .oci
        if let wished = choices.form { form = wished }
        if !target.accepts(Self.manifestType(form)) { form = form == .oci ? .v2s2 : .oci }
        var moved = image
        moved.config.mediaType = form == .oci ? MediaType.ociConfig : MediaType.dockerConfig
        let moves = LayerMoves(
            transfer: self, manifest: content.digest, unpacked: unpacked[content.digest],
            form: form)
        moved.layers = try moves.run(image.layers)
        try take([moved.config])
        let wanted = Self.manifestType(form)
        guard moved != image || wanted != type else { return (content, bytes) }
        moved.mediaType = wanted
        if form == .v2s2 { moved.annotations = nil }
        let new = JSON(encoding: moved).bytes()
        return (Self.describe(new, wanted, like: content), new)
    }

    /// Takes blobs just as they are.
    func take(_ blobs: [ContentDescriptor]) throws(Problem) {
        for blob in blobs {
            var isThere = present.contains(blob.digest)
            if !isThere { isThere = try target.has(blob) }
            if isThere {
                progress(blob, false)
                continue
            }
            progress(blob, true)
            try target.take(blob, from: try bundle.source.blob(blob.digest))
        }
    }

    static func manifestType(_ form: Choices.Form) -> String {
        form == .oci ? MediaType.ociManifest : MediaType.dockerManifest
    }

    private static func indexType(_ form: Choices.Form) -> String {
        form == .oci ? MediaType.ociIndex : MediaType.dockerList
    }

    private static func describe(_ bytes: [UInt8], _ type: String, like old: ContentDescriptor)
        -> ContentDescriptor
    {
        var new = old
        new.mediaType = type
        new.digest = Checksum.of(bytes)
        new.size = Int64(bytes.count)
        return new
    }
}

/// The layers of an image of the store, lowest first.
package struct UnpackedLayers {
    let store: Store
    let records: [LayerRecord]

    package init(_ store: Store, _ records: [LayerRecord]) {
        self.store = store
        self.records = records
    }
}
