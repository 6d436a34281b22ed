package import Base
import Kernel
import Records
package import Specs
import Storages

/// Where `martlet cp` takes files from, or puts them.
package enum CopyPlace: Sendable {
    /// A path of this machine's.
    case host(String)
    case container(ContainerRecord, path: String)
    /// A tar archive on standard input or output.
    case stream
}

/// Copying into and out of containers, running or not.
///
/// One process that stands in the user namespace holds both ends as open directories, and hands
/// every file from the one to the other as an entry of an archive: no path of a container's is ever
/// read as a path of this machine's, however often it changes meanwhile (T-CP-1…3).
struct ContainerCopy {
    let house: House
    /// Whether files copied into a container become its user's.
    var givesAway = true
    /// Whether a directory may take the place of a file, and a file that of a directory.
    var overwrites = false

    /// What stands at one end: a directory, or a file.
    private struct Found: ~Copyable {
        var file: Descriptor
        var isDirectory: Bool
    }

    func run(from source: CopyPlace, to target: CopyPlace) throws(Problem) {
        try house.inside { () throws(Problem) in
            let root = try opened(source)
            let targetRoot = try opened(target)
            switch (source, target) {
            case (.stream, _): try unpackStream(to: target, targetRoot)
            default: try copy(source, root, target, targetRoot)
            }
        }
    }

    // MARK: Roots

    /// The root directory of a container as its processes see it, or as they would.
    private func opened(_ place: CopyPlace) throws(Problem) -> SharedDescriptor? {
        guard case .container(let container, _) = place else { return nil }
        let condition = try house.condition(of: container.id)
        if condition.isRunning, let pid = condition.record?.process?.pid {
            return try explaining("cannot open the files of container \"\(container.name)\"") {
                () throws(KernelFault) in
                SharedDescriptor(try Files.open("/proc/\(pid)/root", [.read, .directory]))
            }
        }
        return try StoppedRoot(house: house, container: container).open()
    }

    // MARK: Source

    private func found(_ place: CopyPlace, _ root: SharedDescriptor?) throws(Problem) -> Found {
        let (path, what) = ContainerCopy.words(place)
        let file = try ContainerCopy.open(path, root, what)
        let status = try explaining("cannot examine \(what)") { () throws(KernelFault) in
            try file.status()
        }
        guard status.kind == .directory || status.kind == .regular else {
            throw Problem(.badValue, "cannot copy \(what)", why: "it is no file and no directory")
        }
        return Found(file: file, isDirectory: status.kind == .directory)
    }

    private static func open(_ path: String, _ root: SharedDescriptor?, _ what: String)
        throws(Problem) -> Descriptor
    {
        let mode: Files.Mode = [.read, .nonBlocking, .noTerminal]
        do throws(KernelFault) {
            guard let root else { return try Files.open(path, mode) }
            return try Files.openBeneath(root.descriptor, path, mode)
        } catch {
            guard error.isAbsence else { throw error.problem("cannot read \(what)") }
            throw Problem(.noSuchObject, "there is no \(what)")
        }
    }

    /// The path, and how it is called in messages.
    private static func words(_ place: CopyPlace) -> (path: String, what: String) {
        switch place {
        case .host(let path): (path, "\"\(path.printable)\"")
        case .container(let container, let path):
            (path, "\"\(path.printable)\" in container \"\(container.name)\"")
        case .stream: ("-", "standard input or output")
        }
    }

    // MARK: Copying

    private func copy(
        _ source: CopyPlace, _ root: SharedDescriptor?, _ target: CopyPlace,
        _ targetRoot: SharedDescriptor?
    ) throws(Problem) {
        let found = try found(source, root)
        let isDirectory = found.isDirectory
        let open = SharedDescriptor(found.file)
        let path = ContainerCopy.words(source).path
        let owners = try owners(from: source, to: target)
        if case .stream = target {
            let name = ContainerCopy.leaf(path)
            let out = try explaining("cannot write to standard output") {
                () throws(KernelFault) in SharedDescriptor(try Standard.duplicate(1))
            }
            return try pass(open, isDirectory, as: name, owners) { bytes throws(Problem) in
                do throws(KernelFault) { try out.descriptor.writeAll(bytes) } catch {
                    throw error.problem("cannot write the archive")
                }
            }
        }
        let takesContent = path == "." || path.hasSuffix("/.")
        let place = try aim(at: target, targetRoot, forDirectory: isDirectory)
        let name: FileName? =
            place.name.map { FileName($0) } ?? (takesContent ? nil : ContainerCopy.leaf(path))
        let keeps = if case .container = target { true } else { false }
        let writing = try TreeReading(
            into: place.directory.descriptor.duplicated(), keepsOwners: keeps)
        if isDirectory, takesContent, let name = place.name {
            _ = try explaining("cannot make \"\(name.printable)\"") { () throws(KernelFault) in
                try Files.makeDirectory(at: place.directory.descriptor, name, permissions: 0o755)
            }
        }
        try pass(open, isDirectory, as: name, owners) { bytes throws(Problem) in
            try writing.feed(bytes)
        }
        try writing.finish()
    }

