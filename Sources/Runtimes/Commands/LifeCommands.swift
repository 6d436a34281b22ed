import Base
import Kernel
import Specs

/// create, start, run, state, kill and delete.
enum LifeCommands {
    static func create(_ words: ArraySlice<String>, _ setting: RuntimeSetting) throws(Problem)
        -> Int32
    {
        let words = try RuntimeCommand.read("create", words)
        let id = try words.id()
        var making = try ContainerMaking(words, id, setting)
        try making.make()
        return 0
    }

    static func start(_ words: ArraySlice<String>, _ setting: RuntimeSetting) throws(Problem)
        -> Int32
    {
        let words = try RuntimeCommand.read("start", words)
        let id = try words.id()
        do {
            let store = try RecordStore(setting.root)
            if let notice = try start(id, store) {
                let record = try store.load(id)
                try notice.wait(for: record.process(), pid: record.pid)
            }
        } catch {
            // A container whose poststart hook fails is stopped and deleted; see runtime.md,
            // "Start".
            if error.code == .helper { try? remove(id, setting, isForced: true) }
            throw error
        }
        return 0
    }

    /// - Returns: where the container will say that it is ready, if somebody waits for that.
    private static func start(_ id: ObjectName, _ store: borrowing RecordStore) throws(Problem)
        -> ReadyNotice?
    {
        let record = try store.load(id)
        let place = try store.place(of: id)
        let status = try record.status(in: place)
        guard status == .created else {
            throw Problem(
                .wrongState, "container \"\(id)\" cannot be started",
                why: "it is \(status.rawValue)")
        }
        let program = record.config.process?.args?.first ?? ""
        let notice = try ReadyNotice(in: place)
        let answer: [UInt8]
        let isUnread: Bool
        do {
            let channel = try Sockets.connect(at: place, RecordStore.startSocket)
            try Files.remove(at: place, RecordStore.startSocket)
            try Sockets.send([LaunchPlan.Milestone.start.rawValue], to: channel)
            // A process that executes has read the word, and closes the socket without one.
            let message = try Sockets.receive(from: channel, limit: 4096)
            isUnread = message.isReset
            answer = message.bytes
        } catch {
            throw error.problem("cannot start container \"\(id)\"")
        }
        if isUnread || !answer.isEmpty { throw Stumble.problem(answer, program: program) }
        try Hooks.run(
            record.config.hooks?.poststart, named: "poststart", state: record.state(.running))
        return notice
    }

    static func run(_ words: ArraySlice<String>, _ setting: RuntimeSetting) throws(Problem) -> Int32
    {
        let words = try RuntimeCommand.read("run", words)
        let id = try words.id()
        var making = try ContainerMaking(words, id, setting)
        making.isForeground = !words.has("detach")
        let made = try making.run()
        do {
            try Hooks.run(
                made.record.config.hooks?.poststart, named: "poststart",
                state: made.record.state(.running))
            if words.has("detach") {
                try made.notice?.wait(for: made.record.process(), pid: made.record.pid)
                return 0
            }
            let code = try making.follow(made.record.pid, made.notice)
            if !words.has("keep") { try? remove(made.record, setting, isStopped: true) }
            return code
        } catch {
            try? remove(id, setting, isForced: true)
            throw error
        }
    }

    static func state(_ words: ArraySlice<String>, _ setting: RuntimeSetting) throws(Problem)
        -> Int32
    {
        let id = try RuntimeCommand.read("state", words).id()
        let store = try RecordStore(setting.root)
        let record = try store.load(id)
        let status = try record.status(in: try store.place(of: id))
        var json = JSON(encoding: record.state(status))
        if case .object(var members) = json {
            members += [
                .init("rootfs", .string(record.config.root?.path ?? "")),
                .init("created", .string(record.created)),
                .init("owner", .string("\(record.owner)")),
            ]
            if let unit = record.unit { members.append(.init("systemd-scope", .string(unit))) }
            json = .object(members)
        }
        return RuntimeCommandLine.print(json.text(indent: 2) + "\n")
    }

    static func kill(_ words: ArraySlice<String>, _ setting: RuntimeSetting) throws(Problem)
        -> Int32
    {
        let words = try RuntimeCommand.read("kill", words)
        for id in try ids(words, setting) { try kill(id, words, setting) }
        return 0
    }

