package import Base
package import Kernel
package import Specs

/// A file or directory that an image comes from or goes to, opened before any namespace is entered.
package struct ImagePlace {
    private let location: ImageLocation
    private let file: SharedDescriptor

    /// Opens what there is.
    ///
    /// - Parameter data: the data directory, for archives that are packed as a whole.
    package init(opening location: ImageLocation, in data: String) throws(Problem) {
        self.location = location
        let path = location.path
        var opened = try explaining("cannot open \"\(path.printable)\"") {
            () throws(KernelFault) in
            SharedDescriptor(try Files.open(path, [.read, .nonBlocking]))
        }
        if location.isArchive { opened = try ImagePlace.plain(opened, data) }
        file = opened
    }

    /// Makes the file or directory, or opens the directory there is.
    package init(making location: ImageLocation) throws(Problem) {
        self.location = location
        let path = location.path
        let what = "cannot make \"\(path.printable)\""
        guard location.isArchive else {
            file = try explaining(what) { () throws(KernelFault) in
                let here = try path.hasPrefix("/") ? "" : Files.target("/proc/self/cwd") + "/"
                return SharedDescriptor(
                    try Files.ensureDirectory(here + path, permissions: 0o755))
            }
            return
        }
        do throws(KernelFault) {
            file = SharedDescriptor(
                try Files.open(path, [.write, .create, .exclusive], permissions: 0o644))
        } catch  where error.isPresence {
            // Neither skopeo nor podman changes an archive that is there.
            throw Problem(
                .nameInUse, "\"\(path.printable)\" is there already",
                next: "remove it first, or write to another file")
        } catch {
            throw error.problem(what)
        }
    }

    /// Does what fills the place; an archive that cannot be finished is removed.
    package func finishing<Value>(_ body: () throws(Problem) -> Value) throws(Problem) -> Value {
        do throws(Problem) {
            return try body()
        } catch {
            if location.isArchive, let here = try? Files.open(".", [.read, .directory]) {
                // What cannot be removed is no whole archive, and every reader says so.
                try? Files.remove(at: here, location.path)
            }
            throw error
        }
    }

    /// Takes an open file or pipe to write to.
    package init(writing file: SharedDescriptor, as location: ImageLocation) {
        self.location = location
        self.file = file
    }

    /// Reads what image it holds.
    package func bundle() throws(Problem) -> ImageBundle {
        switch location {
        case .layout(let path, let name):
            try ImageBundle.layout(file, name: name, shown: path)
        case .layoutArchive(let path, let name):
            try ImageBundle.archive(file, name: name, shown: path)
        case .dockerArchive(let path, let name):
            try ImageBundle.archive(file, name: name?.description, shown: path)
        case .directory(let path): try ImageBundle.directory(file, shown: path)
        case .registry, .store, .podmanStore: throw unsuitable
        }
    }

    /// A target, and what has to be done when all images are in it.
    package struct Target {
        package let blobs: any BlobTarget
        package let close: () throws(Problem) -> Void
        /// Keeps the scratch directory.
        let draft: Draft
    }

    /// Makes the target.
    package func target(scratch draft: Draft) throws(Problem) -> Target {
        switch location {
        case .layout:
            return Target(
                blobs: try LayoutTarget(file), close: { () throws(Problem) in }, draft: draft)
        case .directory:
            return Target(
                blobs: DirectoryTarget(file), close: { () throws(Problem) in }, draft: draft)
        case .layoutArchive:
            let target = try LayoutArchiveTarget(file, scratch: draft.place)
            return Target(
                blobs: target, close: { () throws(Problem) in try target.close() }, draft: draft)
        case .dockerArchive:
            let target = try DockerArchiveTarget(file, scratch: draft.place)
            return Target(
                blobs: target, close: { () throws(Problem) in try target.close() }, draft: draft)
        case .registry, .store, .podmanStore: throw unsuitable
        }
    }

    /// The name an image gets there: the one written in the location, and none otherwise.
    package func label(else other: String?) -> String? {
        switch location {
        case .layout(_, let name), .layoutArchive(_, let name): name
        case .dockerArchive(_, let name): name?.description
        default: nil
        }
    }

    private var unsuitable: Problem {
        Problem(.badUsage, "\"\(location)\" is neither a file nor a directory")
    }

    /// Unpacks an archive that is compressed as a whole into a file without a name.
    private static func plain(_ file: SharedDescriptor, _ data: String) throws(Problem)
        -> SharedDescriptor
    {
        var head = [UInt8](repeating: 0, count: 6)
        var range = try ByteRange(file)
        let count = try range.read(into: &head)
        guard Unpacker.isCompressed(head[..<count]) else { return file }
        let copy = SharedDescriptor(try Store.open(data).draft().scratch())
        var source = try ByteRange(file)
        var unpacker = Unpacker()
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        func write(_ bytes: ByteSpan) throws(Problem) {
            do throws(KernelFault) { try copy.descriptor.writeAll(bytes) } catch {
                throw error.problem("cannot unpack the archive")
            }
        }
        while true {
            let got = try source.read(into: &buffer)
            if got == 0 { break }
            try unpacker.feed(buffer.span.extracting(0..<got)) { (bytes) throws(Problem) in
                try write(bytes)
            }
        }
        try unpacker.finish { (bytes) throws(Problem) in try write(bytes) }
        return copy
    }
}

extension ImageLocation {
    fileprivate var path: String {
        switch self {
        case .layout(let path, _), .layoutArchive(let path, _), .dockerArchive(let path, _),
            .directory(let path):
            path
        case .registry, .store, .podmanStore: ""
        }
    }

    fileprivate var isArchive: Bool {
        switch self {
        case .layoutArchive, .dockerArchive: true
        default: false
        }
    }
}
