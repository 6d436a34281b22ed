import Base
import Kernel
import Runtimes
import Specs

/// A container run by an OCI runtime of another make, by its command line. See runtime-spec
/// runtime.md, and crun(1).
///
/// The runtime gets a bundle in the container's run-time directory; an overlay root is mounted for
/// it in a mount namespace of this monitor, so that no mount outlives the monitor.
final class ForeignPayload: Payload {
    private let runtime: MonitorPlan.ForeignRuntime
    private let plan: MonitorPlan
    private let run: SharedDescriptor
    private var pid: Int32?
    private var console: SharedDescriptor?
    /// Where this monitor has mounted something for the runtime.
    private var places: [String] = []
    /// The root file system that a helper serves, while it has no place yet.
    private var mounted: SharedDescriptor?

    private static let bundle = "bundle"
    private static let pidFile = "bundle/pid"
    private static let logFile = "bundle/log"
    private static let consoleName = "console"

    init(_ plan: MonitorPlan, _ runtime: MonitorPlan.ForeignRuntime) throws(Problem) {
        if plan.initProcess {
            throw Problem(
                .notBuilt, "--init is not built for the runtime \"\(runtime.path)\"",
                next: "leave --runtime out to use the built-in one, or --init")
        }
        self.plan = plan
        self.runtime = runtime
        run = try explaining("cannot prepare the runtime \"\(runtime.path)\"") {
            () throws(KernelFault) in
            // The container's process is left to us by the runtime that made it.
            try Processes.adoptOrphans()
            return SharedDescriptor(
                try Files.open(plan.directories.run, [.read, .directory]))
        }
    }

    func begin(_ ends: LaunchEnds) throws(Problem) -> Int32 {
        mounted = ends.root
        defer { mounted = nil }
        try writeBundle(ends)
        var words = ["create", "--bundle", path(Self.bundle), "--pid-file", path(Self.pidFile)]
        if ends.isTerminal {
            console = try listen()
            words += ["--console-socket", path(Self.consoleName)]
        }
        var handings: [Spawn.Handing] = []
        if let streams = ends.streams {
            handings = [
                .init(streams.input.descriptor, as: 0), .init(streams.output.descriptor, as: 1),
                .init(streams.error.descriptor, as: 2),
            ]
        } else if !ends.isTerminal {
            handings = [.standard(0), .standard(1), .standard(2)]
        }
        if !plan.preserved.isEmpty {
            words += ["--preserve-fds", "\(plan.preserved.count)"]
            handings += plan.preserved.map { .standard($0) }
        }
        try command(words + [plan.id], handings, managesGroup: ends.groupPath != nil)
        let text = try explaining("cannot learn the container's process") {
            () throws(KernelFault) in try Files.readText(path(Self.pidFile), limit: 32)
        }
        guard let number = Int32(text.filter { $0 != "\n" }), number > 1 else {
            throw Problem(.helper, "\"\(runtime.path)\" told no process id")
        }
        pid = number
        return number
    }

    func namespaces() throws(Problem) -> (network: SharedDescriptor, user: SharedDescriptor) {
        guard let pid else { throw Problem(.wrongState, "the container does not run yet") }
        return try explaining("cannot open the namespaces of the container") {
            () throws(KernelFault) in
            (
                SharedDescriptor(try Files.open("/proc/\(pid)/ns/net", .read)),
                SharedDescriptor(try Files.open("/proc/\(pid)/ns/user", .read))
            )
        }
    }

    func finish() throws(Problem) {}

    func start() throws(Problem) { try command(["start", plan.id], []) }

    func takeTerminal() throws(Problem) -> SharedDescriptor? {
        guard let console else { return nil }
        self.console = nil
        return try receiveMaster(from: console)
    }

