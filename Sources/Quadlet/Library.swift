package import UnitFiles

/// A unit file as it was found, with its drop-ins merged in.
package struct LoadedUnit: Sendable {
    package let name: UnitName
    /// The directory it was found in, links resolved.
    package let directory: String
    package var file: UnitFile
    /// The drop-ins that were merged, in the order of merging.
    package var dropIns: [String] = []
    /// What makes the file unreadable as a whole.
    package var findings: [Finding] = []
    /// Whether the name is a link to /dev/null: it hides later files of its name and yields
    /// nothing.
    package var isMasked = false
    /// The variables that were put in when it was read.
    package var variables: [Variables.Variable] = []

    package init(name: UnitName, directory: String, file: UnitFile) {
        self.name = name
        self.directory = directory
        self.file = file
    }

    package var path: String { "\(directory)/\(name.file)" }
}

/// All unit files that one run works on.
package struct Library: Sendable {
    package var units: [LoadedUnit] = []
    /// What is wrong beyond a single unit: directories, drop-ins.
    package var findings: [Finding] = []
    /// The directories that were asked for, whether they exist or not.
    package var roots: [String] = []
    /// Those of them that exist, links resolved.
    package var realRoots: [String] = []
    /// Every directory that was read, in the order of precedence.
    package var directories: [String] = []

    package init() {}
}
