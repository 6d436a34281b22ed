import Base
import Checksums
package import Kernel
import NIOCore
import Specs

/// The directory that takes what is fetched: files named by digest, checked before they get the name.
///
/// A file on its way is called `.sha256:….part` and is locked by whoever writes it; it stays where
/// a transfer dies, and the next one goes on from its end. Digests are hexadecimal, so no name
/// that a registry chose ever reaches the file system (T-CRED-7).
package final class BlobDirectory: Sendable {
    private let directory: Descriptor

    /// Takes over the open directory.
    package init(_ directory: consuming Descriptor) { self.directory = directory }

    /// Whether the content is there, whole and unharmed; a file that is not is removed.
    ///
    /// Content is read again, as a power cut may have taken what an earlier process wrote.
    func has(_ blob: ContentDescriptor) throws(Problem) -> Bool {
        guard let file = try open(blob.digest) else { return false }
        let size = try explaining("cannot read \"\(blob.digest)\"") { () throws(KernelFault) in
            try file.status().size
        }
        var checksum = Checksum(blob.digest.algorithm)
        if size == blob.size { try BlobDirectory.digest(file, blob, into: &checksum) }
        if size == blob.size, checksum.finish() == blob.digest { return true }
        try explaining("cannot remove \"\(blob.digest)\"") { () throws(KernelFault) in
            try Files.remove(at: directory, "\(blob.digest)")
        }
        return false
    }

    /// Reads a document that has been checked.
    func read(_ digest: Digest, limit: Int) throws(Problem) -> [UInt8] {
        guard let file = try open(digest) else {
            throw Problem(.noSuchObject, "there is no content \"\(digest)\"")
        }
        return try explaining("cannot read \"\(digest)\"") { () throws(KernelFault) in
            try file.readAll(limit: limit, name: "\(digest)")
        }
    }

    /// Returns how many bytes there are of content.
    func size(_ digest: Digest) throws(Problem) -> Int64 {
        guard let file = try open(digest) else {
            throw Problem(.noSuchObject, "there is no content \"\(digest)\"")
        }
        return try explaining("cannot read \"\(digest)\"") { () throws(KernelFault) in
            try file.status().size
        }
    }

    /// Opens a part of content for reading.
    func source(_ digest: Digest, from start: Int64, to end: Int64) throws(Problem) -> OpenBlob {
        guard let file = try open(digest) else {
            throw Problem(.noSuchObject, "there is no content \"\(digest)\"")
        }
        return OpenBlob(file, from: start, to: end)
    }

    /// Keeps a document whose digest has been checked.
    func keep(_ bytes: [UInt8], as digest: Digest) throws(Problem) {
        try explaining("cannot keep \"\(digest)\"") { () throws(KernelFault) in
            try Files.replace(at: directory, "\(digest)", with: bytes)
        }
    }

    /// Forgets a document that was kept for a moment.
    func drop(_ digest: Digest) { remove("\(digest)") }

    private func open(_ digest: Digest) throws(Problem) -> Descriptor? {
        do {
            return try Files.open(at: directory, "\(digest)", [.read, .noFollow])
        } catch {
            if error.name == "ENOENT" { return nil }
            throw error.problem("cannot open \"\(digest)\"")
        }
    }

    /// Takes in the whole file from its present position.
    fileprivate static func digest(
        _ file: borrowing Descriptor, _ blob: ContentDescriptor, into checksum: inout Checksum
    ) throws(Problem) {
        while true {
            let bytes: [UInt8]
            do {
                bytes = try file.read(upTo: 1 << 20)
            } catch {
                throw error.problem("cannot read \"\(blob.digest)\"")
            }
            if bytes.isEmpty { return }
            checksum.update(bytes)
        }
    }

    /// Begins or goes on with a blob; nil where another process is at it right now.
    func begin(_ blob: ContentDescriptor) throws(Problem) -> PartialBlob? {
        let name = ".\(blob.digest).part"
        do {
            let file = try Files.open(at: directory, name, [.readWrite, .create, .noFollow])
            guard try file.lock(exclusive: true, waiting: false) else { return nil }
            // The one who had the lock may have given the file its final name in the meantime.
            guard let named = try? Files.status(at: directory, name),
                named.isSame(as: try file.status())
            else { return nil }
            return try PartialBlob(blob, file, name, in: self)
        } catch let fault as KernelFault {
            throw fault.problem("cannot write \"\(blob.digest)\"")
        } catch let problem as Problem {
            throw problem
        } catch {
            throw Problem(.kernel, "cannot write \"\(blob.digest)\"", why: "\(error)")
        }
    }

    /// Returns how much of a blob another process has written so far.
    func progress(of blob: ContentDescriptor) -> Int64 {
        (try? Files.status(at: directory, ".\(blob.digest).part"))?.size ?? -1
    }

    /// Makes a file that gets the name of its digest in the end; what is not finished is removed.
    ///
    /// - Parameter digest: of what it is made of.
    func draft(of digest: Digest) throws(Problem) -> BlobDraft {
        // Another program may make it, too.
        let name = ".\(digest).\(ProcessIdentity.own()).part"
        return try explaining("cannot write a blob") { () throws(KernelFault) in
            BlobDraft(
                try Files.open(at: directory, name, [.write, .create, .truncate, .noFollow]),
                name, in: self)
        }
    }

    fileprivate func rename(_ name: String, to final: String) throws(KernelFault) {
        try Files.rename(at: directory, name, to: final)
    }

    fileprivate func remove(_ name: String) {
        // What cannot be removed is checked again before it is ever used.
        try? Files.remove(at: directory, name)
    }
}

