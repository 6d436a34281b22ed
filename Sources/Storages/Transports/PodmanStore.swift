package import Base
import Checksums
package import Kernel
import Specs

/// The images of podman's own store, read and never written: those of the drivers overlay and vfs.
///
/// Layers lie there unpacked, each beside a description of the archive it came in (tar-split), from
/// which that archive is made again, byte for byte. See containers-transports(5),
/// "containers-storage".
package struct PodmanStore: Sendable {
    private let root: SharedDescriptor
    private let path: String
    private let driver: Driver

    private enum Driver: String, CaseIterable, Sendable {
        case overlay, vfs

        /// Where the files of a layer lie.
        func files(of layer: String) -> String {
            self == .overlay ? "overlay/\(layer)/diff" : "vfs/dir/\(layer)"
        }
    }

    /// An image there.
    package struct Image: Codable, Sendable {
        package var id: String
        package var names: [String]?
        /// The uppermost layer.
        var layer: String?
        /// Of the manifest it came by.
        package var digest: String?
    }

    private struct Layer: Codable {
        var id: String
        var parent: String?
    }

    /// Opens the store at `path`.
    ///
    /// - Throws: `noSuchObject` where there is none of a driver that is read.
    package init(opening path: String) throws(Problem) {
        self.path = path
        let directory: SharedDescriptor
        do throws(KernelFault) {
            directory = SharedDescriptor(try Files.open(path, [.read, .directory]))
        } catch {
            if error.isAbsence { throw PodmanStore.absent(path) }
            throw error.problem("cannot open podman's store at \"\(path.printable)\"")
        }
        guard
            let driver = Driver.allCases.first(where: { driver in
                let list = "\(driver.rawValue)-images/images.json"
                return (try? Files.openBeneath(directory.descriptor, list, .read, [.beneath]))
                    != nil
            })
        else { throw PodmanStore.absent(path) }
        self.driver = driver
        root = directory
    }

    private static func absent(_ path: String) -> Problem {
        Problem(
            .noSuchObject, "podman has no images at \"\(path.printable)\"",
            why: "there is no store of its drivers overlay or vfs",
            next: "name another store: containers-storage:[overlay@/PATH]NAME")
    }

    /// Returns the image that `name` means: a name, an id or its beginning.
    package func find(_ name: String) throws(Problem) -> Image {
        let images = try list([Image].self, "images")
        let reference = try? ImageReference(name)
        let wanted = reference.map { ImageShelf.candidates($0).map(\.description) } ?? [name]
        for name in wanted {
            if let image = images.first(where: { $0.names?.contains(name) == true }) {
                return image
            }
        }
        let hex = name.hasPrefix("sha256:") ? String(name.dropFirst(7)) : name
        let found = images.filter { hex.utf8.count >= 2 && $0.id.hasPrefix(hex) }
        if found.count > 1 {
            throw Problem(
                .badValue, "\"\(name.printable)\" is the beginning of several image ids",
                next: "write more of the id, or the name")
        }
        if let image = found.first { return image }
        let near = ImageReference.nearest(to: name, among: images.flatMap { $0.names ?? [] })
        throw Problem(
            .noSuchImage, "podman has no image \"\(name.printable)\"",
            why: "its store is \"\(path.printable)\"",
            next: near.map { "did you mean \"\($0)\"?" }
                ?? "see \"podman images\"")
    }

    /// Returns an image as the store takes it; its archives are made when they are asked for.
    ///
    /// - Parameter scratch: a directory for archives that are read while they have no name.
    /// - Requires: they are asked for where the files' owners are known: in the user namespace.
    package func arrival(of image: Image, scratch: SharedDescriptor) throws(Problem)
        -> ImageShelf.Arrival
    {
        let manifest = try datum("manifest", of: image, limit: Limits.manifestBytes)
        let document = try ManifestDocument(
            parsing: manifest, announced: nil, name: "manifest of \(image.id.prefix(12))")
        guard case .image(let parts) = document, parts.isImage else {
            throw Problem(
                .badDocument, "\"\(image.id.prefix(12))\" of podman's store is no image",
                why: "it is a list of images or an artifact")
        }
        let config = try datum(
            "\(parts.config.digest)", of: image, limit: Limits.imageConfigBytes)
        let found = Checksum.of(config, parts.config.digest.algorithm)
        guard found == parts.config.digest else {
            throw LayerSource.differs("configuration", parts.config.digest, found)
        }
        let ids = try chain(of: image)
        guard ids.count == parts.layers.count else {
            throw Problem(
                .badDocument, "image \(image.id.prefix(12)) of podman's store is damaged",
                why: "it has \(ids.count) layers and its manifest \(parts.layers.count)",
                next: "podman system check")
        }
        let layers = zip(ids, parts.layers).map { id, content in
            // Its digest is over another packing; the configuration's is over what comes.
            ImageShelf.Arrival.Layer(content: content, isVerified: true) { () throws(Problem) in
                try archive(of: id, in: scratch)
            }
        }
        var arrival = ImageShelf.Arrival(manifest: manifest, config: config, layers: layers)
        let names = image.names ?? []
        arrival.names = names.filter { !$0.contains("@") }
        arrival.digestNames = names.filter { $0.contains("@") }
        if let digest = image.digest, digest == "\(Checksum.of(manifest))" {
            arrival.digestNames += try digestNames(arrival.names, digest)
        }
        return arrival
    }

    /// The names with digests that images from registries have.
    private func digestNames(_ names: [String], _ digest: String) throws(Problem) -> [String] {
        let references = try names.map { name throws(Problem) in try ImageReference(name) }
        return references.filter { $0.registry != "localhost" }.map { "\($0.name)@\(digest)" }
    }

    /// The ids of an image's layers, lowest first.
    private func chain(of image: Image) throws(Problem) -> [String] {
        var parents: [String: String?] = [:]
        for layer in try list([Layer].self, "layers") { parents[layer.id] = layer.parent }
        var ids: [String] = []
        var next = image.layer
        while let id = next, !id.isEmpty {
            guard let parent = parents[id], ids.count <= Limits.layers else {
                throw Problem(
                    .badDocument, "image \(image.id.prefix(12)) of podman's store is damaged",
                    why: "its layer \(id.printable) is not known")
            }
            ids.append(id)
            next = parent
        }
        return ids.reversed()
    }

    /// Makes a layer's archive again.
    private func archive(of layer: String, in scratch: SharedDescriptor) throws(Problem)
        -> ByteRange
    {
        let what = "cannot make the archive of podman's layer \(layer.prefix(12)) again"
        let description: SharedDescriptor
        do throws(KernelFault) {
            description = try open(
                "\(driver.rawValue)-layers/\(layer).tar-split.gz", [.read, .nonBlocking])
        } catch {
            guard error.isAbsence else { throw error.problem(what) }
            throw Problem(
                .notBuilt, what, why: "podman keeps no description of it",
                next: "podman save IMAGE | martlet load")
        }
        let name = "podman.\(layer.prefix(64))"
        let (file, files) = try explaining(what) { () throws(KernelFault) in
            let file = try Files.open(
                at: scratch.descriptor, FileName(name), [.readWrite, .create, .exclusive])
            try Files.remove(at: scratch.descriptor, FileName(name))
            return (SharedDescriptor(file), try open(driver.files(of: layer), [.read, .directory]))
        }
        var split = SplitArchive(files: files, what: what) { (bytes) throws(Problem) in
            do throws(KernelFault) { try file.descriptor.writeAll(bytes) } catch {
                throw error.problem(what)
            }
        }
        try split.make(from: ByteRange(description))
        return try ByteRange(file)
    }

    private func list<Value: Decodable>(_ type: Value.Type, _ name: String) throws(Problem) -> Value
    {
        let path = "\(driver.rawValue)-\(name)/\(name).json"
        let bytes = try bytes(path, limit: PodmanStore.listBytes)
        return try JSON(parsing: bytes, name: path, limit: PodmanStore.listBytes)
            .decode(type, name: path)
    }

    /// One of the documents podman keeps with an image.
    private func datum(_ key: String, of image: Image, limit: Int) throws(Problem) -> [UInt8] {
        // Names with other characters than these are written in base64.
        let isPlain = key.utf8.allSatisfy {
            $0 == UInt8(ascii: ".") || (0x30...0x39).contains($0) || (0x61...0x7A).contains($0)
        }
        let name = isPlain ? key : "=" + Base64.encode(Array(key.utf8))
        return try bytes("\(driver.rawValue)-images/\(image.id)/\(name)", limit: limit)
    }

    private func bytes(_ path: String, limit: Int) throws(Problem) -> [UInt8] {
        let file = try explaining("cannot read \"\(path.printable)\" of podman's store") {
            () throws(KernelFault) in try open(path, [.read, .nonBlocking])
        }
        return try ByteRange(file).all(limit: limit, name: path)
    }

    private func open(_ path: String, _ mode: Files.Mode)
        throws(KernelFault) -> SharedDescriptor
    {
        SharedDescriptor(
            try Files.openBeneath(root.descriptor, path, mode, [.beneath, .noLinks]))
    }

    /// What a list of all images or layers may have.
    private static let listBytes = 64 << 20
}
