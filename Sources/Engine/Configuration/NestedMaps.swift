package import Base
package import Specs

/// The ids of a user namespace below the standing one. See podman-run(1), --userns.
///
/// `outside` of these maps counts in the standing namespace, where 0 is the user and 1 and up are
/// her subordinate ids.
package struct NestedMaps: Equatable, Sendable {
    package var uid: [IDRange]
    package var gid: [IDRange]
    /// The ids the user has inside, where she keeps one.
    package var kept: (uid: UInt32, gid: UInt32)?

    package static func == (a: NestedMaps, b: NestedMaps) -> Bool {
        a.uid == b.uid && a.gid == b.gid && a.kept?.uid == b.kept?.uid && a.kept?.gid == b.kept?.gid
    }

    /// - Parameter own: the ids that were given to the container, for auto.
    package init(
        _ choices: NamespaceChoices, caller: (uid: UInt32, gid: UInt32),
        standing: (uid: [IDRange], gid: [IDRange]), own: IDRange? = nil
    ) throws(Problem) {
        let uids = NestedMaps.count(standing.uid)
        let gids = NestedMaps.count(standing.gid)
        switch choices.user {
        case .keepID(let uid, let gid, let size):
            let kept = (uid: uid ?? caller.uid, gid: gid ?? caller.gid)
            self.uid = NestedMaps.keeping(kept.uid, of: min(uids, size ?? uids))
            self.gid = NestedMaps.keeping(kept.gid, of: min(gids, size ?? gids))
            self.kept = kept
        case .nomap:
            guard uids > 1, gids > 1 else {
                throw Problem(.missingOnMachine, "there are no subordinate ids for --userns=nomap")
            }
            uid = [IDRange(inside: 0, outside: 1, count: uids - 1)]
            gid = [IDRange(inside: 0, outside: 1, count: gids - 1)]
        case .standing where choices.hasOwnIDs,
            .custom where choices.uidMap.isEmpty && choices.gidMap.isEmpty:
            // All subordinate ids in their order: of an entry of the user's own there are no others.
            guard uids > 1, gids > 1 else {
                throw Problem(
                    .missingOnMachine, "there are no subordinate ids for a map of them",
                    next: "run \"martlet doctor\"")
            }
            uid = [IDRange(inside: 0, outside: 1, count: uids - 1)]
            gid = [IDRange(inside: 0, outside: 1, count: gids - 1)]
        case .auto(_, let uidExtra, let gidExtra):
            guard let own else {
                throw Problem(
                    .wrongState, "the container has no ids of its own yet",
                    next: "create it anew: it was made by an older Martlet")
            }
            let base = [IDRange(inside: 0, outside: own.outside, count: own.count)]
            uid = try WishedMap(standing.uid, .users, "auto:uidmapping=").putting(
                uidExtra, into: base)
            gid = try WishedMap(standing.gid, .groups, "auto:gidmapping=").putting(
                gidExtra, into: base)
        case .custom:
            // One of the two stands for both, but for what is said to be of one kind.
            let (users, groups) = (choices.uidMap, choices.gidMap)
            uid = try WishedMap(standing.uid, .users, "--uidmap").map(
                users.isEmpty ? groups : users)
            gid = try WishedMap(standing.gid, .groups, "--gidmap").map(
                groups.isEmpty ? users : groups)
        case .standing, .host:
            (uid, gid) = ([], [])
        case .container, .path:
            throw Problem(
                .notBuilt, "joining another user namespace is not built yet",
                next: "use --userns=keep-id, auto, nomap or host")
        }
    }

    static func count(_ map: [IDRange]) -> UInt32 {
        UInt32(clamping: map.reduce(UInt64(0)) { $0 + UInt64($1.count) })
    }

    /// `id` inside is the user; those before and after are her subordinate ids in their order.
    private static func keeping(_ id: UInt32, of size: UInt32) -> [IDRange] {
        let subordinate = size - 1
        let before = min(id, subordinate)
        var map: [IDRange] = []
        if before > 0 { map.append(IDRange(inside: 0, outside: 1, count: before)) }
        map.append(IDRange(inside: id, outside: 0, count: 1))
        if subordinate > before {
            map.append(IDRange(inside: id + 1, outside: before + 1, count: subordinate - before))
        }
        return map
    }

    /// Finds `count` subordinate ids that no other container has.
    ///
    /// - Throws: `missingOnMachine` where there are not so many together.
    static func free(_ count: UInt32, of total: UInt32, besides taken: [IDRange]) throws(Problem)
        -> IDRange
    {
        var start: UInt64 = 1
        for range in taken.sorted(by: { $0.outside < $1.outside }) {
            if UInt64(range.outside) >= start + UInt64(count) { break }
            start = max(start, UInt64(range.outside) + UInt64(range.count))
        }
        guard start + UInt64(count) <= UInt64(total) else {
            throw Problem(
                .missingOnMachine, "there are no \(count) subordinate ids left for the container",
                why: "\(taken.count) other containers with --userns=auto have theirs",
                next: "remove some of them, use auto:size= with fewer, or have the range widened: "
                    + "sudo usermod --add-subuids 200000-1000000 --add-subgids 200000-1000000 USER")
        }
        return IDRange(inside: 0, outside: UInt32(start), count: count)
    }
}
