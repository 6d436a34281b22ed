package import Base
import UnitFiles

/// A place in one unit file that names another.
package struct Reference: Equatable, Sendable {
    /// What the reference is for.
    package enum Kind: String, Sendable, Codable {
        case image, volume, network, artifact, container, pod
        /// A word of [Unit]: only the service's name is used.
        case dependency

        /// Whether the referring service is useless, or harmful, without the other one's object.
        var needsObject: Bool { self != .dependency }
    }

    /// The file name as it was written.
    package let file: String
    package let kind: Kind
    package let place: Problem.Place
    /// The index of the unit it names in the library, or nil where there is none.
    package let target: Int?
}

extension Reference {
    /// The keys of [Unit] whose words may name unit files.
    package static let dependencyKeys: Set<String> = [
        "Wants", "Requires", "Requisite", "BindsTo", "PartOf", "Upholds", "Conflicts", "Before",
        "After",
        "OnFailure", "OnSuccess", "PropagatesReloadTo", "ReloadPropagatedFrom", "PropagatesStopTo",
        "StopPropagatedFrom",
    ]
}

extension Conversion {
    /// Looks a unit file up and records the reference.
    mutating func find(_ word: Word, _ kind: Reference.Kind) -> Catalog.Entry? {
        var entry = catalog.find(word.text)
        if entry?.isMasked == true { entry = nil }
        references.append(
            Reference(file: word.text, kind: kind, place: word.place, target: entry?.index))
        return entry
    }

    /// Returns a hint that names the most similar unit file.
    func nearestFile(_ file: String) -> String? {
        if catalog.find(file)?.isMasked == true { return "it is masked by a link to /dev/null" }
        return catalog.nearest(to: file).map { "did you mean \"\($0)\"?" }
    }

    /// Makes the service start after another one and only with it.
    mutating func require(_ entry: Catalog.Entry, for word: Word) {
        service.add("Unit", "Requires", "\(entry.service).service", from: [word.place])
        service.add("Unit", "After", "\(entry.service).service", from: [word.place])
    }

    /// Returns the image's name for an Image= value, which may name an `.image` or `.build` file.
    mutating func resolveImage(_ word: Word) -> String {
        let type = UnitType(fileName: word.text)
        guard type == .image || type == .build else {
            warnOfShortName(word)
            return word.text
        }
        guard let entry = find(word, .image) else {
            refuse(
                "unknown-unit",
                "Image= names \"\(word.text.printable)\", which is no unit file here",
                at: word.place, next: nearestFile(word.text),
                familiar: "requested Quadlet image \(word.text) was not found")
            return ""
        }
        require(entry, for: word)
        return entry.object
    }