    private func pass(
        _ open: SharedDescriptor, _ isDirectory: Bool, as name: FileName?,
        _ owners: @escaping TreeArchive.Owners, to sink: TreeArchive.Sink
    ) throws(Problem) {
        if isDirectory {
            return try TreeArchive.write(
                [TreePart(open)], marks: .applied, prefix: name, owners: owners, to: sink)
        }
        try TreeArchive.write(
            file: try open.descriptor.duplicated(), as: name ?? "file", owners: owners, to: sink)
    }

    /// The directory that is written into, and the name there; nil keeps the source's.
    private func aim(
        at target: CopyPlace, _ root: SharedDescriptor?, forDirectory isDirectory: Bool
    ) throws(Problem) -> (directory: SharedDescriptor, name: String?) {
        let (path, what) = ContainerCopy.words(target)
        if let directory = try directory(path, root, what) { return (directory, nil) }
        let (parent, name) = Places.split(path)
        let above = path.hasPrefix("/") || root != nil ? parent : String(parent.dropFirst())
        guard let directory = try directory(above.isEmpty ? "." : above, root, what) else {
            throw Problem(
                .noSuchObject, "cannot copy to \(what)",
                why: "there is no directory \"\(above.printable)\"", next: "make it first")
        }
        let standing = try explaining("cannot examine \(what)") { () throws(KernelFault) in
            try Files.statusIfPresent(at: directory.descriptor, FileName(name))
        }
        if standing == nil, path.hasSuffix("/"), !isDirectory {
            throw Problem(
                .noSuchObject, "cannot copy to \(what)", why: "there is no such directory",
                next: "make it first, or leave the slash at the end out")
        }
        if standing != nil, isDirectory, !overwrites {
            throw Problem(
                .badValue, "cannot copy a directory to \(what)", why: "a file is there",
                next: "use --overwrite to replace it")
        }
        return (directory, name)
    }

    private func directory(_ path: String, _ root: SharedDescriptor?, _ what: String)
        throws(Problem) -> SharedDescriptor?
    {
        do throws(KernelFault) {
            if let root {
                return SharedDescriptor(
                    try Files.openBeneath(root.descriptor, path, [.read, .directory]))
            }
            return SharedDescriptor(try Files.open(path, [.read, .directory]))
        } catch {
            if error.isAbsence || error.isOtherKind { return nil }
            throw error.problem("cannot open \(what)")
        }
    }

    private func unpackStream(to target: CopyPlace, _ root: SharedDescriptor?) throws(Problem) {
        let (path, what) = ContainerCopy.words(target)
        guard let directory = try directory(path, root, what) else {
            throw Problem(
                .noSuchObject, "cannot unpack standard input in \(what)",
                why: "there is no such directory")
        }
        let input = try explaining("cannot read standard input") { () throws(KernelFault) in
            try Standard.duplicate(0)
        }
        try TreeReading.unpack(input, into: try directory.descriptor.duplicated())
    }

    // MARK: Owners

    private func owners(from source: CopyPlace, to target: CopyPlace) throws(Problem)
        -> TreeArchive.Owners
    {
        guard givesAway, case .container(let container, _) = target else { return { ($0, $1) } }
        let files = ImageFiles(
            of: house.dataDirectory(of: container.id),
            above: house.layerDirectories(container.layers))
        let accounts = Accounts(
            passwd: files.text("/etc/passwd"), group: files.text("/etc/group"))
        let image = try container.imageID.flatMap { (id) throws(Problem) in
            try house.imageConfig(id, ledger: house.ledger()).config
        }
        let words = container.spec.process.user ?? image?.user ?? ""
        let user = try accounts.identity(words)
        let maps = try house.nestedMaps(of: container)
        let uid = StoreWork.outside(user.uid, maps?.uid)
        let gid = StoreWork.outside(user.gid, maps?.gid)
        return { _, _ in (uid, gid) }
    }

    private static func leaf(_ path: String) -> FileName {
        let name = Places.split(path).name
        return FileName(name.isEmpty || name == ".." ? "root" : name)
    }
}

extension Descriptor {
    fileprivate func duplicated() throws(Problem) -> Descriptor {
        try explaining("cannot hold a directory open") { () throws(KernelFault) in
            try duplicate()
        }
    }
}

extension House {
    /// Copies files or directories into or out of containers.
    ///
    /// - Parameters:
    ///   - givesAway: whether what comes into a container becomes its user's.
    ///   - overwrites: whether a directory may take the place of a file.
    package func copy(
        from source: CopyPlace, to target: CopyPlace, givesAway: Bool, overwrites: Bool
    ) throws(Problem) {
        var copy = ContainerCopy(house: self)
        copy.givesAway = givesAway
        copy.overwrites = overwrites
        try copy.run(from: source, to: target)
    }
}
