package import Base
package import Specs

/// What stands behind `--mount`: `type=TYPE,source=…,destination=…,OPTION…`. See podman-run(1).
package enum MountOption {
    /// - Throws: `badValue` that names the part which is wrong.
    package static func parse(_ text: String, for field: String) throws(Problem) -> MountChoice {
        let parts = CommaSeparated.parts(of: text).map(Pair.init)
        var mount = MountChoice(.volume, source: "", destination: "")
        if let type = parts.last(where: { $0.key == "type" }) {
            guard let kind = MountChoice.Kind(rawValue: type.value ?? ""), kind != .overlay else {
                throw refuse(text, field, "there is no type \"\((type.value ?? "").printable)\"")
            }
            mount.kind = kind
            mount.readOnly = kind == .image || kind == .artifact
        }
        for part in parts where part.key != "type" {
            guard try apply(part, to: &mount, whole: text, field) else {
                let near = keys.nearest(to: part.key).map { "did you mean \"\($0)\"?" }
                var problem = refuse(text, field, "there is no option \"\(part.key.printable)\"")
                problem.next = near ?? problem.next
                throw problem
            }
        }
        try check(mount, text, field)
        return mount
    }

    /// Returns the text that `parse` makes this mount of.
    package static func text(of mount: MountChoice) -> String {
        let isOverlay = mount.kind == .overlay
        var parts = ["type=\(isOverlay ? "bind" : mount.kind.rawValue)"]
        if !mount.source.isEmpty { parts.append("source=\(mount.source)") }
        parts.append("destination=\(mount.destination)")
        if mount.kind == .image || mount.kind == .artifact {
            if !mount.readOnly { parts.append("rw") }
        } else if mount.readOnly {
            parts.append("ro")
        }
        if mount.chown { parts.append("U") }
        if isOverlay { parts.append("O") }
        if let relabel = mount.relabel { parts.append("relabel=\(relabel)") }
        if let copies = mount.copyUp {
            parts.append(
                mount.kind == .tmpfs
                    ? (copies ? "tmpcopyup" : "notmpcopyup") : (copies ? "copy" : "nocopy"))
        }
        if mount.createSource { parts.append("create") }
        if let subpath = mount.subpath { parts.append("subpath=\(subpath)") }
        if let idMap = mount.idMap { parts.append(idMap) }
        if mount.nonRecursive { parts.append("bind-nonrecursive") }
        return (parts + mount.options).map(CommaSeparated.quote).joined(separator: ",")
    }

    private struct Pair {
        let key: String
        let value: String?

        init(_ text: String) {
            guard let border = text.firstIndex(of: "=") else {
                key = text
                value = nil
                return
            }
            key = String(text[..<border])
            value = String(text[text.index(after: border)...])
        }

        /// Whether the option is on: alone, or with a word for yes.
        func isOn(_ field: String) throws(Problem) -> Bool {
            guard let value else { return true }
            return try Boolean.parse(value, for: "\(field) …,\(key)")
        }
    }

    private static let keys = [
        "type", "source", "src", "destination", "dst", "target", "ro", "readonly", "rw", "chown",
        "U", "relabel", "bind-propagation", "bind-nonrecursive", "consistency", "subpath",
        "volume-subpath", "idmap", "tmpfs-size", "tmpfs-mode", "tmpcopyup", "notmpcopyup", "size",
        "mode", "uid", "gid", "max", "copy", "nocopy", "title", "digest", "name",
    ]

    /// Returns false where there is no such option.
    private static func apply(
        _ part: Pair, to mount: inout MountChoice, whole: String, _ field: String
    ) throws(Problem) -> Bool {
        let value = part.value ?? ""
        switch part.key {
        case "source", "src": mount.source = value
        case "destination", "dst", "target": mount.destination = value
        case "ro", "readonly": mount.readOnly = try part.isOn(field)
        case "rw": mount.readOnly = try !part.isOn(field)
        case "U", "chown": mount.chown = try part.isOn(field)
        case "z": mount.relabel = "shared"
        case "Z": mount.relabel = "private"
        case "relabel":
            guard value == "shared" || value == "private" else {
                throw refuse(whole, field, "relabel is neither \"shared\" nor \"private\"")
            }
            mount.relabel = value
        case "O": mount.kind = .overlay
        case "create": mount.createSource = try part.isOn(field)
        case "copy", "tmpcopyup": mount.copyUp = true
        case "nocopy", "notmpcopyup", "volume-nocopy": mount.copyUp = false
        case "bind-propagation": mount.options.append(value)
        case "bind-nonrecursive": mount.nonRecursive = try part.isOn(field)
        // Docker for Mac's word; it has no meaning on Linux.
        case "consistency": break
        case "subpath", "volume-subpath", "image-subpath": mount.subpath = value
        case "idmap": mount.idMap = part.value.map { "idmap=" + $0 } ?? "idmap"
        case "tmpfs-size": mount.options.append("size=" + value)
        case "tmpfs-mode": mount.options.append("mode=" + value)
        case "title", "digest", "name":
            // Which file of an artifact is meant, and what it is called.
            guard mount.kind == .artifact else { return false }
            mount.options.append("\(part.key)=\(value)")
        case "size", "mode", "uid", "gid", "max", "nr_inodes", "upperdir", "workdir":
            mount.options.append("\(part.key)=\(value)")
        case _ where VolumeOption.words.contains(part.key) && part.value == nil:
            mount.options.append(part.key)
        default: return false
        }
        return true
    }

    private static func check(_ mount: MountChoice, _ text: String, _ field: String)
        throws(Problem)
    {
        // Files that a pattern names may keep their own places.
        let isPattern = mount.kind == .glob && mount.destination.isEmpty
        guard mount.destination.hasPrefix("/") || isPattern else {
            throw refuse(
                text, field,
                mount.destination.isEmpty
                    ? "it has no destination" : "the destination is not absolute")
        }
        switch mount.kind {
        case .bind, .overlay, .image, .glob:
            guard !mount.source.isEmpty else { throw refuse(text, field, "it has no source") }
        case .artifact:
            guard !mount.source.isEmpty else { throw refuse(text, field, "it has no source") }
            guard mount.readOnly else {
                throw refuse(text, field, "an artifact cannot be written to")
            }
        case .volume:
            if !mount.source.isEmpty { _ = try ObjectName(mount.source, of: "volume") }
        case .tmpfs, .devpts, .ramfs:
            guard mount.source.isEmpty else {
                throw refuse(text, field, "a \(mount.kind.rawValue) has no source")
            }
        }
    }

    private static func refuse(_ text: String, _ field: String, _ why: String) -> Problem {
        Problem(
            .badValue, "\"\(text.printable)\" is no mount for \(field)", why: why,
            next: "write it like type=bind,source=/srv,destination=/data,ro")
    }
}
