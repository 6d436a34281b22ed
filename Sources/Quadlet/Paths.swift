/// Paths as texts, without looking at any file system.
enum Paths {
    /// Returns the shortest path of the same meaning: no `.`, no `..` that has a parent, no `//`.
    static func clean(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") {
            if part == "." { continue }
            if part == "..", let last = parts.last, last != ".." {
                parts.removeLast()
            } else if part == "..", path.hasPrefix("/") {
                continue
            } else {
                parts.append(part)
            }
        }
        let joined = parts.joined(separator: "/")
        if path.hasPrefix("/") { return "/\(joined)" }
        return joined.isEmpty ? "." : joined
    }

    /// Returns the directory of a path, `.` where it has none.
    static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : clean(String(path[..<slash]))
    }

    /// Whether systemd puts something in the place of the path's beginning. See systemd.unit(5).
    static func beginsWithSpecifier(_ path: String) -> Bool {
        path.hasPrefix("%") && !path.hasPrefix("%%") && path.utf8.count > 1
    }

    /// Parts a path into what the machine gave and what the user wrote, which may hold specifiers.
    static func literalPrefix(_ path: String, under directory: String) -> (
        prefix: String, rest: String
    ) {
        var common = 0
        for (a, b) in zip(path.split(separator: "/"), directory.split(separator: "/")) {
            guard a == b else { break }
            common += a.utf8.count + 1
        }
        let index = path.utf8.index(path.utf8.startIndex, offsetBy: common)
        return (String(path[..<index]), String(path[index...]))
    }

    /// Whether a build context or file lies on another machine.
    static func isURL(_ text: String) -> Bool {
        ["http://", "https://", "git://", "git@", "github.com/"].contains { text.hasPrefix($0) }
    }
}

extension String {
    /// Returns what stands before and after the first `mark`; nil after where there is none.
    func cut(at mark: Character) -> (String, String?) {
        guard let index = firstIndex(of: mark) else { return (self, nil) }
        return (String(self[..<index]), String(self[self.index(after: index)...]))
    }
}

extension Paths {
    /// Returns what stands before and after the last slash; nothing before it where there is none.
    static func split(_ path: String) -> (directory: String, name: String) {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return ("", path) }
        return (String(path[..<slash]), String(path[path.index(after: slash)...]))
    }

    /// Returns the last part of a path.
    static func base(of path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? ""
    }
}
