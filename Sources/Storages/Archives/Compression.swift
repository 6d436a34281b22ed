/// How an archive is packed.
package struct Compression: Equatable, Sendable {
    package enum Kind: String, CaseIterable, Sendable { case none, gzip, zstd }

    package var kind: Kind
    /// 1 to 9 for gzip, 1 to 20 for zstd; nil is a level that is fast and packs well enough.
    package var level: Int?

    package init(_ kind: Kind, level: Int? = nil) {
        self.kind = kind
        self.level = level
    }
}
