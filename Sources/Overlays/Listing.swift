import Kernel

/// The names in a merged directory at one moment, in the order of their cookies.
///
/// A name's cookie comes from the name alone, so a reader may go on in a newer listing: whatever
/// others make or remove meanwhile, nothing else is shown twice or left out.
final class Listing {
    struct Entry {
        let start: Int32
        let count: Int32
        let inode: UInt64
        /// Behind which place a reading goes on; from 3 up, and small enough for 32-bit programs.
        var cookie: Int
        /// The kind as getdents(2) has it: the bits of st_mode, 12 lower.
        let kind: UInt8
        /// 0 for the upper directory, else one more than the number of the part.
        let source: UInt16
    }

    private(set) var entries: [Entry] = []
    private var text: [UInt8] = []
    /// Open addressing over the names seen so far, also hidden ones; none for one source alone.
    private var slots: [Int32] = []
    private var seen: [(start: Int32, count: Int32, entry: Int32)] = []
    /// The entries by their cookies.
    private var order: [Int32] = []
    private let isMerged: Bool

    init(sources: Int) { isMerged = sources > 1 }

    /// Whether `source(of:)` knows every name.
    var isIndexed: Bool { isMerged }

    func name(_ entry: Entry) -> FileName? {
        FileName(text[Int(entry.start)..<Int(entry.start + entry.count)])
    }

    /// Puts the names in order, once all are there. Names of one hash follow each other.
    func finish() {
        order = entries.indices.map { Int32($0) }
        order.sort { entries[Int($0)].cookie < entries[Int($1)].cookie }
        var last = 2
        for place in order {
            last = max(last + 1, entries[Int(place)].cookie)
            entries[Int(place)].cookie = last
        }
    }

    /// The places of the names after a cookie.
    func places(after cookie: Int) -> Range<Int> {
        var (low, high) = (0, order.count)
        while low < high {
            let middle = (low + high) / 2
            if entry(at: middle).cookie <= cookie { low = middle + 1 } else { high = middle }
        }
        return low..<order.count
    }

    func entry(at place: Int) -> Entry { entries[Int(order[place])] }

    /// Adds a name of the next lower source; a name that is there already hides it.
    ///
    /// - Parameter isShown: false for a whiteout, which only hides.
    func add(
        _ name: ArraySlice<UInt8>, inode: UInt64, kind: UInt8, source: Int, isShown: Bool
    ) {
        if !isMerged {
            if isShown { append(name, inode, kind, source) }
            return
        }
        if seen.count * 2 >= slots.count { grow() }
        let slot = place(of: name)
        if slots[slot] >= 0 { return }
        let start = Int32(text.count)
        slots[slot] = Int32(seen.count)
        if isShown {
            append(name, inode, kind, source)
        } else {
            text += name
        }
        seen.append((start, Int32(name.count), isShown ? Int32(entries.count - 1) : -1))
    }

    private func append(_ name: ArraySlice<UInt8>, _ inode: UInt64, _ kind: UInt8, _ source: Int) {
        entries.append(
            Entry(
                start: Int32(text.count), count: Int32(name.count), inode: inode,
                cookie: Int(Listing.hash(name) >> 33), kind: kind, source: UInt16(source)))
        text += name
    }

    /// Returns where the name is found; nil where there is no such name.
    func source(of name: FileName) -> Int? {
        if slots.isEmpty { return nil }
        let slot = slots[place(of: name.bytes)]
        guard slot >= 0, seen[Int(slot)].entry >= 0 else { return nil }
        return Int(entries[Int(seen[Int(slot)].entry)].source)
    }

    private func place(of name: ArraySlice<UInt8>) -> Int {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: Listing.hash(name)) & mask
        while slots[slot] >= 0 {
            let known = seen[Int(slots[slot])]
            if Int(known.count) == name.count,
                text[Int(known.start)..<Int(known.start + known.count)].elementsEqual(name)
            {
                return slot
            }
            slot = (slot + 1) & mask
        }
        return slot
    }

    private func grow() {
        slots = [Int32](repeating: -1, count: max(64, slots.count * 4))
        for (index, known) in seen.enumerated() {
            let name = text[Int(known.start)..<Int(known.start + known.count)]
            slots[place(of: name)] = Int32(index)
        }
    }

    /// FNV-1a, mixed; names come from our own disk and a flood of collisions costs only its maker.
    static func hash(_ name: ArraySlice<UInt8>) -> UInt64 {
        var value: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return value ^ value >> 29
    }
}
