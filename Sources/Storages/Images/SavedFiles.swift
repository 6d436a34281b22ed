import Base
import Kernel

/// Where the files of a saved image go: members of a tar archive, or files of a directory.
///
/// A file of a name that is there already is left out: layers that images share are saved once.
protocol SavedFiles: AnyObject {
    /// Whether there is a file of that name already.
    func has(_ name: String) -> Bool
    /// Puts one file there; `body` writes exactly `size` bytes.
    func put(
        _ name: String, size: Int64,
        _ body: ((ByteSpan) throws(Problem) -> Void) throws(Problem) -> Void
    ) throws(Problem)
    /// Makes a directory for files to come; readers that unpack an archive need its name.
    func makeDirectory(_ name: String) throws(Problem)
    /// Writes what ends it.
    func finish() throws(Problem)
}

extension SavedFiles {
    /// Puts a small file there.
    func put(_ name: String, _ bytes: [UInt8]) throws(Problem) {
        try put(name, size: Int64(bytes.count)) { write throws(Problem) in try write(bytes.span) }
    }
}

/// The members of a tar archive, with no time and no owner in them: the same images always give the
/// same archive.
final class SavedArchive: SavedFiles {
    private let output: SharedDescriptor
    private var names: Set<String> = []
    /// Small pieces are gathered, as each write(2) to a pipe wakes its reader.
    private var pending: [UInt8] = []

    init(_ output: SharedDescriptor) { self.output = output }

    func has(_ name: String) -> Bool { names.contains(name) }

    func put(
        _ name: String, size: Int64,
        _ body: ((ByteSpan) throws(Problem) -> Void) throws(Problem) -> Void
    ) throws(Problem) {
        names.insert(name)
        var entry = TarEntry()
        entry.path = Array(name.utf8)
        entry.permissions = 0o644
        entry.size = size
        try write(TarWriter.header(entry).span)
        var written: Int64 = 0
        try body { bytes throws(Problem) in
            written += Int64(bytes.count)
            try write(bytes)
        }
        guard written == size else {
            throw Problem(
                .notVerified, "\"\(name)\" has \(written) bytes and should have \(size)",
                next: "look through the store with \"martlet system check\"")
        }
        try write(TarWriter.padding(after: size).span)
    }

    func makeDirectory(_ name: String) throws(Problem) {
        var entry = TarEntry()
        entry.kind = .directory
        entry.path = Array("\(name)/".utf8)
        entry.permissions = 0o755
        try write(TarWriter.header(entry).span)
    }

    func finish() throws(Problem) {
        try write(TarWriter.end.span)
        try flush()
    }

    private func write(_ bytes: ByteSpan) throws(Problem) {
        if pending.count + bytes.count > 64 << 10 { try flush() }
        if bytes.count >= 64 << 10 { return try pass(bytes) }
        for index in bytes.indices { pending.append(bytes[index]) }
    }

    private func flush() throws(Problem) {
        let bytes = pending
        pending = []
        try pass(bytes.span)
    }

    private func pass(_ bytes: ByteSpan) throws(Problem) {
        do throws(KernelFault) {
            try output.descriptor.writeAll(bytes)
        } catch {
            throw error.problem("cannot write the archive")
        }
    }
}

/// The files of a directory.
final class SavedDirectory: SavedFiles {
    private let directory: SharedDescriptor

    init(_ directory: SharedDescriptor) { self.directory = directory }

    func has(_ name: String) -> Bool {
        (try? Files.statusIfPresent(at: directory.descriptor, FileName(name))) != .some(nil)
    }

    func put(
        _ name: String, size: Int64,
        _ body: ((ByteSpan) throws(Problem) -> Void) throws(Problem) -> Void
    ) throws(Problem) {
        let what = "cannot write \"\(name)\""
        let place = try explaining(what) { () throws(KernelFault) in
            var place = try Files.open(at: directory.descriptor, ".", [.read, .directory])
            for part in name.split(separator: "/").dropLast() {
                try Files.makeDirectory(at: place, String(part), permissions: 0o755)
                place = try Files.open(at: place, String(part), [.read, .directory, .noFollow])
            }
            return place
        }
        let leaf = String(name.split(separator: "/").last ?? "")
        let file = try explaining(what) { () throws(KernelFault) in
            try Files.open(
                at: place, leaf, [.write, .create, .truncate, .noFollow], permissions: 0o644)
        }
        try body { bytes throws(Problem) in
            do throws(KernelFault) { try file.writeAll(bytes) } catch {
                throw error.problem(what)
            }
        }
    }

    /// Files bring their directories along.
    func makeDirectory(_ name: String) throws(Problem) {}

    func finish() throws(Problem) {}
}
