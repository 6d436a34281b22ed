import Base
import UnitFiles

extension Conversion {
    /// Adds what makes a service build an image. See podman-build.unit(5).
    mutating func convertBuild() {
        addDefault("SyslogIdentifier", "%N")
        addDefault("Type", "oneshot")
        var command = self.command("build")
        add("Pull", to: &command)
        add(.values, to: &command)
        add(.flags, to: &command)
        add(.repeats, to: &command)
        let tags = reading.repeated("ImageTag")
        for tag in tags { command.add("--tag", tag) }
        if tags.isEmpty {
            refuse(
                "no-image-tag", "no ImageTag key specified", at: reading.place,
                next: "add ImageTag= to [Build]")
        }
        add(.pairs, to: &command)
        addNetworks(to: &command)
        add(.secrets, to: &command)
        addVolumes(to: &command)
        let context = buildContext()
        if let file = reading.single("File") { command.add("--file", file) }
        addOwnArguments(to: &command)
        if let context { command.add([context]) }
        service.add("ExecStart", command)
    }

    /// Returns the last word of the command line, and sets the service's working directory.
    private mutating func buildContext() -> Word? {
        let file = reading.single("File")
        let fileIsRelative = file.map { file in
            !file.text.hasPrefix("/") && !Paths.isURL(file.text)
                && !Paths.beginsWithSpecifier(file.text)
        }
        let own = service.last("Service", "WorkingDirectory").flatMap {
            $0.value.isEmpty ? nil : $0
        }
        guard let choice = reading.single("SetWorkingDirectory") else {
            if let own {
                return fileIsRelative == false
                    ? nil : Word(own.value, at: own.causes.first ?? reading.place)
            }
            if fileIsRelative == true, let file {
                refuse(
                    "no-context",
                    "relative path in File key requires SetWorkingDirectory key to be set",
                    at: file.place, next: "add SetWorkingDirectory=unit")
            } else if file == nil {
                refuse(
                    "no-context", "neither SetWorkingDirectory, nor File key specified",
                    at: reading.place,
                    next: "add SetWorkingDirectory=unit")
            }
            return nil
        }
        let directory: String
        switch choice.text.lowercased() {
        case "unit": directory = unit.directory
        case "file":
            guard let file else {
                refuse(
                    "no-context", "SetWorkingDirectory=file needs File=", at: choice.place,
                    next: "add File= to [Build]",
                    familiar: "SetWorkingDirectory=file requires File key to be set")
                return nil
            }
            let path = file.text.hasPrefix("/") ? file.text : "\(unit.directory)/\(file.text)"
            directory = Paths.directory(of: path)
        default:
            if own == nil, !choice.text.hasPrefix("/"), !Paths.isURL(choice.text) {
                setWorkingDirectory(unit.directory, choice)
            }
            return choice
        }
        if let own {
            return fileIsRelative == false
                ? nil : Word(own.value, at: own.causes.first ?? reading.place)
        }
        setWorkingDirectory(directory, choice)
        if fileIsRelative == false { return nil }
        return Word(Quoting.literal(directory), at: choice.place)
    }

    /// Sets the directory that the engine starts in.
    mutating func setWorkingDirectory(_ path: String, _ cause: Word) {
        service.add(
            "Service", "WorkingDirectory", Quoting.literal(path, variables: false),
            from: [cause.place])
    }
}
