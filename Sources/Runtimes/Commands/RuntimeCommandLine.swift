import Base
import Kernel
import Specs

/// `martlet-runtime` as an OCI runtime: the command line that podman, containerd and docker call.
///
/// See runtime-spec runtime.md, "Operations"; words and exit codes are those of runc and crun.
package enum RuntimeCommandLine {
    /// Runs one command.
    ///
    /// - Parameters:
    ///   - words: the arguments without the program's name.
    ///   - version: the program's own version.
    ///   - name: what the program was called by: a link of another runtime's name may lead here.
    ///   - scopes: makes systemd scopes where `--systemd-cgroup` asks for them.
    /// - Returns: the exit status: 0, 1 for a failure, or that of a container run in the
    ///   foreground.
    package static func run(
        _ words: [String], version: String, name: String = "martlet-runtime",
        scopes: ScopeMaker? = nil
    ) -> Int32 {
        var setting = RuntimeSetting()
        do throws(Problem) {
            // Before anything else, as it starts the program again. For an id of that name, too,
            // which does no harm.
            if words.contains(where: { Self.sealing.contains($0) }) { try Sealing.ensure() }
            let rest = try setting.take(words)
            setting.scopes = scopes
            if setting.asksVersion {
                return print("\(name) version \(version)\nspec: 1.2.0\n\(Features.summary)\n")
            }
            guard let command = rest.first else { return print(help(name)) }
            if let known = RuntimeCommand.named(command), known.asksHelp(rest.dropFirst()) {
                return print(known.help(name))
            }
            if command == "help" { return print(help(name)) }
            return try perform(command, rest.dropFirst(), setting)
        } catch {
            setting.log(error)
            return 1
        }
    }

    private static func perform(
        _ command: String, _ words: ArraySlice<String>, _ setting: RuntimeSetting
    ) throws(Problem) -> Int32 {
        switch command {
        case "create": return try LifeCommands.create(words, setting)
        case "start": return try LifeCommands.start(words, setting)
        case "run": return try LifeCommands.run(words, setting)
        case "state": return try LifeCommands.state(words, setting)
        case "kill": return try LifeCommands.kill(words, setting)
        case "delete": return try LifeCommands.delete(words, setting)
        case "exec": return try ExecCommand.run(words, setting)
        case "ps": return try LookCommands.processes(words, setting)
        case "list": return try LookCommands.list(words, setting)
        case "events": return try EventsCommand.run(words, setting)
        case "pause": return try LookCommands.freeze(words, setting, true)
        case "resume": return try LookCommands.freeze(words, setting, false)
        case "update": return try LookCommands.update(words, setting)
        case "spec": return try SpecCommand.run(words)
        case "features": return print(Features.text)
        case "checkpoint", "restore":
            throw Problem(
                .notBuilt, "\(command) is not built",
                why: "martlet-runtime cannot write the state of processes to files",
                next: "use a runtime that does, such as crun with CRIU")
        default:
            throw Problem(
                .badUsage, "unknown command \"\(command.printable)\"",
                next: RuntimeCommand.all.map(\.name).nearest(to: command).map {
                    "did you mean \"\($0)\"?"
                })
        }
    }

    static func print(_ text: String) -> Int32 {
        // Whoever closed our output does not want it.
        try? Console.write(text)
        return 0
    }

    /// The commands that make a process in a container.
    private static let sealing = ["create", "run", "exec"]

    private static func help(_ program: String) -> String {
        var text = "Usage: \(program) [OPTION...] COMMAND [CONTAINER]\n\nCommands:\n"
        for command in RuntimeCommand.all where command.name != "help" {
            text +=
                "  " + "\(command.name) \(command.arguments)".padded(to: 30) + command.meaning
                + "\n"
        }
        return text + """

            Options:
              --root DIR            where the containers' state is kept
              --log FILE            where failures are written to
              --log-format FORMAT   text or json
              --systemd-cgroup      let systemd make the cgroups
              --cgroup-manager NAME systemd, cgroupfs or disabled
              --version

            """
    }
}

/// The options before the command.
struct RuntimeSetting {
    var root = ""
    var logFile: String?
    var logsJSON = false
    var usesSystemd = false
    var usesCgroups = true
    var asksVersion = false
    var scopes: ScopeMaker?

    /// Takes its options off the front and returns the rest.
    mutating func take(_ words: [String]) throws(Problem) -> ArraySlice<String> {
        let grammar = CommandWords.Grammar(
            options: [
                "root=", "log=", "log-format=", "log-level=", "debug", "systemd-cgroup",
                "version,v",
                "cgroup-manager=", "rootless=", "criu=", "help,h",
            ], stopsAtFirst: true)
        let parsed = try CommandWords(words[...], grammar)
        root = parsed["root"] ?? Self.standardRoot()
        logFile = parsed["log"]
        let format = parsed["log-format"] ?? "text"
        guard format == "json" || format == "text" else {
            throw Problem(
                .badUsage, "\"\(format.printable)\" is no log format", next: "use text or json")
        }
        logsJSON = format == "json"
        usesSystemd = parsed.has("systemd-cgroup") || parsed["cgroup-manager"] == "systemd"
        usesCgroups = parsed["cgroup-manager"] != "disabled"
        if let logFile { try Self.checkLog(logFile) }
        asksVersion = parsed.has("version")
        if parsed.has("help") { return [] }
        return parsed.rest[...]
    }

    /// A log that cannot be written would hide the next failure.
    private static func checkLog(_ path: String) throws(Problem) {
        try explaining("cannot open the log \"\(path)\"") { () throws(KernelFault) in
            _ = try Files.open(path, [.write, .create, .append, .noTerminal], permissions: 0o644)
        }
    }

    private static func standardRoot() -> String {
        let caller = Caller.present()
        if caller.uid == 0, caller.environment["XDG_RUNTIME_DIR"] == nil {
            return "/run/martlet-runtime"
        }
        return (caller.environment["XDG_RUNTIME_DIR"] ?? "/tmp/martlet-runtime-\(caller.uid)")
            + "/martlet-runtime"
    }

    /// The directory of compiled filters; nil where the user has no cache.
    var filterCache: String? {
        let environment = Caller.present().environment
        if let cache = environment["XDG_CACHE_HOME"], cache.hasPrefix("/") {
            return cache + "/martlet"
        }
        guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
        return home + "/.cache/martlet"
    }

    /// Tells a failure to whoever called: on standard error, and in the log that was asked for.
    func log(_ problem: Problem, asWarning: Bool = false) {
        let text = asWarning ? "warning: \(problem.what), continuing without it" : "\(problem)"
        // There is nobody left to tell where even this fails.
        try? Console.write(text + "\n", to: .error)
        guard let logFile else { return }
        let message = ([problem.what] + [problem.why].compactMap { $0 }).joined(separator: ": ")
        let time = Timestamp.text(Clock.wall())
        let level = asWarning ? "warning" : "error"
        let line =
            logsJSON
            ? JSON.object([
                .init("msg", .string(message)), .init("level", .string(level)),
                .init("time", .string(time)),
            ]).text()
            : "\(time) \(level): \(message)"
        try? Files.open(logFile, [.write, .create, .append], permissions: 0o644)
            .writeAll(line + "\n")
    }
}

extension RuntimeSetting {
    /// Takes out of a process what no kernel knows, with a warning.
    func clear(_ process: inout RuntimeConfig.Process?) {
        for name in process?.capabilities?.dropUnknown() ?? [] {
            let text = "\"\(name.printable)\" in process.capabilities is no capability"
            log(Problem(.badValue, text), asWarning: true)
        }
    }
}
