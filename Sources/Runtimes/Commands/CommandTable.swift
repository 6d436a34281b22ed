import Base

/// A command of the OCI runtime: what it is called, takes and does.
struct RuntimeCommand {
    /// One option: long name, with a short one after a comma; `=` marks a value.
    struct Option {
        let words: String
        let meaning: String

        init(_ words: String, _ meaning: String) {
            self.words = words
            self.meaning = meaning
        }
    }
    let name: String
    let arguments: String
    let meaning: String
    let options: [Option]
    /// Whether the words after the id are the program's own.
    let stopsAfterID: Bool

    private init(
        _ name: String, _ arguments: String, _ meaning: String, stopsAfterID: Bool = false,
        _ options: [Option] = []
    ) {
        self.name = name
        self.arguments = arguments
        self.meaning = meaning
        self.options = options
        self.stopsAfterID = stopsAfterID
    }

    /// Returns the words told apart.
    func read(_ words: ArraySlice<String>) throws(Problem) -> CommandWords {
        try CommandWords(
            words, .init(options: options.map(\.words), stopsAfterID: stopsAfterID))
    }

    /// Whether the command's own words ask for help.
    func asksHelp(_ words: ArraySlice<String>) -> Bool {
        for word in words {
            if word == "--help" || word == "-h" { return true }
            if word == "--" || (stopsAfterID && !word.hasPrefix("-")) { return false }
        }
        return false
    }

    /// - Parameter program: the name this program was called by.
    func help(_ program: String) -> String {
        var text = "Usage: \(program) [OPTION...] \(name)"
        if !arguments.isEmpty { text += " \(arguments)" }
        text += "\n\n\(meaning.prefix(1).uppercased())\(meaning.dropFirst()).\n"
        if options.isEmpty { return text }
        text += "\nOptions:\n"
        for option in options {
            let takesValue = option.words.hasSuffix("=")
            let names = option.words.filter { $0 != "=" }.split(separator: ",")
            let short = names.count > 1 ? "-\(names[1]), " : "    "
            let long = short + "--\(names[0])" + (takesValue ? " VALUE" : "")
            text += "  " + long.padded(to: 32) + option.meaning + "\n"
        }
        return text
    }

    static func named(_ name: String) -> RuntimeCommand? { all.first { $0.name == name } }

    /// Returns the words of the command of that name told apart.
    static func read(_ name: String, _ words: ArraySlice<String>) throws(Problem) -> CommandWords {
        guard let command = named(name) else { preconditionFailure("no command \(name)") }
        return try command.read(words)
    }

    private static let making = [
        Option("bundle,b=", "directory of config.json; the present one where it is left out"),
        Option("config,f=", "another file than config.json"),
        Option("console-socket=", "socket that gets the other end of the terminal"),
        Option("pid-file=", "file that gets the first process's number"),
        Option("preserve-fds=", "how many descriptors from 3 on the program gets"),
        Option("no-pivot", "change the root without pivot_root(2)"),
        Option("no-new-keyring", "stay in the caller's session keyring"),
        Option("no-subreaper", "accepted for runc's sake; there is never one"),
    ]
    private static let matching = Option("regex,r", "the id is a regular expression")

    static let all = [
        RuntimeCommand("create", "CONTAINER", "set a container up, ready to start", making),
        RuntimeCommand("start", "CONTAINER", "let the program of a created container begin"),
        RuntimeCommand(
            "run", "CONTAINER", "create and start",
            making + [
                Option("detach,d", "do not wait for the container's end"),
                Option("keep", "do not delete the container after its end"),
            ]),
        RuntimeCommand("state", "CONTAINER", "show a container's state as JSON"),
        RuntimeCommand(
            "kill", "CONTAINER [SIGNAL]", "send a signal to a container's first process",
            stopsAfterID: true,
            [Option("all,a", "send it to every process of the container"), matching]),
        RuntimeCommand(
            "delete", "CONTAINER", "remove a stopped container",
            [Option("force,f", "end it first, and do not mind where there is none"), matching]),
        RuntimeCommand(
            "exec", "CONTAINER cmd [ARG...]", "run a further program in a container",
            stopsAfterID: true,
            executing),
        RuntimeCommand(
            "ps", "CONTAINER", "list the processes of a container", stopsAfterID: true,
            [Option("format,f=", "table or json")]),
        RuntimeCommand(
            "list", "", "list the containers",
            [Option("format,f=", "table or json"), Option("quiet,q", "show the ids alone")]),
        RuntimeCommand(
            "events", "CONTAINER", "show what a container uses, again and again",
            [
                Option("stats", "show it once"),
                Option("interval=", "time between two looks: 5s where it is left out"),
            ]),
        RuntimeCommand("pause", "CONTAINER", "stop every process of a container"),
        RuntimeCommand("resume", "CONTAINER", "let them go on"),
        RuntimeCommand("update", "CONTAINER", "change a container's limits", limits),
        RuntimeCommand(
            "spec", "", "write an example config.json",
            [
                Option("bundle,b=", "the directory to write it to"),
                Option("rootless", "one for an ordinary user"),
            ]),
        RuntimeCommand("features", "", "tell what this runtime can do"),
        RuntimeCommand("help", "", "show this page"),
    ]

    private static let executing = [
        Option("process,p=", "a file with the process as JSON"),
        Option("console-socket=", "socket that gets the other end of the terminal"),
        Option("cwd=", "the working directory"),
        Option("detach,d", "do not wait for the program's end"),
        Option("env,e=", "a variable, NAME=VALUE"),
        Option("tty,t", "give it a terminal"),
        Option("user,u=", "UID or UID:GID"),
        Option("additional-gids,g=", "a further group"),
        Option("cap,c=", "a further capability"),
        Option("no-new-privs", "let it gain no privileges by an exec"),
        Option("apparmor=", "the AppArmor profile"),
        Option("process-label=", "the SELinux label"),
        Option("pid-file=", "file that gets the process's number"),
        Option("preserve-fds=", "how many descriptors from 3 on the program gets"),
        Option("cgroup=", "a cgroup below the container's"),
        Option("ignore-paused", "run it in a container that is paused, too"),
    ]

    private static let limits = [
        Option("resources,r=", "a file with the limits as JSON; - is the standard input"),
        Option("blkio-weight=", "weight of its disk access, 10 to 1000"),
        Option("cpu-period=", "microseconds in which the quota is counted"),
        Option("cpu-quota=", "microseconds of processor time a period"),
        Option("cpu-share=", "weight of its processor time, 2 to 262144"),
        Option("cpu-shares=", "the same"),
        Option("cpu-burst=", "microseconds it may save up"),
        Option("cpu-idle=", "1 for a group that runs when nothing else does"),
        Option("cpuset-cpus=", "processors, such as 0-3"),
        Option("cpuset-mems=", "nodes of memory, such as 0"),
        Option("memory=", "bytes of memory; -1 is no limit"),
        Option("memory-reservation=", "bytes that are spared as long as possible"),
        Option("memory-swap=", "bytes of memory and swap together"),
        Option("kernel-memory=", "refused: it belongs to cgroup v1"),
        Option("kernel-memory-tcp=", "refused: it belongs to cgroup v1"),
        Option("pids-limit=", "number of processes; -1 is no limit"),
        Option("cpu-rt-period=", "refused: it belongs to cgroup v1"),
        Option("cpu-rt-runtime=", "refused: it belongs to cgroup v1"),
    ]
}

extension String {
    /// Returns the text with spaces behind it, at least two.
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(2, width - count))
    }
}