    func exec(
        _ request: ControlRequest.Exec, streams: [SharedDescriptor], in group: SharedDescriptor?
    ) throws(Problem) -> ExecProcess {
        var process = request.process
        process.terminal = request.terminal
        var words = ["exec", "--process", "/proc/self/fd/3"]
        var listener: SharedDescriptor?
        if request.terminal {
            listener = try listen()
            words += ["--console-socket", path(Self.consoleName)]
        }
        let file = try explaining("cannot pass the command on") { () throws(KernelFault) in
            try MemoryFile.sealed(JSON(encoding: process).bytes(), name: "process")
        }
        var spawn = self.spawn(words + [plan.id], managesGroup: true)
        if !request.terminal {
            spawn.descriptors = streams.enumerated().map {
                Spawn.Handing($0.element.descriptor, as: Int32($0.offset))
            }
        }
        spawn.descriptors.append(.init(file, as: 3))
        let started = spawn
        let child = try explaining("cannot start the runtime \"\(runtime.path)\"") {
            () throws(KernelFault) in try started.start()
        }
        var made = ExecProcess(pid: child.pid)
        if let listener {
            let isThere = try explaining("cannot wait for the command's terminal") {
                () throws(KernelFault) in
                try Loop.first(listener.descriptor, or: child.descriptor)
            }
            if isThere { made.terminal = try receiveMaster(from: listener) }
        }
        return made
    }

    func send(_ signal: Signal) throws(Problem) {
        guard let pid else { return }
        try explaining("cannot send \(signal) to the container") { () throws(KernelFault) in
            try Signals.send(signal.number, to: pid)
        }
    }

    func kill() {
        guard let pid else { return }
        // One that has ended already is as good as killed.
        try? Signals.send(Signal.kill.number, to: pid)
    }

    func clear() {
        pid = nil
        console = nil
        // It was killed before; what the runtime still knows of it goes with its directory.
        _ = try? command(["delete", "--force", plan.id], [])
        for place in places { try? Mounts.detach(place) }
        places = []
        for name in [Self.bundle, Self.consoleName, "foreign"] {
            try? Files.removeTree(at: run.descriptor, name)
        }
    }

    // MARK: The runtime's command line

    private func path(_ name: String) -> String { "\(plan.directories.run)/\(name)" }
    private var merged: String { "\(plan.directories.data)/merged" }

