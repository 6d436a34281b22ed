import Base
import UnitFiles

extension Conversion {
    /// Adds what makes a service run one container. See podman-container.unit(5).
    mutating func convertContainer() {
        let entry = ownEntry
        service.add("Service", "Environment", "PODMAN_SYSTEMD_UNIT=%n")
        addKillMode()
        addStops(entry.object)
        addReload(entry.object)
        service.add("Service", "Delegate", "yes")
        let isOneshot = addNotifyType()
        addDefault("SyslogIdentifier", "%N")

        var command = self.command("run")
        command.add(
            "--name", entry.object,
            from: reading.has("ContainerName") ? reading.place(of: "ContainerName") : nil)
        command.add("--replace", "--rm")
        add(.logging, to: &command)
        addCgroups(to: &command)
        if let entrypoint = reading.last("Entrypoint") {
            command.add("--entrypoint=\(entrypoint.text)", from: entrypoint.place)
        }
        add(.values, to: &command)
        add(.repeats, to: &command)
        add(.flags, to: &command)
        addNetworks(to: &command)
        if !isOneshot { addNotify(to: &command) }
        addPrivileges(to: &command)
        addUser(to: &command)
        addUserNamespace(to: &command)
        addVolumes(to: &command)
        if let policy = reading.single("AutoUpdate") {
            command.add("--label", "io.containers.autoupdate=\(policy.text)", from: policy.place)
        }
        addExposedPorts(to: &command)
        add(.ports, to: &command)
        add(.pairs, to: &command)
        add(.masking, to: &command)
        for file in reading.arguments("EnvironmentFile") {
            command.add("--env-file", absolute(file))
        }
        add(.secrets, to: &command)
        addMounts(to: &command)
        add(.health, to: &command)
        addPod(to: &command)
        addOwnArguments(to: &command)
        addImage(to: &command)
        if let words = reading.command("Exec") { command.add(words) }
        service.add("ExecStart", command)
    }

    /// This unit as others refer to it.
    var ownEntry: Catalog.Entry {
        guard let entry = catalog.find(name.file) else {
            preconditionFailure("a unit is in its catalog")
        }
        return entry
    }

    /// Lets the engine end the payload itself, unless the user wants the whole group ended.
    mutating func addKillMode() {
        guard let line = service.last("Service", "KillMode"), !line.value.isEmpty else {
            return service.add("Service", "KillMode", "mixed")
        }
        guard line.value == "mixed" || line.value == "control-group" else {
            return refuse(
                "kill-mode", "KillMode=\(line.value.printable) would leave the container running",
                at: line.causes.first ?? reading.place, next: "write mixed or control-group",
                familiar: "invalid KillMode '\(line.value)'")
        }
    }

    private mutating func addStops(_ container: String) {
        var stop = command("rm")
        stop.add("-v", "-f", "-i", container)
        service.add("ExecStop", stop)
        // ExecStop= does not run when the main process has died.
        service.add("ExecStopPost", stop, ignoringFailure: true)
    }

    private mutating func addReload(_ container: String) {
        let words = reading.command("ReloadCmd")
        if let signal = reading.single("ReloadSignal") {
            guard !reading.has("ReloadCmd") else {
                return refuse(
                    "reload", "ReloadCmd and ReloadSignal are mutually exclusive but both are set",
                    at: signal.place, next: "remove one of them")
            }
            var reload = command("kill")
            reload.add("--signal", signal)
            reload.add(container)
            service.add("ExecReload", reload)
        } else if let words {
            var reload = command("exec")
            reload.add(container)
            reload.add(words)
            service.add("ExecReload", reload)
        }
    }

    /// Returns whether the service runs its container in the foreground and ends with it.
    mutating func addNotifyType() -> Bool {
        let line = service.last("Service", "Type")
        switch line?.value ?? "" {
        case "oneshot":
            return true
        case "", "notify":
            if line == nil || line?.value == "" { service.add("Service", "Type", "notify") }
            service.add("Service", "NotifyAccess", "all")
        case let other:
            refuse(
                "service-type", "Type=\(other.printable) cannot tell when the container is ready",
                at: line?.causes.first ?? reading.place, next: "write notify or oneshot",
                familiar: "invalid service Type '\(other)'")
        }
        return false
    }

    private mutating func addCgroups(to command: inout Command) {
        if let mode = reading.single("CgroupsMode") {
            command.add("--cgroups", mode)
        } else {
            command.add("--cgroups=split")
        }
    }

