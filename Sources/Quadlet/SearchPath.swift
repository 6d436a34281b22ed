import Base

/// Where unit files are looked for. See podman-systemd.unit(5), "DESCRIPTION".
package struct SearchPath: Equatable, Sendable {
    /// One directory to walk through.
    package struct Root: Equatable, Sendable {
        package let path: String
        /// What of its direct children is not for this reader.
        package let leavesOut: LeavesOut

        init(_ path: String, leavesOut: LeavesOut = .nothing) {
            self.path = path
            self.leavesOut = leavesOut
        }
    }

    /// The children of a directory that belong to somebody else.
    package enum LeavesOut: Equatable, Sendable {
        case nothing
        /// The directory `users` of a system-wide path: its units are no system services.
        case users
        /// The directories of all users, each named by a number.
        case numbers
    }

    package let roots: [Root]
    package let findings: [Finding]
    /// Where the user's own variables are set, see environment.d(5); nil for the system.
    package var variableDirectory: String?

    /// What decides where a run looks.
    package struct Circumstances: Sendable {
        package var isUser: Bool
        package var uid: UInt32
        package var environment: [String: String]

        package init(isUser: Bool, uid: UInt32, environment: [String: String]) {
            self.isUser = isUser
            self.uid = uid
            self.environment = environment
        }

        func variable(_ name: String) -> String? {
            guard let value = environment[name], !value.isEmpty else { return nil }
            return value
        }
    }

    package init(_ circumstances: Circumstances) {
        defer {
            if circumstances.isUser {
                let base = SearchPath.configuration(circumstances).map(Paths.directory)
                variableDirectory = base.map { "\(Paths.directory(of: $0))/environment.d" }
            }
        }
        if let list = circumstances.variable("QUADLET_UNIT_DIRS") {
            self = SearchPath(list: list)
        } else if circumstances.isUser {
            self = SearchPath(user: circumstances)
        } else {
            roots = [
                Root("/run/containers/systemd", leavesOut: .users),
                Root("/etc/containers/systemd", leavesOut: .users),
                Root("/usr/share/containers/systemd", leavesOut: .users),
            ]
            findings = []
        }
    }

    /// Searches some directories before those of the circumstances.
    init(first: [String], then circumstances: Circumstances) {
        let rest = SearchPath(circumstances)
        self.init(roots: first.map { Root($0) } + rest.roots, findings: rest.findings)
        variableDirectory = rest.variableDirectory
    }

    private init(roots: [Root], findings: [Finding]) {
        self.roots = roots
        self.findings = findings
    }

    private init(list: String) {
        var roots: [Root] = []
        for part in list.split(separator: ":") {
            guard part.hasPrefix("/") else {
                let problem = Problem(
                    .badValue,
                    "\"\(String(part).printable)\" in QUADLET_UNIT_DIRS is no absolute path",
                    next: "write it from \"/\" on; it and what follows it are not searched")
                self.init(roots: roots, findings: [Finding(.warning, "search-path", problem)])
                return
            }
            roots.append(Root(String(part)))
        }
        self.init(roots: roots, findings: [])
    }

    private init(user: Circumstances) {
        var roots: [Root] = []
        var findings: [Finding] = []
        if let run = user.variable("XDG_RUNTIME_DIR") {
            roots.append(Root("\(run)/containers/systemd"))
        }
        if let directory = SearchPath.configuration(user) {
            roots.append(Root(directory))
        } else {
            // The directories below are searched all the same: they need no home.
            let problem = Problem(
                .missingOnMachine, "there is no configuration directory to search",
                why: "neither XDG_CONFIG_HOME nor HOME is an absolute path")
            findings.append(Finding(.warning, "search-path", problem))
        }
        for base in ["/etc/containers/systemd/users", "/usr/share/containers/systemd/users"] {
            roots.append(Root(base, leavesOut: .numbers))
            roots.append(Root("\(base)/\(user.uid)"))
        }
        self.init(roots: roots, findings: findings)
    }

    /// Returns the directory that a user's own files are kept in, and that `install` writes to.
    package static func configuration(_ circumstances: Circumstances) -> String? {
        guard circumstances.isUser else { return "/etc/containers/systemd" }
        let home = circumstances.variable("HOME").map { "\($0)/.config" }
        guard let base = circumstances.variable("XDG_CONFIG_HOME") ?? home, base.hasPrefix("/")
        else {
            return nil
        }
        return "\(base)/containers/systemd"
    }
}
