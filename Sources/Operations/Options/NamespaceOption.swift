package import Base
package import Specs

/// What stands behind `--pid`, `--ipc`, `--uts` and `--cgroupns`.
package enum NamespaceOption {
    /// Returns a parser that lets through only the words this namespace knows.
    package static func allowing(_ words: String...) -> ValueParser<NamespaceChoices.Choice> {
        { (text, field) throws(Problem) in try parse(text, field, words) }
    }

    private static func parse(_ text: String, _ field: String, _ words: [String])
        throws(Problem) -> NamespaceChoices.Choice
    {
        if let name = text.rest(after: "container:"), words.contains("container") {
            guard !name.isEmpty else {
                throw Problem(
                    .badValue, "\(field) names no container", next: "write \(field)=container:NAME")
            }
            return .container(name)
        }
        if let path = text.rest(after: "ns:"), words.contains("ns") {
            guard path.hasPrefix("/") else {
                throw Problem(
                    .badValue, "\"\(path.printable)\" is no path for \(field)",
                    next: "write an absolute path: \(field)=ns:/proc/1234/ns/pid")
            }
            return .path(path)
        }
        guard words.contains(text) || text == "private" else {
            let shown = (["private"] + words).map {
                $0 == "container" ? "container:NAME" : $0 == "ns" ? "ns:PATH" : $0
            }
            throw Problem(
                .badValue, "\(field) cannot be \"\(text.printable)\"",
                next: "use one of \(shown.joined(separator: ", "))")
        }
        switch text {
        case "host": return .host
        case "none": return .none
        case "shareable": return .shareable
        default: return .own
        }
    }

    /// Returns the text of a choice.
    package static func text(of choice: NamespaceChoices.Choice) -> String {
        switch choice {
        case .own: "private"
        case .host: "host"
        case .none: "none"
        case .shareable: "shareable"
        case .container(let name): "container:" + name
        case .path(let path): "ns:" + path
        }
    }
}

/// What stands behind `--userns`.
package enum UserNamespaceOption {
    /// - Throws: `badValue` for unknown words and options.
    package static func parse(_ text: String, for field: String)
        throws(Problem) -> NamespaceChoices.UserChoice
    {
        let border = text.firstIndex(of: ":")
        let word = String(border.map { text[..<$0] } ?? text[...])
        let rest = border.map { String(text[text.index(after: $0)...]) }
        switch word {
        case "" where rest == nil: return .standing
        case "private" where rest == nil: return .custom
        case "host" where rest == nil: return .host
        case "nomap" where rest == nil: return .nomap
        case "keep-id":
            let options = try options(rest, field, ["uid", "gid", "size"])
            return .keepID(
                uid: try number(options["uid"], "uid", field),
                gid: try number(options["gid"], "gid", field),
                size: try number(options["size"], "size", field))
        case "auto":
            let options = try options(rest, field, ["size", "uidmapping", "gidmapping"])
            return .auto(
                size: try number(options["size"], "size", field),
                uidMap: try options["uidmapping"].map { (text) throws(Problem) in
                    [try IDRangeOption.parse(text, for: field)]
                } ?? [],
                gidMap: try options["gidmapping"].map { (text) throws(Problem) in
                    [try IDRangeOption.parse(text, for: field)]
                } ?? [])
        case "container": if let rest, !rest.isEmpty { return .container(rest) }
        case "ns": if let rest, rest.hasPrefix("/") { return .path(rest) }
        default: break
        }
        throw Problem(
            .badValue, "\(field) cannot be \"\(text.printable)\"",
            next: "use keep-id, auto, host, nomap, private, container:NAME or ns:PATH")
    }

    private static func options(_ text: String?, _ field: String, _ names: [String])
        throws(Problem) -> [String: String]
    {
        var found: [String: String] = [:]
        for part in (text ?? "").split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
            guard pair.count == 2, names.contains(pair[0]) else {
                throw Problem(
                    .badValue, "\"\(String(part).printable)\" is no option of \(field)",
                    next: "use \(names.map { $0 + "=" }.joined(separator: ", "))")
            }
            found[pair[0]] = pair[1]
        }
        return found
    }

    private static func number(_ text: String?, _ name: String, _ field: String)
        throws(Problem) -> UInt32?
    {
        guard let text else { return nil }
        return try Whole<UInt32>.parse(text, for: "\(field) …:\(name)")
    }

    /// Returns the text that `parse` makes this choice of.
    package static func text(of choice: NamespaceChoices.UserChoice) -> String? {
        func joined(_ word: String, _ options: [(String, String?)]) -> String {
            let given = options.compactMap { name, value in value.map { "\(name)=\($0)" } }
            return given.isEmpty ? word : word + ":" + given.joined(separator: ",")
        }
        switch choice {
        case .standing: return nil
        case .host: return "host"
        case .nomap: return "nomap"
        case .custom: return "private"
        case .container(let name): return "container:" + name
        case .path(let path): return "ns:" + path
        case .keepID(let uid, let gid, let size):
            return joined(
                "keep-id",
                [
                    ("uid", uid.map(String.init)), ("gid", gid.map(String.init)),
                    ("size", size.map(String.init)),
                ])
        case .auto(let size, let uids, let gids):
            return joined(
                "auto",
                [
                    ("size", size.map(String.init)),
                    ("uidmapping", uids.first.map(IDRangeOption.text)),
                    ("gidmapping", gids.first.map(IDRangeOption.text)),
                ])
        }
    }
}

