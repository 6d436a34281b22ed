import Base
import Kernel
import Specs

/// exec: a further program in a running container.
enum ExecCommand {
    static func run(_ words: ArraySlice<String>, _ setting: RuntimeSetting) throws(Problem) -> Int32
    {
        let words = try RuntimeCommand.read("exec", words)
        let id = try words.id()
        let count = try words.number("preserve-fds", Int32.self) ?? 0
        guard (0..<65536).contains(count) else {
            throw Problem(.badUsage, "--preserve-fds is not from 0 to 65535")
        }
        // Before anything of ours is opened under one of these numbers.
        let preserved = Tasks.openNumbers(3..<3 + count)
        let store = try RecordStore(setting.root)
        let record = try store.load(id)
        let status = try record.status(in: try store.place(of: id))
        guard
            status == .running || status == .created
                || (status == .paused && words.has("ignore-paused"))
        else {
            throw Problem(
                .wrongState, "cannot run a program in container \"\(id)\"",
                why: "it is \(status.rawValue)")
        }
        var given: RuntimeConfig.Process? = try process(words, record.config)
        setting.clear(&given)
        guard let process = given else { return 1 }
        var exec = ExecLaunch(process: process, container: record.config, pid: record.pid)
        exec.preserved = preserved
        exec.filterCache = setting.filterCache
        exec.id = record.id
        exec.bundle = record.bundle
        if process.terminal == true { exec.stdio = .terminal }
        let group = try place(words["cgroup"], record)
        if let group { exec.cgroup = .directory(group.descriptor.number) }
        defer { withExtendedLifetime(group) {} }
        return try follow(exec, words)
    }

    private static func follow(_ exec: ExecLaunch, _ words: CommandWords) throws(Problem) -> Int32 {
        var newborn = try exec.begin()
        var terminal: Int32?
        do {
            try newborn.finish()
            if let upper = newborn.takeTerminal() {
                if let socket = words["console-socket"] {
                    try ContainerMaking.send(upper, to: socket)
                } else {
                    terminal = upper.release()
                }
            }
            if let file = words["pid-file"] { try ContainerMaking.write(file, "\(newborn.pid)") }
            try newborn.start()
        } catch {
            newborn.abandon()
            throw error
        }
        if words.has("detach") { return 0 }
        return try Foreground.follow(newborn.pid, terminal: terminal)
    }

    /// Returns the program: a document, or the container's own process with other words.
    private static func process(_ words: CommandWords, _ config: RuntimeConfig) throws(Problem)
        -> RuntimeConfig.Process
    {
        if let path = words["process"] {
            let bytes = try explaining("cannot read \"\(path)\"") { () throws(KernelFault) in
                try Files.read(path, limit: Limits.documentBytes)
            }
            var process = try JSON(parsing: bytes, name: path)
                .read(RuntimeConfig.Process.self, name: path)
            if words.has("tty") { process.terminal = true }
            return process
        }
        guard var process = config.process, words.rest.count > 1 else {
            throw Problem(.badUsage, "the program to run is missing")
        }
        process.args = Array(words.rest.dropFirst())
        process.terminal = words.has("tty")
        process.consoleSize = nil
        process.execCPUAffinity = nil
        for pair in words.values["env"] ?? [] {
            let name = pair.prefix { $0 != "=" } + "="
            process.env?.removeAll { $0.hasPrefix(name) }
            process.env = (process.env ?? []) + [pair]
        }
        if let directory = words["cwd"] { process.cwd = directory }
        if words.has("no-new-privs") { process.noNewPrivileges = true }
        if let profile = words["apparmor"] { process.apparmorProfile = profile }
        if let label = words["process-label"] { process.selinuxLabel = label }
        if let user = words["user"] { process.user = try self.user(user, process.user) }
        for text in words.values["additional-gids"] ?? [] {
            guard let gid = number(text[...]) else {
                throw Problem(.badUsage, "\"\(text.printable)\" is no group id")
            }
            var user = process.user ?? RuntimeConfig.User()
            user.additionalGids = (user.additionalGids ?? []) + [gid]
            process.user = user
        }
        for name in words.values["cap"] ?? [] {
            var sets = process.capabilities ?? RuntimeConfig.Capabilities()
            sets.bounding = (sets.bounding ?? []) + [name]
            sets.effective = (sets.effective ?? []) + [name]
            sets.permitted = (sets.permitted ?? []) + [name]
            process.capabilities = sets
        }
        return process
    }

    /// Reads an id: digits alone, and not the one that stands for none (T-USER-1).
    private static func number(_ text: Substring) -> UInt32? {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return UInt32(text).flatMap { $0 == .max ? nil : $0 }
    }

    /// Reads `UID[:GID]`; names are resolved by whoever calls an OCI runtime.
    private static func user(_ text: String, _ present: RuntimeConfig.User?) throws(Problem)
        -> RuntimeConfig.User
    {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        var user = present ?? RuntimeConfig.User()
        guard parts.count <= 2, let uid = number(parts[0]) else {
            throw Problem(
                .badUsage, "\"\(text.printable)\" is no user", next: "write numbers: UID or UID:GID"
            )
        }
        user.uid = uid
        if parts.count == 2 {
            guard let gid = number(parts[1]) else {
                throw Problem(.badUsage, "\"\(text.printable)\" names no group by number")
            }
            user.gid = gid
        }
        return user
    }

    /// Opens a cgroup below the container's own.
    private static func place(_ path: String?, _ record: RuntimeRecord) throws(Problem)
        -> SharedDescriptor?
    {
        guard let path else { return nil }
        let parts = path.split(separator: "/").map(String.init)
        guard let cgroup = record.cgroup, !parts.contains("..") else {
            throw Problem(
                .badValue, "there is no cgroup \"\(path.printable)\" in the container's own")
        }
        var group = ControlGroup(path: cgroup)
        for part in parts where part != "." { group = group.child(part) }
        return try explaining("cannot open the cgroup \"\(path)\"") { () throws(KernelFault) in
            SharedDescriptor(try Files.open(group.directory, [.read, .directory]))
        }
    }
}
