import CKernel
import Glibc

/// Mounts, made by descriptor so that no path is resolved twice. See mount_setattr(2),
/// open_tree(2).
package enum Mounts {
    /// What a mount allows. See mount_setattr(2).
    package struct Attributes: OptionSet, Sendable, Hashable {
        package let rawValue: UInt64
        package init(rawValue: UInt64) { self.rawValue = rawValue }
        /// Not by way of SetAlgebra, whose generic initializer looks the type up in every process.
        package init(arrayLiteral elements: Attributes...) {
            rawValue = elements.reduce(0) { $0 | $1.rawValue }
        }
        package static let readOnly = Attributes(rawValue: 0x1)
        package static let noSetUserID = Attributes(rawValue: 0x2)
        package static let noDevices = Attributes(rawValue: 0x4)
        package static let noExecution = Attributes(rawValue: 0x8)
        package static let noAccessTime = Attributes(rawValue: 0x10)
        package static let strictAccessTime = Attributes(rawValue: 0x20)
        package static let noDirectoryAccessTime = Attributes(rawValue: 0x80)
        package static let noSymbolicLinks = Attributes(rawValue: 0x200000)
        /// The field of all access-time choices: cleared whenever one of them is set.
        package static let accessTime = Attributes(rawValue: 0x70)
    }

    /// How mounts below this one travel to and from other namespaces. See mount_namespaces(7).
    package enum Propagation: UInt64, Sendable, Codable {
        case unbindable = 0x20000
        case `private` = 0x40000
        case slave = 0x80000
        case shared = 0x100000
    }

    /// Makes a detached file system of `type`. See fsopen(2), fsconfig(2), fsmount(2).
    ///
    /// - Parameters:
    ///   - options: `key=value` or `key`, as in the last argument of mount(2).
    ///   - attributes: what the mount itself allows.
    package static func create(
        _ type: String, source: String? = nil, options: [String] = [], attributes: Attributes = []
    ) throws(KernelFault) -> Descriptor {
        let context = Descriptor(
            owning: try Gate.call("fsopen", on: type) {
                unsafe ck_fsopen(type, 1)
            })
        let number = context.number
        if let source {
            _ = try Gate.call("fsconfig", on: "source=\(source)") {
                unsafe ck_fsconfig(number, setString, "source", source, 0)
            }
        }
        for option in options {
            let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let key = String(parts[0])
            _ = try Gate.call("fsconfig", on: "\(type), \(option)") {
                parts.count == 2
                    ? unsafe ck_fsconfig(number, setString, key, String(parts[1]), 0)
                    : unsafe ck_fsconfig(number, setFlag, key, nil, 0)
            }
        }
        _ = try Gate.call("fsconfig", on: "\(type), create") {
            ck_fsconfig(number, createTree, nil, nil, 0)
        }
        return Descriptor(
            owning: try Gate.call("fsmount", on: type) {
                ck_fsmount(number, 1, UInt32(truncatingIfNeeded: attributes.rawValue))
            })
    }

    private static let setFlag: UInt32 = 0
    private static let setString: UInt32 = 1
    private static let createTree: UInt32 = 6

    /// Makes a detached copy of the mount at `path`, with those below it where `recursive`. See
    /// open_tree(2).
    package static func copy(_ path: String, recursive: Bool, following: Bool = true)
        throws(KernelFault) -> Descriptor
    {
        let flags =
            cloneTree | (recursive ? UInt32(AT_RECURSIVE) : 0)
            | (following ? 0 : UInt32(AT_SYMLINK_NOFOLLOW))
        return Descriptor(
            owning: try Gate.call("open_tree", on: path) {
                unsafe ck_open_tree(AT_FDCWD, path, flags)
            })
    }

    /// Makes a detached copy of the mount at this very file or directory. See open_tree(2).
    package static func copy(of place: borrowing Descriptor, recursive: Bool)
        throws(KernelFault) -> Descriptor
    {
        let flags = cloneTree | UInt32(AT_EMPTY_PATH) | (recursive ? UInt32(AT_RECURSIVE) : 0)
        let number = place.number
        return Descriptor(
            owning: try Gate.call("open_tree") {
                unsafe ck_open_tree(number, "", flags)
            })
    }

    /// OPEN_TREE_CLONE and OPEN_TREE_CLOEXEC.
    private static let cloneTree = UInt32(1) | UInt32(bitPattern: O_CLOEXEC)

    /// Attaches a detached mount at this very file or directory. See move_mount(2).
    package static func attach(
        _ tree: borrowing Descriptor, at place: borrowing Descriptor, name: String = ""
    ) throws(KernelFault) {
        let (from, to) = (tree.number, place.number)
        _ = try Gate.call("move_mount", on: name) {
            // MOVE_MOUNT_F_EMPTY_PATH and MOVE_MOUNT_T_EMPTY_PATH
            unsafe ck_move_mount(from, "", to, "", 0x4 | 0x40)
        }
    }

    /// What `change` changes.
    package struct Change: Equatable, Sendable {
        package var setting: Attributes
        package var clearing: Attributes
        package var propagation: Propagation?
        package var recursive: Bool

        package init(
            setting: Attributes = [], clearing: Attributes = [], propagation: Propagation? = nil,
            recursive: Bool = false
        ) {
            self.setting = setting
            self.clearing = clearing
            self.propagation = propagation
            self.recursive = recursive
        }
    }

    /// Changes a mount, and those below it where the change says so. See mount_setattr(2).
    package static func change(_ mount: borrowing Descriptor, _ change: Change, name: String = "")
        throws(KernelFault)
    {
        let number = mount.number
        let flags = UInt32(AT_EMPTY_PATH) | (change.recursive ? UInt32(AT_RECURSIVE) : 0)
        _ = try Gate.call("mount_setattr", on: name) {
            unsafe ck_mount_setattr(
                number, "", flags, change.setting.rawValue, change.clearing.rawValue,
                change.propagation?.rawValue ?? 0, 0)
        }
    }

    /// Shows the files of a detached mount with the ids of a user namespace. See mount_setattr(2),
    /// "ID-mapped mounts".
    package static func mapIDs(
        _ mount: borrowing Descriptor, by user: borrowing Descriptor, recursive: Bool
    ) throws(KernelFault) {
        let (number, namespace) = (mount.number, user.number)
        let flags = UInt32(AT_EMPTY_PATH) | (recursive ? UInt32(AT_RECURSIVE) : 0)
        _ = try Gate.call("mount_setattr", on: "id-mapped") {
            unsafe ck_mount_setattr(number, "", flags, 0x100000, 0, 0, namespace)
        }
    }

    /// Mounts the old way, for file systems whose options are too long for fsconfig(2). See
    /// mount(2).
    package static func mount(
        _ type: String, at path: String, attributes: Attributes = [], options: String
    ) throws(KernelFault) {
        let flags = UInt(truncatingIfNeeded: attributes.rawValue & 0xF)
        _ = try Gate.call("mount", on: type) { unsafe ck_mount(type, path, type, flags, options) }
    }

    /// Detaches the mount at `path`. See umount2(2), MNT_DETACH.
    package static func detach(_ path: String) throws(KernelFault) {
        _ = try Gate.call("umount2", on: path) { unsafe umount2(path, CInt(MNT_DETACH)) }
    }

    /// Makes `newRoot` the root of this mount namespace and detaches the old one.
    ///
    /// Stacks the old root over the new one with `pivot_root(".", ".")`, so no directory is needed
    /// to park it. See pivot_root(2), NOTES.
    ///
    /// - Requires: the caller is alone in a mount namespace whose `/` is not shared.
    package static func pivot(to newRoot: borrowing Descriptor) throws(KernelFault) {
        try Files.enter(newRoot)
        _ = try Gate.call("pivot_root", on: ".") { unsafe ck_pivot_root(".", ".") }
        _ = try Gate.call("umount2", on: "old root") { unsafe umount2(".", CInt(MNT_DETACH)) }
        _ = try Gate.call("chdir", on: "/") { unsafe chdir("/") }
    }

    /// Moves `newRoot` over `/` and makes it the root: for a root that pivot_root(2) refuses
    /// (initramfs).
    package static func overmount(with newRoot: borrowing Descriptor) throws(KernelFault) {
        try Files.enter(newRoot)
        _ = try Gate.call("mount", on: "/") {
            unsafe ck_mount(".", "/", nil, UInt(MS_MOVE), nil)
        }
        _ = try Gate.call("chroot", on: ".") { unsafe chroot(".") }
        _ = try Gate.call("chdir", on: "/") { unsafe chdir("/") }
    }

    /// Makes a directory the root of this process and of those it makes, and enters it. See
    /// chroot(2).
    package static func confine(to directory: borrowing Descriptor) throws(KernelFault) {
        try Files.enter(directory)
        _ = try Gate.call("chroot", on: ".") { unsafe chroot(".") }
        _ = try Gate.call("chdir", on: "/") { unsafe chdir("/") }
    }

    /// The file systems whose identity is checked before something is believed of them.
    package enum FileSystem: Int, Sendable {
        case proc = 0x9fa0
        case sysfs = 0x6265_6572
        case cgroup2 = 0x6367_7270
        case devpts = 0x1cd1
        case tmpfs = 0x0102_1994
        case overlay = 0x794c_7630
    }

    /// Whether the file lies on a file system of that kind. See fstatfs(2).
    package static func lies(_ file: borrowing Descriptor, on kind: FileSystem)
        throws(KernelFault) -> Bool
    {
        var info = statfs()
        let number = file.number
        _ = try Gate.call("fstatfs") { unsafe fstatfs(number, &info) }
        return Int(info.f_type) == kind.rawValue
    }

    /// Whether the mount the file is reached by is read-only. See fstatfs(2), ST_RDONLY.
    package static func isReadOnly(_ file: borrowing Descriptor) throws(KernelFault) -> Bool {
        var info = statfs()
        let number = file.number
        _ = try Gate.call("fstatfs") { unsafe fstatfs(number, &info) }
        return info.f_flags & 1 != 0
    }
}

extension Files {
    /// Makes this directory the present one. See fchdir(2).
    package static func enter(_ directory: borrowing Descriptor) throws(KernelFault) {
        let number = directory.number
        _ = try Gate.call("fchdir") { fchdir(number) }
    }

    /// Makes `path` the present directory. See chdir(2).
    package static func enter(_ path: String) throws(KernelFault) {
        _ = try Gate.call("chdir", on: path) { unsafe chdir(path) }
    }
}
