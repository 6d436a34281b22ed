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

    package init(
        _ choices: NamespaceChoices, caller: (uid: UInt32, gid: UInt32),
        standing: (uid: [IDRange], gid: [IDRange])
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
        case .custom:
            uid = try NestedMaps.checked(choices.uidMap, limit: uids, option: "--uidmap")
            gid = try NestedMaps.checked(
                choices.gidMap.isEmpty ? choices.uidMap : choices.gidMap, limit: gids,
                option: "--gidmap")
        case .standing, .host:
            (uid, gid) = ([], [])
        case .auto, .container, .path:
            throw Problem(
                .notBuilt, "this kind of --userns is not built yet",
                next: "use --userns=keep-id, nomap or host")
        }
    }

    private static func count(_ map: [IDRange]) -> UInt32 {
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

    private static func checked(_ map: [IDRange], limit: UInt32, option: String)
        throws(Problem) -> [IDRange]
    {
        for range in map {
            guard range.count > 0, UInt64(range.outside) + UInt64(range.count) <= UInt64(limit),
                UInt64(range.inside) + UInt64(range.count) <= UInt64(UInt32.max)
            else {
                throw Problem(
                    .badValue,
                    "\(range.inside):\(range.outside):\(range.count) is no map for \(option)",
                    why: "outside there are the ids 0 to \(limit - 1)")
            }
        }
        return map
    }
}
