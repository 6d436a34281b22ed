import Base
import Kernel
import Specs

/// Which namespaces a container makes, joins and shares.
struct LaunchNamespaces: Equatable {
    struct Joined: Equatable {
        var kind: RuntimeConfig.Linux.Namespace.Kind
        var path: String
    }
    /// Those clone3(2) makes; the cgroup's and the clock's come later, see the plan.
    var created: Namespaces = []
    var newCgroup = false
    var newTime = false
    var joined: [Joined] = []
    /// Kinds the container does not share with the machine.
    private var own: Set<RuntimeConfig.Linux.Namespace.Kind> = []

    /// Whether the container has mounts of its own, which nobody else sees.
    var makesMounts: Bool { created.contains(.mount) }
    var ownsNames: Bool { own.contains(.uts) }
    var ownsIPC: Bool { own.contains(.ipc) }
    /// Whether the container's network is a new one, where every link is down.
    var makesNetwork: Bool { created.contains(.network) }
    var ownsNetwork: Bool { own.contains(.network) }
    /// Whether that network is one of the caller's user namespace.
    var makesNetworkHere: Bool {
        makesNetwork && !created.contains(.user) && userJoins.isEmpty
    }

    /// - Throws: a Problem for a kind listed twice, or a relative path.
    init(_ launch: Launch) throws(Problem) {
        for namespace in launch.config.linux?.namespaces ?? [] {
            guard own.insert(namespace.type).inserted else {
                throw Problem(
                    .badValue, "linux.namespaces has \"\(namespace.type.rawValue)\" twice")
            }
            // The caller has entered the user namespace it was handed; nothing else is to be done.
            if namespace.type == .user, launch.userNamespace != .configured { continue }
            if let path = namespace.path, !path.isEmpty {
                guard path.hasPrefix("/") else {
                    throw Problem(
                        .badValue,
                        "the path of the \(namespace.type.rawValue) namespace is not absolute")
                }
                joined.append(Joined(kind: namespace.type, path: path))
            } else {
                create(namespace.type)
            }
        }
    }

    private mutating func create(_ kind: RuntimeConfig.Linux.Namespace.Kind) {
        switch kind {
        case .pid: created.insert(.pid)
        case .network: created.insert(.network)
        case .mount: created.insert(.mount)
        case .ipc: created.insert(.ipc)
        case .uts: created.insert(.uts)
        case .user: created.insert(.user)
        case .cgroup: newCgroup = true
        case .time: newTime = true
        }
    }

    /// Those a process in between must enter before the container's first is made: a pid namespace
    /// holds only processes born in it, and a new user namespace has no rights over older ones.
    var joinedBefore: [Joined] {
        created.contains(.user)
            ? joined.filter { $0.kind != .user } + userJoins
            : joined.filter { $0.kind == .pid } + userJoins
    }

    /// Those the container's first process enters itself.
    var joinedByChild: [Joined] {
        let before = joinedBefore
        return joined.filter { !before.contains($0) }
    }

    /// A user namespace by path: entered first of all, so that the others are made inside it.
    private var userJoins: [Joined] { joined.filter { $0.kind == .user } }
}

extension RuntimeConfig.Linux.Namespace.Kind {
    /// The entry of `/proc/PID/ns` and the flag of setns(2).
    var kernel: (entry: String, flag: Namespaces) {
        switch self {
        case .pid: ("pid", .pid)
        case .network: ("net", .network)
        case .mount: ("mnt", .mount)
        case .ipc: ("ipc", .ipc)
        case .uts: ("uts", .uts)
        case .user: ("user", .user)
        case .cgroup: ("cgroup", .cgroup)
        case .time: ("time", .time)
        }
    }
}
