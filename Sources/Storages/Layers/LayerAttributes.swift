import Kernel

/// Which extended attributes of an archive are set on files (T-TAR-10).
///
/// The user's own, POSIX access lists and file capabilities are. Those by which overlays and
/// engines steer themselves are dropped, or an image could hide and redirect files of other layers;
/// so are labels and signatures of the machine that made the image.
enum LayerAttributes {
    private static let reserved = ["user.overlay.", "user.fuseoverlayfs.", "user.containers."]
    private static let lists: Set<String> = ["system.posix_acl_access", "system.posix_acl_default"]

    /// Returns the attribute as it is to be set, or nil where it is dropped.
    static func accepted(_ attribute: TarEntry.Attribute) -> (name: FileName, value: [UInt8])? {
        guard let name = FileName(attribute.name) else { return nil }
        let text = name.text
        if text == "security.capability" {
            return capability(attribute.value).map { (name, $0) }
        }
        let isOwn = text.hasPrefix("user.") && !reserved.contains { text.hasPrefix($0) }
        return isOwn || lists.contains(text) ? (name, attribute.value) : nil
    }

    /// Returns file capabilities in the form that counts for the present user namespace.
    ///
    /// The form of version 3 names the namespace of the machine that wrote it; without that it is
    /// version 2, which the kernel ties to our own. See capabilities(7), "File capability
    /// versioning".
    private static func capability(_ value: [UInt8]) -> [UInt8]? {
        guard value.count >= 20, let version = value.dropFirst(3).first else { return nil }
        switch version {
        case 2 where value.count == 20: return value
        case 3 where value.count == 24: return Array(value[0..<3] + [2] + value[4..<20])
        default: return nil
        }
    }
}
