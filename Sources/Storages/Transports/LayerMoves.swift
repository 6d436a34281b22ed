import Base
import Checksums
import Kernel
import Specs

/// Moving the layers of one image, packed anew where that is asked for.
struct LayerMoves {
    let transfer: ImageTransfer
    /// Whose layers they are.
    let manifest: Digest
    /// Where they lie, if that is unpacked in a store.
    let unpacked: UnpackedLayers?
    let form: ImageTransfer.Choices.Form

    /// What has to be done for one layer.
    private enum Deed {
        /// It is taken as it is, under a type of the right form.
        case keep(ContentDescriptor)
        case pack(Compression)
        /// It lies unpacked in the store and goes as it is: size and digest are known before.
        case write(ContentDescriptor)
    }

    func run(_ layers: [ContentDescriptor]) throws(Problem) -> [ContentDescriptor] {
        var deeds: [Deed] = []
        for place in layers.indices { deeds.append(try deed(layers[place], place)) }
        let packing = deeds.indices.filter { if case .pack = deeds[$0] { true } else { false } }
        try write(deeds)
        let made = try Parallel.map(packing.count) { (number) throws(Problem) in
            let place = packing[number]
            guard case .pack(let compression) = deeds[place] else { return Made() }
            return try pack(layers[place], place, compression)
        }
        var moved: [ContentDescriptor] = []
        for place in layers.indices {
            switch deeds[place] {
            case .keep(let layer):
                try transfer.take([layer])
                moved.append(layer)
            case .pack(let compression):
                let part = made[packing.firstIndex(of: place) ?? 0]
                let layer = ContentDescriptor(
                    mediaType: Self.type(compression.kind, form), digest: try Digest(part.digest),
                    size: part.size)
                try finish(layer, place)
                moved.append(layer)
            case .write(let layer): moved.append(layer)
            }
        }
        return moved
    }

    private func deed(_ layer: ContentDescriptor, _ place: Int) throws(Problem) -> Deed {
        if MediaType.isEncrypted(layer.mediaType) {
            guard form == .oci, !transfer.target.unpacksLayers else {
                throw Problem(
                    .refused, "the layer \(layer.digest.short) cannot be copied so",
                    why: "it is encrypted, and only OCI's form has encrypted layers",
                    next: "decrypt it: --decryption-key FILE")
            }
            return .keep(layer)
        }
        let kind = Self.kind(of: layer.mediaType)
        var kept = layer
        kept.mediaType = layer.isForeign ? layer.mediaType : Self.type(kind, form)
        if let unpacked {
            // What a layer came in is not kept, but the target may have it.
            let record = unpacked.records[place]
            let wished = transfer.choices.compression?.kind
            if let blob = record.blob, transfer.present.contains(try Digest(blob)),
                "\(layer.digest)" == blob, !transfer.choices.repacks || wished == kind
            {
                return .keep(kept)
            }
            let isPlain = transfer.target.unpacksLayers || wished == Compression.Kind.none
            guard isPlain else {
                return .pack(transfer.choices.compression ?? Compression(.gzip))
            }
            return .write(
                ContentDescriptor(
                    mediaType: Self.type(.none, form), digest: try Digest(record.diff),
                    size: try unpacked.store.archiveSize(of: record.id)))
        }
        // What is no layer is left alone, such as what an attestation says of an image.
        if !MediaType.isLayer(layer.mediaType), !transfer.target.unpacksLayers {
            return .keep(layer)
        }
        if layer.isForeign { return .keep(kept) }
        if transfer.target.unpacksLayers {
            return kind == .none ? .keep(kept) : .pack(Compression(.none))
        }
        guard let wished = transfer.choices.compression, wished.kind != kind,
            kind == .none || transfer.choices.repacks || wished.kind == .none
        else { return .keep(kept) }
        return .pack(wished)
    }

