/// How pure code sees files: what reads them is handed in, the disk or a test's dictionary.
package struct FileView: Sendable {
    /// Returns a file's content, or nil where there is no such file.
    package let read: @Sendable (_ path: String) throws(Problem) -> [UInt8]?
    /// Returns the names in a directory in byte order, none where there is no such directory.
    package let names: @Sendable (_ directory: String) throws(Problem) -> [String]

    package init(
        read: @escaping @Sendable (String) throws(Problem) -> [UInt8]?,
        names: @escaping @Sendable (String) throws(Problem) -> [String]
    ) {
        self.read = read
        self.names = names
    }

    /// Makes a view of files that exist only here: path and content.
    package init(_ files: [String: String]) {
        self.init { path in
            files[path].map { Array($0.utf8) }
        } names: { directory in
            files.keys.filter { $0.hasPrefix(directory + "/") }
                .map { $0.dropFirst(directory.utf8.count + 1) }
                .filter { !$0.contains("/") }.map(String.init)
                .sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
        }
    }
}