/// What stands behind `--uidmap` and `--gidmap`: `[+][u|g]INSIDE:[@]OUTSIDE[:COUNT]`.
package enum IDRangeOption {
    /// - Throws: `badValue` for what is no mapping.
    package static func parse(_ text: String, for field: String) throws(Problem) -> IDRangeWish {
        let flags = text.prefix { "+ug".contains($0) }
        var parts = text.dropFirst(flags.count).split(
            separator: ":", omittingEmptySubsequences: false)
        let isHost = parts.count > 1 && parts[1].hasPrefix("@")
        if isHost { parts[1] = parts[1].dropFirst() }
        let numbers = parts.compactMap { UInt32($0) }
        guard numbers.count == parts.count, parts.count == 2 || parts.count == 3 else {
            throw Problem(
                .badValue, "\"\(text.printable)\" is no mapping for \(field)",
                next: "write INSIDE:OUTSIDE:COUNT, such as 0:1:65535 or +1000:@1000")
        }
        let count = numbers.count == 3 ? numbers[2] : 1
        guard count > 0, numbers[0].addingReportingOverflow(count - 1).overflow == false,
            numbers[1].addingReportingOverflow(count - 1).overflow == false
        else {
            throw Problem(
                .badValue, "\"\(text.printable)\" is no mapping for \(field)",
                why: "its ids do not fit into 32 bits, or there are none")
        }
        var wish = IDRangeWish(inside: numbers[0], outside: numbers[1], count: count)
        wish.isHost = isHost ? true : nil
        wish.extends = flags.contains("+") ? true : nil
        // Both of them are as good as none.
        let (forUsers, forGroups) = (flags.contains("u"), flags.contains("g"))
        if forUsers != forGroups { wish.only = forUsers ? .users : .groups }
        return wish
    }

    /// Returns the text that `parse` makes this range of.
    package static func text(of wish: IDRangeWish) -> String {
        let only = wish.only.map { $0 == .users ? "u" : "g" } ?? ""
        return (wish.extends == true ? "+" : "") + only + "\(wish.inside):"
            + (wish.isHost == true ? "@" : "") + "\(wish.outside):\(wish.count)"
    }
}

extension String {
    /// Returns what follows `prefix`, or nil where the text does not begin with it.
    package func rest(after prefix: String) -> String? {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
    }
}
