package import Base

/// Everything a monitor must know to start one container, keep it, and clear up after it.
///
/// The engine writes it once; the monitor reads it from an inherited descriptor and never asks
/// back. What the container is (namespaces, mounts, process, limits) stands in `config` alone; the
/// rest says how it is looked after.
package struct MonitorPlan: Codable, Equatable, Sendable {
    /// The container's id: 64 hexadecimal digits.
    package var id: String
    package var name: String
    /// The container as the OCI runtime specification describes it.
    package var config: RuntimeConfig
    package var root: Root
    /// The user namespace to join first (`/proc/PID/ns/user`); nil where the engine has joined it.
    package var userNamespace: String?
    /// Whether the engine's first message over the start channel is `StartOrder.attach`: it sees
    /// the container's streams from the first byte on, and the exit code over the same channel.
    package var attached: Bool
    /// The helper that serves the container's new network namespace; nil where there is none to
    /// serve.
    package var network: NetworkHelper?
    /// The named networks it is on; their connections come as descriptors, in the same order.
    package var memberships: [Membership]
    /// The command that links it again to a network whose process was lost.
    package var reload: [String]
    package var log: Log
    /// Whether the container's standard streams are one pseudo-terminal.
    package var terminal: Bool
    /// Whether standard input stays open for clients; otherwise it is /dev/null.
    package var stdinOpen: Bool
    package var stop: Stop
    /// When an ended container is started again by its monitor. In a unit systemd does that
    /// instead.
    package var restart: LifeChoices.Restart
    /// Who tells systemd that the service is ready; `ignore` outside a unit.
    package var notify: LifeChoices.Notify
    package var cgroup: Cgroup
    package var directories: Directories
    /// Files that get the container's and the monitor's process id, for `--pidfile` and friends.
    package var pidFile: String?
    package var monitorPidFile: String?
    /// Seconds after which the container is killed whatever it does; nil for no bound.
    package var timeoutSeconds: Int?
    /// An OCI runtime that is not ours; nil for the embedded one.
    package var runtime: ForeignRuntime?
    package var healthCheck: HealthCheck?
    /// The directory of compiled system-call filters; nil compiles each time.
    package var filterCache: String?
    /// Whether our own reaper runs as process 1 and the payload below it.
    package var initProcess: Bool
    /// Whether the runtime's own default system-call filter is put on, made for the capabilities of
    /// `config`, which then has none itself.
    package var defaultFilter: Bool
    /// What the monitor of a pod's own container does for the pod: its payload is a program of
    /// ours that waits.
    package var infra: InfraDuty?
    /// The slice of the user's manager that the engine puts the container's scope into.
    package var slice: Slice?
    /// The run-time directory of the container that holds this one's pod together; its monitor is
    /// told that this container lives.
    package var podDirectory: String?
    /// Descriptors from 3 on that the monitor was handed for the payload, which gets them under the
    /// same numbers.
    package var preserved: [Int32]
    /// The link that is the container's name, where nothing of it stays once it has ended for good
    /// (`--rm`); nil where it stays.
    package var removedName: String?
    /// Parts of what mounts have as their source: paths in it, by the destination. Containers that
    /// have the whole may change it meanwhile, so nobody follows such a path by its name.
    package var parts: [String: String]

    package init(
        id: String, name: String, config: RuntimeConfig, root: Root, directories: Directories
    ) {
        self.id = id
        self.name = name
        self.config = config
        self.root = root
        self.directories = directories
        log = .none
        terminal = false
        stdinOpen = false
        stop = Stop()
        restart = .never
        notify = .ignore
        cgroup = .disabled
        initProcess = false
        defaultFilter = false
        attached = false
        preserved = []
        memberships = []
        reload = []
        parts = [:]
    }
}

extension MonitorPlan {
    /// Where the container's root file system comes from.
    package enum Root: Codable, Equatable, Sendable {
        /// A directory used as it is.
        case directory(path: String)
        /// Image layers, uppermost first, below a writable directory (absent: nobody can write);
        /// mounted by the container's own init, so that no mount outlives it. `options` are words
        /// for the file system, such as `volatile`.
        case overlay(lower: [String], upper: String?, work: String?, options: [String])
        /// The same, served by a `martlet-fuse` that the monitor starts.
        case served(OverlayHelper)
    }

