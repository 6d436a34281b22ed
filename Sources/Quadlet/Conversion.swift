import Base
import UnitFiles

/// The conversion of one unit file into a service.
///
/// A conversion collects everything that is wrong with its file; the service counts only where no
/// finding is an error. The parts of each type are in `Conversion+….swift`.
struct Conversion {
    let catalog: Catalog
    let settings: Settings
    var reading: Reading
    var service: ServiceText
    /// What this file refers to in other unit files.
    var references: [Reference] = []
    /// Whether another file makes the service of this name.
    var isLeftOut = false

    /// What is the same for all conversions of a run.
    struct Settings {
        /// The path of the engine in generated command lines.
        var engine: String
        var isUser: Bool
        /// Whether something stands at a path, for optional devices.
        var exists: (String) -> Bool
    }

    var unit: LoadedUnit { reading.unit }
    var name: UnitName { reading.unit.name }

    /// Converts a unit file whose text could be read.
    init(_ unit: LoadedUnit, catalog: Catalog, settings: Settings) {
        self.catalog = catalog
        self.settings = settings
        reading = Reading(unit)
        reading.findings = unit.findings + reading.findings
        service = ServiceText(copying: unit.file)
        for variable in unit.variables {
            let place = "\(variable.place.file):\(variable.place.line)"
            service.head.append("# \(variable.name)=\(variable.value) from \(place.printable)")
        }
        checkOwnSections()
        translateDependencies()
        addDefaultDependencies()
        if let path = sourcePath {
            service.add("Unit", "SourcePath", path)
        } else {
            refuse(
                "odd-path", "no unit of systemd can name this file", at: reading.place,
                next: "rename what has a control character in its name: the file, or a directory")
        }
        service.add("Unit", "RequiresMountsFor", "%t/containers")
        service.rename(name.type.section, to: "X-\(name.type.section)")
        service.rename("Quadlet", to: "X-Quadlet")
        switch name.type {
        case .container: convertContainer()
        case .pod: convertPod()
        case .volume: convertVolume()
        case .network: convertNetwork()
        case .image: convertImage()
        case .artifact: convertArtifact()
        case .build: convertBuild()
        case .kube: convertKube()
        }
    }

    /// The file's path as a value of systemd; nil where that would be a line and another one.
    var sourcePath: String? {
        guard !unit.path.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { return nil }
        return Quoting.literal(unit.path, variables: false)
    }

    var failed: Bool { reading.findings.contains { $0.severity == .error } }

    // MARK: Findings

    /// Refuses the file for a reason that has a place in it.
    mutating func refuse(
        _ rule: String, _ what: String, at place: Problem.Place, next: String? = nil,
        familiar: String? = nil
    ) {
        let words = familiar ?? what
        reading.findings.append(
            .error(
                rule, what, next: next, at: place,
                familiar: "converting \"\(name.file)\": \(words)"))
    }

    mutating func warn(
        _ rule: String, _ what: String, at place: Problem.Place, next: String? = nil,
        familiar: String? = nil
    ) {
        reading.findings.append(.warning(rule, what, next: next, at: place, familiar: familiar))
    }

    // MARK: Sections of every type

    private mutating func checkOwnSections() {
        for case .assignment(let line) in unit.file["Quadlet"]?.lines ?? []
        where line.key != "DefaultDependencies" {
            let near = ["DefaultDependencies"].nearest(to: line.key)
            let shown = line.key.printable
            reading.findings.append(
                .error(
                    "unknown-key", "unknown key \"\(shown)\" in [Quadlet]",
                    next: near.map { "did you mean \"\($0)\"?" }, at: line.place,
                    familiar: "unsupported key '\(shown)' in group 'Quadlet' in \(unit.path)"))
        }
        let known = ["Unit", "Service", "Install", "Quadlet", name.type.section]
        for section in unit.file.sections
        where !known.contains(section.name) && !section.name.hasPrefix("X-")
            && !section.name.isEmpty
        {
            guard let near = known.nearest(to: section.name) else { continue }
            warn(
                "unknown-section", "unknown section [\(section.name.printable)]", at: section.place,
                next: "did you mean [\(near)]?")
        }
        for line in unit.file["Service"]?.assignments ?? []
        where ["User", "Group", "DynamicUser"].contains(line.key) {
            warn(
                "service-user",
                "\(line.key)= in [Service] says who runs the engine, not who runs inside",
                at: line.place, next: "use User= or UserNS= in [\(name.type.section)]",
                familiar: "Warning: using key \(line.key) in the Service group is not supported")
        }
    }

    private mutating func translateDependencies() {
        guard let section = unit.file["Unit"] else { return }
        var done: Set<String> = []
        for line in section.assignments
        where Reference.dependencyKeys.contains(line.key) && !done.contains(line.key) {
            done.insert(line.key)
            translate(line.key, section.assignments.filter { $0.key == line.key })
        }
    }

