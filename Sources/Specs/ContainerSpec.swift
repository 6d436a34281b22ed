/// What a user asked of a container: every choice of `run` and `create`, typed and checked.
///
/// It is what is stored and shown; the engine joins it with the image's configuration into a
/// `RuntimeConfig` at each start. Members that the user left open are nil or empty.
package struct ContainerSpec: Codable, Equatable, Sendable {
    /// The name asked for, or the one made up at creation.
    package var name = ""
    /// The image as written, or empty with `rootDirectory`.
    package var image = ""
    /// A directory of the host that is the root file system (`--rootfs`).
    package var rootDirectory: RootDirectory?
    /// The words after the image; empty means the image's own.
    package var command: [String] = []
    /// nil keeps the image's entry point; an empty list clears it.
    package var entrypoint: [String]?
    package var process = ProcessChoices()
    package var security = SecurityChoices()
    package var spaces = NamespaceChoices()
    package var storage = StorageChoices()
    package var network = NetworkChoices()
    package var resources = ResourceChoices()
    package var life = LifeChoices()
    package var log = LogChoices()
    package var health: HealthChoices?
    package var labels: [String: String] = [:]
    package var annotations: [String: String] = [:]
    /// The pod it belongs to, by name or id.
    package var pod: String?
    /// Containers that must run before this one.
    package var requires: [String] = []
    /// Secrets that are mounted or put into the environment.
    package var secrets: [SecretChoice] = []

    package init() {}

    /// A root file system that is no image's.
    package struct RootDirectory: Codable, Equatable, Sendable {
        package var path: String
        /// Whether changes go to an overlay that ends with the container (`:O`).
        package var overlay = false
        /// Whether ids are mapped at the mount (`:idmap`).
        package var idMapped = false

        package init(path: String) { self.path = path }
    }
}

/// The process inside: environment, user, terminal.
package struct ProcessChoices: Codable, Equatable, Sendable {
    /// Variables in the order given; later ones win. A nil value copies the caller's variable.
    package var environment: [Variable] = []
    /// Files of `KEY=VALUE` lines, read at creation.
    package var environmentFiles: [String] = []
    /// Whether the caller's whole environment is passed (`--env-host`).
    package var hostEnvironment = false
    /// Whether the proxy variables are passed (`--http-proxy`).
    package var proxyVariables = true
    /// Variables of the image that are dropped (`--unsetenv`).
    package var unset: [String] = []
    package var unsetAll = false
    /// `user[:group]` as written.
    package var user: String?
    package var supplementaryGroups: [String] = []
    /// Whether the caller's own groups stay (`--group-add keep-groups`).
    package var keepGroups = false
    package var workingDirectory: String?
    package var umask: UInt32?
    package var terminal = false
    package var standardInput = false
    /// `--init`: our own init reaps zombies and forwards signals as PID 1.
    package var initProcess = false
    /// `--systemd`: true (by the command's name), always, false.
    package var systemd = "true"
    package var timeZone: String?
    /// Descriptors of the caller that are passed on, beyond 0, 1 and 2.
    package var preserveDescriptors: [Int] = []
    package var personality: String?
    /// Lines for /etc/passwd and /etc/group that replace the generated ones.
    package var passwdEntry: String?
    package var groupEntry: String?
    /// Whether entries for the user are written at all (`--passwd`).
    package var writeAccounts = true
    /// Host accounts that are added to /etc/passwd (`--hostuser`).
    package var hostUsers: [String] = []

    package init() {}

    package struct Variable: Codable, Equatable, Sendable {
        package var name: String
        package var value: String?

        package init(_ name: String, _ value: String?) {
            self.name = name
            self.value = value
        }
    }
}

/// Capabilities, filters, labels.
package struct SecurityChoices: Codable, Equatable, Sendable {
    /// Names as the kernel has them, upper case with `CAP_`; or `ALL`.
    package var addCapabilities: [String] = []
    package var dropCapabilities: [String] = []
    package var privileged = false
    package var noNewPrivileges = false
    /// A path, or `unconfined`; nil is the default profile.
    package var seccomp: String?
    package var apparmor: String?
    package var selinuxLabels: [String] = []
    package var labelsDisabled = false
    /// Paths that are masked beyond, or unmasked of, the default ones; `ALL` unmasks every one.
    package var mask: [String] = []
    package var unmask: [String] = []
    package var procOptions: String?
    package var readOnlyRoot = false
    /// Whether /run, /tmp and /var/tmp are writable in a read-only root.
    package var readOnlyTmpfs = true

    package init() {}
}

/// Which namespaces are new, shared or joined.
package struct NamespaceChoices: Codable, Equatable, Sendable {
    /// What a namespace is: made new, the host's, another container's, or one at a path.
    package enum Choice: Codable, Equatable, Sendable {
        case own, host, none
        case container(String)
        case path(String)
        /// Own, and open to other containers (`--ipc shareable`).
        case shareable
    }
    package var pid = Choice.own
    package var ipc = Choice.own
    package var uts = Choice.own
    package var cgroup = Choice.own
    package var user = UserChoice.standing
    package var hostname: String?
    package var uidMap: [IDRangeWish] = []
    package var gidMap: [IDRangeWish] = []
    /// Entries of /etc/subuid and /etc/subgid to use in place of the user's own.
    package var subUIDName: String?
    package var subGIDName: String?

    package init() {}

    /// Whether the container has an arrangement of ids of its own.
    package var hasOwnIDs: Bool {
        switch user {
        case .standing: subUIDName != nil || subGIDName != nil
        case .host: false
        case .keepID, .nomap, .auto, .container, .path, .custom: true
        }
    }

    package enum UserChoice: Codable, Equatable, Sendable {
        /// The namespace all of the user's containers share.
        case standing
        case host
        /// The user keeps her ids inside; `uid`, `gid` and `size` as podman-run(1) has them.
        case keepID(uid: UInt32?, gid: UInt32?, size: UInt32?)
        case nomap
        case auto(size: UInt32?, uidMap: [IDRangeWish], gidMap: [IDRangeWish])
        case container(String)
        case path(String)
        /// From `uidMap` and `gidMap`.
        case custom
    }
}

/// A run of ids as `--uidmap` asks for it. See podman-run(1).
package struct IDRangeWish: Codable, Equatable, Sendable {
    package enum Kind: String, Codable, Sendable { case users, groups }

    package var inside: UInt32
    package var outside: UInt32
    package var count: UInt32
    /// `@`: `outside` counts on the host; else in the standing namespace.
    package var isHost: Bool?
    /// `+`: what is in the way of it goes, and what no other says is filled.
    package var extends: Bool?
    /// `u` or `g`: for ids of this kind only.
    package var only: Kind?

    package init(inside: UInt32, outside: UInt32, count: UInt32) {
        self.inside = inside
        self.outside = outside
        self.count = count
    }
}

/// A run of ids: `count` ids from `inside` on stand for as many from `outside` on.
package struct IDRange: Codable, Hashable, Sendable {
    package var inside: UInt32
    package var outside: UInt32
    package var count: UInt32

    package init(inside: UInt32, outside: UInt32, count: UInt32) {
        self.inside = inside
        self.outside = outside
        self.count = count
    }
}

/// One secret as the container sees it.
package struct SecretChoice: Codable, Equatable, Sendable {
    package var name: String
    /// nil mounts it at `target`; otherwise the variable that holds it.
    package var variable: String?
    package var target: String?
    package var uid: UInt32 = 0
    package var gid: UInt32 = 0
    package var mode: UInt32 = 0o444

    package init(name: String) { self.name = name }
}
