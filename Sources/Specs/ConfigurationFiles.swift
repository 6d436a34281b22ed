package import Base

/// Where the configuration files of the containers ecosystem lie, and in which order they apply.
///
/// The first main file there is stands alone; drop-ins come after it, in the order of their names,
/// the user's before /etc's before /usr/share's where names are equal. Variables of the environment
/// name the only file. See containers-registries.conf(5) and containers.conf(5).
package struct ConfigurationFiles: Sendable {
    /// Variables of the environment.
    package let environment: [String: String]
    /// The user as the machine knows them; 0 reads the rootful drop-ins.
    package let uid: UInt32

    package init(environment: [String: String], uid: UInt32) {
        self.environment = environment
        self.uid = uid
    }

    /// One file and what is in it.
    package struct Document: Equatable, Sendable {
        package let path: String
        package let bytes: [UInt8]
    }

    /// `$XDG_CONFIG_HOME`, or `.config` in the home directory; nil where neither is known.
    package var userDirectory: String? {
        absolute("XDG_CONFIG_HOME") ?? absolute("HOME").map { "\($0)/.config" }
    }

    /// Returns the files named `name` (`registries.conf`) in the order in which they apply.
    package func documents(_ name: String, in view: FileView) throws(Problem) -> [Document] {
        let variable = ConfigurationFiles.variables[name]
        var documents: [Document] = []
        if let variable, let path = environment[variable], !path.isEmpty {
            documents.append(try mandatory(path, variable, view))
        } else {
            for directory in directories {
                if let bytes = try view.read("\(directory)/\(name)") {
                    documents.append(Document(path: "\(directory)/\(name)", bytes: bytes))
                    break
                }
            }
            documents += try dropIns(name, view)
        }
        if let variable, let path = environment["\(variable)_OVERRIDE"], !path.isEmpty {
            documents.append(try mandatory(path, "\(variable)_OVERRIDE", view))
        }
        return documents
    }

    /// Returns the first file named `name` (`policy.json`); such files have no drop-ins.
    package func first(_ name: String, in view: FileView) throws(Problem) -> Document? {
        if let variable = ConfigurationFiles.variables[name], let path = environment[variable],
            !path.isEmpty
        {
            return try mandatory(path, variable, view)
        }
        for directory in directories {
            if let bytes = try view.read("\(directory)/\(name)") {
                return Document(path: "\(directory)/\(name)", bytes: bytes)
            }
        }
        return nil
    }

    private static let variables = [
        "containers.conf": "CONTAINERS_CONF", "storage.conf": "CONTAINERS_STORAGE_CONF",
        "registries.conf": "CONTAINERS_REGISTRIES_CONF", "policy.json": "CONTAINERS_POLICY_JSON",
    ]

    /// The user's directory first.
    private var directories: [String] {
        (userDirectory.map { ["\($0)/containers"] } ?? [])
            + ["/etc/containers", "/usr/share/containers"]
    }

    private func dropIns(_ name: String, _ view: FileView) throws(Problem) -> [Document] {
        let stem = name.hasSuffix(".conf") ? String(name.dropLast(5)) : name
        var chosen: [String: String] = [:]
        for directory in directories {
            var places = ["\(directory)/\(stem).conf.d"]
            if !directory.hasPrefix(userDirectory ?? "\n") {
                places +=
                    uid == 0
                    ? ["\(directory)/\(stem).rootful.conf.d"]
                    : [
                        "\(directory)/\(stem).rootless.conf.d/\(uid)",
                        "\(directory)/\(stem).rootless.conf.d",
                    ]
            }
            for place in places {
                for file in try view.names(place) where file.hasSuffix(".conf") {
                    if chosen[file] == nil { chosen[file] = "\(place)/\(file)" }
                }
            }
        }
        let ordered = chosen.sorted {
            Array($0.key.utf8).lexicographicallyPrecedes(Array($1.key.utf8))
        }
        var documents: [Document] = []
        for (_, path) in ordered {
            // A file that goes away between listing and reading has never been there.
            if let bytes = try view.read(path) {
                documents.append(Document(path: path, bytes: bytes))
            }
        }
        return documents
    }

    private func mandatory(_ path: String, _ variable: String, _ view: FileView)
        throws(Problem) -> Document
    {
        guard let bytes = try view.read(path) else {
            throw Problem(
                .badValue, "there is no configuration file \"\(path)\"",
                why: "\(variable) names it",
                next: "correct or unset \(variable)")
        }
        return Document(path: path, bytes: bytes)
    }

    private func absolute(_ variable: String) -> String? {
        environment[variable].flatMap { $0.hasPrefix("/") ? $0 : nil }
    }
}
