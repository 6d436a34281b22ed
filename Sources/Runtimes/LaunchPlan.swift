package import Kernel
import Specs

/// What the child of a start does, in order: a list prepared by the parent and walked in the child.
///
/// Making it is pure, so tests compare it whole; walking it decides nothing that is not written
/// here.
package struct LaunchPlan: Equatable, Sendable {
    package var steps: [Step] = []

    /// One deed and why it stands where it stands.
    package struct Step: Equatable, Sendable {
        let deed: Deed
        /// What must have happened before, or must not yet have, and why.
        package let reason: String
    }

    /// Appends a step.
    mutating func then(_ deed: Deed, _ reason: String) {
        steps.append(Step(deed: deed, reason: reason))
    }
}

extension LaunchPlan {
    /// Everything a step can be.
    enum Deed: Equatable, Sendable {
        // Before the container's own view exists
        /// Enters the network namespace that the parent sends; makes one where it could not.
        case takeNetwork
        case showNamespaces
        case awaitMaps
        case becomeRoot(groups: Bool)
        case join(path: String, kind: RuntimeConfig.Linux.Namespace.Kind)
        case newTimeNamespace([String: RuntimeConfig.Linux.TimeOffset])
        case leadSession
        case newKeyring
        case oomScore(Int)
        case propagate(Mounts.Propagation)
        // The root and what is mounted below it
        case mountRoot(Launch.Root)
        /// Takes the root of the namespaces the child was born in.
        case takeRoot
        case mount(MountPlan)
        case device(DevicePlan)
        case link(target: String, at: String)
        case openTerminal(RuntimeConfig.ConsoleSize?, owner: UInt32)
        case bindConsole
        /// Makes a directory below the root where there is none.
        case makeDirectory(String)
        case sysctl(name: String, value: String)
        case report(Milestone)
        case hold(Milestone)
        case newCgroupNamespace
        /// Enters the cgroup namespace of the process that the descriptor names.
        case joinCgroupNamespace(pidfd: CInt)
        case hooks([RuntimeConfig.Hook], name: String)
        case mask(String)
        case readOnly(String)
        case readOnlyRoot
        case propagateRoot(Mounts.Propagation)
        case loopback
        case netDevices(NetDevices)
        case hostName(String)
        case domainName(String)
        case changeRoot(pivoting: Bool)
        /// Makes a directory the root of this process alone.
        case confine(String)
        // The program's own settings
        case limit(resource: Int32, soft: UInt64, hard: UInt64, name: String)
        case personality(UInt)
        /// The mode with its flags, and the nodes, bit n of byte n / 8 for node n.
        case memoryPolicy(Int32, nodes: [UInt8])
        case schedule(Tasks.Schedule)
        /// The processors to run on, bit n of byte n / 8 for processor n.
        case processors([UInt8])
        case ioPriority(kind: Int32, level: Int32)
        case securityLabel(String, file: String)
        case stdio(Launch.Stdio)
        case fileMask(UInt32)
        case enterEarly(String)
        case endWithCaller
        case noNewPrivileges
        case bound(UInt64)
        case user(uid: UInt32, gid: UInt32, groups: [UInt32]?)
        case capabilities(Privileges.Sets)
        case workingDirectory(String)
        case find(program: String)
        case filter
        /// Keeps these descriptors open, and no other but the standard streams.
        case preserve([CInt])
        case stayAsReaper
        case execute

        /// Whether it is a mount that may depend on the network namespace it is made in.
        var showsNetwork: Bool {
            guard case .mount(let mount) = self, case .fileSystem(let type, _) = mount.source else {
                return false
            }
            return !["proc", "tmpfs", "devpts", "mqueue"].contains(type)
        }
    }

    /// Where parent and child wait for each other.
    package enum Milestone: UInt8, Equatable, Sendable {
        /// The parent has written the user namespace's maps.
        case mapped = 0x4D
        /// The container's network namespace, which comes with it.
        case network = 0x57
        /// Every mount but the cgroup's is made; the old root is still there.
        case prepared = 0x50
        /// The child is in its cgroup and its network stands.
        case go = 0x47
        /// Nothing is left but the exec.
        case ready = 0x52
        /// The program may begin.
        case start = 0x53
    }

    /// One mount below the root.
    package struct MountPlan: Equatable, Sendable {
        package enum Source: Equatable, Sendable {
            case fileSystem(type: String, options: [String])
            case bind(recursive: Bool)
        }
        package var source: Source
        package var name: String
        package var destination: String
        package var attributes: Mounts.Attributes = []
        package var changes: [Mounts.Change] = []
        package var copiesUp = false
        package var followsNothing = false
        /// What is bound instead where the kernel refuses the file system itself.
        package var substitute: String?
        /// The mount itself, where it had to be made before the container's process was.
        package var prepared: CInt?

        init(_ source: Source, name: String, at destination: String) {
            self.source = source
            self.name = name
            self.destination = destination
        }
    }

    /// One device file below the root.
    package struct DevicePlan: Equatable, Sendable {
        package var path: String
        package var kind: FileStatus.Kind
        package var major: UInt32
        package var minor: UInt32
        package var mode: UInt32
        package var uid: UInt32
        package var gid: UInt32
        /// Whether the host's device is bound, because mknod(2) is refused in a user namespace.
        package var isBound: Bool
        /// The device itself on a mount of its own, where the container could not make it.
        package var prepared: CInt? = nil
    }
}