    /// Replaces unit files by their services; all lines of a key that needs it become one.
    private mutating func translate(_ key: String, _ lines: [Assignment]) {
        var words: [String] = []
        var translated = false
        for line in lines {
            if line.value.isEmpty { words.removeAll() }
            guard let parts = try? line.words() else {
                warn("open-quote", "nothing closes a quote in \(key)", at: line.place)
                continue
            }
            for part in parts {
                guard UnitType(fileName: part.text) != nil else {
                    words.append(part.text)
                    continue
                }
                translated = true
                if let entry = find(part, .dependency) {
                    words.append("\(entry.service).service")
                } else {
                    refuse(
                        "unknown-unit",
                        "\(key)= names \"\(part.text.printable)\", which is no unit file here",
                        at: part.place, next: nearestFile(part.text),
                        familiar: "unable to translate dependency for \(part.text)")
                }
            }
        }
        guard translated else { return }
        var replacement: [ServiceText.Line] = []
        if lines.contains(where: \.value.isEmpty) {
            replacement.append(ServiceText.Line(key: key, value: "", causes: [], words: []))
        }
        replacement.append(
            ServiceText.Line(
                key: key, value: words.joined(separator: " "), causes: lines.map(\.place), words: []
            ))
        service.replace("Unit", key, with: replacement)
    }

    /// What a user's services are ordered after, and want, by default: a hook that nothing stands
    /// behind until somebody enables the unit that waits. See docs/quadlet-compatibility.md, "The
    /// network".
    static let userHook = "martlet-user-wait-network-online.service"
    /// The unit that waits for the network; only files that ask for it want it.
    static let userWaiter = "martlet-wait-online.service"

    private mutating func addDefaultDependencies() {
        let wanted = unit.file.last("Quadlet", "DefaultDependencies")
        let refused =
            wanted.map { ["0", "no", "false", "off"].contains($0.value.lowercased()) } ?? false
        if !refused {
            let target = settings.isUser ? Conversion.userHook : "network-online.target"
            service.prepend("Unit", [("Wants", target), ("After", target)])
        }
        guard settings.isUser else { return }
        for key in ["Wants", "Requires", "BindsTo", "After"] {
            for line in unit.file.values("Unit", key) {
                guard let words = try? line.words(),
                    words.contains(where: { $0.text == "network-online.target" })
                else { continue }
                service.add("Unit", "Wants", Conversion.userWaiter, from: [line.place])
                service.add("Unit", "After", Conversion.userWaiter, from: [line.place])
                return
            }
        }
    }

    /// Adds a line to [Service] unless the user gave the key a value.
    mutating func addDefault(_ key: String, _ value: String) {
        if let line = service.last("Service", key), !line.value.isEmpty { return }
        service.add("Service", key, value)
    }

    // MARK: Command lines

    /// Begins a command line: the engine, its modules and the words before the sub-command.
    mutating func command(_ verb: String...) -> Command {
        var command = Command([Command.Word(text: settings.engine, cause: nil)])
        for module in reading.repeated("ContainersConfModule") {
            command.add("--module=\(module.text)", from: module.place)
        }
        command.add(reading.arguments("GlobalArgs"))
        for word in verb { command.add(word) }
        return command
    }

    /// Adds the options of every key of a group, in the order of the table.
    mutating func add(_ group: Key.Group, to command: inout Command) {
        for row in reading.table.rows(of: group) where reading.has(row: row) {
            add(reading.table.keys[row], to: &command)
        }
    }

    /// Adds the options of one key.
    mutating func add(_ name: String, to command: inout Command) {
        guard let row = reading.table.rows[name], reading.has(row: row) else { return }
        add(reading.table.keys[row], to: &command)
    }

    private mutating func add(_ key: Key, to command: inout Command) {
        switch key.reader {
        case .single:
            if let value = reading.single(key.name) { add(key.option, value, to: &command) }
        case .number:
            if let value = reading.number(key.name) {
                add(key.option, Word("\(value)", at: reading.place(of: key.name)), to: &command)
            }
        case .flag:
            guard let value = reading.flag(key.name) else { return }
            let cause = reading.place(of: key.name)
            if !key.option.isFixed {
                command.add(value ? key.option.text : "\(key.option.text)=false", from: cause)
            } else if value, key.option.prefix.isEmpty {
                command.add(key.option.word, from: cause)
            } else if value {
                command.add(key.option.word, key.option.prefix, from: cause)
            }
        case .repeated:
            for value in reading.repeated(key.name) { add(key.option, value, to: &command) }
        case .list:
            for value in reading.list(key.name) { add(key.option, value, to: &command) }
        case .arguments, .command:
            for value in reading.arguments(key.name) { add(key.option, value, to: &command) }
        case .pairs:
            for pair in reading.pairs(key.name) { add(key.option, pair.word, to: &command) }
        }
    }

    private func add(_ option: Key.Option, _ value: Word, to command: inout Command) {
        if !option.word.isEmpty { command.add(option.word, from: value.place) }
        command.add(option.prefix + value.text, from: value.place)
    }

    /// Adds PodmanArgs, the last words before the positional ones.
    mutating func addOwnArguments(to command: inout Command) {
        command.add(reading.arguments("PodmanArgs"))
    }
}