    /// Writes the layers that lie unpacked and go as they are, those left out that are there.
    private func write(_ deeds: [Deed]) throws(Problem) {
        guard let unpacked else { return }
        var seen: Set<Digest> = []
        var waiting: [(layer: ContentDescriptor, record: LayerRecord)] = []
        for (deed, record) in zip(deeds, unpacked.records) {
            guard case .write(let layer) = deed, seen.insert(layer.digest).inserted else {
                continue
            }
            let isThere = try transfer.target.has(layer)
            transfer.progress(layer, !isThere)
            if !isThere { waiting.append((layer, record)) }
        }
        let (store, chosen) = (unpacked.store, waiting)
        try transfer.target.take(chosen.map(\.layer)) { (number, sink) throws(Problem) in
            try store.archive(of: chosen[number].record, sink.take)
        }
    }

    /// What came of packing: Codable, as it may be done in another process.
    private struct Made: Codable {
        var digest = ""
        var size: Int64 = 0
    }

    /// Writes one layer into a file of the target's scratch directory.
    private func pack(_ layer: ContentDescriptor, _ place: Int, _ compression: Compression)
        throws(Problem) -> Made
    {
        let what = "cannot pack the layer \(layer.digest.short)"
        let name = transferName(place)
        let file = try explaining(what) { () throws(KernelFault) in
            try Files.open(
                at: transfer.target.scratch.descriptor, name,
                [.write, .create, .truncate, .noFollow], permissions: 0o644)
        }
        let packer = Packer(compression)
        var checksum = Checksum()
        func write(_ bytes: ByteSpan) throws(Problem) {
            checksum.update(bytes)
            do throws(KernelFault) { try file.writeAll(bytes) } catch { throw error.problem(what) }
        }
        try plain(layer, place) { (bytes) throws(Problem) in
            try packer.feed(bytes) { (packed) throws(Problem) in try write(packed) }
        }
        try packer.finish { (packed) throws(Problem) in try write(packed) }
        let size = checksum.count
        return Made(digest: "\(checksum.digest)", size: size)
    }

    /// The file's name must not depend on the process, which may be another one than ours.
    private func transferName(_ place: Int) -> String {
        ".layer.\(manifest.short).\(place)"
    }

    private func finish(_ layer: ContentDescriptor, _ place: Int) throws(Problem) {
        transfer.progress(layer, true)
        if try transfer.target.has(layer) {
            return try explaining("cannot remove a temporary blob") { () throws(KernelFault) in
                try Files.remove(at: transfer.target.scratch.descriptor, transferName(place))
            }
        }
        try transfer.target.take(layer, made: transferName(place))
    }

    /// Passes on the layer's archive, unpacked and verified.
    private func plain(
        _ layer: ContentDescriptor, _ place: Int, _ consume: (ByteSpan) throws(Problem) -> Void
    ) throws(Problem) {
        if let unpacked {
            return try unpacked.store.archive(of: unpacked.records[place], consume)
        }
        var unpacker = Unpacker()
        try transfer.bundle.source.blob(layer.digest).copy(layer) { (bytes) throws(Problem) in
            try unpacker.feed(bytes, consume)
        }
        try unpacker.finish(consume)
    }

    /// How blobs of a media type are packed.
    static func kind(of type: String) -> Compression.Kind {
        if type.hasSuffix("+gzip") || type.hasSuffix(".gzip") { return .gzip }
        if type.hasSuffix("+zstd") || type.hasSuffix(".zstd") { return .zstd }
        return .none
    }

    private static func type(_ kind: Compression.Kind, _ form: ImageTransfer.Choices.Form)
        -> String
    {
        switch (kind, form) {
        case (.none, .oci): MediaType.ociLayer
        case (.gzip, .oci): MediaType.ociLayerGzip
        case (.zstd, .oci): MediaType.ociLayerZstd
        case (.none, .v2s2): MediaType.dockerLayer
        case (.gzip, .v2s2): MediaType.dockerLayerGzip
        case (.zstd, .v2s2): MediaType.dockerLayerZstd
        }
    }
}

extension ContentDescriptor {
    /// Whether this is a layer that its publisher does not let others pass on.
    fileprivate var isForeign: Bool {
        mediaType.contains("nondistributable") || mediaType.contains("foreign")
    }
}
