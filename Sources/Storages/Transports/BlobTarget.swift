package import Base
import Checksums
package import Kernel
package import Specs

/// A place that takes an image: blobs first, manifests last.
package protocol BlobTarget: AnyObject {
    /// The directory in which files are made that become blobs here, or are copied.
    var scratch: SharedDescriptor { get }
    /// Whether manifests of that type may lie here.
    func accepts(_ type: String) -> Bool
    /// Whether the content is here already.
    func has(_ content: ContentDescriptor) throws(Problem) -> Bool
    /// Takes content whose bytes lie elsewhere; they are checked on the way.
    func take(_ content: ContentDescriptor, from range: ByteRange) throws(Problem)
    /// Takes content that was made in `scratch`, and removes the file there.
    func take(_ content: ContentDescriptor, made name: String) throws(Problem)
    /// Takes content whose size is known and that `making` passes on, checked; several at once
    /// where that can be, each in another process.
    func take(
        _ contents: [ContentDescriptor], making: (Int, BlobSink) throws(Problem) -> Void
    ) throws(Problem)
    /// Takes one manifest or index; those inside of an index come before it.
    func take(manifest bytes: [UInt8], _ content: ContentDescriptor) throws(Problem)
    /// Takes the last document, which stands for the whole, and what it is called here.
    func finish(_ root: ContentDescriptor, _ bytes: [UInt8], names: [String]) throws(Problem)
    /// Whether layers lie here unpacked, whatever is wished.
    var unpacksLayers: Bool { get }
}

/// What the bytes of one blob are given to, in order.
package struct BlobSink {
    package let take: (ByteSpan) throws(Problem) -> Void
}

extension BlobTarget {
    package var unpacksLayers: Bool { false }

    package func has(_ content: ContentDescriptor) throws(Problem) -> Bool { false }

    package func take(_ content: ContentDescriptor, made name: String) throws(Problem) {
        let file = try explaining("cannot open a temporary blob") { () throws(KernelFault) in
            SharedDescriptor(try Files.open(at: scratch.descriptor, name, [.read, .noFollow]))
        }
        try take(content, from: ByteRange(file))
        try explaining("cannot remove a temporary blob") { () throws(KernelFault) in
            try Files.remove(at: scratch.descriptor, name)
        }
    }
}

/// Files named by digest in one directory, each written under another name first.
struct BlobFiles {
    let directory: SharedDescriptor
    let name: (Digest) -> String

    func has(_ content: ContentDescriptor) throws(Problem) -> Bool {
        let standing = try explaining("cannot look for \"\(content.digest)\"") {
            () throws(KernelFault) in
            try Files.statusIfPresent(at: directory.descriptor, FileName(name(content.digest)))
        }
        return standing?.kind == .regular && standing?.size == content.size
    }

    func take(_ content: ContentDescriptor, from range: ByteRange) throws(Problem) {
        try write(content) { (sink) throws(Problem) in try range.copy(content, sink.take) }
    }

    func take(
        _ contents: [ContentDescriptor], making: (Int, BlobSink) throws(Problem) -> Void
    ) throws(Problem) {
        let _: [Int64] = try Parallel.map(contents.count) { (number) throws(Problem) in
            try write(contents[number]) { (sink) throws(Problem) in try making(number, sink) }
            return contents[number].size
        }
    }

    private func write(
        _ content: ContentDescriptor, _ body: (BlobSink) throws(Problem) -> Void
    ) throws(Problem) {
        let part = ".\(content.digest.hex).\(ProcessIdentity.own())"
        let what = "cannot write \"\(content.digest)\""
        let file = try explaining(what) { () throws(KernelFault) in
            SharedDescriptor(
                try Files.open(
                    at: directory.descriptor, part, [.write, .create, .truncate, .noFollow],
                    permissions: 0o644))
        }
        do throws(Problem) {
            try body(
                BlobSink { (bytes) throws(Problem) in
                    do throws(KernelFault) { try file.descriptor.writeAll(bytes) } catch {
                        throw error.problem(what)
                    }
                })
        } catch {
            // It has no name that anybody looks for.
            try? Files.remove(at: directory.descriptor, part)
            throw error
        }
        try explaining(what) { () throws(KernelFault) in
            try Files.rename(at: directory.descriptor, part, to: name(content.digest))
        }
    }