    private func spawn(_ words: [String], managesGroup: Bool) -> Spawn {
        var spawn = Spawn(
            runtime.path,
            [runtime.path] + runtime.arguments + [
                "--root", path("foreign"), "--log", path(Self.logFile), "--log-format", "json",
            ])
        // Without a group of our making crun would look for one of its own.
        if !managesGroup, runtime.path.hasSuffix("/crun") {
            spawn.arguments.append("--cgroup-manager=disabled")
        }
        spawn.arguments += words
        spawn.environment = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]
        return spawn
    }

    private func command(
        _ words: [String], _ handings: [Spawn.Handing], managesGroup: Bool = true
    ) throws(Problem) {
        var spawn = self.spawn(words, managesGroup: managesGroup)
        spawn.descriptors = handings
        let ready = spawn
        let end = try explaining("cannot start the runtime \"\(runtime.path)\"") {
            () throws(KernelFault) in try ready.start().wait()
        }
        if end == .code(0) { return }
        let said = lastWords()
        throw Problem(
            code(for: said),
            "the runtime \"\(runtime.path)\" refused to \(words[0]) container \"\(plan.name)\"",
            why: said ?? "it ended with \(end)")
    }

    private func lastWords() -> String? {
        guard let text = try? Files.readText(path(Self.logFile)),
            let line = text.split(separator: "\n").last,
            let json = try? JSON(parsing: Array(line.utf8), name: "log")
        else { return nil }
        return json["msg"]?.text
    }

    private func code(for said: String?) -> Problem.Code {
        guard let said = said?.lowercased() else { return .helper }
        if said.contains("no such file") || said.contains("not found in $path") {
            return .commandNotFound
        }
        return said.contains("permission denied") ? .notExecutable : .helper
    }

    // MARK: What the runtime gets

    private func writeBundle(_ ends: LaunchEnds) throws(Problem) {
        var config = plan.payloadConfig
        if plan.defaultFilter { config = config.withDefaultFilter }
        // Runtimes that know an older version only refuse a newer one unread.
        config.ociVersion = "1.0.2"
        let isReadOnly = config.root?.readonly
        config.root = RuntimeConfig.Root(path: try rootPath(), readonly: isReadOnly)
        try placeForeign(&config)
        config.process?.terminal = ends.isTerminal
        config.linux?.cgroupsPath = ends.groupPath
        let bytes = JSON(encoding: config).bytes()
        let run = run
        try explaining("cannot write the bundle of container \"\(plan.name)\"") {
            () throws(KernelFault) in
            try Files.makeDirectory(at: run.descriptor, Self.bundle)
            let directory = try Files.open(at: run.descriptor, Self.bundle, [.read, .directory])
            try Files.replace(at: directory, "config.json", with: bytes)
        }
    }

    private func rootPath() throws(Problem) -> String {
        switch plan.root {
        case .directory(let path): return path
        case .overlay(let lower, let upper, let work, let options):
            var words = ["lowerdir=" + lower.joined(separator: ":")] + options
            if let upper, let work { words += ["upperdir=\(upper)", "workdir=\(work)"] }
            if !options.contains("userxattr") { words.append("userxattr") }
            let merged = merged
            let text = words.joined(separator: ",")
            return try mount(at: merged) { () throws(KernelFault) in
                try Mounts.mount("overlay", at: merged, options: text)
            }
        case .served:
            guard let mounted else {
                throw Problem(.wrongState, "the overlay's helper does not serve yet")
            }
            let merged = merged
            return try mount(at: merged) { () throws(KernelFault) in
                try Mounts.attach(
                    mounted.descriptor, at: Files.open(merged, [.place, .directory]), name: merged)
            }
        }
    }

    /// Mounts in a mount namespace of this monitor's own, so that it goes when that does.
    private func mount(at place: String, _ mounting: () throws(KernelFault) -> Void)
        throws(Problem) -> String
    {
        try explaining("cannot mount what container \"\(plan.name)\" needs") {
            () throws(KernelFault) in
            if places.isEmpty {
                try Namespaces.unshare(.mount)
                let root = try Files.open("/", .place)
                try Mounts.change(root, .init(propagation: .slave, recursive: true))
            }
            _ = try Files.ensureDirectory(place)
            try mounting()
        }
        places.append(place)
        return place
    }

    /// Puts what lies in another container's mount namespace, and parts of volumes, where the runtime
    /// can bind it.
    private func placeForeign(_ config: inout RuntimeConfig) throws(Problem) {
        for (index, mount) in (config.mounts ?? []).enumerated() {
            let part = plan.parts[mount.destination]
            guard let number = try PreparedTrees.tree(mount, part: part) else { continue }
            let tree = Descriptor(owning: number)
            let place = "\(plan.directories.data)/mount\(index)"
            config.mounts?[index].source = try self.mount(at: place) { () throws(KernelFault) in
                try Mounts.attach(tree, at: Files.open(place, [.place, .directory]), name: place)
            }
        }
    }

    // MARK: Terminals

    private func listen() throws(Problem) -> SharedDescriptor {
        let run = run
        return try explaining("cannot wait for the container's terminal") {
            () throws(KernelFault) in
            SharedDescriptor(
                try Sockets.listen(at: run.descriptor, Self.consoleName, .stream))
        }
    }

    private func receiveMaster(from listener: SharedDescriptor) throws(Problem) -> SharedDescriptor
    {
        let descriptors = try explaining("cannot receive the container's terminal") {
            () throws(KernelFault) in
            let peer = try Sockets.accept(listener.descriptor)
            return try Sockets.receive(from: peer, limit: 4096).descriptors
        }
        let taken = descriptors.map { SharedDescriptor(owning: $0) }
        guard let master = taken.first else {
            throw Problem(.helper, "\"\(runtime.path)\" sent no terminal")
        }
        return master
    }
}
