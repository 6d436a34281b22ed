package import Base
package import Kernel

/// What lies where in an uncompressed tar archive, such as the outer one of a saved image.
///
/// Nothing is unpacked: a name is only a key here, so a malicious one leads nowhere (T-DIGEST-5).
package struct ArchiveIndex: Sendable {
    private struct Item: Sendable {
        var start: Int64
        var size: Int64
        /// What a link names; nil for a file.
        var target: [UInt8]?
    }

    private let file: SharedDescriptor
    private var items: [[UInt8]: Item] = [:]
    private var twice: Set<[UInt8]> = []

    /// Reads the headers of the archive, passing over the content between them.
    package init(_ file: SharedDescriptor) throws(Problem) {
        self.file = file
        var lister = Lister()
        var reader = TarReader()
        var source = try ByteRange(file)
        let length = source.count
        var buffer = [UInt8](repeating: 0, count: 512)
        while !reader.hasEnded {
            let got = try source.read(into: &buffer)
            if got == 0 { break }
            lister.position = length - source.count
            try reader.feed(buffer.span.extracting(0..<got), to: &lister)
            let rest = reader.skippable
            if rest > 0 {
                guard rest <= source.count else { throw TarHeader.refuse("it ends too early") }
                source = try ByteRange(
                    file, from: lister.position + rest, count: source.count - rest)
                try reader.skip(&lister)
            }
            guard lister.items.count <= Limits.archiveMembers else {
                throw TarHeader.refuse("it has more than \(Limits.archiveMembers) members")
            }
        }
        try reader.finish(strict: false)
        items = lister.items
        twice = lister.twice
    }

    private struct Lister: TarSink {
        var position: Int64 = 0
        var items: [[UInt8]: Item] = [:]
        var twice: Set<[UInt8]> = []

        mutating func begin(_ entry: TarEntry) throws(Problem) {
            // A hard link names its target from the root of the archive, so it would need other
            // words.
            guard [.file, .symbolicLink].contains(entry.kind) else { return }
            let name = try EntryPath(entry.path).name
            let target = entry.kind == .file ? nil : entry.target
            let key = Array(name.bytes)
            let item = Item(start: position, size: entry.size, target: target)
            if items.updateValue(item, forKey: key) != nil { twice.insert(key) }
        }
        mutating func content(_ bytes: ByteSpan) throws(Problem) {}
        mutating func end() throws(Problem) {}
    }

    /// Whether there is a member of that name.
    package func has(_ name: String) -> Bool { items[Array(name.utf8)] != nil }

    /// Returns where the content of a member lies; links within the archive are followed.
    ///
    /// - Throws: `badDocument` where there is no such member, or more than one.
    package func member(_ name: String) throws(Problem) -> ByteRange {
        func refuse(_ why: String) -> Problem {
            Problem(
                .badDocument, "the archive has no usable member \"\(name.printable)\"", why: why)
        }
        var key = Array(name.utf8)
        for _ in 0..<8 {
            guard !twice.contains(key) else { throw refuse("there are several of that name") }
            guard let item = items[key] else { throw refuse("there is none of that name") }
            guard let target = item.target else {
                return try ByteRange(file, from: item.start, count: item.size)
            }
            guard let next = ArchiveIndex.resolve(target, from: key) else {
                throw refuse("it is a link to outside the archive")
            }
            key = next
        }
        throw refuse("it is a chain of links")
    }

    /// Follows a link by words alone; nil where it leaves the archive.
    private static func resolve(_ target: [UInt8], from key: [UInt8]) -> [UInt8]? {
        if target.first == UInt8(ascii: "/") { return nil }
        var parts = key.split(separator: UInt8(ascii: "/")).dropLast()
        for part in target.split(separator: UInt8(ascii: "/")) {
            switch Array(part) {
            case [0x2E]: continue
            case [0x2E, 0x2E]:
                if parts.isEmpty { return nil }
                parts.removeLast()
            default: parts.append(part)
            }
        }
        return Array(parts.joined(separator: [UInt8(ascii: "/")]))
    }
}
