package import Base
import Kernel
package import Records
package import Specs

/// A further process in a running container, as exec asks for it.
package struct ExecOptions: Equatable, Sendable {
    package var command: [String] = []
    package var terminal = false
    package var standardInput = false
    package var detach = false
    package var user: String?
    package var workingDirectory: String?
    package var environment: [ProcessChoices.Variable] = []
    package var privileged = false
    package var detachKeys = "ctrl-p,ctrl-q"

    package init() {}
}

extension House {
    /// Runs a command in a running container.
    ///
    /// - Returns: the command's exit code; nil where it is detached.
    package func exec(_ container: ContainerRecord, ledger: Ledger, options: ExecOptions)
        throws(Problem) -> Int?
    {
        do throws(Problem) {
            guard !options.command.isEmpty else {
                throw Problem(
                    .badUsage, "there is no command to run", next: "write it after the container")
            }
            let process = try process(for: container, ledger, options)
            let connection = try MonitorConnection(
                house: self, id: container.id, name: container.name)
            var request = ControlRequest.Exec(process: process, terminal: options.terminal)
            if options.terminal {
                request.size = TerminalSession.size()
                return try execOnTerminal(container, connection, request, options)
            }
            let nothing = try explaining("cannot open /dev/null") { () throws(KernelFault) in
                try Files.open("/dev/null", [.readWrite])
            }
            let none = nothing.number
            let streams: [Int32] =
                options.detach
                ? [none, none, none] : [options.standardInput ? 0 : none, 1, 2]
            try connection.send(.exec(request), streams)
            _ = try connection.answer(within: MonitorConnection.patience)
            return options.detach ? nil : try connection.end() ?? 255
        } catch {
            throw error.during("running a command in container \"\(container.name)\"")
        }
    }

    private func execOnTerminal(
        _ container: ContainerRecord, _ connection: borrowing MonitorConnection,
        _ request: ControlRequest.Exec, _ options: ExecOptions
    ) throws(Problem) -> Int? {
        try connection.send(.exec(request))
        guard let answer = try connection.answer(within: MonitorConnection.patience),
            let master = answer.descriptor
        else {
            throw Problem(.helper, "the monitor of \"\(container.name)\" sent no terminal")
        }
        if options.detach { return nil }
        let input = try explaining("cannot use the terminal") { () throws(KernelFault) in
            try master.duplicate()
        }
        var session = try TerminalSession.begin(detachKeys: try DetachKeys(options.detachKeys))
        let outcome = try session.run(connection, input: input, output: master) {
            (size) throws(Problem) in
            try explaining("cannot set the size of the terminal") { () throws(KernelFault) in
                try Terminals.resize(master, columns: size.columns, rows: size.rows)
            }
        }
        switch outcome {
        case .detached: return nil
        case .ended(let code): return code ?? 255
        }
    }

    /// What the process is: the container's own settings, with what `options` say instead.
    private func process(
        for container: ContainerRecord, _ ledger: Ledger, _ options: ExecOptions
    ) throws(Problem) -> RuntimeConfig.Process {
        var spec = container.spec
        spec.command = options.command
        spec.entrypoint = []
        spec.process.terminal = options.terminal
        if let user = options.user { spec.process.user = user }
        if let directory = options.workingDirectory { spec.process.workingDirectory = directory }
        spec.process.environment += options.environment
        if options.privileged { spec.security.privileged = true }
        var situation = Situation(id: container.id)
        situation.image = try container.imageID.map { (id) throws(Problem) in
            try imageConfig(id, ledger: ledger)
        }?.config
        situation.callerEnvironment = caller.environment
        situation.podHostname = try podHostname(of: container, ledger: ledger)
        situation.secretVariables = try secretVariables(spec, ledger: ledger)
        situation.openFilesLimit = try explaining("cannot read the limit on open files") {
            () throws(KernelFault) in try ResourceLimits.openFiles()
        }
        if caller.uid != 0, spec.spaces.user == .standing {
            situation.gidMap = try standingNamespace().gidMap
        }
        situation.accounts = accounts(of: container)
        var user = spec.spaces.user
        if case .container(let other) = user { user = try ledger.find(other).spec.spaces.user }
        if case .keepID(let uid, let gid, _) = user {
            situation.keptUser = (uid ?? caller.uid, gid ?? caller.gid)
        }
        guard let process = try RuntimeConfigPlan.make(spec, situation).process else {
            throw Problem(.helper, "no process could be planned")
        }
        return process
    }

    /// The accounts that the container sees: files of ours where it was given some.
    private func accounts(of container: ContainerRecord) -> Accounts {
        let below =
            container.spec.rootDirectory.map { [$0.path] } ?? layerDirectories(container.layers)
        let files = ImageFiles(of: dataDirectory(of: container.id), above: below)
        func text(_ path: String, _ own: String) -> String {
            let given = "\(runDirectory(of: container.id))/files/\(own)"
            return (try? Files.readText(given, limit: Limits.accountFileBytes)) ?? files.text(path)
        }
        return Accounts(
            passwd: text("/etc/passwd", "etc-passwd"), group: text("/etc/group", "etc-group"))
    }
}