    /// Warns of an image name that depends on the machine's search list.
    mutating func warnOfShortName(_ word: Word) {
        let name = word.text
        if name.isEmpty || name.utf8.contains(UInt8(ascii: "%"))
            || name.utf8.contains(UInt8(ascii: "$"))
        {
            return
        }
        if name.hasPrefix("sha256:") { return }
        if name.utf8.count == 64, name.utf8.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit })
        {
            return
        }
        let first = name.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        if first.count == 2,
            first[0] == "localhost" || first[0].utf8.contains(where: { $0 == 46 || $0 == 58 })
        {
            return
        }
        // A transport such as docker:// or oci-archive: names its place as well.
        if name.utf8.contains(UInt8(ascii: ":")), name.contains(":/") { return }
        warn(
            "short-image-name", "\"\(name.printable)\" is a short image name", at: word.place,
            next: "write it with its registry, such as docker.io/library/\(name.printable)",
            familiar: """
                Warning: \(self.name.file) specifies the image "\(name)" which not a fully \
                qualified image name. This is not ideal for performance and security reasons. \
                See the podman-pull manpage discussion of short-name-aliases.conf for details.
                """)
    }

    /// Adds `--network` for every Network= line, which may name a `.network` or `.container` file.
    mutating func addNetworks(to command: inout Command) {
        for value in reading.repeated("Network") {
            let (name, options) = value.text.cut(at: ":")
            let file = Word(name, at: value.place)
            switch UnitType(fileName: name) {
            case .network:
                guard let entry = find(file, .network) else {
                    refuseNetwork(file)
                    continue
                }
                require(entry, for: file)
                command.add(
                    "--network", entry.object + (options.map { ":\($0)" } ?? ""), from: value.place)
            case .container:
                addContainerNetwork(file, options, to: &command)
            default:
                command.add("--network", value)
            }
        }
    }

    private mutating func refuseNetwork(_ file: Word) {
        refuse(
            "unknown-unit", "Network= names \"\(file.text.printable)\", which is no unit file here",
            at: file.place, next: nearestFile(file.text),
            familiar: "requested Quadlet unit \(file.text) was not found")
    }

    private mutating func addContainerNetwork(
        _ file: Word, _ options: String?, to command: inout Command
    ) {
        guard options == nil else {
            return refuse(
                "network-options", "the network of \"\(file.text.printable)\" takes no options",
                at: file.place, next: "write Network=\(file.text.printable)",
                familiar: "extra options are not supported when joining another container's network"
            )
        }
        guard let entry = find(file, .container) else { return refuseNetwork(file) }
        require(entry, for: file)
        let name = entry.object.replacing("%N", with: entry.service)
        guard !name.utf8.contains(UInt8(ascii: "%")) else {
            return refuse(
                "unknown-name",
                "the name of the container of \"\(file.text.printable)\" is not known yet",
                at: file.place, next: "give it a ContainerName= without specifiers",
                familiar: "cannot get the resource name of \(file.text)")
        }
        command.add("--network", "container:\(name)", from: file.place)
    }

    /// Adds `-v` for every Volume= line.
    mutating func addVolumes(to command: inout Command) {
        for value in reading.repeated("Volume") {
            let (source, rest) = value.text.cut(at: ":")
            guard let rest else {
                if UnitType(fileName: source) == .volume {
                    refuse(
                        "no-destination", "\"\(source.printable)\" has no place in the container",
                        at: value.place, next: "write Volume=\(source.printable):/path")
                    continue
                }
                command.add("-v", value)
                continue
            }
            guard let resolved = resolveSource(Word(source, at: value.place)) else { continue }
            command.add("-v", "\(resolved):\(rest)", from: value.place)
        }
    }

    /// Returns the source of a volume or mount: a host path, a unit file's object, or what was
    /// written.
    mutating func resolveSource(_ word: Word) -> String? {
        if word.text.hasPrefix(".") {
            let path = Paths.clean("\(unit.directory)/\(word.text)")
            let literal = Paths.literalPrefix(path, under: unit.directory)
            addMount(for: Quoting.literal(literal.prefix, variables: false) + literal.rest, word)
            return Quoting.literal(literal.prefix) + literal.rest
        }
        if word.text.hasPrefix("/") {
            addMount(for: word.text, word)
            return word.text
        }
        let kind: Reference.Kind
        switch UnitType(fileName: word.text) {
        case .volume: kind = .volume
        case .artifact: kind = .artifact
        default: return word.text
        }
        guard let entry = find(word, kind) else {
            refuse(
                "unknown-unit", "the source \"\(word.text.printable)\" is no unit file here",
                at: word.place, next: nearestFile(word.text),
                familiar: "requested Quadlet source \(word.text) was not found")
            return nil
        }
        require(entry, for: word)
        return entry.object
    }

    private mutating func addMount(for path: String, _ word: Word) {
        service.add("Unit", "RequiresMountsFor", Quoting.word(path), from: [word.place])
    }

    /// Returns a path that is relative to the unit file made absolute, as words of a command line.
    func absolute(_ word: Word) -> Word {
        let text = word.text
        if text.hasPrefix("/") || Paths.beginsWithSpecifier(text) { return word }
        let path = Paths.clean("\(unit.directory)/\(text)")
        let literal = Paths.literalPrefix(path, under: unit.directory)
        return Word(Quoting.literal(literal.prefix) + literal.rest, at: word.place)
    }
}
