import Base
import Kernel
import Specs

/// One image as listings see it: a row for each of its names.
struct ImageRow {
    private var image: ImageRecord
    private let containers: Int
    /// Whether this is a list of images.
    private let isList: Bool

    init(_ image: ImageRecord, containers: Int, isList: Bool = false) {
        self.image = image
        self.containers = containers
        self.isList = isList
    }

    /// Whether it is in another store.
    var isReadOnly: Bool { image.store != nil }

    var labels: [String: String] {
        let config = try? JSON(parsing: image.config, name: "configuration")
        guard case .object(let members)? = config?["config"]?["Labels"] else { return [:] }
        var labels: [String: String] = [:]
        for member in members { labels[member.name] = member.value.text ?? "" }
        return labels
    }

    /// What `images --format json` shows.
    func document(now: Int64) -> JSON {
        let members: [(String, JSON)] = [
            ("Id", .string(image.id)),
            ("ParentId", .string("")),
            ("RepoTags", .texts(image.names)),
            ("RepoDigests", .texts(image.digestNames)),
            ("Size", .integer(image.size)),
            ("SharedSize", .integer(0)),
            ("VirtualSize", .integer(image.size)),
            ("Labels", .map(labels)),
            ("Containers", .integer(containers)),
            ("Names", .texts(image.names)),
            ("Digest", .string(image.digest)),
            ("Dangling", .boolean(image.names.isEmpty)),
            ("History", .texts(image.names)),
            ("Created", .seconds(image.created)),
            ("CreatedAt", .time(image.created)),
        ]
        return .record(members + (isReadOnly ? [("ReadOnly", .boolean(true))] : []))
    }

    /// What the listing itself shows, once for each name; no document of the image is read for it.
    func plainRows(now: Int64, whole: Bool) -> [JSON] {
        let names = image.names.isEmpty ? ["<none>:<none>"] : image.names
        let id = whole ? "sha256:" + image.id : String(image.id.prefix(12))
        let since = Human.ago(image.created, now: now)
        return names.map { name in
            let (repository, tag) = ImageRow.parted(name)
            return .record([
                ("Repository", .string(repository)), ("Tag", .string(tag)), ("ID", .string(id)),
                ("Digest", .string(image.digest)), ("CreatedSince", .string(since)),
                ("Size", .string(Human.size(image.size))), ("Bytes", .integer(image.size)),
                ("History", .string(image.names.joined(separator: ", "))),
                ("ReadOnly", .boolean(isReadOnly)),
            ])
        }
    }

    /// What a template sees, once for each name.
    func rows(now: Int64, whole: Bool) -> [JSON] {
        let names = image.names.isEmpty ? ["<none>:<none>"] : image.names
        let labels = JSON.map(labels)
        return names.map { name in
            let (repository, tag) = ImageRow.parted(name)
            return .record([
                ("Repository", .string(repository)),
                ("Tag", .string(tag)),
                ("ID", .string(whole ? "sha256:" + image.id : String(image.id.prefix(12)))),
                ("Id", .string(image.id)),
                ("Digest", .string(image.digest)),
                ("Created", .string(Human.ago(image.created, now: now))),
                ("CreatedSince", .string(Human.ago(image.created, now: now))),
                ("CreatedAt", .time(image.created)),
                ("CreatedTime", .time(image.created)),
                ("Size", .string(Human.size(image.size))),
                ("Bytes", .integer(image.size)),
                ("Labels", labels),
                ("Names", .texts(image.names)),
                ("RepoTags", .texts(image.names)),
                ("RepoDigests", .texts(image.digestNames)),
                ("Containers", .integer(containers)),
                ("ReadOnly", .boolean(isReadOnly)),
                ("History", .string(image.names.joined(separator: ", "))),
            ])
        }
    }

    /// The size behind a row, for its order.
    static func bytes(of row: JSON) -> Int64 {
        if case .number(let text)? = row["Bytes"] { Int64(text) ?? 0 } else { 0 }
    }

