import Base
import UnitFiles

extension Conversion {
    /// Adds what makes a service play Kubernetes YAML. See podman-kube.unit(5).
    mutating func convertKube() {
        addKillMode()
        service.add("Service", "Environment", "PODMAN_SYSTEMD_UNIT=%n")
        _ = addNotifyType()
        addDefault("SyslogIdentifier", "%N")
        let paths = reading.list("Yaml").map(absolute)
        if paths.isEmpty {
            refuse(
                "no-yaml", "no Yaml key specified", at: reading.place, next: "add Yaml= to [Kube]")
        }
        var play = command("kube", "play")
        play.add("--replace", "--service-container=true")
        add(.values, to: &play)
        add(.logging, to: &play)
        addUserNamespace(to: &play)
        addNetworks(to: &play)
        for word in reading.list("AutoUpdate") {
            let (first, second) = word.text.cut(at: "/")
            let label = second.map { "io.containers.autoupdate/\(first)=\($0)" }
            play.add(
                "--annotation=\(label ?? "io.containers.autoupdate=\(first)")", from: word.place)
        }
        for file in reading.list("ConfigMap") { play.add("--configmap", absolute(file)) }
        add(.ports, to: &play)
        addOwnArguments(to: &play)
        play.add(paths)
        service.add("ExecStart", play)

        var down = command("kube", "down")
        if let force = reading.flag("KubeDownForce") {
            down.add(force ? "--force" : "--force=false", from: reading.place(of: "KubeDownForce"))
        }
        down.add(paths)
        service.add("ExecStopPost", down)
        addKubeDirectory()
    }

    private mutating func addKubeDirectory() {
        guard let choice = reading.single("SetWorkingDirectory") else { return }
        if let own = service.last("Service", "WorkingDirectory"), !own.value.isEmpty { return }
        switch choice.text.lowercased() {
        case "unit": setWorkingDirectory(unit.directory, choice)
        case "yaml":
            let files = reading.list("Yaml")
            guard files.count == 1 else {
                return refuse(
                    "working-directory",
                    "SetWorkingDirectory=yaml is only supported when a single Yaml key is provided",
                    at: choice.place, next: "write SetWorkingDirectory=unit")
            }
            let path =
                files[0].text.hasPrefix("/") ? files[0].text : "\(unit.directory)/\(files[0].text)"
            setWorkingDirectory(Paths.directory(of: path), choice)
        default:
            refuse(
                "working-directory",
                "\"\(choice.text.printable)\" is no value for SetWorkingDirectory",
                at: choice.place, next: "write yaml or unit",
                familiar: "unsupported value for SetWorkingDirectory: \(choice.text)")
        }
    }
}
