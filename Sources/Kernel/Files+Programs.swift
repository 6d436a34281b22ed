extension Files {
    /// Where a program of this machine lies, by the directories of a PATH; nil if in none of them.
    ///
    /// Relative directories are passed over: what the caller's directory holds is not asked for.
    package static func program(_ name: String, in path: String?) -> String? {
        for directory in (path ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
        where directory.hasPrefix("/") {
            if exists("\(directory)/\(name)") { return "\(directory)/\(name)" }
        }
        return nil
    }
}
