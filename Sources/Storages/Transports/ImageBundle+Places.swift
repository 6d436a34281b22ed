package import Base
import Checksums
package import Kernel
import Specs

/// Finding the image in archives and directories that other programs wrote.
extension ImageBundle {
    /// Opens an OCI layout in a directory (`oci:`).
    package static func layout(_ directory: SharedDescriptor, name: String?, shown: String)
        throws(Problem) -> ImageBundle
    {
        try layout(DirectoryLayout(directory), name: name, shown: shown)
    }

    /// Opens an archive, whose bytes are plain: `oci-archive:` or `docker-archive:`.
    package static func archive(_ file: SharedDescriptor, name: String?, shown: String)
        throws(Problem) -> ImageBundle
    {
        let index = try ArchiveIndex(file)
        if index.has("oci-layout"), index.has("index.json") {
            return try layout(ArchiveLayout(index), name: name, shown: shown)
        }
        guard index.has("manifest.json") else {
            throw Problem(
                .badDocument, "\"\(shown.printable)\" holds no image",
                why: "it has neither index.json nor manifest.json")
        }
        return try DockerArchive(index).bundle(named: name, shown: shown)
    }

    private static func layout(_ layout: some ImageLayout, name: String?, shown: String)
        throws(Problem) -> ImageBundle
    {
        let document = try ManifestDocument(
            parsing: try layout.document("index.json", limit: Limits.manifestBytes),
            announced: MediaType.ociIndex, name: "index.json")
        guard case .index(let index) = document else {
            throw Problem(.badDocument, "the index.json of \"\(shown.printable)\" is no index")
        }
        func label(_ manifest: ContentDescriptor) -> String? {
            manifest.annotations?["org.opencontainers.image.ref.name"]
        }
        let listed = index.manifests.filter { !$0.isAttestation }
        let found =
            name.map { name in listed.filter { label($0) == name || "\($0.digest)" == name } }
            ?? listed
        guard let root = found.first else {
            let names = listed.compactMap(label).joined(separator: ", ").printable
            throw Problem(
                .noSuchImage, "\"\(shown.printable)\" holds no image of that name",
                why: names.isEmpty ? "its images have no names" : "it has \(names)")
        }
        guard found.count == 1 else {
            let names = found.map { label($0) ?? "\($0.digest)" }.joined(separator: ", ")
            throw Problem(
                .badUsage, "\"\(shown.printable)\" holds several images", why: names.printable,
                next: "write the name of one after a colon")
        }
        return ImageBundle(root: root, name: label(root), source: layout)
    }

    /// Opens a directory that skopeo wrote (`dir:`): manifest.json, and files named by digest.
    package static func directory(_ directory: SharedDescriptor, shown: String) throws(Problem)
        -> ImageBundle
    {
        let source = PlainDirectory(directory)
        let bytes = try source.file("manifest.json").all(
            limit: Limits.manifestBytes, name: "manifest.json")
        let document = try ManifestDocument(parsing: bytes, announced: nil, name: shown)
        let digest = Checksum.of(bytes)
        let root = ContentDescriptor(
            mediaType: document.mediaType, digest: digest, size: Int64(bytes.count))
        return ImageBundle(
            root: root, source: MadeDocuments(documents: [digest: bytes], rest: source))
    }
}

/// The files of `dir:`, which anybody may have made: no link in it is followed.
struct PlainDirectory: BlobSource {
    let directory: SharedDescriptor

    init(_ directory: SharedDescriptor) { self.directory = directory }

    func blob(_ digest: Digest) throws(Problem) -> ByteRange {
        do throws(Problem) {
            return try file(digest.hex)
        } catch  where error.code == .noSuchObject {
            // The manifests of an index's images have a name of their own.
            return try file("\(digest.hex).manifest.json")
        }
    }

    func file(_ name: String) throws(Problem) -> ByteRange {
        let file: SharedDescriptor
        do throws(KernelFault) {
            file = SharedDescriptor(
                try Files.openBeneath(
                    directory.descriptor, name, [.read, .nonBlocking], [.beneath, .noLinks]))
        } catch {
            if error.isAbsence {
                throw Problem(.noSuchObject, "the image directory has no file \"\(name)\"")
            }
            throw error.problem("cannot read \"\(name)\" of the image directory")
        }
        return try ByteRange(file)
    }
}
