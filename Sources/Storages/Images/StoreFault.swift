/// Something in the store that is not as docs/storage.md has it.
package struct StoreFault: Codable, Equatable, Sendable {
    package enum Kind: String, Codable, Sendable {
        /// What a killed command left: of no use and no harm, and collected in time.
        case leftover
        /// Something that is promised and is not there, or is not what it should be.
        case damage
    }
    package var kind: Kind
    /// What is wrong, with the object's name.
    package var what: String
    /// Whether it has been put right.
    package var isMended = false
    /// What heals it, or what was done.
    package var note: String?

    package init(_ kind: Kind, _ what: String, note: String? = nil) {
        self.kind = kind
        self.what = what
        self.note = note
    }
}

/// How the store is looked through.
package struct CheckWish: Codable, Equatable, Sendable {
    /// Leaves out what reads every file: the sizes of layers.
    package var quick = false
    /// Puts right what can be.
    package var repair = false
    /// Removes what is damaged beyond that.
    package var force = false
    /// Other stores that cannot be read now, and may have what is missing here.
    package var absentStores: [String] = []
    /// Fetched blobs of pulls that did not end stay this long, so that they can go on.
    package var patienceSeconds: Int64 = 86_400

    package init() {}
}
