package import Base
package import Kernel

/// Makes a tar archive of a tree of files: of one layer, or of what a stack of layers shows.
///
/// Names come in byte order and no time of day goes in, so the same tree always gives the same
/// bytes. Nothing is reached by a path: each name is opened in the descriptor of its directory, and
/// links are written down, never followed.
package struct TreeArchive {
    /// What the marks of an overlay mean in the source.
    package enum Marks: Sendable {
        /// They become whiteouts: the archive is that of a layer (image-spec layer.md).
        case kept
        /// They hide what lies below: the archive is of what a container sees.
        case applied
    }

    /// Returns the owner and group that the archive says.
    package typealias Owners = (_ uid: UInt32, _ gid: UInt32) -> (UInt32, UInt32)
    /// Told of the path of a file that is left out: one whose name begins with `.wh.`, as it would
    /// hide another in a layer (T-FUSE-2).
    package typealias LeftOut = (_ path: [UInt8]) -> Void
    /// Takes the next bytes of the archive.
    package typealias Sink = (ByteSpan) throws(Problem) -> Void

    private let marks: Marks
    private let owners: Owners
    private let sink: Sink
    /// Where the first name of a file with several is, by its identity.
    private var links: [[UInt64]: [UInt8]] = [:]
    private var buffer = [UInt8](repeating: 0, count: 256 << 10)

    /// Told of what a layer cannot hold; nil where the archive is not for a layer.
    private let leftOut: LeftOut?

    private init(
        _ marks: Marks, _ owners: @escaping Owners, _ leftOut: LeftOut?, _ sink: @escaping Sink
    ) {
        self.leftOut = leftOut
        self.marks = marks
        self.owners = owners
        self.sink = sink
    }

    /// Passes on the archive of what is in the directories of `stack`, topmost first.
    ///
    /// - Parameter prefix: what stands before each name, without a slash at its end; nil leaves
    ///   the topmost directory itself out.
    package static func write(
        _ stack: [TreePart], marks: Marks, prefix: FileName? = "",
        owners: @escaping Owners = { ($0, $1) }, leftOut: LeftOut? = nil, to sink: Sink
    ) throws(Problem) {
        try withoutActuallyEscaping(sink) { (sink) throws(Problem) in
            var archive = TreeArchive(marks, owners, leftOut, sink)
            try archive.directory(
                stack, prefix.map { Array($0.bytes) } ?? [], isNamed: prefix != nil)
            try sink(TarWriter.end.span)
        }
    }

    /// Passes on the archive of one open file, under the name `name`.
    package static func write(
        file: consuming Descriptor, as name: FileName,
        owners: @escaping Owners = { ($0, $1) }, to sink: Sink
    ) throws(Problem) {
        let open = SharedDescriptor(file)
        try withoutActuallyEscaping(sink) { (sink) throws(Problem) in
            var archive = TreeArchive(.applied, owners, nil, sink)
            try archive.content(open.descriptor, as: Array(name.bytes))
            try sink(TarWriter.end.span)
        }
    }

    // MARK: Directories

    private mutating func directory(
        _ stack: [TreePart], _ path: [UInt8], isNamed: Bool = true
    ) throws(Problem) {
        guard let top = stack.first else { return }
        let (own, isOpaque) = try explained(path) { () throws(KernelFault) in
            let named = (path.isEmpty ? [0x2E] : path) + [0x2F]
            let status = try top.directory.descriptor.status()
            return (
                try entry(.directory, named, status, top.directory.descriptor),
                try top.isOpaque()
            )
        }
        if isNamed { try put(own) }
        if marks == .kept, isOpaque {
            try whiteout(TreeArchive.join(path, Whiteout.opaqueMarker.bytes))
        }
        let found = try explained(path) { () throws(KernelFault) in
            try TreeArchive.content(of: stack)
        }
        for name in found.keys.sorted(by: { $0.bytes.lexicographicallyPrecedes($1.bytes) }) {
            let inside = TreeArchive.join(path, name.bytes)
            if let leftOut, Whiteout.isMark(name) {
                leftOut(inside)
                continue
            }
            switch found[name] {
            case .directory(let part):
                let below = try explained(inside) { () throws(KernelFault) in
                    marks == .kept
                        ? [try part.open(name)] : try MergedTree.directories(name, in: stack)
                }
                try directory(below, inside)
            case .other(let part): try file(name, in: part.directory, as: inside)
            case .hidden: try hide(name, in: path)
            case nil: continue
            }
        }
    }

    /// What stands behind a name, topmost, and where.
    private enum Found {
        case directory(TreePart)
        case other(TreePart)
        /// Nothing, because a file beside it says so.
        case hidden
    }

    private static func content(of stack: [TreePart]) throws(KernelFault) -> [FileName: Found] {
        var found: [FileName: Found] = [:]
        for part in stack {
            let (entries, hidden) = try part.content()
            for entry in entries where found[entry.name] == nil {
                found[entry.name] = entry.isDirectory ? .directory(part) : .other(part)
            }
            for name in hidden where found[name] == nil { found[name] = .hidden }
        }
        return found
    }

    // MARK: Files

    private mutating func file(
        _ name: FileName, in directory: SharedDescriptor, as path: [UInt8]
    ) throws(Problem) {
        let found = try explained(path) { () throws(KernelFault) in
            try Files.statusIfPresent(at: directory.descriptor, name)
        }
        // A file that went away since the directory was read is in no archive.
        guard let status = found else { return }
        if status.isWhiteout {
            return try hide(name, in: Array(path.dropLast(name.bytes.count + 1)))
        }
        let identity = [status.device, status.inode]
        if status.links > 1, let first = links[identity] {
            var link = TarEntry()
            link.kind = .hardLink
            link.path = path
            link.target = first
            link.permissions = status.permissions
            link.modified = status.time
            return try put(link)
        }
        switch status.kind {
        case .regular:
            let open = try explained(path) { () throws(KernelFault) in
                try Files.open(at: directory.descriptor, name, [.read, .noFollow, .nonBlocking])
            }
            try content(open, as: path)
        case .link:
            let target = try explained(path) { () throws(KernelFault) in
                try Files.target(at: directory.descriptor, name)
            }
            var link = plain(.symbolicLink, path, status)
            link.target = Array(target.bytes)
            try put(link)
        case .fifo: try put(plain(.fifo, path, status))
        case .socket, .character, .block, .unknown, .directory: return
        }
        if status.links > 1 { links[identity] = path }
    }

    private mutating func content(_ file: borrowing Descriptor, as path: [UInt8])
        throws(Problem)
    {
        let header = try explained(path) { () throws(KernelFault) in
            try entry(.file, path, try file.status(), file)
        }
        try put(header)
        var position: Int64 = 0
        while position < header.size {
            let wanted = Int(min(Int64(buffer.count), header.size - position))
            var got: Int
            do throws(KernelFault) {
                got = try file.read(into: &buffer, upTo: wanted, at: position)
            } catch {
                throw problem(error, path)
            }
            if got == 0 {
                // It became shorter meanwhile; the header stands, so zeros fill it up.
                for index in 0..<wanted { buffer[index] = 0 }
                got = wanted
            }
            try sink(buffer.span.extracting(0..<got))
            position += Int64(got)
        }
        try sink(TarWriter.padding(after: header.size).span)
    }

    private func hide(_ name: FileName, in directory: [UInt8]) throws(Problem) {
        guard marks == .kept, let mark = Whiteout.mark(hiding: name) else { return }
        try whiteout(TreeArchive.join(directory, mark.bytes))
    }

    private func whiteout(_ path: [UInt8]) throws(Problem) {
        var entry = TarEntry()
        entry.path = path
        entry.permissions = 0o644
        try put(entry)
    }

    // MARK: Headers

    private func put(_ entry: TarEntry) throws(Problem) { try sink(TarWriter.header(entry).span) }

    private func plain(_ kind: TarEntry.Kind, _ path: [UInt8], _ status: FileStatus) -> TarEntry {
        var entry = TarEntry()
        entry.kind = kind
        entry.path = path
        entry.permissions = status.permissions
        (entry.uid, entry.gid) = owners(status.uid, status.gid)
        entry.modified = status.time
        return entry
    }

    private func entry(
        _ kind: TarEntry.Kind, _ path: [UInt8], _ status: FileStatus,
        _ file: borrowing Descriptor
    ) throws(KernelFault) -> TarEntry {
        var entry = plain(kind, path, status)
        if kind == .file { entry.size = status.size }
        for name in try file.attributes().sorted(by: { $0.text < $1.text }) {
            guard let value = try file.attribute(name),
                let kept = LayerAttributes.accepted(
                    TarEntry.Attribute(name: Array(name.bytes), value: value))
            else { continue }
            entry.attributes.append(
                TarEntry.Attribute(name: Array(kept.name.bytes), value: kept.value))
        }
        return entry
    }

    private static func join(_ path: [UInt8], _ name: ArraySlice<UInt8>) -> [UInt8] {
        path.isEmpty ? Array(name) : path + [0x2F] + name
    }

    private func problem(_ fault: KernelFault, _ path: [UInt8]) -> Problem {
        let shown = String(decoding: path, as: UTF8.self).printable
        return fault.problem("cannot read \"\(shown)\"")
    }

    private func explained<Value: ~Copyable>(
        _ path: [UInt8], _ body: () throws(KernelFault) -> Value
    ) throws(Problem) -> Value {
        do throws(KernelFault) { return try body() } catch { throw problem(error, path) }
    }
}
