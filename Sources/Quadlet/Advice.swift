import Base
import UnitFiles

/// What bites people although the syntax is right: warnings that `martlet quadlet check` adds.
package struct Advice {
    let unit: LoadedUnit
    let machine: Machine
    private(set) var findings: [Finding] = []

    /// Returns the advice on one unit file.
    package static func on(_ unit: LoadedUnit, _ machine: Machine) -> [Finding] {
        guard !unit.isMasked else { return [] }
        var advice = Advice(unit, machine)
        advice.lookAtUnit()
        advice.lookAtService()
        advice.lookAtInstall()
        switch unit.name.type {
        case .container: advice.lookAtContainer()
        case .pod: advice.lookAtPorts("Pod")
        case .kube:
            advice.lookAtPorts("Kube")
            advice.lookAtFiles("Kube", ["Yaml", "ConfigMap"])
        case .build: advice.lookAtBuild()
        case .image, .artifact: advice.lookAtPaths(unit.name.type.section, ["AuthFile"])
        case .volume, .network: break
        }
        advice.lookAtPaths(unit.name.type.section, ["ContainersConfModule"])
        return advice.findings
    }

    private init(_ unit: LoadedUnit, _ machine: Machine) {
        self.unit = unit
        self.machine = machine
    }

    private mutating func warn(
        _ rule: String, _ what: String, at place: Problem.Place, next: String
    ) {
        findings.append(.warning(rule, what, next: next, at: place))
    }

    private mutating func note(
        _ rule: String, _ what: String, at place: Problem.Place, next: String
    ) {
        findings.append(
            Finding(.note, rule, Problem(.badDocument, what, next: next, at: place)))
    }

    private func words(_ section: String, _ key: String) -> [Word] {
        unit.file.values(section, key).flatMap { (try? $0.words()) ?? [] }
    }

    private func arguments(_ section: String, _ key: String) -> [Word] {
        unit.file.values(section, key).flatMap { (try? $0.arguments()) ?? [] }
    }

    private func lastValue(_ section: String, _ key: String) -> Assignment? {
        guard let last = unit.file.last(section, key), !last.value.isEmpty else { return nil }
        return last
    }

    // MARK: Sections of systemd

    private mutating func lookAtUnit() {
        guard machine.isUser else { return }
        for key in ["After", "Wants", "Requires", "BindsTo"] {
            for word in words("Unit", key) where word.text == "network-online.target" {
                note(
                    "network-online", "a user's manager has no network-online.target",
                    at: word.place,
                    next: "the service waits for \(Conversion.userWaiter) instead; "
                        + "leave it out unless the program inside needs the network at once")
                return
            }
        }
    }

    private static let restarts = [
        "no", "on-success", "on-failure", "on-abnormal", "on-watchdog", "on-abort", "always",
    ]

    private mutating func lookAtService() {
        if let restart = lastValue("Service", "Restart") {
            if !Advice.restarts.contains(restart.value) {
                let near =
                    restart.value == "unless-stopped"
                    ? "always" : Advice.restarts.nearest(to: restart.value)
                warn(
                    "restart-value",
                    "systemd ignores Restart=\(restart.value.printable)", at: restart.place,
                    next: near.map { "did you mean \"\($0)\"?" } ?? "write on-failure or always")
            } else if ["always", "on-success"].contains(restart.value),
                lastValue("Service", "Type")?.value == "oneshot"
            {
                warn(
                    "restart-value", "systemd refuses Restart=\(restart.value) with Type=oneshot",
                    at: restart.place, next: "write on-failure")
            }
        }
        guard let controllers = machine.controllers else { return }
        let limits = [
            ("MemoryMax", "memory"), ("MemoryHigh", "memory"), ("MemorySwapMax", "memory"),
            ("CPUQuota", "cpu"), ("CPUWeight", "cpu"), ("TasksMax", "pids"), ("IOWeight", "io"),
            ("AllowedCPUs", "cpuset"),
        ]
        for (key, controller) in limits where !controllers.contains(controller) {
            guard let line = lastValue("Service", key) else { continue }
            warnOfLimit("\(key)=", controller, line.place)
        }
    }

    private mutating func warnOfLimit(_ name: String, _ controller: String, _ place: Problem.Place)
    {
        warn(
            "limit-not-enforced",
            "\(name) has no effect: this session may not use the \(controller) controller",
            at: place,
            next: "ask an administrator to add Delegate=\(controller) to user@.service")
    }

    private mutating func lookAtInstall() {
        guard machine.isUser else { return }
        for key in ["WantedBy", "RequiredBy", "UpheldBy"] {
            for word in words("Install", key)
            where ["multi-user.target", "graphical.target"].contains(word.text) {
                warn(
                    "wanted-by",
                    "a user's manager has no \(word.text), so nothing starts the service",
                    at: word.place, next: "write \(key)=default.target")
            }
        }
    }

    // MARK: Containers

    private mutating func lookAtContainer() {
        lookAtPorts("Container")
        lookAtFiles("Container", ["EnvironmentFile"])
        lookAtSecrets()
        lookAtSources()
        lookAtUpdates()
        lookAtFirstStart()
        guard let controllers = machine.controllers else { return }
        for (key, controller) in [("Memory", "memory"), ("PidsLimit", "pids")] {
            guard let line = lastValue("Container", key), !controllers.contains(controller) else {
                continue
            }
            warnOfLimit("\(key)=", controller, line.place)
        }
    }

    private mutating func lookAtPorts(_ section: String) {
        for line in unit.file.values(section, "PublishPort") {
            let text = line.value.split(separator: "/").first ?? ""
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard machine.isUser, parts.count > 1 else { continue }
            let host = parts[parts.count - 2].split(separator: "-").first ?? ""
            guard let port = Int(host), port > 0, port < machine.firstFreePort else { continue }
            warn(
                "low-port",
                "port \(port) is below \(machine.firstFreePort), which a user cannot publish",
                at: line.place(at: 0),
                next: "publish a higher port, or have an administrator run "
                    + "\"sysctl net.ipv4.ip_unprivileged_port_start=\(port)\"")
        }
    }

    private mutating func lookAtFiles(_ section: String, _ keys: [String]) {
        for key in keys {
            for word in arguments(section, key) { lookForFile(word, of: key) }
        }
    }

    private mutating func lookForFile(_ word: Word, of key: String) {
        let text = word.text
        if text.isEmpty || text.contains("%") || text.contains("$") || Paths.isURL(text) { return }
        let path = text.hasPrefix("/") ? text : Paths.clean("\(unit.directory)/\(text)")
        if machine.exists(path) { return }
        warn(
            "missing-file", "\(key)= names \"\(path.printable)\", which does not exist",
            at: word.place, next: "make it, or correct the path")
    }

    private mutating func lookAtSources() {
        for line in unit.file.values("Container", "Volume") {
            let (source, rest) = line.value.cut(at: ":")
            guard rest != nil, source.hasPrefix("/") || source.hasPrefix(".") else { continue }
            lookForFile(Word(source, at: line.place(at: 0)), of: "Volume")
        }
        for line in unit.file.values("Container", "Mount") {
            let options = line.value.split(separator: ",").map(String.init)
            let names = ["source=", "src="]
            guard options.contains("type=bind"),
                let option = options.first(where: { names.contains(where: $0.hasPrefix) }),
                let source = option.split(separator: "=", maxSplits: 1).last.map(String.init),
                source.hasPrefix("/")
            else { continue }
            lookForFile(Word(source, at: line.place(at: 0)), of: "Mount")
        }
        lookAtPaths("Container", ["SeccompProfile", "Rootfs"])
    }

    /// Looks for what keys name by an absolute path.
    private mutating func lookAtPaths(_ section: String, _ keys: [String]) {
        for key in keys {
            for line in unit.file.values(section, key) where line.value.hasPrefix("/") {
                lookForFile(Word(line.value, at: line.place(at: 0)), of: key)
            }
        }
    }

    private mutating func lookAtBuild() {
        lookAtPaths("Build", ["File", "IgnoreFile", "AuthFile"])
        guard let file = lastValue("Build", "File"), !file.value.hasPrefix("/"),
            lastValue("Build", "SetWorkingDirectory")?.value.lowercased() == "unit",
            lastValue("Service", "WorkingDirectory") == nil
        else { return }
        lookForFile(Word(file.value, at: file.place(at: 0)), of: "File")
    }

    private mutating func lookAtSecrets() {
        for word in arguments("Container", "Environment") {
            let (name, value) = word.text.cut(at: "=")
            guard let value, !value.isEmpty, !value.hasPrefix("$"), !value.hasPrefix("/") else {
                continue
            }
            let upper = name.uppercased()
            let marks = [
                "PASSWORD", "PASSWD", "SECRET", "TOKEN", "API_KEY", "APIKEY", "PRIVATE_KEY",
            ]
            guard marks.contains(where: { upper.hasSuffix($0) }) else { continue }
            warn(
                "clear-text-secret",
                "\(name.printable) stands in clear text in a file and on a command line",
                at: word.place,
                next: "use Secret=NAME,type=env,target=\(name.printable)")
        }
    }

    private mutating func lookAtUpdates() {
        guard let update = lastValue("Container", "AutoUpdate") else { return }
        let isNotified = lastValue("Container", "Notify").map {
            ["1", "yes", "true", "on", "healthy"].contains($0.value.lowercased())
        }
        if lastValue("Container", "HealthCmd") != nil || isNotified == true { return }
        warn(
            "update-without-health",
            "an update that does not work is never rolled back: nothing tells that it does not",
            at: update.place, next: "add HealthCmd= with Notify=healthy, or Notify=yes")
    }

    private mutating func lookAtFirstStart() {
        guard let image = lastValue("Container", "Image"), UnitType(fileName: image.value) == nil
        else {
            return
        }
        if image.value.hasPrefix("localhost/") || lastValue("Container", "Pull")?.value == "never" {
            return
        }
        let hasTimeout = ["TimeoutStartSec", "TimeoutSec"].contains {
            lastValue("Service", $0) != nil
        }
        if hasTimeout { return }
        note(
            "start-timeout", "the first start also pulls the image, and systemd ends it after 90 s",
            at: image.place, next: "add TimeoutStartSec=900 to [Service], or use an .image file")
    }
}
