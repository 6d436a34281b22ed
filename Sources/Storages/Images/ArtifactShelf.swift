package import Base
import Checksums
package import Kernel
package import Specs

/// The artifacts of the store: an OCI image layout of its own, which only whole artifacts enter.
///
/// Blobs are on the disk before the index names them, and go after it has ceased to; whoever
/// changes the layout holds its lock. See image-spec image-layout.md.
package struct ArtifactShelf {
    let store: Store
    let directory: SharedDescriptor
    private let blobs: SharedDescriptor

    /// One artifact.
    package struct Artifact: Sendable {
        /// The full name with its tag.
        package let name: String
        package let root: ContentDescriptor
        package let manifest: ImageManifest
        /// The manifest as it came.
        package let bytes: [UInt8]

        /// Bytes of all its files.
        package var size: Int64 { manifest.layers.reduce(0) { $0 + $1.size } }
    }

    /// Opens the artifacts of a store.
    package init(_ store: Store) throws(Problem) {
        self.store = store
        (directory, blobs) = try explaining("cannot open the store's artifacts") {
            () throws(KernelFault) in
            let top = try Store.directory("artifacts", in: store.data)
            let middle = try Store.directory("blobs", in: top)
            let inner = try Store.directory("sha256", in: middle)
            return (SharedDescriptor(top), SharedDescriptor(inner))
        }
    }

    /// Returns all artifacts by name.
    package func all() throws(Problem) -> [Artifact] {
        var found: [Artifact] = []
        for entry in try index().manifests { found.append(try artifact(entry)) }
        return found.sorted { $0.name < $1.name }
    }

    /// Returns the artifact that `text` means: a name, a name with a digest, or a digest or its
    /// beginning.
    package func find(_ text: String) throws(Problem) -> Artifact {
        try artifact(try entry(text, in: index()))
    }

    /// Finds an artifact's line in the index; the artifact itself is not looked at.
    private func entry(_ text: String, in index: ImageIndex) throws(Problem) -> ContentDescriptor {
        let entries = index.manifests
        if let name = try? ImageShelf.newName(text),
            let entry = entries.first(where: { Self.label($0) == name })
        {
            return entry
        }
        if let found = Self.entry(pinned: text, among: entries) { return found }
        let hex = text.hasPrefix("sha256:") ? String(text.dropFirst(7)) : text
        let found = entries.filter { hex.utf8.count >= 2 && $0.digest.hex.hasPrefix(hex) }
        if Set(found.map(\.digest)).count > 1 {
            throw Problem(
                .badValue, "\"\(text.printable)\" is the beginning of several digests",
                next: "write more of it, or the name")
        }
        if let entry = found.first { return entry }
        throw Problem(
            .noSuchObject, "there is no artifact \"\(text.printable)\"",
            next: ImageReference.nearest(to: text, among: entries.map(Self.label))
                .map { "did you mean \"\($0)\"?" }
                ?? "fetch it with \"martlet artifact pull \(text.printable)\"")
    }

    /// Finds what NAME@DIGEST means, under whatever tag it stands here.
    private static func entry(pinned text: String, among entries: [ContentDescriptor])
        -> ContentDescriptor?
    {
        guard let reference = try? ImageReference(text), let digest = reference.digest else {
            return nil
        }
        let name = reference.isShort ? reference.qualified(with: "localhost").name : reference.name
        return entries.first {
            $0.digest == digest && (try? ImageReference(label($0)))?.name == name
        }
    }

    /// Whether there is an artifact of this full name.
    package func has(_ name: String) throws(Problem) -> Bool {
        try index().manifests.contains { Self.label($0) == name }
    }

    /// Takes over the one artifact of a layout that lies in a draft of this store.
    ///
    /// - Throws: `nameInUse` where there is another of that name and it is not to be replaced.
    package func adopt(_ draft: Draft, as name: String, replacing: Bool) throws(Problem) -> Artifact
    {
        let bundle = try ImageBundle.layout(draft.place, name: nil, shown: name)
        guard case .image(let manifest) = try bundle.manifest(bundle.root).document,
            !manifest.isImage
        else {
            throw Problem(
                .badDocument, "\"\(name)\" is an image and no artifact",
                next: "fetch it with \"martlet pull \(name)\"")
        }
        let hold = try store.hold("artifacts", exclusive: true)
        defer { _ = hold.file.number }
        var index = try index()
        guard replacing || !index.manifests.contains(where: { Self.label($0) == name }) else {
            throw Problem(
                .nameInUse, "there is an artifact \"\(name)\" already",
                next: "use --replace, or choose another name")
        }
        let what = "cannot store the artifact \"\(name)\""
        let digests = try bundle.digests()
        let place = draft.place
        try explaining(what) { () throws(KernelFault) in
            let source = try Files.openBeneath(
                place.descriptor, "blobs/sha256", [.read, .directory], [.beneath, .noLinks])
            for digest in Set(digests) {
                try Files.rename(
                    from: source, digest.hex, to: blobs.descriptor, digest.hex, replacing: true)
            }
            try blobs.descriptor.syncFileSystem()
        }
        let root = ContentDescriptor(
            mediaType: bundle.root.mediaType, digest: bundle.root.digest, size: bundle.root.size)
        index = LayoutTarget.listing(root, [name], in: index)
        try write(index, what)
        try collect(index)
        return try find(name)
    }

    /// Removes the artifact that `text` means, damaged or not, and the blobs that no other one has.
    ///
    /// - Returns: the digest of its manifest.
    package func remove(_ text: String) throws(Problem) -> Digest {
        let hold = try store.hold("artifacts", exclusive: true)
        defer { _ = hold.file.number }
        var index = try index()
        let gone = try entry(text, in: index)
        index.manifests.removeAll { $0 == gone }
        try write(index, "cannot remove the artifact \"\(text.printable)\"")
        try collect(index)
        return gone.digest
    }

    /// The names of all artifacts, damaged ones too.
    package func names() throws(Problem) -> [String] { try index().manifests.map(Self.label) }

    /// The bytes of one of an artifact's files.
    func blob(_ digest: Digest) throws(Problem) -> ByteRange {
        try DirectoryLayout(directory).blob(digest)
    }

    /// Copies one of an artifact's files into a directory, checked, in the place of what has its
    /// name there.
    package func copy(
        _ content: ContentDescriptor, to directory: SharedDescriptor, as name: String
    ) throws(Problem) {
        try BlobFiles(directory: directory) { _ in name }.take(content, from: blob(content.digest))
    }

    func write(_ index: ImageIndex, _ what: String) throws(Problem) {
        try explaining(what) { () throws(KernelFault) in
            try Files.replace(at: directory.descriptor, "oci-layout", with: LayoutTarget.version)
            try Files.replace(
                at: directory.descriptor, "index.json", with: JSON(encoding: index).bytes(),
                durable: true)
        }
    }

    /// Removes what no artifact has; nothing where one is damaged, as nobody knows what it has.
    func collect(_ index: ImageIndex) throws(Problem) {
        let gone = try unneeded(index) ?? []
        try explaining("cannot remove what no artifact has") { () throws(KernelFault) in
            for name in gone { try Files.removeIfPresent(at: blobs.descriptor, name) }
        }
    }

    /// The blobs that no artifact has; nil where nobody knows, as the manifest of one is damaged.
    func unneeded(_ index: ImageIndex) throws(Problem) -> [String]? {
        var needed: Set<String> = []
        for entry in index.manifests {
            guard let artifact = try? artifact(entry) else { return nil }
            for part in [entry, artifact.manifest.config] + artifact.manifest.layers {
                needed.insert(part.digest.hex)
            }
        }
        let names = try explaining("cannot list the blobs of artifacts") {
            () throws(KernelFault) in try Files.names(in: blobs.descriptor)
        }
        return names.filter { !needed.contains($0) }
    }

    func index() throws(Problem) -> ImageIndex {
        let standing = try explaining("cannot read the store's artifacts") {
            () throws(KernelFault) in
            try Files.statusIfPresent(at: directory.descriptor, "index.json")
        }
        guard standing != nil else { return ImageIndex(manifests: []) }
        let bytes = try DirectoryLayout(directory).document(
            "index.json", limit: Limits.manifestBytes)
        guard
            case .index(let index) = try ManifestDocument(
                parsing: bytes, announced: nil, name: "index.json of the artifacts")
        else { throw Problem(.badDocument, "the index of the artifacts is no index") }
        return index
    }

    func artifact(_ entry: ContentDescriptor) throws(Problem) -> Artifact {
        let name = Self.label(entry)
        let bundle = ImageBundle(root: entry, name: name, source: DirectoryLayout(directory))
        let (bytes, document) = try bundle.manifest(entry)
        guard case .image(let manifest) = document else {
            throw Problem(.badDocument, "the artifact \"\(name)\" is an index")
        }
        return Artifact(name: name, root: entry, manifest: manifest, bytes: bytes)
    }

    static func label(_ entry: ContentDescriptor) -> String {
        entry.annotations?["org.opencontainers.image.ref.name"] ?? ""
    }
}