    /// A `martlet-fuse` and what it is to serve.
    package struct OverlayHelper: Codable, Equatable, Sendable {
        /// The program's absolute path.
        package var program: String
        package var plan: OverlayPlan

        package init(program: String, plan: OverlayPlan) {
            self.program = program
            self.plan = plan
        }
    }

    /// A slice that holds what is put into it to limits.
    package struct Slice: Codable, Equatable, Sendable {
        /// `NAME.slice`
        package var name: String
        /// Files of its control group without which the limits would not hold.
        package var files: [String]

        package init(name: String, files: [String]) {
            self.name = name
            self.files = files
        }
    }

    /// The duty of the container that holds a pod together.
    package struct InfraDuty: Codable, Equatable, Sendable {
        /// Whether it ends when the last of the pod's containers has ended.
        package var endsWithLast: Bool

        package init(endsWithLast: Bool) { self.endsWithLast = endsWithLast }
    }

    /// A `martlet-net` and what it is to serve.
    package struct NetworkHelper: Codable, Equatable, Sendable {
        /// The program's absolute path.
        package var program: String
        package var task: Task
        /// The plan it gets, unread by the monitor.
        package var plan: JSON
        /// Whether it ends by itself once all is set up.
        package var isBrief = false

        package init(program: String, task: Task = .stack, plan: JSON) {
            self.program = program
            self.task = task
            self.plan = plan
        }

        /// What it is to serve: a stack of the container's own, or links to named networks.
        package enum Task: String, Codable, Sendable { case stack, member }
    }

    /// Where the container's output goes besides its attached clients.
    package enum Log: Codable, Equatable, Sendable {
        case none
        /// The container writes to the monitor's own standard streams; nobody can attach.
        case passthrough
        /// Lines as kubelet reads them: `TIME stdout F text`. The file is begun anew where it would
        /// grow beyond `maxBytes`, and up to `keep` old ones stay beside it as PATH.1, PATH.2, ….
        case k8sFile(path: String, maxBytes: Int64?, keep: Int)
        /// The journal, with CONTAINER_TAG and a field for each label.
        case journald(tag: String?, fields: [Field])

        /// One further field of a journal entry; the name is upper case, digits and `_`.
        package struct Field: Codable, Equatable, Sendable {
            package var name: String
            package var value: String

            package init(name: String, value: String) {
                self.name = name
                self.value = value
            }
        }
    }

    /// How the container is asked to end, and how long it may take.
    package struct Stop: Codable, Equatable, Sendable {
        package var signal: Signal
        package var graceSeconds: Int

        package init(signal: Signal = .terminate, graceSeconds: Int = 10) {
            self.signal = signal
            self.graceSeconds = graceSeconds
        }
    }

    /// Where the container's control group comes from.
    package enum Cgroup: String, Codable, Sendable {
        /// Two leaves below the monitor's present, delegated one: a unit's or a scope's.
        case split
        /// The engine names the delegated group over the start channel; then as `split`.
        case granted
        /// No group is made; the container stays in its caller's.
        case disabled
    }

    /// Absolute paths of this container's own directories.
    package struct Directories: Codable, Equatable, Sendable {
        /// Holds `ctl`, `state.json`, `plan.json`; dies with the session.
        package var run: String
        /// Holds `upper`, `work` and what else lasts.
        package var data: String
        /// The programs of ours that others start: `libexec/martlet`.
        package var helpers: String

        package init(run: String, data: String, helpers: String) {
            self.run = run
            self.data = data
            self.helpers = helpers
        }
    }

    /// An OCI runtime of another make, and the words that go before its verb.
    package struct ForeignRuntime: Codable, Equatable, Sendable {
        package var path: String
        package var arguments: [String]

        package init(path: String, arguments: [String] = []) {
            self.path = path
            self.arguments = arguments
        }
    }
}
