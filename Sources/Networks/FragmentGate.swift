/// Lets libslirp see fragmented IPv4 datagrams only as an honest kernel sends them: whole headers,
/// one fragment after the other, none twice, none across another.
///
/// Its reassembly corrupts its memory for some of the others (found with version 4.7.0 by mutated
/// frames, T-SLIRP-2), and a container that may make raw packets can send them. Fragments of IPv6
/// never get this far.
package struct FragmentGate {
    /// A datagram some of whose fragments have passed.
    private struct Partial {
        let source: UInt32
        let target: UInt32
        /// The datagram's number and its protocol.
        let mark: UInt32
        /// Where the next fragment must begin.
        var next: Int
        let begun: Int64
    }

    private var partials: [Partial] = []

    /// Datagrams that may be under way at once; the first fragments of more are dropped.
    private static let limit = 64
    /// Longer than libslirp remembers an incomplete datagram, which is 30 seconds.
    private static let patience: Int64 = 60_000_000_000

    package init() {}

    /// Whether the frame is no fragment, or the very one that is expected.
    package mutating func admits(_ frame: Span<UInt8>, now: Int64) -> Bool {
        guard frame.count >= 34, frame[12] == 0x08, frame[13] == 0x00 else { return true }
        let place = word(frame, 20)
        let hasMore = place & 0x2000 != 0
        let offset = Int(place & 0x1FFF) * 8
        if !hasMore, offset == 0 { return true }
        let total = Int(word(frame, 16))
        let size = total - 20
        guard frame[14] == 0x45, size > 0, frame.count >= 14 + total, offset + size <= 65_515,
            !hasMore || size % 8 == 0
        else { return false }
        let source = word(frame, 26) << 16 | word(frame, 28)
        let target = word(frame, 30) << 16 | word(frame, 32)
        let mark = word(frame, 18) << 16 | UInt32(frame[23])
        if offset == 0 { partials.removeAll { now - $0.begun > Self.patience } }
        let known = partials.firstIndex {
            $0.source == source && $0.target == target && $0.mark == mark
        }
        guard let known else {
            guard offset == 0, partials.count < Self.limit else { return false }
            partials.append(
                Partial(source: source, target: target, mark: mark, next: size, begun: now))
            return true
        }
        guard partials[known].next == offset, offset > 0 else { return false }
        if hasMore { partials[known].next += size } else { partials.remove(at: known) }
        return true
    }

    private func word(_ frame: Span<UInt8>, _ place: Int) -> UInt32 {
        UInt32(frame[place]) << 8 | UInt32(frame[place + 1])
    }
}
