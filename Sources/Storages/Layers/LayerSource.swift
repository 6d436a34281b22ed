package import Base
import Checksums
package import Kernel
package import Specs

/// Where a layer's archive is read from, and what it must turn out to be.
package struct LayerSource {
    /// The name it is unpacked under: a layer's id, or anything else until that is known.
    package var name: String
    /// Opens the archive; asked once, by whoever unpacks it.
    let open: () throws(Problem) -> ByteRange
    package var ownership: LayerWriter.Ownership
    /// Ids of the layers below, lowest first.
    package var below: [String] = []
    /// The digest of the uncompressed archive, from the configuration.
    package var diff: Digest?
    /// The digest of the archive as it lies there, from the manifest; nil where it was checked
    /// before.
    package var blob: Digest?
    /// Whether the archive must end as tar archives end; not needed where a digest vouches for it.
    package var isStrict: Bool { diff == nil }

    package init(name: String, bytes: ByteRange, ownership: LayerWriter.Ownership) {
        self.init(name: name, ownership: ownership) { bytes }
    }

    init(
        name: String, ownership: LayerWriter.Ownership,
        open: @escaping () throws(Problem) -> ByteRange
    ) {
        self.name = name
        self.ownership = ownership
        self.open = open
    }

    /// Reads all of it once: digest, inflate, digest, write.
    func unpack(_ bytes: ByteRange, into writer: inout LayerWriter) throws(Problem) -> Unpacked {
        var reader = TarReader()
        var unpacker = Unpacker()
        var plain = Checksum()
        var packed = Checksum()
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        var source = bytes
        while true {
            let count = try source.read(into: &buffer)
            if count == 0 { break }
            let piece = buffer.span.extracting(0..<count)
            try unpacker.feed(piece) { bytes throws(Problem) in
                plain.update(bytes)
                try reader.feed(bytes, to: &writer)
            }
            // A plain archive has one digest; there is no need to make it twice.
            if blob != nil, !unpacker.isPlain { packed.update(piece) }
        }
        try unpacker.finish { bytes throws(Problem) in
            plain.update(bytes)
            try reader.feed(bytes, to: &writer)
        }
        try reader.finish(strict: isStrict)
        try writer.finish()
        let isCompressed = unpacker.isCompressed
        let found = plain.finish()
        let foundPacked = packed.finish()
        if let diff, diff != found {
            throw LayerSource.differs("layer", diff, found)
        }
        if let blob {
            let actual = isCompressed ? foundPacked : found
            if blob != actual { throw LayerSource.differs("blob", blob, actual) }
        }
        return Unpacked(
            diff: found, size: writer.size, isCompressed: isCompressed,
            skippedDevices: writer.skippedDevices, lostAttributes: writer.lostAttributes,
            implied: writer.implied)
    }

    static func differs(_ kind: String, _ wanted: Digest, _ found: Digest) -> Problem {
        Problem(
            .notVerified, "a \(kind) is not what its digest says",
            why: "it is \(found), not \(wanted)",
            next: "fetch the image again; if that does not help, its publisher must mend it")
    }
}

/// What came out of a layer's archive.
package struct Unpacked: Codable, Equatable, Sendable {
    package let diff: Digest
    /// Bytes of all files.
    package let size: Int64
    package let isCompressed: Bool
    package let skippedDevices: Int
    package let lostAttributes: Int
    /// Directories that are still to be made like those below; nil where that has been done.
    let implied: ImpliedDirectories?
}

/// A run of bytes of an open file, read from its beginning to its end.
package struct ByteRange: Sendable {
    private let file: SharedDescriptor
    private var position: Int64
    private let end: Int64
    /// How the file goes on where it is still being written.
    private var growth: ArrivingBlobs.Growth?

    /// Takes the whole file, or a part of it.
    package init(_ file: SharedDescriptor, from start: Int64 = 0, count: Int64? = nil)
        throws(Problem)
    {
        self.file = file
        position = start
        if let count {
            end = start + count
        } else {
            end = try explaining("cannot examine an archive") { () throws(KernelFault) in
                try file.descriptor.status().size
            }
        }
    }

    init(
        _ file: SharedDescriptor, from start: Int64, end: Int64,
        growth: ArrivingBlobs.Growth? = nil
    ) {
        self.growth = growth
        self.file = file
        position = start
        self.end = end
    }

    package var count: Int64 { end - position }

    /// Reads the next bytes; 0 is the end.
    mutating func read(into buffer: inout [UInt8]) throws(Problem) -> Int {
        let wanted = Int(min(Int64(buffer.count), end - position))
        if wanted == 0 { return 0 }
        try growth?.reach(min(position + ArrivingBlobs.Growth.step, end), of: file)
        let start = position
        let got: Int
        do throws(KernelFault) {
            got = try file.descriptor.read(into: &buffer, upTo: wanted, at: start)
        } catch {
            throw error.problem("cannot read an archive")
        }
        if got == 0 { throw Problem(.badDocument, "an archive ends too early") }
        position += Int64(got)
        return got
    }

    /// Reads all of it, which must not be more than `limit` bytes.
    package func all(limit: Int, name: String) throws(Problem) -> [UInt8] {
        guard count <= Int64(limit) else {
            throw Problem(
                .badDocument, "\"\(name.printable)\" is too large",
                why: "it has \(count) bytes and \(limit) are allowed")
        }
        var rest = self
        var buffer = [UInt8](repeating: 0, count: max(1, Int(count)))
        var bytes: [UInt8] = []
        while true {
            let got = try rest.read(into: &buffer)
            if got == 0 { return bytes }
            bytes += buffer[..<got]
        }
    }
}
