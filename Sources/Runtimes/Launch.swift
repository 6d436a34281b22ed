package import Specs

/// A container about to be started: everything `begin` needs to know.
///
/// The numbers of descriptors in here stay the caller's: they must be open until `finish` has
/// returned, and nothing here closes them.
package struct Launch: Sendable {
    private var shared: SharedConfig
    package var config: RuntimeConfig {
        _read { yield shared.value }
        _modify { yield &shared.value }
    }
    package var root: Root
    /// The directory that relative paths of the configuration start from.
    package var bundle = "/"
    package var stdio: Stdio = .inherited
    package var userNamespace: UserNamespace = .configured
    package var cgroup: CgroupPlace = .none
    /// Descriptors from 3 on that the program gets under the same numbers.
    package var preservedDescriptors: CInt = 0
    /// The numbers themselves, where they have gaps.
    package var preserved: [CInt]?
    /// Whether the root is changed by moving it over `/` where pivot_root(2) is impossible.
    package var noPivot = false
    /// Whether the program stays in the caller's session keyring.
    package var keepsKeyring = false
    /// Whether the caller's supplementary groups stay, see podman's `keep-groups`.
    package var keepsGroups = false
    /// Whether a reaper of ours is the first process and the program its child (`--init`).
    package var hasReaper = false
    /// Whether the program is this very one, with the words of the configuration: what a root
    /// without any program can run.
    package var runsItself = false
    /// Whether the kernel kills the first process when the caller ends, however it does.
    package var endsWithCaller = false
    /// Whether nothing has to happen between the process's making and its program's beginning: then
    /// neither waits for the other, and `Newborn.start` is called without `finish`.
    package var startsAtOnce = false
    /// A listening socket on which the prepared child waits for whoever starts it later.
    package var startListener: CInt?
    /// Whether a system call that nobody knows makes a filter unusable.
    package var refusesUnknownCalls = false
    /// Parts of what binds have as their source, by the destination.
    package var parts: [String: String] = [:]
    /// Mounts made beforehand, by their place in the configuration; devices, by their path.
    var preparedMounts: [Int: CInt] = [:]
    var preparedDevices: [String: CInt] = [:]
    /// Links of the host that move into the container.
    var netDevices: NetDevices?
    /// What hooks and seccomp listeners are told of the container.
    var status = RuntimeState.Status.creating
    /// The id hooks and seccomp listeners are told.
    package var id = ""
    /// Where compiled system-call filters are kept; nil compiles each time.
    package var filterCache: String?
    /// Whether the default filter is put on, in the place of one of `config`.
    package var hasDefaultFilter = false
    /// Whether the child hands out its network and user namespaces (`Newborn.takeNamespaces`): it
    /// may not be looked into, so nobody else can open them by /proc.
    package var showsNamespaces = false

    package init(config: RuntimeConfig, root: Root) {
        self.init(SharedConfig(config), root: root)
    }

    package init(_ config: SharedConfig, root: Root) {
        shared = config
        self.root = root
    }
}

extension Launch {
    /// Where the root file system comes from.
    package enum Root: Sendable, Equatable {
        /// A directory that is bound onto itself.
        case directory(String)
        /// The kernel's overlay, mounted inside the container's own mount namespace.
        case overlay(Overlay)
        /// A detached mount behind an open descriptor, put over the directory at a path.
        case mounted(CInt, over: String)
    }

    /// The layers of an overlay, topmost first.
    package struct Overlay: Sendable, Equatable {
        package var lower: [String]
        /// Absent for a root nobody can write to.
        package var upper: String?
        package var work: String?
        /// Further words for the file system, such as `volatile`.
        package var options: [String]

        package init(lower: [String], upper: String?, work: String?, options: [String] = []) {
            self.lower = lower
            self.upper = upper
            self.work = work
            self.options = options
        }
    }

    /// What the program has as its standard streams.
    package enum Stdio: Sendable, Equatable {
        /// Those of the caller.
        case inherited
        case descriptors(input: CInt, output: CInt, error: CInt)
        /// A terminal of the container's own; `Newborn.takeTerminal` has its other end.
        case terminal
    }

    /// The user namespace the container lives in.
    package enum UserNamespace: Sendable, Equatable {
        /// As the configuration's `linux.namespaces` and mappings say, within the caller's own.
        case configured
        /// The one behind this descriptor; the caller itself enters it, if it is not there yet.
        case join(CInt)
    }

    /// Where the container's processes are accounted.
    package enum CgroupPlace: Sendable, Equatable {
        /// In the caller's own cgroup.
        case none
        /// In the cgroup whose directory this descriptor is; the container is born there.
        case directory(CInt)
    }
}
