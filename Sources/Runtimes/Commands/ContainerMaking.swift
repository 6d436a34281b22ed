import Base
import Kernel
import Specs

/// What create and run do: a container from a bundle, up to the point where it can be started.
struct ContainerMaking {
    let id: ObjectName
    let setting: RuntimeSetting
    let bundle: String
    private let shared: SharedConfig
    var config: RuntimeConfig { _read { yield shared.value } }
    /// The configuration as it was read, where nothing was added to it.
    private let text: [UInt8]?
    let pidFile: String?
    let consoleSocket: String?
    let preserved: [Int32]
    let noPivot: Bool
    let keepsKeyring: Bool
    var isForeground = false
    /// The container's network namespace, begun as soon as it was seen to be wanted.
    private var network: NewNetwork?
    /// The container's terminal, where this process serves it.
    private var terminal: CInt?

    init(_ words: CommandWords, _ id: ObjectName, _ setting: RuntimeSetting) throws(Problem) {
        self.id = id
        self.setting = setting
        let here = try explaining("cannot find the present directory") { () throws(KernelFault) in
            try Caller.directory()
        }
        let given = words["bundle"] ?? here
        bundle = given.hasPrefix("/") ? given : here + "/" + given
        let file = words["config"] ?? "config.json"
        let path = file.hasPrefix("/") ? file : bundle + "/" + file
        let bytes = try Self.read(path)
        let json = try JSON(parsing: bytes, name: path)
        network = Launch.beginNetwork(for: json)
        var read = try json.read(RuntimeConfig.self, name: path)
        text = try read.completeUserNamespace() ? nil : bytes
        setting.clear(&read.process)
        shared = SharedConfig(read)
        pidFile = words["pid-file"]
        consoleSocket = words["console-socket"]
        let listening = try Self.listenDescriptors()
        let count = try (words.number("preserve-fds", Int32.self) ?? 0) + listening
        noPivot = words.has("no-pivot")
        keepsKeyring = words.has("no-new-keyring")
        guard (0..<65536).contains(count) else {
            throw Problem(.badUsage, "--preserve-fds is not from 0 to 65535")
        }
        // Before anything of ours is opened under one of these numbers.
        preserved = Tasks.openNumbers(3..<3 + count)
    }

    private static func read(_ path: String) throws(Problem) -> [UInt8] {
        do {
            return try Files.read(path, limit: Limits.documentBytes)
        } catch {
            throw error.problem(
                "cannot read the configuration \"\(path)\"",
                next: "write one with \"martlet-runtime spec\"")
        }
    }

    /// The number of sockets that systemd passes on. See sd_listen_fds(3).
    private static func listenDescriptors() throws(Problem) -> Int32 {
        guard let text = Console.variable("LISTEN_FDS"), let count = Int32(text), count > 0 else {
            return 0
        }
        return min(count, 1024)
    }

    /// A container that was made, and where it will say that it is ready.
    struct Made {
        let record: RuntimeRecord
        let notice: ReadyNotice?
    }

    /// Makes the container and waits until it can be started by another command.
    mutating func make() throws(Problem) { _ = try make(starting: false) }

    /// Makes the container and lets its program begin.
    mutating func run() throws(Problem) -> Made { try make(starting: true) }

    private mutating func make(starting: Bool) throws(Problem) -> Made {
        var launch = try launch()
        if try !launch.canTakeNetwork() { network = nil }
        let store = try RecordStore(setting.root)
        let place = try store.reserve(id)
        var group: RuntimeCgroup?
        do {
            group = try RuntimeCgroup.prepare(config, id: id, setting, in: place)
            return try make(&launch, in: place, &group, starting: starting)
        } catch {
            group?.remove()
            try? store.remove(id)
            throw error
        }
    }

    private mutating func make(
        _ launch: inout Launch, in place: borrowing Descriptor, _ group: inout RuntimeCgroup?,
        starting: Bool
    ) throws(Problem) -> Made {
        try ReadyNotice.prepare(&launch.config, in: place, path: "\(setting.root)/\(id)")
        var listener: SharedDescriptor?
        if starting {
            launch.startsAtOnce = launch.hasNothingBetween && !setting.usesSystemd
        } else {
            let made = SharedDescriptor(try listen(in: place))
            launch.startListener = made.descriptor.number
            listener = made
        }
        defer { withExtendedLifetime(listener) {} }
        let directory = try group.map { group throws(Problem) in try group.open() }
        if let directory { launch.cgroup = .directory(directory.descriptor.number) }
        defer { withExtendedLifetime(directory) {} }
        var newborn = try launch.begin(with: network)
        do {
            if group == nil {
                group = try RuntimeCgroup.place(newborn.pid, config: config, id: id, setting)
            }
            // Until it is finished it ends with us: none is ever left that no record tells of (F-04).
            let record = try record(newborn.pid, group)
            try RecordStore.save(record, config: text, at: place)
            if group != nil { try? Files.remove(at: place, RecordStore.group) }
            if !launch.startsAtOnce {
                try newborn.finish()
                try hand(over: newborn.takeTerminal())
            }
            if let pidFile { try Self.write(pidFile, "\(newborn.pid)") }
            if !starting { return Made(record: record, notice: nil) }
            let notice = try ReadyNotice(in: place)
            try newborn.start()
            return Made(record: record, notice: notice)
        } catch {
            newborn.abandon()
            throw error
        }
    }