    /// Parts `docker.io/library/debian:12` before its tag.
    static func parted(_ name: String) -> (repository: String, tag: String) {
        let start = name.lastIndex(of: "/").map { name.index(after: $0) } ?? name.startIndex
        guard let colon = name[start...].lastIndex(of: ":") else { return (name, "<none>") }
        return (String(name[..<colon]), String(name[name.index(after: colon)...]))
    }

    /// Returns the row with those names alone that `pattern` means, or nil where it means none.
    func limited(to pattern: String) -> ImageRow? {
        if image.id.hasPrefix(pattern) { return self }
        var row = self
        row.image.names = image.names.filter { ImageRow.means(pattern, $0) }
        return row.image.names.isEmpty ? nil : row
    }

    /// Whether a name ends with the pattern at a border of its parts; `*` stands for any characters.
    static func means(_ pattern: String, _ name: String) -> Bool {
        let (repository, tag) = parted(name)
        let (wanted, wantedTag) = parted(pattern)
        guard wantedTag == "<none>" || Glob.matches(wantedTag, tag) else { return false }
        return Glob.matches(wanted, repository) || Glob.matches("*/" + wanted, repository)
    }

    /// Whether every filter holds; values of one key are alternatives.
    ///
    /// - Parameter find: looks the image up that a filter compares with.
    func matches(_ filters: [String], find: (String) throws(Problem) -> ImageRecord)
        throws(Problem) -> Bool
    {
        var byKey: [String: Bool] = [:]
        for filter in filters {
            let (key, value) = Assignments.parted(filter)
            let holds = try matches(key, value ?? "", find)
            let isEach = key.hasPrefix("label")
            byKey[key] = isEach ? holds && byKey[key] ?? true : holds || byKey[key] ?? false
        }
        return byKey.values.allSatisfy { $0 }
    }

    private func matches(
        _ key: String, _ value: String, _ find: (String) throws(Problem) -> ImageRecord
    ) throws(Problem) -> Bool {
        func isOn() throws(Problem) -> Bool {
            try Boolean.parse(value, for: "--filter \(key)")
        }
        switch key {
        case "id": return image.id.hasPrefix(value)
        case "digest": return image.digest.hasPrefix(value)
        case "dangling": return try isOn() == image.names.isEmpty
        case "containers": return try isOn() == (containers > 0)
        case "reference": return image.names.contains { ImageRow.means(value, $0) }
        case "before": return try image.created < find(value).created
        case "since", "after": return try image.created > find(value).created
        case "until":
            return try image.created
                < TimeOption.parse(value, for: "--filter until", now: Clock.wall())
        case "label", "label!":
            let (name, wanted) = Assignments.parted(value)
            let holds = labels[name].map { wanted == nil || $0 == wanted } ?? false
            return holds == (key == "label")
        case "manifest": return try isOn() == isList
        case "readonly": return try isOn() == isReadOnly
        // Nothing here is an image in between.
        case "intermediate": return try !isOn()
        default:
            throw Problem(
                .badUsage, "images cannot be filtered by \"\(key.printable)\"",
                next: "filter by before, containers, dangling, digest, id, intermediate, label, "
                    + "label!, manifest, readonly, reference, since or until")
        }
    }
}

/// Patterns in which `*` stands for any characters and `?` for one.
enum Glob {
    static func matches(_ pattern: String, _ text: String) -> Bool {
        let pattern = Array(pattern.utf8)
        let text = Array(text.utf8)
        var (p, t) = (0, 0)
        var retry: (p: Int, t: Int)?
        while t < text.count {
            if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
                retry = (p, t)
                p += 1
            } else if p < pattern.count, pattern[p] == text[t] || pattern[p] == UInt8(ascii: "?") {
                (p, t) = (p + 1, t + 1)
            } else if let last = retry {
                retry = (last.p, last.t + 1)
                (p, t) = (last.p + 1, last.t + 1)
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
