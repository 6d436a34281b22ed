import Kernel

/// What one word among a mount's options means. See runtime-spec config.md, "Linux mount options".
enum MountOption: Equatable {
    case set(Mounts.Attributes)
    case clear(Mounts.Attributes)
    case setAll(Mounts.Attributes)
    case clearAll(Mounts.Attributes)
    case accessTime(Mounts.Attributes, recursive: Bool)
    case propagate(Mounts.Propagation, recursive: Bool)
    case bind(recursive: Bool)
    case copyUp
    case mapIDs(recursive: Bool)
    case copyLink
    /// A word for the file system itself, which says the same as a flag of mount(2).
    case fileSystem(String)
    case nothing

    /// The words that are not for the file system itself.
    static let words: [String: MountOption] = [
        "defaults": .nothing, "async": .fileSystem("async"), "sync": .fileSystem("sync"),
        "dirsync": .fileSystem("dirsync"), "lazytime": .fileSystem("lazytime"),
        "nolazytime": .nothing, "mand": .fileSystem("mand"), "nomand": .nothing,
        "silent": .nothing, "loud": .nothing, "iversion": .fileSystem("iversion"),
        "noiversion": .nothing, "nofail": .nothing, "auto": .nothing, "noauto": .nothing,
        "user": .nothing, "nouser": .nothing, "owner": .nothing, "group": .nothing,
        "users": .nothing, "_netdev": .nothing, "remount": .nothing,
        "bind": .bind(recursive: false), "rbind": .bind(recursive: true),
        "ro": .set(.readOnly), "rw": .clear(.readOnly),
        "nosuid": .set(.noSetUserID), "suid": .clear(.noSetUserID),
        "nodev": .set(.noDevices), "dev": .clear(.noDevices),
        "noexec": .set(.noExecution), "exec": .clear(.noExecution),
        "nosymfollow": .set(.noSymbolicLinks), "symfollow": .clear(.noSymbolicLinks),
        "nodiratime": .set(.noDirectoryAccessTime), "diratime": .clear(.noDirectoryAccessTime),
        "noatime": .accessTime(.noAccessTime, recursive: false),
        "atime": .accessTime([], recursive: false),
        "relatime": .accessTime([], recursive: false),
        "norelatime": .accessTime(.strictAccessTime, recursive: false),
        "strictatime": .accessTime(.strictAccessTime, recursive: false),
        "nostrictatime": .accessTime([], recursive: false),
        "rro": .setAll(.readOnly), "rrw": .clearAll(.readOnly),
        "rnosuid": .setAll(.noSetUserID), "rsuid": .clearAll(.noSetUserID),
        "rnodev": .setAll(.noDevices), "rdev": .clearAll(.noDevices),
        "rnoexec": .setAll(.noExecution), "rexec": .clearAll(.noExecution),
        "rnosymfollow": .setAll(.noSymbolicLinks), "rsymfollow": .clearAll(.noSymbolicLinks),
        "rnodiratime": .setAll(.noDirectoryAccessTime),
        "rdiratime": .clearAll(.noDirectoryAccessTime),
        "rnoatime": .accessTime(.noAccessTime, recursive: true),
        "ratime": .accessTime([], recursive: true),
        "rrelatime": .accessTime([], recursive: true),
        "rnorelatime": .accessTime(.strictAccessTime, recursive: true),
        "rstrictatime": .accessTime(.strictAccessTime, recursive: true),
        "rnostrictatime": .accessTime([], recursive: true),
        "private": .propagate(.private, recursive: false),
        "rprivate": .propagate(.private, recursive: true),
        "slave": .propagate(.slave, recursive: false),
        "rslave": .propagate(.slave, recursive: true),
        "shared": .propagate(.shared, recursive: false),
        "rshared": .propagate(.shared, recursive: true),
        "unbindable": .propagate(.unbindable, recursive: false),
        "runbindable": .propagate(.unbindable, recursive: true),
        "tmpcopyup": .copyUp, "idmap": .mapIDs(recursive: false),
        "ridmap": .mapIDs(recursive: true), "copy-symlink": .copyLink,
    ]
}