    private static func kill(
        _ id: ObjectName, _ words: CommandWords, _ setting: RuntimeSetting
    ) throws(Problem) {
        let record = try RecordStore(setting.root).load(id)
        let word = words.rest.dropFirst().first { $0 != "--all" && $0 != "-a" } ?? "SIGTERM"
        let signal = try Signal(word, for: "kill")
        let isAll = words.has("all") || words.rest.contains("--all") || words.rest.contains("-a")
        if isAll, let cgroup = record.cgroup, record.ownsCgroup || record.unit != nil {
            return try killAll(ControlGroup(path: cgroup), signal.number)
        }
        let process = try record.process()
        try explaining("cannot send the signal to container \"\(id)\"") { () throws(KernelFault) in
            try process.send(signal: signal.number)
        }
    }

    private static func killAll(_ group: ControlGroup, _ signal: Int32) throws(Problem) {
        try explaining("cannot send the signal to the container's processes") {
            () throws(KernelFault) in
            if signal == 9 { return try group.kill() }
            for pid in try group.allProcesses() {
                // One that has just ended is as good as told.
                try? Signals.send(signal, to: pid)
            }
        }
    }

    static func delete(_ words: ArraySlice<String>, _ setting: RuntimeSetting) throws(Problem)
        -> Int32
    {
        let words = try RuntimeCommand.read("delete", words)
        for id in try ids(words, setting) {
            do {
                try remove(id, setting, isForced: words.has("force"))
            } catch {
                // What is to be gone is gone.
                if words.has("force"), error.code == .noSuchContainer { continue }
                throw error
            }
        }
        return 0
    }

    /// Returns the container named, or all whose ids match the expression in its place.
    private static func ids(_ words: CommandWords, _ setting: RuntimeSetting) throws(Problem)
        -> [ObjectName]
    {
        guard words.has("regex") else { return [try words.id()] }
        guard let text = words.rest.first else {
            throw Problem(.badUsage, "the expression for the containers' ids is missing")
        }
        guard let pattern = Pattern(text) else {
            throw Problem(.badUsage, "\"\(text.printable)\" is no regular expression")
        }
        return try RecordStore(setting.root).ids().sorted()
            .filter { pattern.matches($0) }
            .compactMap { try? ObjectName($0, of: "container") }
    }

    /// Removes a container and everything it left.
    static func remove(_ id: ObjectName, _ setting: RuntimeSetting, isForced: Bool) throws(Problem)
    {
        let store = try RecordStore(setting.root)
        let record: RuntimeRecord
        do {
            record = try store.load(id)
        } catch {
            guard isForced, error.code == .wrongState else { throw error }
            RuntimeCgroup.removeUnfinished(in: try store.place(of: id))
            return try store.remove(id)
        }
        let status = try record.status(in: try store.place(of: id))
        if status != .stopped {
            guard isForced || status == .created else {
                throw Problem(
                    .wrongState, "container \"\(id)\" cannot be deleted",
                    why: "it is \(status.rawValue)", next: "stop it first, or add --force")
            }
            try end(record)
        }
        try remove(record, setting, isStopped: status == .stopped)
    }

    /// Removes what a container that has ended left behind.
    ///
    /// - Parameter isStopped: whether its first process is known to be reaped, and with it every
    ///   process of a pid namespace of its own.
    private static func remove(
        _ record: RuntimeRecord, _ setting: RuntimeSetting, isStopped: Bool
    ) throws(Problem) {
        let id = try ObjectName(record.id, of: "container")
        let store = try RecordStore(setting.root)
        if let cgroup = record.cgroup, record.ownsCgroup {
            let group = ControlGroup(path: cgroup)
            let isGone = isStopped && (try? group.remove()) == true
            if !isGone {
                // What the first process left behind, where it shared its pid namespace.
                try? group.kill()
                _ = try? group.waitUntilEmpty(milliseconds: 5000)
                _ = try? group.remove()
            }
        }
        if let unit = record.unit, let scopes = setting.scopes {
            let isInitial = try UserMaps.isInitialNamespace()
            // One that is gone already is as good as stopped.
            _ = scopes.stop(unit, Caller.user != 0 || !isInitial)
        }
        try store.remove(id)
        let problems = Hooks.runAll(
            record.config.hooks?.poststop, named: "poststop", state: record.state(.stopped))
        // The container is gone whatever they did; see runtime.md, "Lifecycle", step 13.
        for problem in problems { setting.log(problem, asWarning: true) }
    }

    private static func end(_ record: RuntimeRecord) throws(Problem) {
        guard let process = try? record.process() else { return }
        try explaining("cannot end container \"\(record.id)\"") { () throws(KernelFault) in
            if let cgroup = record.cgroup, record.ownsCgroup {
                // A frozen process dies of cgroup.kill, too.
                try? ControlGroup(path: cgroup).kill()
            }
            try? process.send(signal: 9)
            guard try process.hasEnded(within: 10_000) else {
                throw KernelFault(call: "pidfd_send_signal", subject: "\(record.pid)", number: 110)
            }
        }
    }
}
