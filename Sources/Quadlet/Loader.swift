import Base
import Kernel
import UnitFiles

/// Finds and reads unit files and their drop-ins.
package struct Loader {
    private var library = Library()
    /// Directories already walked through, by device and inode, so that loops of links end.
    private var visited: Set<Identity> = []
    /// Names of unit files already taken by a directory of higher precedence.
    private var taken: Set<String> = []
    /// Which directories hold a drop-in directory of a name, in the order of precedence.
    private var dropInPlaces: [String: [String]] = [:]
    /// The `.conf` files of each drop-in directory that was read.
    private var dropInNames: [String: [String]] = [:]

    /// The directories that hold a file of variables for the unit files beside it.
    private var variableDirectories: [String] = []
    private static let variableFile = "martlet.env"

    private struct Identity: Hashable {
        let device: UInt64
        let inode: UInt64
    }

    /// Reads everything the search path offers.
    ///
    /// Nothing here stops the run: a file or directory that cannot be read is a finding.
    package static func load(_ path: SearchPath) -> Library {
        var loader = Loader()
        loader.library.roots = path.roots.map(\.path)
        loader.library.findings = path.findings
        for root in path.roots { loader.walk(root.path, leavesOut: root.leavesOut, isRoot: true) }
        for index in loader.library.units.indices { loader.mergeDropIns(into: index) }
        loader.replaceVariables(path.variableDirectory)
        return loader.library
    }

    private mutating func walk(_ path: String, leavesOut: SearchPath.LeavesOut, isRoot: Bool) {
        do throws(KernelFault) {
            let directory = try Files.open(path, [.read, .directory])
            let status = try directory.status()
            let identity = Identity(device: status.device, inode: status.inode)
            guard visited.insert(identity).inserted else { return }
            guard visited.count <= Loader.directoryLimit else {
                throw KernelFault(call: "open", subject: path, number: Loader.tooManyFiles)
            }
            // The kernel knows the directory's path without links.
            let real = (try? Files.target("/proc/self/fd/\(directory.number)")) ?? path
            library.directories.append(real)
            if isRoot { library.realRoots.append(real) }
            var below: [String] = []
            for name in try Files.names(in: directory) {
                if name.unicodeScalars.contains("\u{FFFD}") {
                    refuseName(name, in: real)
                    continue
                }
                if name.hasSuffix(".d") {
                    dropInPlaces[name, default: []].append(real)
                } else if name == Loader.variableFile {
                    variableDirectories.append(real)
                } else if let unit = UnitName(name) {
                    readUnit(unit, in: directory, path: real)
                    if wasRead(unit), isDirectory(directory, name) { below.append(name) }
                } else if isDirectory(directory, name), !Loader.isLeftOut(name, leavesOut) {
                    below.append(name)
                }
            }
            for name in below { walk("\(real)/\(name)", leavesOut: .nothing, isRoot: false) }
        } catch  where error.isAbsence && isRoot {
            return
        } catch {
            let problem = error.problem("cannot read the directory \"\(path.printable)\"")
            library.findings.append(Finding(.error, "unreadable-directory", problem))
        }
    }

    /// A name that is not UTF-8 cannot be opened by what is known of it, and systemd takes none.
    private mutating func refuseName(_ name: String, in directory: String) {
        // What has another ending is no business of ours; a directory has none.
        guard UnitType(fileName: name) != nil || !name.contains(".") else { return }
        let problem = Problem(
            .badDocument, "the name \"\(name.printable)\" is not UTF-8",
            next: "rename it: whatever it is, it is left out",
            at: Problem.Place(file: "\(directory)/\(name)", line: 1))
        library.findings.append(Finding(.error, "odd-path", problem))
    }

    /// Whether the unit read last is this one and has nothing in it, as a directory of that name.
    private func wasRead(_ name: UnitName) -> Bool {
        guard !library.units.isEmpty else { return false }
        let last = library.units.count - 1
        return library.units[last].file.sections.isEmpty && library.units[last].name == name
    }

    /// Directories that one run walks through at most.
    private static let directoryLimit = 4096
    private static let tooManyFiles: CInt = 24

    /// Whether a child of a directory belongs to somebody else.
    package static func isLeftOut(_ name: String, _ rule: SearchPath.LeavesOut) -> Bool {
        switch rule {
        case .nothing: false
        case .users: name == "users"
        case .numbers: name.utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
        }
    }

    private func isDirectory(_ directory: borrowing Descriptor, _ name: String) -> Bool {
        // A link is a directory when what it points to is one; a file that vanished is none.
        guard let status = try? Files.status(at: directory, name) else { return false }
        if status.kind != .link { return status.kind == .directory }
        let target = try? Files.open(at: directory, name, [.read, .directory, .nonBlocking])
        return target != nil
    }

    private mutating func readUnit(
        _ name: UnitName, in directory: borrowing Descriptor, path: String
    ) {
        guard taken.insert(name.file).inserted else { return }
        let full = "\(path)/\(name.file)"
        let place = Problem.Place(file: full, line: 1)
        var unit = LoadedUnit(name: name, directory: path, file: UnitFile(name: full))
        do throws(Problem) {
            switch try Loader.content(of: full, at: directory, name.file) {
            case .masked: unit.isMasked = true
            case .bytes(let bytes):
                unit.file = UnitFile(parsing: bytes, name: full)
                unit.findings = unit.file.problems.map { Finding(.error, "syntax", $0) }
            }
        } catch {
            var problem = error
            problem.place = place
            unit.findings = [
                Finding(
                    .error, "unreadable-file", problem,
                    familiar: "error loading \"\(full)\": \(error.what)")
            ]
        }
        library.units.append(unit)
    }

    private enum Content {
        case masked
        case bytes([UInt8])
    }

    /// Reads a file that may be anything: a pipe, a device, a gigabyte (T-UNIT-3).
    private static func content(
        of path: String, at directory: borrowing Descriptor, _ name: String
    ) throws(Problem) -> Content {
        let what = "cannot read \"\(path.printable)\""
        do throws(KernelFault) {
            let file = try Files.open(at: directory, name, [.read, .nonBlocking, .noTerminal])
            let status = try file.status()
            switch status.kind {
            case .regular: break
            case .character where status.represents == 0x103: return .masked
            case .directory: throw KernelFault(call: "read", subject: name, number: 21)
            default: throw KernelFault(call: "read", subject: name, number: 22)
            }
            guard status.size <= Limits.unitFileBytes else {
                throw KernelFault(call: "read", subject: name, number: 27)
            }
            // One call reads a file whose size has not changed: the byte beyond it shows the end.
            let bytes = try file.read(upTo: Int(status.size) + 1)
            if bytes.count <= Int(status.size) { return .bytes(bytes) }
            let rest = try file.readAll(limit: Limits.unitFileBytes - bytes.count, name: name)
            return .bytes(bytes + rest)
        } catch {
            switch error.name {
            case "EFBIG":
                throw Problem(
                    .badDocument, what, why: "it has more than \(Limits.unitFileBytes) bytes")
            case "EISDIR": throw Problem(.badDocument, what, why: "it is a directory")
            case "EINVAL", "ENXIO": throw Problem(.badDocument, what, why: "it is no regular file")
            case "ENOENT": throw Problem(.badDocument, what, why: "it is a link to nothing")
            default: throw error.problem(what)
            }
        }
    }

    /// Merges the drop-ins of a unit, most specific names first, in the byte order of their names.
    ///
    /// See systemd.unit(5), "drop-in"; docs/quadlet-compatibility.md, "Drop-ins".
    private mutating func mergeDropIns(into index: Int) {
        guard !dropInPlaces.isEmpty else { return }
        let name = library.units[index].name
        var chosen: [(name: String, path: String)] = []
        var seen: Set<String> = []
        for candidate in Loader.dropInDirectories(of: name) {
            for place in dropInPlaces[candidate] ?? [] {
                let directory = "\(place)/\(candidate)"
                for file in names(ofDropIns: directory) where seen.insert(file).inserted {
                    chosen.append((file, "\(directory)/\(file)"))
                }
            }
        }
        chosen.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        for (_, path) in chosen { merge(path, into: index) }
    }

    private mutating func merge(_ path: String, into index: Int) {
        do throws(Problem) {
            let here = try explaining(
                "cannot open /", { () throws(KernelFault) in try Files.open("/", .place) })
            guard case .bytes(let bytes) = try Loader.content(of: path, at: here, path) else {
                return
            }
            let dropIn = UnitFile(parsing: bytes, name: path)
            guard dropIn.problems.isEmpty else {
                report(dropIn.problems.map { Finding(.error, "syntax", $0) })
                return
            }
            library.units[index].file.merge(dropIn)
            library.units[index].dropIns.append(path)
        } catch {
            var problem = error
            problem.place = Problem.Place(file: path, line: 1)
            report([Finding(.error, "unreadable-file", problem)])
        }
    }

    /// A drop-in shared by many units is reported once.
    private mutating func report(_ findings: [Finding]) {
        for finding in findings where !library.findings.contains(finding) {
            library.findings.append(finding)
        }
    }

    private mutating func names(ofDropIns directory: String) -> [String] {
        if let known = dropInNames[directory] { return known }
        // A file called so is no directory of drop-ins; one that cannot be read is reported.
        var names: [String] = []
        do throws(KernelFault) {
            names = try Files.names(in: try Files.open(directory, [.read, .directory]))
                .filter { $0.hasSuffix(".conf") }
        } catch  where error.name == "ENOTDIR" || error.isAbsence {
        } catch {
            let problem = error.problem("cannot read the directory \"\(directory.printable)\"")
            report([Finding(.error, "unreadable-directory", problem)])
        }
        dropInNames[directory] = names
        return names
    }

    /// Returns the names of the directories that may hold drop-ins of a unit, most specific first.
    package static func dropInDirectories(of name: UnitName) -> [String] {
        let type = name.type.rawValue
        var names = ["\(name.file).d"]
        if name.isInstance { names.append("\(name.template).d") }
        var stem = name.stem[...]
        let mark = name.instance == nil ? "" : "@"
        while let dash = stem.lastIndex(of: "-") {
            stem = stem[...dash]
            if !mark.isEmpty { names.append("\(stem)\(mark).\(type).d") }
            if stem.utf8.count < name.stem.utf8.count || !mark.isEmpty {
                names.append("\(stem).\(type).d")
            }
            stem = stem.dropLast()
        }
        names.append("\(type).d")
        return names
    }

    // MARK: Variables

    /// Puts variables into the units that have a file of variables beside them.
    private mutating func replaceVariables(_ shared: String?) {
        guard !variableDirectories.isEmpty else { return }
        var base = Variables()
        if let shared {
            for name in names(ofDropIns: shared) { read("\(shared)/\(name)", into: &base) }
        }
        report(base.findings)
        for directory in variableDirectories {
            var variables = base
            read("\(directory)/\(Loader.variableFile)", into: &variables)
            report(variables.findings)
            for index in library.units.indices where library.units[index].directory == directory {
                let result = variables.replace(in: &library.units[index].file)
                library.units[index].variables = result.used
                library.units[index].findings += result.findings
            }
        }
    }

    private mutating func read(_ path: String, into variables: inout Variables) {
        do throws(Problem) {
            let root = try explaining("cannot open /") { () throws(KernelFault) in
                try Files.open("/", .place)
            }
            guard case .bytes(let bytes) = try Loader.content(of: path, at: root, path) else {
                return
            }
            variables.read(bytes, name: path)
        } catch {
            var problem = error
            problem.place = Problem.Place(file: path, line: 1)
            report([Finding(.error, "unreadable-file", problem)])
        }
    }
}