    /// Makes the socket on which the container waits for the command that starts it.
    private func listen(in place: borrowing Descriptor) throws(Problem) -> Descriptor {
        do {
            return try Sockets.listen(at: place, RecordStore.startSocket)
        } catch {
            throw error.problem("cannot make the start socket")
        }
    }

    private func launch() throws(Problem) -> Launch {
        guard let root = config.root else {
            throw Problem(.badDocument, "the configuration has no \"root\"")
        }
        let path = root.path.hasPrefix("/") ? root.path : bundle + "/" + root.path
        var launch = Launch(shared, root: .directory(path))
        launch.bundle = bundle
        launch.id = id.text
        launch.noPivot = noPivot
        launch.keepsKeyring = keepsKeyring
        launch.preserved = preserved
        // Looked for where it is needed: it takes the whole environment.
        if config.linux?.seccomp != nil { launch.filterCache = setting.filterCache }
        launch.keepsGroups = config.annotations?["run.oci.keep_original_groups"] == "1"
        let strict = config.annotations?["run.oci.seccomp_fail_unknown_syscall"] ?? "0"
        launch.refusesUnknownCalls = strict != "0"
        if config.process?.terminal == true {
            guard consoleSocket != nil || isForeground else {
                throw Problem(
                    .badUsage, "a container with a terminal needs --console-socket",
                    why: "the terminal's other end must go somewhere")
            }
            launch.stdio = .terminal
        }
        var passed: [String] = []
        for name in ["LISTEN_FDS", "LISTEN_FDNAMES"] {
            if let value = Console.variable(name) { passed.append("\(name)=\(value)") }
        }
        if Console.variable("LISTEN_FDS") != nil { passed.append("LISTEN_PID=1") }
        if !passed.isEmpty { launch.config.process?.env = (config.process?.env ?? []) + passed }
        return launch
    }

    private mutating func hand(over terminal: consuming Descriptor?) throws(Problem) {
        guard let terminal else { return }
        if let consoleSocket {
            try Self.send(terminal, to: consoleSocket)
        } else {
            self.terminal = terminal.release()
        }
    }

    /// Sends a terminal's upper end to whoever listens, as runc's console protocol has it.
    static func send(_ terminal: borrowing Descriptor, to path: String) throws(Problem) {
        let number = terminal.number
        try explaining("cannot pass the terminal to \"\(path)\"") { () throws(KernelFault) in
            let socket = try Sockets.connect(path, .stream)
            try Sockets.send(Array("/dev/ptmx".utf8), descriptors: [number], to: socket)
        }
    }

    static func write(_ path: String, _ text: String) throws(Problem) {
        try explaining("cannot write \"\(path)\"") { () throws(KernelFault) in
            try Files.open(path, [.write, .create, .truncate], permissions: 0o644).writeAll(text)
        }
    }

    private func record(_ pid: Int32, _ group: RuntimeCgroup?) throws(Problem) -> RuntimeRecord {
        let ticks = try explaining("cannot look at the container's first process") {
            () throws(KernelFault) in try Processes.startTicks(of: pid)
        }
        return RuntimeRecord(
            id: id.text, pid: pid, startTicks: ticks, bundle: bundle,
            created: Timestamp.text(Clock.wall()), shared: shared, cgroup: group?.group.path,
            ownsCgroup: group?.isOwned ?? false, unit: group?.unit, owner: Caller.user)
    }

    /// Stays with a container in the foreground: passes signals and terminal on, and returns its
    /// exit code.
    func follow(_ pid: Int32, _ notice: ReadyNotice?) throws(Problem) -> Int32 {
        try Foreground.follow(pid, terminal: terminal, notice: notice)
    }
}

extension Launch {
    /// Whether neither the runtime nor anybody else has anything to do while the container's
    /// process prepares itself.
    fileprivate var hasNothingBetween: Bool {
        let hooks = config.hooks
        let lists = [
            hooks?.prestart, hooks?.createRuntime, hooks?.createContainer, hooks?.startContainer,
        ]
        return lists.allSatisfy { $0?.isEmpty != false } && stdio != .terminal
            && config.linux?.netDevices?.isEmpty != false
            && config.linux?.seccomp?.listenerPath == nil
    }
}
