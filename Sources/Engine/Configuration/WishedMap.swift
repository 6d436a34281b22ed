import Base
import Specs

/// One map of ids as the user's words ask for it. See podman-run(1), --uidmap.
struct WishedMap {
    /// The ids of the standing namespace: its own, and those of the host behind them.
    private let standing: [IDRange]
    private let kind: IDRangeWish.Kind
    /// The option, for complaints.
    private let option: String
    private var total: UInt32 { NestedMaps.count(standing) }

    init(_ standing: [IDRange], _ kind: IDRangeWish.Kind, _ option: String) {
        self.standing = standing
        self.kind = kind
        self.option = option
    }

    /// Makes the map. Where it begins with `+`, or nothing is said of this kind, ids that nobody
    /// has been given go to those inside that nobody has, from 0 on.
    ///
    /// - Throws: `badValue` for ids that the user does not have.
    func map(_ wishes: [IDRangeWish]) throws(Problem) -> [IDRange] {
        var map: [IDRange] = []
        var isFilled = false
        for wish in wishes where wish.only == nil || wish.only == kind {
            for range in try ranges(of: wish) {
                if wish.extends == true {
                    isFilled = isFilled || map.isEmpty
                    map = Self.inserting(range, into: map, freeing: [\.inside, \.outside])
                } else {
                    map.append(range)
                }
            }
        }
        return isFilled || map.isEmpty ? filled(map) : map.sorted { $0.inside < $1.inside }
    }

    /// Puts ranges into a map: what they take inside, the map gives up.
    func putting(_ wishes: [IDRangeWish], into map: [IDRange]) throws(Problem) -> [IDRange] {
        var map = map
        for wish in wishes {
            for range in try ranges(of: wish) {
                map = Self.inserting(range, into: map, freeing: [\.inside])
            }
        }
        return map.sorted { $0.inside < $1.inside }
    }

    /// The ranges of the standing namespace that a wish means: those of the host may lie apart in it.
    private func ranges(of wish: IDRangeWish) throws(Problem) -> [IDRange] {
        func refuse(_ why: String) -> Problem {
            Problem(
                .badValue,
                "\(wish.inside):\(wish.isHost == true ? "@" : "")\(wish.outside):\(wish.count) is no map for \(option)",
                why: why)
        }
        guard UInt64(wish.inside) + UInt64(wish.count) <= UInt64(UInt32.max) else {
            throw refuse("inside there are the ids 0 to \(UInt32.max - 1)")
        }
        guard wish.isHost == true else {
            guard UInt64(wish.outside) + UInt64(wish.count) <= UInt64(total) else {
                throw refuse("outside there are the ids 0 to \(total - 1)")
            }
            return [IDRange(inside: wish.inside, outside: wish.outside, count: wish.count)]
        }
        var ranges: [IDRange] = []
        var done: UInt32 = 0
        while done < wish.count {
            let id = wish.outside + done
            guard
                let place = standing.first(where: {
                    $0.outside <= id && id - $0.outside < $0.count
                })
            else { throw refuse("the host's id \(id) is not one of yours") }
            let skipped = id - place.outside
            let count = min(wish.count - done, place.count - skipped)
            ranges.append(
                IDRange(inside: wish.inside + done, outside: place.inside + skipped, count: count))
            done += count
        }
        return ranges
    }

    /// Adds a range to a map that first gives up what the range takes on these sides.
    private static func inserting(
        _ range: IDRange, into map: [IDRange], freeing sides: [KeyPath<IDRange, UInt32>]
    ) -> [IDRange] {
        var rest = map
        for side in sides {
            let (start, end) = (
                UInt64(range[keyPath: side]), UInt64(range[keyPath: side]) + UInt64(range.count)
            )
            rest = rest.flatMap { old -> [IDRange] in
                let oldStart = UInt64(old[keyPath: side])
                let oldEnd = oldStart + UInt64(old.count)
                guard oldStart < end, start < oldEnd else { return [old] }
                var parts: [IDRange] = []
                if oldStart < start {
                    parts.append(
                        IDRange(
                            inside: old.inside, outside: old.outside,
                            count: UInt32(start - oldStart)))
                }
                if end < oldEnd {
                    let skipped = UInt32(end - oldStart)
                    parts.append(
                        IDRange(
                            inside: old.inside + skipped, outside: old.outside + skipped,
                            count: old.count - skipped))
                }
                return parts
            }
        }
        return rest + [range]
    }

    /// Gives what is left of the standing namespace to what is left inside, from 0 on.
    private func filled(_ map: [IDRange]) -> [IDRange] {
        var free: [(start: UInt64, end: UInt64)] = []
        var next: UInt64 = 0
        for range in map.sorted(by: { $0.outside < $1.outside }) {
            if UInt64(range.outside) > next { free.append((next, UInt64(range.outside))) }
            next = max(next, UInt64(range.outside) + UInt64(range.count))
        }
        if UInt64(total) > next { free.append((next, UInt64(total))) }
        free.reverse()
        var full: [IDRange] = []
        var inside: UInt64 = 0
        /// Maps ids up to `end` as far as there are any.
        func fill(upTo end: UInt64) {
            while inside < end, let (start, last) = free.popLast() {
                let count = min(end - inside, last - start)
                full.append(
                    IDRange(
                        inside: UInt32(inside), outside: UInt32(start), count: UInt32(count)))
                inside += count
                if start + count < last { free.append((start + count, last)) }
            }
        }
        for range in map.sorted(by: { $0.inside < $1.inside }) {
            fill(upTo: UInt64(range.inside))
            full.append(range)
            inside = UInt64(range.inside) + UInt64(range.count)
        }
        fill(upTo: UInt64(UInt32.max))
        return full
    }
}
