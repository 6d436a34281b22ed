import Base
import Kernel
import Storages

/// A directory of a test's own, removed when the test ends.
final class Home {
    let path: String

    init() throws {
        path = "/tmp/martlet-test-" + String(UInt64.random(in: 0 ... .max), radix: 36)
        _ = try Files.ensureDirectory(path)
    }

    deinit {
        guard let tmp = try? Files.open("/tmp", [.read, .directory]) else { return }
        try? Files.removeTree(at: tmp, String(path.dropFirst(5)))
    }

    func directory(_ name: String) throws -> Descriptor {
        try Files.ensureDirectory(path + "/" + name)
    }

    func file(_ name: String, _ bytes: [UInt8]) throws -> Descriptor {
        let file = try Files.open(path + "/" + name, [.readWrite, .create, .truncate])
        try file.writeAll(bytes)
        try file.seek(to: 0)
        return file
    }
}

/// Tar archives written word by word.
enum Tar {
    static func entry(
        _ path: String, _ kind: TarEntry.Kind = .file, to target: String = "", mode: UInt32? = nil
    ) -> TarEntry {
        var entry = TarEntry()
        entry.path = Array(path.utf8)
        entry.kind = kind
        entry.target = Array(target.utf8)
        entry.permissions = mode ?? (kind == .directory ? 0o755 : 0o644)
        entry.modified = FileTime(seconds: 1_000_000_000)
        return entry
    }

    static func file(_ path: String, _ content: String, mode: UInt32 = 0o644) -> [UInt8] {
        var entry = entry(path, mode: mode)
        entry.size = Int64(content.utf8.count)
        return TarWriter.header(entry) + Array(content.utf8) + TarWriter.padding(after: entry.size)
    }

    static func directory(_ path: String, mode: UInt32 = 0o755) -> [UInt8] {
        TarWriter.header(entry(path, .directory, mode: mode))
    }

    static func link(_ path: String, to target: String) -> [UInt8] {
        TarWriter.header(entry(path, .symbolicLink, to: target))
    }

    static func hardLink(_ path: String, to target: String) -> [UInt8] {
        TarWriter.header(entry(path, .hardLink, to: target))
    }

    static func archive(_ entries: [UInt8]...) -> [UInt8] { entries.flatMap { $0 } + TarWriter.end }

    /// Unpacks an archive in pieces of `piece` bytes.
    static func unpack(_ bytes: [UInt8], into root: consuming Descriptor, piece: Int = 1000)
        throws(Problem)
    {
        var writer = try LayerWriter(into: SharedDescriptor(root))
        var reader = TarReader()
        var rest = bytes[...]
        while !rest.isEmpty {
            let next = Array(rest.prefix(piece))
            try reader.feed(next.span, to: &writer)
            rest = rest.dropFirst(piece)
        }
        try reader.finish(strict: true)
        try writer.finish()
    }
}

/// What stands below a directory: `path kind mode content`, one line each, in byte order.
func listing(_ path: String, times: Bool = false) throws -> [String] {
    var lines: [String] = []
    func walk(_ directory: borrowing Descriptor, _ prefix: String) throws {
        for entry in try Files.entries(in: directory).sorted(by: { $0.name.text < $1.name.text }) {
            let status = try require(try Files.statusIfPresent(at: directory, entry.name))
            let name = prefix + entry.name.text
            let mode = String(status.permissions, radix: 8)
            let time = times ? " \(status.modified).\(status.modifiedNanoseconds)" : ""
            switch status.kind {
            case .directory:
                let inside = try Files.open(at: directory, entry.name, [.read, .directory])
                let opaque = try inside.attribute("user.overlay.opaque") != nil ? " opaque" : ""
                lines.append("\(name)/ \(mode)\(opaque)\(time)")
                try walk(inside, name + "/")
            case .regular:
                let file = try Files.open(at: directory, entry.name, [.read])
                let content = String(decoding: try file.readAll(limit: 1 << 20), as: UTF8.self)
                lines.append("\(name) \(mode) \(content)\(time)")
            case .link:
                lines.append(
                    "\(name) -> \(try Files.target(at: directory, entry.name).text)\(time)")
            case _ where status.isWhiteout: lines.append("\(name) whiteout")
            default: lines.append("\(name) \(status.kind) \(mode)\(time)")
            }
        }
    }
    try walk(try Files.open(path, [.read, .directory]), "")
    return lines
}

private func require<Value>(_ value: Value?) throws -> Value {
    guard let value else { throw Problem(.kernel, "a file went away") }
    return value
}
