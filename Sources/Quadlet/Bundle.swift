package import Base
import Kernel

/// Files on their way into a directory of unit files.
package enum Bundle {
    /// One file to install.
    package struct File: Equatable {
        package let name: String
        package let bytes: [UInt8]
    }

    /// Bytes of one file that is installed, unit file or not.
    private static let fileLimit = 16 << 20

    /// Refuses a name that is no single directory below the search path.
    package static func checkApplication(_ name: String) throws(Problem) {
        let isBad =
            name.isEmpty || name == "." || name == ".." || name.hasPrefix("-") || name.contains("/")
            || name.hasSuffix(".d") || UnitType(fileName: name) != nil
            || name.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
        guard isBad else { return }
        throw Problem(
            .badValue, "\"\(name.printable)\" is no name for an application",
            next: "use letters, digits, \"_\" and \"-\", and no unit file's extension")
    }

    /// Refuses files that could not all be installed.
    static func checkNames(_ files: [File]) throws(Problem) {
        var seen: Set<String> = []
        for file in files {
            guard seen.insert(file.name).inserted else {
                throw Problem(.badValue, "two files are called \"\(file.name.printable)\"")
            }
            guard let unit = UnitName(file.name) else { continue }
            if let why = UnitName.refusal(of: unit.base) {
                throw Problem(
                    .badValue, "\"\(file.name.printable)\" is no name for a unit file", why: why)
            }
        }
    }

    /// Returns the files that a source stands for.
    ///
    /// - Parameter fetch: fetches a text from the web.
    static func read(
        _ source: String, isFirst: Bool, hasApplication: Bool,
        fetch: (String) throws(Problem) -> String
    ) throws(Problem) -> [File] {
        if source.hasPrefix("http://") || source.hasPrefix("https://") {
            return try files(
                Array(try fetch(source).utf8), name: webName(source), source: source,
                isFirst: isFirst)
        }
        let what = "cannot read \"\(source.printable)\""
        let status = try explaining(what) { () throws(KernelFault) in try Files.status(source) }
        if status.kind == .directory {
            guard hasApplication else {
                throw Problem(
                    .badUsage, "\"\(source.printable)\" is a directory",
                    next: "add --application=NAME to keep its files together")
            }
            return try readDirectory(source)
        }
        let name = Paths.base(of: source)
        let bytes = try explaining(what) { () throws(KernelFault) in
            try Files.read(source, limit: fileLimit)
        }
        return try files(bytes, name: name, source: source, isFirst: isFirst)
    }

    /// Returns the name of a file on the web: the last part of its path.
    package static func webName(_ address: String) -> String {
        let path = address.prefix { $0 != "?" && $0 != "#" }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count > 3 ? String(parts[parts.count - 1]) : ""
    }

    private static func files(_ bytes: [UInt8], name: String, source: String, isFirst: Bool)
        throws(Problem) -> [File]
    {
        if name.hasSuffix(".quadlets") { return try split(bytes, name: source) }
        if isFirst || name.isEmpty, UnitName(name) == nil {
            throw Problem(
                .badValue, "\"\(source.printable)\" is no unit file",
                next: "name a unit file first; files it needs may follow")
        }
        return [File(name: name, bytes: bytes)]
    }

    private static func readDirectory(_ source: String) throws(Problem) -> [File] {
        let what = "cannot read the directory \"\(source.printable)\""
        var files: [File] = []
        let names = try explaining(what) { () throws(KernelFault) in
            try Files.names(in: try Files.open(source, [.read, .directory]))
        }
        for name in names {
            let path = "\(source)/\(name)"
            let bytes = try explaining("cannot read \"\(path.printable)\"") {
                () throws(KernelFault) -> [UInt8]? in
                guard try Files.status(path).kind == .regular else { return nil }
                return try Files.read(path, limit: fileLimit)
            }
            guard let bytes else { continue }
            if name.hasSuffix(".quadlets") {
                files += try split(bytes, name: path)
            } else {
                files.append(File(name: name, bytes: bytes))
            }
        }
        guard files.contains(where: { UnitName($0.name) != nil }) else {
            throw Problem(.badValue, "there is no unit file in \"\(source.printable)\"")
        }
        return files
    }

    /// Takes a `.quadlets` file apart; each part says its own name in a comment.
    package static func split(_ bytes: [UInt8], name: String) throws(Problem) -> [File] {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Problem(.badDocument, "\"\(name.printable)\" is not UTF-8 text")
        }
        var files: [File] = []
        var part: [Substring] = []
        var start = 1
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            guard line.trimmed == "---" else {
                part.append(line)
                continue
            }
            if part.contains(where: { !$0.trimmed.isEmpty }) {
                files.append(try file(part, Problem.Place(file: name, line: start)))
            }
            part = []
            start = index + 2
        }
        if part.contains(where: { !$0.trimmed.isEmpty }) {
            files.append(try file(part, Problem.Place(file: name, line: start)))
        }
        return files
    }

    private static func file(_ lines: [Substring], _ place: Problem.Place) throws(Problem) -> File {
        var name: String?
        var type: UnitType?
        for line in lines.map(\.trimmed) {
            if line.hasPrefix("#"), name == nil {
                let (key, value) = String(line.dropFirst()[...].trimmed).cut(at: "=")
                if key == "FileName", let value { name = String(value[...].trimmed) }
            } else if line.hasPrefix("["), line.hasSuffix("]"), type == nil {
                type = UnitType(rawValue: line.dropFirst().dropLast().lowercased())
            }
        }
        guard let type else {
            throw Problem(
                .badDocument, "this part is no unit file",
                why: "it has no section such as [Container]",
                at: place)
        }
        guard let name, !name.isEmpty, !name.contains("/") else {
            throw Problem(
                .badDocument, "this part has no name", next: "add a comment \"# FileName=NAME\"",
                at: place)
        }
        let text = lines.joined(separator: "\n") + (lines.last?.isEmpty == true ? "" : "\n")
        let full = UnitName(name)?.type == type ? name : "\(name).\(type.rawValue)"
        return File(name: full, bytes: Array(text.utf8))
    }

    /// Returns the files of an application that its new version no longer has.
    ///
    /// - Throws: `nameInUse` where a file stands in the way and is not to be replaced.
    static func stale(
        _ files: [File], in directory: borrowing Descriptor, _ request: QuadletInstall.Request,
        _ path: String
    ) throws(Problem) -> [String] {
        let what = "cannot read the directory \"\(path)\""
        let own = try explaining(what) { [number = directory.number] () throws(KernelFault) in
            try Files.names(in: try Files.open("/proc/self/fd/\(number)", [.read, .directory]))
        }
        if let taken = files.first(where: { own.contains($0.name) }), !request.replace {
            throw Problem(
                .nameInUse, "\"\(path)/\(taken.name)\" is installed already",
                next: "add --replace to overwrite it")
        }
        guard request.application != nil, request.replace else { return [] }
        return own.filter { name in !files.contains { $0.name == name } && !name.hasSuffix(".d") }
    }

    /// Writes all files beside their places first, and then moves them there.
    static func write(_ files: [File], into directory: borrowing Descriptor, replacing: Bool)
        throws(Problem)
    {
        var drafts: [(draft: String, name: String)] = []
        var failure: Problem?
        for file in files {
            let draft = ".\(file.name).\(Caller.pid()).draft"
            do throws(KernelFault) {
                try Files.replace(
                    at: directory, draft, with: file.bytes, permissions: 0o644, durable: true)
                drafts.append((draft, file.name))
            } catch {
                failure = error.problem("cannot write \"\(file.name.printable)\"")
                break
            }
        }
        if failure == nil {
            for (draft, name) in drafts {
                do throws(KernelFault) { try Files.rename(at: directory, draft, to: name) } catch {
                    failure = failure ?? error.problem("cannot write \"\(name.printable)\"")
                }
            }
        }
        guard let failure else { return }
        // What was not moved into place is of no use to anybody.
        for (draft, _) in drafts { try? Files.remove(at: directory, draft) }
        throw failure
    }
}

extension Substring {
    /// The text without white space around it.
    fileprivate var trimmed: Substring {
        var text = self
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