    private mutating func addNotify(to command: inout Command) {
        var mode = "conmon"
        if let notify = reading.single("Notify"), notify.text.lowercased() == "healthy" {
            mode = "healthy"
        } else if reading.flag("Notify") == true {
            mode = "container"
        }
        let cause = reading.has("Notify") ? reading.place(of: "Notify") : nil
        command.add("--sdnotify=\(mode)", from: cause)
        command.add("-d")
    }

    private mutating func addPrivileges(to command: inout Command) {
        add(.security, to: &command)
        for device in reading.list("AddDevice") {
            guard device.text.hasPrefix("-") else {
                command.add("--device", device)
                continue
            }
            let text = String(device.text.dropFirst())
            guard settings.exists(text.cut(at: ":").0) else { continue }
            command.add("--device", text, from: device.place)
        }
        add("SeccompProfile", to: &command)
        for word in reading.list("DropCapability") {
            command.add("--cap-drop", word.text.lowercased(), from: word.place)
        }
        for word in reading.list("AddCapability") {
            command.add("--cap-add", word.text.lowercased(), from: word.place)
        }
        add(.sysctls, to: &command)
        add("ReadOnly", to: &command)
        if reading.flag("VolatileTmp") == true, reading.flag("ReadOnly") != true {
            command.add(
                "--tmpfs", "/tmp:rw,size=512M,mode=1777", from: reading.place(of: "VolatileTmp"))
        }
    }

    private mutating func addUser(to command: inout Command) {
        let user = reading.single("User")
        guard let group = reading.single("Group") else {
            if let user { command.add("--user", user) }
            return
        }
        guard let user else {
            return refuse(
                "group-without-user", "Group= is set but User= is not", at: group.place,
                next: "add User=", familiar: "invalid Group set without User")
        }
        command.add("--user", "\(user.text):\(group.text)", from: user.place)
    }

    private mutating func addExposedPorts(to command: inout Command) {
        for port in reading.repeated("ExposeHostPort") {
            guard Conversion.isPortRange(port.text) else {
                refuse(
                    "port-format", "\"\(port.text.printable)\" is no port to expose",
                    at: port.place,
                    next: "write it like 8080, 8080-8090 or 8080/udp",
                    familiar: "invalid port format '\(port.text)'")
                continue
            }
            command.add("--expose", port)
        }
    }

    /// Whether a text is `digits[-digits][/tcp|/udp]`.
    static func isPortRange(_ text: String) -> Bool {
        var text = text[...]
        for transport in ["/tcp", "/udp"] where text.hasSuffix(transport) {
            text = text.dropLast(4)
        }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        return ends.count <= 2
            && ends.allSatisfy { end in
                !end.isEmpty
                    && end.utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
            }
    }

    private mutating func addPod(to command: inout Command) {
        guard let word = reading.single("Pod") else { return }
        guard UnitType(fileName: word.text) == .pod else {
            return refuse(
                "unknown-unit", "Pod= names \"\(word.text.printable)\", which is no .pod file",
                at: word.place, next: "name a .pod file beside this one",
                familiar: "pod \(word.text) is not Quadlet based")
        }
        guard let entry = find(word, .pod) else {
            return refuse(
                "unknown-unit", "Pod= names \"\(word.text.printable)\", which is no unit file here",
                at: word.place, next: nearestFile(word.text),
                familiar: "quadlet pod unit \(word.text) does not exist")
        }
        command.add("--pod", entry.object, from: word.place)
        service.add("Unit", "BindsTo", "\(entry.service).service", from: [word.place])
        service.add("Unit", "After", "\(entry.service).service", from: [word.place])
    }

    private mutating func addImage(to command: inout Command) {
        switch (reading.single("Image"), reading.single("Rootfs")) {
        case (let image?, nil):
            command.add(resolveImage(image), from: image.place)
        case (nil, let root?):
            command.add("--rootfs", root)
        case (_?, let root?):
            refuse(
                "image-and-rootfs", "Image= and Rootfs= are both set", at: root.place,
                next: "remove one of them",
                familiar: "the Image and Rootfs keys conflict and can not be specified together")
        case (nil, nil):
            // A misspelt Image= has been named already.
            let hints = ["did you mean \"Image\"?", "did you mean \"Rootfs\"?"]
            if reading.findings.contains(where: { hints.contains($0.problem.next ?? "") }) {
                return
            }
            refuse(
                "no-image", "no Image or Rootfs key specified", at: reading.place,
                next: "add Image= to [Container]")
        }
    }
}
