package import Base
package import Specs

/// What stands behind `--volume`: `[SOURCE:]DESTINATION[:OPTIONS]`. See podman-run(1).
package enum VolumeOption {
    /// - Throws: `badValue` that names the part which is wrong.
    package static func parse(_ text: String, for field: String) throws(Problem) -> MountChoice {
        let parts = split(text)
        guard parts.count <= 3 else {
            throw refuse(text, field, "it has more than two colons")
        }
        let destination = parts.count == 1 ? parts[0] : parts[1]
        let source = parts.count == 1 ? "" : parts[0]
        guard destination.hasPrefix("/") else {
            throw refuse(
                text, field,
                "the place in the container, \"\(destination.printable)\", is not absolute")
        }
        guard parts.count == 1 || !source.isEmpty else {
            throw refuse(text, field, "the source is empty")
        }
        var mount = MountChoice(kind(of: source), source: source, destination: destination)
        if mount.kind == .volume, !source.isEmpty { _ = try ObjectName(source, of: "volume") }
        guard parts.count == 3 else { return mount }
        for option in parts[2].split(separator: ",") {
            try apply(String(option), to: &mount, whole: text, field)
        }
        return mount
    }

    /// Returns the text that `parse` makes this mount of; nil where only `--mount` can say it.
    package static func text(of mount: MountChoice) -> String? {
        guard [.bind, .volume, .overlay].contains(mount.kind), mount.subpath == nil,
            !mount.nonRecursive, !mount.createSource,
            mount.source.isEmpty ? mount.kind == .volume : kind(of: mount.source) == plain(mount),
            mount.options.allSatisfy({ isKnown($0) })
        else { return nil }
        var options: [String] = mount.readOnly ? ["ro"] : []
        if mount.kind == .overlay { options.append("O") }
        if mount.chown { options.append("U") }
        if let relabel = mount.relabel { options.append(relabel == "shared" ? "z" : "Z") }
        if let copies = mount.copyUp { options.append(copies ? "copy" : "nocopy") }
        if let idMap = mount.idMap { options.append(idMap) }
        options += mount.options
        guard !mount.source.isEmpty else { return options.isEmpty ? mount.destination : nil }
        let ends = [mount.source, mount.destination].map(escape)
        return (ends + (options.isEmpty ? [] : [options.joined(separator: ",")]))
            .joined(separator: ":")
    }

    /// What a source is by its look: a path of the host's, or a volume's name.
    private static func kind(of source: String) -> MountChoice.Kind {
        source.hasPrefix("/") || source.hasPrefix(".") ? .bind : .volume
    }

    private static func plain(_ mount: MountChoice) -> MountChoice.Kind {
        mount.kind == .overlay ? kind(of: mount.source) : mount.kind
    }

    private static func apply(
        _ option: String, to mount: inout MountChoice, whole: String, _ field: String
    ) throws(Problem) {
        switch option {
        case "ro", "readonly": mount.readOnly = true
        case "rw": mount.readOnly = false
        case "U": mount.chown = true
        case "z": mount.relabel = "shared"
        case "Z": mount.relabel = "private"
        case "copy": mount.copyUp = true
        case "nocopy": mount.copyUp = false
        case "O": mount.kind = .overlay
        case "idmap": mount.idMap = option
        case _ where option.hasPrefix("idmap="): mount.idMap = option
        case _ where isKnown(option): mount.options.append(option)
        default:
            let near = (words + special).nearest(to: option)
            throw Problem(
                .badValue, "\"\(whole.printable)\" is no volume for \(field)",
                why: "there is no option \"\(option.printable)\"",
                next: near.map { "did you mean \"\($0)\"?" }
                    ?? "use \((special + words).joined(separator: ", "))")
        }
    }

    private static let special = ["ro", "rw", "z", "Z", "U", "O", "copy", "nocopy", "idmap"]

    /// Options that go to the kernel or the runtime as they are.
    static let words = [
        "exec", "noexec", "suid", "nosuid", "dev", "nodev", "bind", "rbind", "shared", "rshared",
        "slave", "rslave", "private", "rprivate", "unbindable", "runbindable", "nocreate",
        "noatime", "relatime", "nodiratime",
    ]

    private static func isKnown(_ option: String) -> Bool {
        words.contains(option) || option.hasPrefix("upperdir=") || option.hasPrefix("workdir=")
    }

    private static func refuse(_ text: String, _ field: String, _ why: String) -> Problem {
        Problem(
            .badValue, "\"\(text.printable)\" is no volume for \(field)", why: why,
            next: "write SOURCE:DESTINATION[:OPTIONS], such as ./data:/data:ro")
    }

    /// Parts a text at colons; a backslash before a colon keeps it.
    private static func split(_ text: String) -> [String] {
        var parts: [[UInt8]] = [[]]
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), rest.first == UInt8(ascii: ":") {
                parts[parts.count - 1].append(rest.removeFirst())
            } else if byte == UInt8(ascii: ":") {
                parts.append([])
            } else {
                parts[parts.count - 1].append(byte)
            }
        }
        return parts.map { String(decoding: $0, as: UTF8.self) }
    }

    private static func escape(_ text: String) -> String {
        text.split(separator: ":", omittingEmptySubsequences: false).joined(separator: "\\:")
    }
}

/// What stands behind `--tmpfs`: `DESTINATION[:OPTIONS]`.
package enum TmpfsOption {
    /// - Throws: `badValue` where the place is not absolute.
    package static func parse(_ text: String, for field: String) throws(Problem) -> MountChoice {
        let border = text.firstIndex(of: ":")
        let destination = String(border.map { text[..<$0] } ?? text[...])
        guard destination.hasPrefix("/") else {
            throw Problem(
                .badValue, "\"\(text.printable)\" is no place for \(field)",
                why: "it does not begin with \"/\"", next: "write it like /run:size=64m,mode=1777")
        }
        var mount = MountChoice(.tmpfs, source: "", destination: destination)
        guard let border else { return mount }
        for option in text[text.index(after: border)...].split(separator: ",") {
            switch option {
            case "ro": mount.readOnly = true
            case "rw": mount.readOnly = false
            case "U": mount.chown = true
            case "tmpcopyup": mount.copyUp = true
            case "notmpcopyup": mount.copyUp = false
            default: mount.options.append(String(option))
            }
        }
        return mount
    }

    /// Returns the text that `parse` makes this mount of; nil where it is no tmpfs.
    package static func text(of mount: MountChoice) -> String? {
        guard mount.kind == .tmpfs, !mount.destination.contains(":") else { return nil }
        var options: [String] = mount.readOnly ? ["ro"] : []
        if mount.chown { options.append("U") }
        if let copies = mount.copyUp { options.append(copies ? "tmpcopyup" : "notmpcopyup") }
        options += mount.options
        return mount.destination + (options.isEmpty ? "" : ":" + options.joined(separator: ","))
    }
}
