package import Base
package import Kernel

/// One entry of a tar archive, as its headers describe it; names are bytes and not yet trusted.
package struct TarEntry: Equatable, Sendable {
    package enum Kind: Equatable, Sendable {
        case file, hardLink, symbolicLink, directory, fifo
        /// A character or block device; its number is of no use here.
        case device
    }

    package var kind = Kind.file
    /// The name as written: it may be absolute, and may hold `.`, `..` and empty parts.
    package var path: [UInt8] = []
    /// What a link names; empty for all else.
    package var target: [UInt8] = []
    /// The lower 12 bits of the mode.
    package var permissions: UInt32 = 0
    package var uid: UInt32 = 0
    package var gid: UInt32 = 0
    /// Bytes of content that follow; 0 for all but files.
    package var size: Int64 = 0
    package var modified = FileTime(seconds: 0)
    /// Extended attributes in the order they stand.
    package var attributes: [Attribute] = []

    package init() {}

    /// An extended attribute.
    package struct Attribute: Equatable, Sendable {
        package let name: [UInt8]
        package let value: [UInt8]

        package init(name: [UInt8], value: [UInt8]) {
            self.name = name
            self.value = value
        }
    }

    /// The path for people.
    package var shown: String { String(decoding: path, as: UTF8.self).printable }
}

/// What a tar reader hands its entries to.
package protocol TarSink: ~Copyable {
    /// An entry begins; `entry.size` bytes of content follow.
    mutating func begin(_ entry: TarEntry) throws(Problem)
    /// Some more of the present entry's content.
    mutating func content(_ bytes: ByteSpan) throws(Problem)
    /// The present entry's content is complete.
    mutating func end() throws(Problem)
    /// Bytes of the archive that are no content: headers, what fills blocks up, and what follows the
    /// end. They come before the entry that they describe begins.
    mutating func passed(_ bytes: ByteSpan) throws(Problem)
}

extension TarSink where Self: ~Copyable {
    package mutating func passed(_ bytes: ByteSpan) throws(Problem) {}
}
