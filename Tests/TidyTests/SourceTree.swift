import Foundation

/// The project's own files, as the tidy tests read them.
struct SourceTree {
    /// The checkout, found from this file's place in it.
    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Every Swift file below Sources.
    static let sources = swiftFiles(below: "Sources")
    /// Every Swift file below Tests.
    static let tests = swiftFiles(below: "Tests")

    /// Returns the files below `folder` whose names end in `.swift`.
    static func swiftFiles(below folder: String) -> [SourceFile] {
        files(below: folder).filter { $0.hasSuffix(".swift") }.map(SourceFile.init(path:))
    }

    /// Returns the paths, from the root on, of all plain files below `folder`, sorted.
    static func files(below folder: String) -> [String] {
        let top = root.appending(path: folder).path
        guard let walk = FileManager.default.enumerator(atPath: top) else { return [] }
        return walk.compactMap { $0 as? String }.map { "\(folder)/\($0)" }.filter {
            var isDirectory: ObjCBool = false
            let path = root.appending(path: $0).path
            return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
                && !isDirectory.boolValue
        }.sorted()
    }

    /// Returns the text of the file at `path`, nil if it is no text.
    static func text(_ path: String) -> String? {
        try? String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// Returns whether there is something at `path`.
    static func has(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appending(path: path).path)
    }
}

/// One Swift file: its lines as written, and its code with comments and strings blanked.
struct SourceFile: CustomStringConvertible {
    let path: String
    let lines: [String]
    let code: [String]

    init(path: String) {
        self.path = path
        let text = SourceTree.text(path) ?? ""
        lines = Self.split(text)
        code = Self.split(Blanking.blanked(text))
    }

    var description: String { path }
    /// The folder below Sources or Tests.
    var room: String { String(path.split(separator: "/")[1]) }
    var name: String { String(path.split(separator: "/").last ?? "") }

    /// The modules it imports.
    var imports: [String] {
        code.compactMap { line in
            let words = line.split(separator: " ").filter {
                !["package", "internal", "private", "public", "@preconcurrency"].contains($0)
            }
            guard words.first == "import", let module = words.last else { return nil }
            return String(module.split(separator: ".")[0])
        }
    }

    /// Returns "path:line: text" for each line of code that `pattern` is found in.
    func places(of pattern: String) -> [String] {
        guard let pattern = try? Regex(pattern) else { return ["no pattern: \(pattern)"] }
        return code.enumerated().filter { $0.element.contains(pattern) }.map {
            "\(path):\($0.offset + 1): \(lines[$0.offset].trimmingCharacters(in: .whitespaces))"
        }
    }

    private static func split(_ text: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }
}