    func take(_ content: ContentDescriptor, made part: String, from place: SharedDescriptor)
        throws(Problem)
    {
        try explaining("cannot write \"\(content.digest)\"") { () throws(KernelFault) in
            try Files.removeIfPresent(at: directory.descriptor, name(content.digest))
            try Files.rename(
                from: place.descriptor, part, to: directory.descriptor, name(content.digest),
                replacing: false)
        }
    }

    func write(_ bytes: [UInt8], as name: String) throws(Problem) {
        try explaining("cannot write \"\(name)\"") { () throws(KernelFault) in
            try Files.replace(at: directory.descriptor, name, with: bytes, permissions: 0o644)
        }
    }
}

extension ByteRange {
    /// Passes all bytes on and makes sure that they are the content they should be.
    func copy(_ content: ContentDescriptor, _ consume: (ByteSpan) throws(Problem) -> Void)
        throws(Problem)
    {
        guard count == content.size else {
            throw Problem(
                .notVerified, "a blob has the wrong size",
                why: "\(content.digest) has \(count) bytes and should have \(content.size)")
        }
        var rest = self
        var checksum = Checksum(content.digest.algorithm)
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        while true {
            let got = try rest.read(into: &buffer)
            if got == 0 { break }
            checksum.update(buffer.span.extracting(0..<got))
            try consume(buffer.span.extracting(0..<got))
        }
        let found = checksum.finish()
        if found != content.digest { throw LayerSource.differs("blob", content.digest, found) }
    }
}

/// The directory that the registry helper sends from.
package final class FolderTarget: BlobTarget {
    package let scratch: SharedDescriptor
    private let files: BlobFiles

    package init(_ directory: SharedDescriptor) {
        scratch = directory
        files = BlobFiles(directory: directory) { "\($0)" }
    }

    package func accepts(_ type: String) -> Bool { true }
    package func has(_ content: ContentDescriptor) throws(Problem) -> Bool {
        try files.has(content)
    }
    package func take(_ content: ContentDescriptor, from range: ByteRange) throws(Problem) {
        try files.take(content, from: range)
    }
    package func take(_ content: ContentDescriptor, made name: String) throws(Problem) {
        try files.take(content, made: name, from: scratch)
    }
    package func take(
        _ contents: [ContentDescriptor], making: (Int, BlobSink) throws(Problem) -> Void
    ) throws(Problem) {
        try files.take(contents, making: making)
    }
    package func take(manifest bytes: [UInt8], _ content: ContentDescriptor) throws(Problem) {
        try files.write(bytes, as: "\(content.digest)")
    }
    package func finish(_ root: ContentDescriptor, _ bytes: [UInt8], names: [String])
        throws(Problem)
    {
        try files.write(bytes, as: "\(root.digest)")
    }
}

/// The directory of `dir:`: manifest.json, version, and blobs named by their digits.
package final class DirectoryTarget: BlobTarget {
    package let scratch: SharedDescriptor
    private let files: BlobFiles

    package init(_ directory: SharedDescriptor) {
        scratch = directory
        files = BlobFiles(directory: directory, name: \.hex)
    }

    package func accepts(_ type: String) -> Bool { true }
    package func has(_ content: ContentDescriptor) throws(Problem) -> Bool {
        try files.has(content)
    }
    package func take(_ content: ContentDescriptor, from range: ByteRange) throws(Problem) {
        try files.take(content, from: range)
    }
    package func take(_ content: ContentDescriptor, made name: String) throws(Problem) {
        try files.take(content, made: name, from: scratch)
    }
    package func take(
        _ contents: [ContentDescriptor], making: (Int, BlobSink) throws(Problem) -> Void
    ) throws(Problem) {
        try files.take(contents, making: making)
    }
    package func take(manifest bytes: [UInt8], _ content: ContentDescriptor) throws(Problem) {
        try files.write(bytes, as: "\(content.digest.hex).manifest.json")
    }
    package func finish(_ root: ContentDescriptor, _ bytes: [UInt8], names: [String])
        throws(Problem)
    {
        try files.write(Array("Directory Transport Version: 1.1\n".utf8), as: "version")
        try files.write(bytes, as: "manifest.json")
    }
}
