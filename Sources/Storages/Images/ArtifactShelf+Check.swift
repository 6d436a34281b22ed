package import Base
import Checksums
import Kernel
import Specs

/// Looking through artifacts, as docs/storage.md has them.
extension ArtifactShelf {
    /// Returns what is wrong, and mends what `wish` says.
    package func check(_ wish: CheckWish) throws(Problem) -> [StoreFault] {
        let hold = try store.hold("artifacts", exclusive: wish.repair)
        defer { _ = hold.file.number }
        var index: ImageIndex
        do throws(Problem) { index = try self.index() } catch {
            return [
                StoreFault(
                    .damage,
                    "the index of the artifacts cannot be read: \(error.why ?? error.what)",
                    note: "without it nobody knows which artifacts there were; remove "
                        + "artifacts/index.json below the store, and pull them again")
            ]
        }
        var faults: [StoreFault] = []
        for entry in index.manifests {
            guard let why = damage(of: entry, quick: wish.quick) else { continue }
            let name = Self.label(entry)
            var fault = StoreFault(
                .damage, "artifact \(name): \(why)",
                note: "fetch or make it again: martlet artifact pull \(name)")
            if wish.repair, wish.force {
                index.manifests.removeAll { $0 == entry }
                try write(index, "cannot remove the artifact \"\(name)\"")
                fault.isMended = true
                fault.note = "removed"
            }
            faults.append(fault)
        }
        return try faults + leftovers(index, wish)
    }

    /// Says what is wrong with an artifact: of its manifest, or of one of its files.
    private func damage(of entry: ContentDescriptor, quick: Bool) -> String? {
        do throws(Problem) {
            let manifest = try artifact(entry).manifest
            for part in [manifest.config] + manifest.layers {
                let range = try blob(part.digest)
                let shown = part.title.map { "its file \"\($0.printable)\"" } ?? "\(part.digest)"
                if range.count != part.size {
                    return "\(shown) has \(range.count) bytes and should have \(part.size)"
                }
                if !quick, try Checksum.of(range, part.digest.algorithm) != part.digest {
                    return "\(shown) is not what its digest says"
                }
            }
            return nil
        } catch {
            return error.why.map { "\(error.what): \($0)" } ?? error.what
        }
    }

    /// Blobs that no artifact has, and indexes that were being written when somebody was killed.
    private func leftovers(_ index: ImageIndex, _ wish: CheckWish) throws(Problem) -> [StoreFault] {
        var faults: [StoreFault] = []
        for name in try unneeded(index) ?? [] {
            faults.append(StoreFault(.leftover, "blob \(name.prefix(12)) belongs to no artifact"))
        }
        let drafts = try drafts()
        for name in drafts {
            faults.append(
                StoreFault(.leftover, "\"\(name.printable)\" is no file of the artifacts"))
        }
        guard wish.repair, !faults.isEmpty else { return faults }
        try collect(index)
        try explaining("cannot remove what is left over of artifacts") { () throws(KernelFault) in
            for name in drafts { try Files.removeIfPresent(at: directory.descriptor, name) }
        }
        for place in faults.indices {
            faults[place].isMended = true
            faults[place].note = "removed"
        }
        return faults
    }

    private func drafts() throws(Problem) -> [String] {
        try explaining("cannot list the store's artifacts") { () throws(KernelFault) in
            try Files.names(in: directory.descriptor).filter { $0.hasPrefix(".index.json.") }
        }
    }
}

extension Checksum {
    /// Returns the digest of what lies in a range.
    fileprivate static func of(_ range: ByteRange, _ algorithm: Digest.Algorithm) throws(Problem)
        -> Digest
    {
        var rest = range
        var checksum = Checksum(algorithm)
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        while true {
            let count = try rest.read(into: &buffer)
            if count == 0 { return checksum.finish() }
            checksum.update(buffer.span.extracting(0..<count))
        }
    }
}
