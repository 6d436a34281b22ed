package import Base
import Checksums
package import Kernel
package import Specs

/// Making an image of one layer from the archive of a root file system.
extension ImageShelf {
    /// What `martlet import` was told besides the archive.
    package struct ImportChoices: Sendable {
        /// The name of the new image, or nil for none.
        package var name: String?
        /// Containerfile instructions that set the configuration: `CMD /bin/sh`.
        package var changes: [String] = []
        package var message: String?
        package var platform = Platform.host

        package init() {}
    }

    /// Imports a tar archive, compressed or not, from a file or a pipe.
    package func importTree(_ file: consuming Descriptor, _ choices: ImportChoices) throws(Problem)
        -> ImageRecord
    {
        let execution = try Changes.execution(choices.changes)
        let name = try choices.name.map { name throws(Problem) in try ImageShelf.newName(name) }
        let status = try explaining("cannot examine the archive") { () throws(KernelFault) in
            try file.status()
        }
        guard status.kind != .directory else {
            throw Problem(
                .badValue, "a directory cannot be imported",
                next: "pack it first: tar -C DIRECTORY -c .")
        }
        let plain = try plainFile(file, isRegular: status.kind == .regular)
        let bytes = try ByteRange(plain)
        let draft = try store.draft()
        let unpacked = try draft.unpack(
            LayerSource(name: "import", bytes: bytes, ownership: ownership))
        let id = ImageShelf.layerID(unpacked.diff)
        var record = LayerRecord(
            id: id, chain: "\(unpacked.diff)", diff: "\(unpacked.diff)", parent: nil)
        record.size = unpacked.size
        record.blobSize = bytes.count
        if try draft.claim(id) {
            try draft.drop("import")
            record = try standing(id)
        } else {
            try draft.rename("import", to: id)
        }
        tell(unpacked, id)
        let now = Timestamp.text(Clock.wall())
        var step = ImageConfig.Step(created: now, createdBy: "martlet import")
        step.comment = choices.message
        let config = ImageConfig(
            created: now, platform: choices.platform, config: execution, diffIDs: [unpacked.diff],
            history: [step])
        var arrival = Arrival(manifest: nil, config: JSON(encoding: config).bytes(), layers: [])
        if let name { arrival.names = [name] }
        return try commit(
            arrival, id: Checksum.of(arrival.config), config: config, records: [record],
            draft: draft)
    }
}

/// The instructions that `import` and `commit` take with `--change`. See podman-import(1).
enum Changes {
    static let instructions = [
        "CMD", "ENTRYPOINT", "ENV", "EXPOSE", "LABEL", "ONBUILD", "STOPSIGNAL", "USER", "VOLUME",
        "WORKDIR",
    ]

    /// Returns the configuration that the instructions make of an earlier one.
    ///
    /// - Throws: `badValue` that names the instruction.
    static func execution(
        _ changes: [String], on execution: ImageConfig.Execution = ImageConfig.Execution()
    ) throws(Problem) -> ImageConfig.Execution {
        var execution = execution
        for change in changes {
            let parts = change.split(maxSplits: 1, omittingEmptySubsequences: true) {
                " =\t".contains($0)
            }
            let word = parts.first.map { $0.uppercased() } ?? ""
            let rest = parts.count > 1 ? String(parts[1].drop { $0 == " " || $0 == "\t" }) : ""
            guard instructions.contains(word), !rest.isEmpty else {
                throw Problem(
                    .badValue, "\"\(change.printable)\" is no change of an image",
                    why: instructions.contains(word) ? "it has no value" : nil,
                    next: instructions.nearest(to: word).map { "did you mean \($0)?" }
                        ?? "use one of \(instructions.joined(separator: ", "))")
            }
            try apply(word, rest, to: &execution)
        }
        return execution
    }

    private static func apply(
        _ word: String, _ value: String, to execution: inout ImageConfig.Execution
    ) throws(Problem) {
        switch word {
        case "CMD": execution.command = try words(value)
        case "ENTRYPOINT": execution.entrypoint = try words(value)
        case "ENV":
            for (name, text) in try pairs(value) {
                execution.environment = (execution.environment ?? []).filter {
                    !$0.hasPrefix(name + "=")
                }
                execution.environment?.append("\(name)=\(text)")
            }
        case "LABEL":
            for (name, text) in try pairs(value) {
                execution.labels = (execution.labels ?? [:]).merging([name: text]) { $1 }
            }
        case "EXPOSE":
            for port in value.split(separator: " ") {
                let full = port.contains("/") ? String(port) : "\(port)/tcp"
                execution.exposedPorts = (execution.exposedPorts ?? [:]).merging([full: .init()]) {
                    $1
                }
            }
        case "VOLUME":
            let paths =
                value.hasPrefix("[")
                ? try words(value) : value.split(separator: " ").map(String.init)
            for path in paths {
                execution.volumes = (execution.volumes ?? [:]).merging([path: .init()]) { $1 }
            }
        case "ONBUILD": execution.onBuild = (execution.onBuild ?? []) + [value]
        case "STOPSIGNAL": execution.stopSignal = value
        case "USER": execution.user = value
        default: execution.workingDirectory = value
        }
    }

    /// A JSON array is words; anything else is a line for the shell.
    private static func words(_ value: String) throws(Problem) -> [String] {
        if value.hasPrefix("["), let json = try? JSON(parsing: Array(value.utf8), name: "change"),
            let words = json.elements?.map(\.text), !words.contains(nil)
        {
            return words.compactMap { $0 }
        }
        return ["/bin/sh", "-c", value]
    }

    /// Reads `A=b "C=d e"`, or the old `A rest of the line`.
    private static func pairs(_ value: String) throws(Problem) -> [(String, String)] {
        guard let end = value.firstIndex(where: { $0 == "=" || $0 == " " }) else {
            throw Problem(
                .badValue, "\"\(value.printable)\" has no value", next: "write NAME=VALUE")
        }
        if value[end] == " " {
            return [(String(value[..<end]), value[end...].drop { $0 == " " }.description)]
        }
        var found: [(String, String)] = []
        for word in quoted(value) {
            guard let equals = word.firstIndex(of: "="), equals > word.startIndex else {
                throw Problem(
                    .badValue, "\"\(word.printable)\" has no value", next: "write NAME=VALUE")
            }
            found.append((String(word[..<equals]), String(word[word.index(after: equals)...])))
        }
        return found
    }

    /// Splits at blanks that are neither quoted nor escaped, and takes the quotes away.
    private static func quoted(_ text: String) -> [String] {
        var words: [String] = []
        var word = ""
        var quote: Character?
        var isOpen = false
        var escaped = false
        for character in text {
            if escaped {
                word.append(character)
                escaped = false
            } else if character == "\\", quote != "'" {
                escaped = true
                isOpen = true
            } else if character == quote {
                quote = nil
            } else if quote == nil, character == "\"" || character == "'" {
                quote = character
                isOpen = true
            } else if quote == nil, character == " " {
                if isOpen { words.append(word) }
                (word, isOpen) = ("", false)
            } else {
                word.append(character)
                isOpen = true
            }
        }
        return isOpen ? words + [word] : words
    }
}
