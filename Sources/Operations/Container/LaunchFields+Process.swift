import Base
import Specs

extension Field where Request == LaunchRequest {
    /// The process inside: environment, user, terminal.
    static var processFields: [Field] {
        environmentFields + [
            .flag("interactive", short: "i", "Keep standard input open") {
                $0.spec.process.standardInput = $1
            } write: {
                $0.spec.process.standardInput
            },
            .flag("tty", short: "t", "Give the container a terminal") {
                $0.spec.process.terminal = $1
            } write: {
                $0.spec.process.terminal
            },
            .value(
                "entrypoint", "COMMAND", "Run this program in place of the image's entry point",
                EntrypointOption.parse
            ) {
                $0.spec.entrypoint = $1
            } write: {
                $0.spec.entrypoint.map(EntrypointOption.text)
            },
            .value("user", short: "u", "USER[:GROUP]", "Run as this user") {
                $0.spec.process.user = $1
            } write: {
                $0.spec.process.user
            },
            .commaSeparated(
                "group-add", "GROUP", "Add a supplementary group; keep-groups keeps yours"
            ) {
                if $1 == "keep-groups" {
                    $0.spec.process.keepGroups = true
                } else {
                    $0.spec.process.supplementaryGroups.append($1)
                }
            } write: {
                $0.spec.process.supplementaryGroups
                    + ($0.spec.process.keepGroups ? ["keep-groups"] : [])
            },
            .value("workdir", short: "w", "DIRECTORY", "Start in this directory") {
                (request, text) throws(Problem) in
                request.spec.process.workingDirectory = try AbsolutePath.parse(
                    text, for: "--workdir")
            } write: {
                $0.spec.process.workingDirectory
            },
            .value("umask", "MODE", "Set the mask of file modes", OctalOption.parse) {
                $0.spec.process.umask = $1
            } write: {
                $0.spec.process.umask.map(OctalOption.text)
            }.standard("0022"),
            .flag("init", "Run an init as PID 1 that reaps zombies and passes signals on") {
                $0.spec.process.initProcess = $1
            } write: {
                $0.spec.process.initProcess
            },
            .value("systemd", "MODE", "Prepare the container for systemd inside", systemdMode) {
                $0.spec.process.systemd = $1
            } write: {
                $0.spec.process.systemd
            }.standard("true").completing(.words(["true", "false", "always"])),
            .value("tz", "ZONE", "Set the time zone; local takes yours") {
                $0.spec.process.timeZone = $1
            } write: {
                $0.spec.process.timeZone
            },
            .value(
                "preserve-fds", "COUNT", "Pass on this many descriptors from 3 on",
                Whole<Int>.within(0...1024)
            ) {
                $0.spec.process.preserveDescriptors = Array(3..<(3 + $1))
            } write: {
                "\($0.spec.process.preserveDescriptors.count)"
            },
            .value("personality", "DOMAIN", "Set the execution domain") {
                $0.spec.process.personality = $1
            } write: {
                $0.spec.process.personality
            },
            .flag("passwd", "Write entries for the user to /etc/passwd and /etc/group") {
                $0.spec.process.writeAccounts = $1
            } write: {
                $0.spec.process.writeAccounts
            }.standard("true"),
            .value("passwd-entry", "LINE", "Write this line to /etc/passwd") {
                $0.spec.process.passwdEntry = $1
            } write: {
                $0.spec.process.passwdEntry
            },
            .value("group-entry", "LINE", "Write this line to /etc/group") {
                $0.spec.process.groupEntry = $1
            } write: {
                $0.spec.process.groupEntry
            },
            .commaSeparated("hostuser", "USER", "Add an account of the host to /etc/passwd") {
                $0.spec.process.hostUsers.append($1)
            } write: {
                $0.spec.process.hostUsers
            },
        ]
    }

    private static var environmentFields: [Field] {
        [
            .repeated(
                "env", short: "e", "NAME[=VALUE]", "Set an environment variable",
                VariableOption.parse
            ) {
                $0.spec.process.environment.append($1)
            } write: {
                $0.spec.process.environment.map(VariableOption.text)
            },
            .repeated("env-file", "FILE", "Read environment variables from the lines of this file")
            {
                $0.spec.process.environmentFiles.append($1)
            } write: {
                $0.spec.process.environmentFiles
            }.completing(.file),
            .flag("env-host", "Pass your whole environment on") {
                $0.spec.process.hostEnvironment = $1
            } write: {
                $0.spec.process.hostEnvironment
            },
            .flag("http-proxy", "Pass your proxy variables on") {
                $0.spec.process.proxyVariables = $1
            } write: {
                $0.spec.process.proxyVariables
            }.standard("true"),
            .repeated("unsetenv", "NAME", "Drop a variable of the image") {
                $0.spec.process.unset.append($1)
            } write: {
                $0.spec.process.unset
            },
            .flag("unsetenv-all", "Drop all variables of the image") {
                $0.spec.process.unsetAll = $1
            } write: {
                $0.spec.process.unsetAll
            },
        ]
    }

    private static var systemdMode: ValueParser<String> {
        { (text, field) throws(Problem) in
            if text == "always" { return text }
            return try Boolean.parse(text, for: field) ? "true" : "false"
        }
    }
}
