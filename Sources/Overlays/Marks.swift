import Kernel

/// The names by which overlays mark what is hidden, in upper directories and in layers.
///
/// Those of the kernel's overlay mounted with `userxattr` are written; those of fuse-overlayfs and
/// of archives are read where the plan says so. See the kernel's overlayfs.rst.
enum Marks {
    static let opaque: FileName = "user.overlay.opaque"
    static let foreignOpaque: FileName = "user.fuseoverlayfs.opaque"
    /// On a directory with files whose numbers come from a lower layer.
    static let impure: FileName = "user.overlay.impure"
    /// On a copied file: the handle of the one it was copied from.
    static let origin: FileName = "user.overlay.origin"
    /// On a file without its own content, or moved without its name: we make none of these.
    static let metacopy: FileName = "user.overlay.metacopy"
    static let redirect: FileName = "user.overlay.redirect"
    static let yes = [UInt8(ascii: "y")]

    static let own = Array("user.overlay.".utf8)
    static let ownForeign = Array("user.fuseoverlayfs.".utf8)
    /// What the attributes of an overlay inside ours are stored under.
    static let escaped = Array("user.overlay.overlay.".utf8)
    static let capability: FileName = "security.capability"
    static let accessList: FileName = "system.posix_acl_access"
    static let defaultList: FileName = "system.posix_acl_default"

    static let filePrefix = Array(".wh.".utf8)
    static let opaqueFile: FileName = ".wh..wh..opq"

    /// The file that hides `name` in layers of archives.
    static func file(hiding name: FileName) -> FileName? { FileName(filePrefix + name.bytes) }

    static func isFile(_ name: FileName) -> Bool { name.bytes.starts(with: filePrefix) }

    /// The name under which an attribute is stored; nil for one that is no user's business.
    ///
    /// An overlay inside ours keeps its own marks, escaped as the kernel's overlay does it.
    static func stored(_ attribute: FileName) -> FileName? {
        if attribute.bytes.starts(with: ownForeign) { return nil }
        guard attribute.bytes.starts(with: own) else { return attribute }
        return FileName(escaped + attribute.bytes.dropFirst(own.count))
    }

    /// The name under which a stored attribute is shown; nil for our own marks.
    static func shown(_ attribute: FileName) -> FileName? {
        if attribute.bytes.starts(with: ownForeign) { return nil }
        guard attribute.bytes.starts(with: own) else { return attribute }
        guard attribute.bytes.starts(with: escaped) else { return nil }
        return FileName(own + attribute.bytes.dropFirst(escaped.count))
    }
}
