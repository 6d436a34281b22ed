import Base
import Kernel
import Specs

/// Says before a start which binds the container's user will not be able to write to, and what
/// would change that.
///
/// Only what belongs to the user herself, or to her subordinate ids, is looked at: of the rest she
/// could not change anything, and mostly would not want to.
struct MountAdvice {
    /// The container's user, by ids inside.
    let user: RuntimeConfig.User
    /// The container's own arrangement of ids; nil where it has the standing one.
    let nested: (uid: [IDRange], gid: [IDRange])?
    /// The ids of the standing namespace.
    let standing: (uid: [IDRange], gid: [IDRange])

    /// Returns the warning for a mount; nil where there is nothing to say.
    func warning(for choice: MountChoice, access: (String) -> FileStatus?) -> String? {
        guard choice.kind == .bind, !choice.readOnly, !choice.chown, choice.idMap == nil,
            let status = access(choice.source),
            let owner = MountAdvice.inside(status.uid, standing.uid)
        else { return nil }
        let group = MountAdvice.inside(status.gid, standing.gid)
        let seen = nested.map { MountAdvice.inside(owner, $0.uid) } ?? owner
        let seenGroup = group.flatMap { (id) in
            nested.map { MountAdvice.inside(id, $0.gid) } ?? id
        }
        if user.uid == 0, seen != nil, seenGroup != nil { return nil }
        let groups = [user.gid] + (user.additionalGids ?? [])
        let bit: UInt32 =
            seen == user.uid
            ? 0o200 : seenGroup.map { groups.contains($0) } == true ? 0o020 : 0o002
        if status.permissions & bit != 0 { return nil }
        let name = seen.map { "its user \($0)" } ?? "nobody it knows"
        let mend =
            owner == 0
            ? "--userns=keep-id:uid=\(user.uid),gid=\(user.gid) makes you that user"
            : "\"martlet unshare chown -R \(user.uid):\(user.gid) \(choice.source)\" gives it away"
        return "user \(user.uid) of the container cannot write to \"\(choice.destination)\", as "
            + "\"\(choice.source)\" belongs to \(name); \(mend), and so does the mount's option U"
    }

    /// What an id outside of a map is called inside of it.
    private static func inside(_ id: UInt32, _ map: [IDRange]) -> UInt32? {
        for range in map where id >= range.outside && id - range.outside < range.count {
            return range.inside + (id - range.outside)
        }
        return nil
    }
}
