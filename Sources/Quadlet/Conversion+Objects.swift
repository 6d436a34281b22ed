import Base
import UnitFiles

/// Volumes, networks, images and artifacts: services that make sure something exists.
extension Conversion {
    /// Adds what makes a service create a volume. See podman-volume.unit(5).
    mutating func convertVolume() {
        var command = self.command("volume", "create")
        command.add("--ignore")
        let driver = reading.single("Driver")
        if let driver { command.add("--driver", driver) }
        if driver?.text == "image" {
            if let image = reading.single("Image") {
                command.add("--opt", "image=\(resolveImage(image))", from: image.place)
            } else {
                refuse(
                    "no-image", "the key Image is mandatory when using the image driver",
                    at: reading.place(of: "Driver"), next: "add Image= to [Volume]")
            }
        } else {
            addVolumeOptions(to: &command)
        }
        add(.values, to: &command)
        add(.pairs, to: &command)
        addOwnArguments(to: &command)
        command.add(ownEntry.object)
        service.add("ExecStart", command)
        addOneshot()
    }

    private mutating func addVolumeOptions(to command: inout Command) {
        if let copy = reading.flag("Copy") {
            command.add("--opt", copy ? "copy" : "nocopy", from: reading.place(of: "Copy"))
        }
        let device = reading.single("Device")
        if let device { command.add("--opt", "device=\(device.text)", from: device.place) }
        if let type = reading.single("Type") {
            if let device {
                command.add("--opt", "type=\(type.text)", from: type.place)
                if type.text == "bind" {
                    service.add(
                        "Unit", "RequiresMountsFor", Quoting.word(device.text), from: [device.place]
                    )
                }
            } else {
                refuse(
                    "no-device", "Type= is set but Device= is not", at: type.place,
                    next: "add Device= to [Volume]",
                    familiar: "key Type can't be used without Device")
            }
        }
        var parts: [String] = []
        if let user = reading.number("User") { parts.append("uid=\(user)") }
        if let group = reading.number("Group") { parts.append("gid=\(group)") }
        let options = reading.single("Options")
        if let options { parts.append(options.text) }
        guard !parts.isEmpty else { return }
        let cause = options?.place ?? reading.place(of: reading.has("User") ? "User" : "Group")
        command.add("--opt", "o=\(parts.joined(separator: ","))", from: cause)
    }

    /// Adds what makes a service create a network. See podman-network.unit(5).
    mutating func convertNetwork() {
        var command = self.command("network", "create")
        command.add("--ignore")
        add(.flags, to: &command)
        add(.values, to: &command)
        add(.repeats, to: &command)
        addSubnets(to: &command)
        add(.pairs, to: &command)
        addOwnArguments(to: &command)
        let object = ownEntry.object
        command.add(object)
        service.add("ExecStart", command)
        if reading.flag("NetworkDeleteOnStop") == true {
            var remove = self.command("network", "rm")
            remove.add(object)
            service.add("ExecStopPost", remove)
        }
        addOneshot()
    }

    private mutating func addSubnets(to command: inout Command) {
        let subnets = reading.repeated("Subnet")
        let gateways = reading.repeated("Gateway")
        let ranges = reading.repeated("IPRange")
        if subnets.isEmpty {
            guard let stray = gateways.first ?? ranges.first else { return }
            return refuse(
                "no-subnet", "cannot set gateway or range without subnet", at: stray.place,
                next: "add Subnet= to [Network]")
        }
        if gateways.count > subnets.count {
            refuse(
                "no-subnet", "cannot set more gateways than subnets",
                at: gateways[subnets.count].place,
                next: "add a Subnet= for it")
        }
        if ranges.count > subnets.count {
            refuse(
                "no-subnet", "cannot set more ranges than subnets", at: ranges[subnets.count].place,
                next: "add a Subnet= for it")
        }
        for (index, subnet) in subnets.enumerated() {
            command.add("--subnet", subnet)
            if index < gateways.count { command.add("--gateway", gateways[index]) }
            if index < ranges.count { command.add("--ip-range", ranges[index]) }
        }
    }

    /// Adds what makes a service pull an image. See podman-image.unit(5).
    mutating func convertImage() {
        var command = self.command("image", "pull")
        addPull("Image", missing: "no Image key specified", to: &command)
    }

    /// Adds what makes a service pull an artifact. See podman-artifact.unit(5).
    mutating func convertArtifact() {
        var command = self.command("artifact", "pull")
        addPull("Artifact", missing: "no Artifact key specified", to: &command)
    }

    private mutating func addPull(_ key: String, missing: String, to command: inout Command) {
        add(.values, to: &command)
        add(.flags, to: &command)
        addOwnArguments(to: &command)
        if let object = reading.single(key) {
            if name.type == .image { warnOfShortName(object) }
            command.add([object])
        } else {
            refuse(
                "no-\(name.type.rawValue)", missing, at: reading.place,
                next: "add \(key)= to [\(key)]")
        }
        service.add("ExecStart", command)
        addOneshot()
    }

    /// Makes the service one that runs once and counts as active from then on.
    private mutating func addOneshot() {
        addDefault("SyslogIdentifier", "%N")
        addDefault("Type", "oneshot")
        addDefault("RemainAfterExit", "yes")
    }
}
