import Base
package import Kernel

/// The unit files that a verb is about, with all files they may refer to.
struct Selection {
    let circumstances: SearchPath.Circumstances
    let library: Library
    /// The paths of the files that were asked for; nil where all were.
    let chosen: [String]?

    /// Loads the search path, or the files and directories that `paths` name.
    ///
    /// A file that is named stands before those of the search path, and so do its neighbours.
    init(_ paths: [String], _ caller: Caller) throws(Problem) {
        let circumstances = SearchPath.Circumstances(caller)
        self.circumstances = circumstances
        guard !paths.isEmpty else {
            library = Loader.load(SearchPath(circumstances))
            chosen = nil
            return
        }
        var roots: [String] = []
        var wanted: [String] = []
        var directories: [String] = []
        for path in paths {
            let full = try Selection.absolute(path)
            let what = "cannot look at \"\(path.printable)\""
            let status = try explaining(what) { () throws(KernelFault) in try Files.status(full) }
            if status.kind == .directory {
                let real = Selection.withoutLinks(full)
                roots.append(real)
                directories.append(real)
            } else {
                guard UnitName(Paths.base(of: full)) != nil else {
                    throw Problem(
                        .badValue, "\"\(path.printable)\" is no unit file",
                        next: "its name ends in one of "
                            + UnitType.allCases.map { ".\($0.rawValue)" }.sorted().joined(
                                separator: ", "))
                }
                roots.append(Paths.directory(of: full))
                wanted.append(Paths.base(of: full))
            }
        }
        let loaded = Loader.load(SearchPath(first: roots, then: circumstances))
        library = loaded
        chosen = loaded.units.filter { unit in
            wanted.contains(unit.name.file)
                || directories.contains { unit.path.hasPrefix("\($0)/") }
        }.map(\.path)
    }

    /// Units are known by the paths of their directories without links.
    private static func withoutLinks(_ path: String) -> String {
        guard let directory = try? Files.open(path, [.read, .directory]) else { return path }
        return (try? Files.target("/proc/self/fd/\(directory.number)")) ?? path
    }

    private static func absolute(_ path: String) throws(Problem) -> String {
        if path.hasPrefix("/") { return Paths.clean(path) }
        let here = try explaining("cannot tell the present directory") { () throws(KernelFault) in
            try Caller.directory()
        }
        return Paths.clean("\(here)/\(path)")
    }
}

extension SearchPath.Circumstances {
    /// The circumstances of whoever called this program.
    package init(_ caller: Caller) {
        self.init(isUser: caller.uid != 0, uid: caller.uid, environment: caller.environment)
    }
}
