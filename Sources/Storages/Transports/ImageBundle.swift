package import Base
import Checksums
package import Kernel
package import Specs

/// Where content is found by its digest.
package protocol BlobSource {
    /// Where the bytes of a digest lie.
    ///
    /// - Throws: `noSuchObject` or `badDocument` where they are not there.
    func blob(_ digest: Digest) throws(Problem) -> ByteRange
}

/// An image, or an index with its images, at the place it comes from.
package struct ImageBundle {
    /// The manifest or the index.
    package var root: ContentDescriptor
    /// What the place calls it.
    package var name: String?
    package var source: any BlobSource

    package init(root: ContentDescriptor, name: String? = nil, source: any BlobSource) {
        self.root = root
        self.name = name
        self.source = source
    }

    /// Returns a document whose size and digest are what its descriptor says.
    package func document(_ content: ContentDescriptor, limit: Int) throws(Problem) -> [UInt8] {
        let range = try source.blob(content.digest)
        guard range.count == content.size else {
            throw Problem(
                .notVerified, "a document has the wrong size",
                why: "\(content.digest) has \(range.count) bytes and should have \(content.size)")
        }
        let bytes = try range.all(limit: limit, name: "\(content.digest)")
        let found = Checksum.of(bytes, content.digest.algorithm)
        if found != content.digest { throw LayerSource.differs("document", content.digest, found) }
        return bytes
    }

    /// Reads the manifest or index behind a descriptor.
    package func manifest(_ content: ContentDescriptor) throws(Problem)
        -> (bytes: [UInt8], document: ManifestDocument)
    {
        let bytes = try document(content, limit: Limits.manifestBytes)
        let document = try ManifestDocument(
            parsing: bytes, announced: content.mediaType, name: "\(content.digest)")
        return (bytes, document)
    }

    /// Returns the bundle of the one image in this index that suits a platform.
    package func choosing(_ platform: Platform, name: String) throws(Problem) -> ImageBundle {
        var chosen = self
        // An index in an index is what Docker saves for several platforms.
        for _ in 0..<4 {
            guard case .index(let index) = try manifest(chosen.root).document else { return chosen }
            chosen.root = try index.choose(for: platform, name: name)
        }
        throw Problem(.badDocument, "\"\(name)\" cannot be read", why: "its indexes are nested")
    }
}

/// Blobs in files named by their digest: what the registry helper fetches into and sends from.
package struct BlobFolder: BlobSource {
    let directory: SharedDescriptor

    package init(_ directory: SharedDescriptor) { self.directory = directory }

    package func blob(_ digest: Digest) throws(Problem) -> ByteRange {
        do throws(KernelFault) {
            let file = try Files.open(
                at: directory.descriptor, FileName("\(digest)"), [.read, .noFollow])
            return try range(SharedDescriptor(file))
        } catch {
            if error.isAbsence {
                throw Problem(.noSuchObject, "there is no content \"\(digest)\"")
            }
            throw error.problem("cannot read \"\(digest)\"")
        }
    }

    private func range(_ file: SharedDescriptor) throws(KernelFault) -> ByteRange {
        ByteRange(file, from: 0, end: try file.descriptor.status().size)
    }

    /// Whether there is a file for a digest.
    package func has(_ digest: Digest) throws(Problem) -> Bool {
        try explaining("cannot look for \"\(digest)\"") { () throws(KernelFault) in
            try Files.statusIfPresent(at: directory.descriptor, FileName("\(digest)")) != nil
        }
    }

    /// Removes what there is for a digest.
    package func remove(_ digest: Digest) {
        // What stays is checked again before it is used.
        try? Files.remove(at: directory.descriptor, FileName("\(digest)"))
    }
}

/// Documents that were made here, before anything else.
struct MadeDocuments: BlobSource {
    var documents: [Digest: [UInt8]] = [:]
    let rest: any BlobSource

    func blob(_ digest: Digest) throws(Problem) -> ByteRange {
        guard let bytes = documents[digest] else { return try rest.blob(digest) }
        return try ByteRange(holding: bytes)
    }
}

extension ByteRange {
    /// Makes a range of bytes that are at hand.
    init(holding bytes: [UInt8]) throws(Problem) {
        let file = try explaining("cannot keep a document in memory") { () throws(KernelFault) in
            SharedDescriptor(try MemoryFile.sealed(bytes, name: "document"))
        }
        self.init(file, from: 0, end: Int64(bytes.count))
    }
}
