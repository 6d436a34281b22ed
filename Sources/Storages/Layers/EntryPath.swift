package import Base
package import Kernel

/// A name out of an archive, split into parts that each are a plain file name.
///
/// Empty parts and `.` are dropped, a leading slash means the root; `..` is refused wherever it
/// stands, as what it means depends on links (T-TAR-1).
package struct EntryPath: Equatable, Sendable {
    /// The parts; none at all is the root itself.
    package let parts: [ArraySlice<UInt8>]

    /// - Throws: `badDocument` that shows the name.
    package init(_ bytes: [UInt8]) throws(Problem) {
        func refuse(_ why: String) -> Problem {
            let shown = String(decoding: bytes.prefix(200), as: UTF8.self).printable
            return Problem(.badDocument, "the archive's entry \"\(shown)\" is refused", why: why)
        }
        guard !bytes.isEmpty else { throw refuse("its name is empty") }
        guard bytes.count <= Limits.pathBytes else {
            throw refuse("its name has \(bytes.count) bytes, and \(Limits.pathBytes) are allowed")
        }
        guard !bytes.contains(0) else { throw refuse("its name has a zero byte") }
        let parts = bytes.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual([0x2E]) }
        guard !parts.contains(where: { $0.elementsEqual([0x2E, 0x2E]) }) else {
            throw refuse("its name has \"..\" in it")
        }
        guard !parts.contains(where: { $0.count > 255 }) else {
            throw refuse("a part of its name has more than 255 bytes")
        }
        self.parts = parts
    }

    package init(parts: [ArraySlice<UInt8>]) { self.parts = parts }

    package var isRoot: Bool { parts.isEmpty }

    /// The directory it lies in; the root lies in itself.
    package var parent: EntryPath { EntryPath(parts: parts.dropLast()) }

    /// The last part; `.` for the root.
    package var leaf: FileName { parts.last.flatMap { FileName($0) } ?? "." }

    /// The whole as one relative path; `.` for the root.
    package var name: FileName {
        parts.isEmpty ? "." : FileName(Array(parts.joined(separator: [0x2F]))) ?? "."
    }
}