/// A part of a blob that is open for reading.
final class OpenBlob: Sendable {
    private let file: Descriptor
    let start: Int64
    private let end: Int64

    init(_ file: consuming Descriptor, from start: Int64, to end: Int64) {
        self.file = file
        self.start = start
        self.end = end
    }

    /// Returns the bytes from `position` on, at most 256 KiB; an empty array is the end.
    func bytes(at position: Int64) throws(KernelFault) -> [UInt8] {
        let count = Int(min(end - position, 256 << 10))
        guard count > 0 else { return [] }
        var buffer = [UInt8](repeating: 0, count: count)
        let got = try file.read(into: &buffer, upTo: count, at: position)
        return got == count ? buffer : Array(buffer[..<got])
    }
}

/// A blob that is made here: its digest shows in the end.
final class BlobDraft {
    private let file: Descriptor
    private let name: String
    private let directory: BlobDirectory
    private var checksum = Checksum()
    private var isFinished = false

    fileprivate init(_ file: consuming Descriptor, _ name: String, in directory: BlobDirectory) {
        self.file = file
        self.name = name
        self.directory = directory
    }

    deinit { if !isFinished { directory.remove(name) } }

    /// Adds the next bytes.
    func append(_ bytes: [UInt8]) throws(Problem) {
        try explaining("cannot write a blob") { () throws(KernelFault) in try file.writeAll(bytes) }
        checksum.update(bytes)
    }

    /// Gives it the name of its digest.
    func finish() throws(Problem) -> Digest {
        let digest = checksum.digest
        try explaining("cannot keep \"\(digest)\"") { () throws(KernelFault) in
            try directory.rename(name, to: "\(digest)")
        }
        isFinished = true
        return digest
    }
}

/// A blob on its way into the directory.
final class PartialBlob {
    private let blob: ContentDescriptor
    private let file: Descriptor
    private let name: String
    private let directory: BlobDirectory
    private var checksum: Checksum
    /// How many bytes are there.
    private(set) var count: Int64 = 0
    /// Whether bytes of an earlier attempt are among them.
    private(set) var isResumed = false

    fileprivate init(
        _ blob: ContentDescriptor, _ file: consuming Descriptor, _ name: String,
        in directory: BlobDirectory
    ) throws(Problem) {
        self.blob = blob
        self.file = file
        self.name = name
        self.directory = directory
        checksum = Checksum(blob.digest.algorithm)
        try BlobDirectory.digest(self.file, blob, into: &checksum)
        count = checksum.count
        isResumed = count > 0
        if count > blob.size { try restart() }
    }

    /// Forgets what is there.
    func restart() throws(Problem) {
        try explaining("cannot write \"\(blob.digest)\"") { () throws(KernelFault) in
            try file.truncate(to: 0)
            try file.seek(to: 0)
        }
        checksum = Checksum(blob.digest.algorithm)
        count = 0
        isResumed = false
    }

    /// Marks what is there as coming from an earlier attempt.
    func pause() { isResumed = count > 0 }

    /// Adds the next bytes.
    ///
    /// - Throws: `notVerified` where there would be more than there should be.
    func append(_ buffer: ByteBuffer) throws(Problem) {
        guard count + Int64(buffer.readableBytes) <= blob.size else {
            throw wrong("more than its \(blob.size) bytes arrived")
        }
        do {
            try file.writeAll(buffer.readableBytesUInt8Span)
        } catch {
            throw error.problem("cannot write \"\(blob.digest)\"")
        }
        checksum.update(buffer.readableBytesUInt8Span)
        count += Int64(buffer.readableBytes)
    }

    /// Checks the whole and gives it its final name; what does not check out is removed.
    func finish() throws(Problem) {
        let found = checksum.digest
        guard count == blob.size else {
            throw wrong("\(count) bytes arrived instead of \(blob.size)")
        }
        guard found == blob.digest else {
            discard()
            throw wrong("what arrived has the digest \(found)")
        }
        try explaining("cannot keep \"\(blob.digest)\"") { () throws(KernelFault) in
            try directory.rename(name, to: "\(blob.digest)")
        }
    }

    /// Removes what is there.
    func discard() { directory.remove(name) }

    func wrong(_ why: String) -> Problem {
        Problem(
            .notVerified, "the blob \(blob.digest.short) is not what the manifest promises",
            why: why,
            next: "try again; if it happens again, tell whoever runs the registry")
    }
}
