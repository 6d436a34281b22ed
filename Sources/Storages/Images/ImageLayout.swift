import Base
import Checksums
import Kernel
import Specs

/// An OCI image layout, in a directory or in an archive. See image-spec image-layout.md.
protocol ImageLayout: BlobSource {
    /// The content of a small file at the top.
    func document(_ name: String, limit: Int) throws(Problem) -> [UInt8]
}

extension ImageLayout {
    /// Returns a document whose size and digest are what its descriptor says.
    func verified(_ content: ContentDescriptor, limit: Int) throws(Problem) -> [UInt8] {
        let range = try blob(content.digest)
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
}

/// A layout inside a tar archive.
struct ArchiveLayout: ImageLayout {
    let index: ArchiveIndex

    init(_ index: ArchiveIndex) { self.index = index }

    func document(_ name: String, limit: Int) throws(Problem) -> [UInt8] {
        try index.member(name).all(limit: limit, name: name)
    }

    func blob(_ digest: Digest) throws(Problem) -> ByteRange {
        try index.member("blobs/\(digest.algorithm.rawValue)/\(digest.hex)")
    }
}

/// A layout in a directory that anybody may have made: no link in it is followed.
struct DirectoryLayout: ImageLayout {
    let directory: SharedDescriptor

    init(_ directory: SharedDescriptor) { self.directory = directory }

    func document(_ name: String, limit: Int) throws(Problem) -> [UInt8] {
        try open(name).all(limit: limit, name: name)
    }

    func blob(_ digest: Digest) throws(Problem) -> ByteRange {
        try open("blobs/\(digest.algorithm.rawValue)/\(digest.hex)")
    }

    private func open(_ name: String) throws(Problem) -> ByteRange {
        let file = try explaining("cannot read \"\(name)\" of the image directory") {
            () throws(KernelFault) in
            SharedDescriptor(
                try Files.openBeneath(
                    directory.descriptor, name, [.read, .nonBlocking], [.beneath, .noLinks]))
        }
        let status = try explaining("cannot read \"\(name)\" of the image directory") {
            () throws(KernelFault) in try file.descriptor.status()
        }
        guard status.kind == .regular else {
            throw Problem(.badDocument, "\"\(name)\" of the image directory is no file")
        }
        return try ByteRange(file)
    }
}
