package import Base
import Checksums
import Kernel
package import Specs

/// Giving the archive of a layer back, byte for byte.
extension Store {
    /// Passes on the uncompressed archive a layer came in, and makes sure that it is the one.
    ///
    /// - Requires: the caller stands in the user namespace, as files of an image may be closed to
    ///   all but their owners.
    /// - Throws: `notVerified` where the layer's files are not as they were, after most of them were
    ///   passed on: whoever writes them down must be able to take that back.
    package func archive(
        of layer: LayerRecord, _ consume: (ByteSpan) throws(Problem) -> Void
    ) throws(Problem) {
        do throws(Problem) {
            var checksum = Checksum(try Digest(layer.diff).algorithm)
            try parts(of: layer.id) { bytes throws(Problem) in
                checksum.update(bytes)
                try consume(bytes)
            }
            let found = checksum.finish()
            guard "\(found)" == layer.diff else {
                throw Problem(
                    .notVerified, "layer \(layer.id) is not as it was unpacked",
                    why: "its archive would be \(found), not \(layer.diff)",
                    next: "remove the image and pull it again")
            }
        } catch {
            throw error.during("making the archive of layer \(layer.id)")
        }
    }

    /// Returns how many bytes the uncompressed archive of a layer has, without reading its files.
    package func archiveSize(of id: String) throws(Problem) -> Int64 {
        var size: Int64 = 0
        if try open(id, LayerArchive.fileName) != nil {
            try parts(of: id) { size += Int64($0.count) }
            return size
        }
        guard let recipe = try open(id, LayerRecipe.fileName) else {
            throw Problem(
                .noSuchObject, "layer \(id) does not say how its archive was made",
                why: "it was stored by an older Martlet", next: "pull its image again")
        }
        var reader = RecipeReader()
        let zstandard = Zstandard()
        try Store.pass(recipe) { packed throws(Problem) in
            try zstandard.feed(packed) { bytes throws(Problem) in
                try reader.feed(bytes) { part in
                    switch part {
                    case .literal(let bytes): size += Int64(bytes.count)
                    case .file(_, let some): size += some
                    }
                }
            }
        }
        try zstandard.finish()
        return size
    }

    private func parts(of id: String, _ consume: (ByteSpan) throws(Problem) -> Void)
        throws(Problem)
    {
        // Where content was overwritten within one archive, the archive itself was kept.
        if let kept = try open(id, LayerArchive.fileName) {
            var unpacker = Unpacker()
            try Store.pass(kept) { bytes throws(Problem) in try unpacker.feed(bytes, consume) }
            return try unpacker.finish(consume)
        }
        guard let recipe = try open(id, LayerRecipe.fileName) else {
            throw Problem(
                .noSuchObject, "layer \(id) does not say how its archive was made",
                why: "it was stored by an older Martlet", next: "pull its image again")
        }
        let place = try place(of: id)
        let tree = try explaining("cannot open layer \(id)") { () throws(KernelFault) in
            try Files.open(at: place.descriptor, "\(id)/diff", [.read, .directory])
        }
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        var reader = RecipeReader()
        let zstandard = Zstandard()
        try Store.pass(recipe) { packed throws(Problem) in
            try zstandard.feed(packed) { bytes throws(Problem) in
                try reader.feed(bytes) { part throws(Problem) in
                    switch part {
                    case .literal(let bytes): try consume(bytes.span)
                    case .file(let name, let size):
                        try Store.content(of: name, size, in: tree, &buffer, consume)
                    }
                }
            }
        }
        try zstandard.finish()
        guard reader.hasEnded else { throw RecipeReader.damaged }
    }

    private func open(_ id: String, _ name: String) throws(Problem) -> Descriptor? {
        let place = try place(of: id)
        do throws(KernelFault) {
            return try Files.open(
                at: place.descriptor, FileName("\(id)/\(name)"), [.read, .noFollow])
        } catch {
            if error.isAbsence { return nil }
            let what = "cannot read \"\(id)/\(name)\""
            guard error.isRefusal, try !hasOwn(layer: id), let other = try other(with: id) else {
                throw error.problem(what)
            }
            throw Problem(
                .noPermission, "\(what) of the additional image store \"\(other.path)\"",
                why: "\(error)", next: "its owner can open it: \(OtherLayers.opening(other.path))")
        }
    }

    private static func pass(
        _ file: borrowing Descriptor, _ consume: (ByteSpan) throws(Problem) -> Void
    ) throws(Problem) {
        while true {
            let bytes = try explaining("cannot read a layer's description") {
                () throws(KernelFault) in try file.read(upTo: 128 << 10)
            }
            if bytes.isEmpty { return }
            try consume(bytes.span)
        }
    }

    /// Passes on exactly `size` bytes of a file of the layer.
    private static func content(
        of name: [UInt8], _ size: Int64, in tree: borrowing Descriptor, _ buffer: inout [UInt8],
        _ consume: (ByteSpan) throws(Problem) -> Void
    ) throws(Problem) {
        guard let path = FileName(name) else { throw RecipeReader.damaged }
        let what = "cannot read \"\(path)\""
        let file = try explaining(what) { () throws(KernelFault) in
            try Files.openBeneath(tree, path, [.read, .noFollow, .nonBlocking])
        }
        var position: Int64 = 0
        while position < size {
            let wanted = Int(min(Int64(buffer.count), size - position))
            let got: Int
            do throws(KernelFault) {
                got = try file.read(into: &buffer, upTo: wanted, at: position)
            } catch {
                throw error.problem(what)
            }
            guard got > 0 else {
                throw Problem(
                    .notVerified, what, why: "it has \(position) bytes and had \(size)",
                    next: "remove the image and pull it again")
            }
            try consume(buffer.span.extracting(0..<got))
            position += Int64(got)
        }
    }
}

/// The archive of a layer kept as it came, which is needed where files of it overwrote each other.
enum LayerArchive {
    static let fileName = "archive"

    /// Copies the archive into the layer's directory.
    static func keep(_ bytes: ByteRange, in directory: borrowing Descriptor) throws(Problem) {
        let copy = try explaining("cannot keep a layer's archive") { () throws(KernelFault) in
            try Files.open(at: directory, fileName, [.write, .create, .truncate])
        }
        var source = bytes
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        while true {
            let got = try source.read(into: &buffer)
            if got == 0 { return }
            do throws(KernelFault) {
                try copy.writeAll(buffer.span.extracting(0..<got))
            } catch {
                throw error.problem("cannot keep a layer's archive")
            }
        }
    }
}
