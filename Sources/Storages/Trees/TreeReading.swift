package import Base
package import Kernel

/// Unpacks archives that are no layers: of volumes, and of what is copied into containers.
package final class TreeReading {
    /// Unpacks an archive, compressed or not, over what a directory holds.
    ///
    /// Nothing in it leads out of the directory (T-CP-4), and all of it must be there (T-TAR-11).
    ///
    /// - Parameter keepsOwners: whether files get the owners that the archive says.
    package static func unpack(
        _ archive: borrowing Descriptor, into directory: consuming Descriptor,
        keepsOwners: Bool = true
    ) throws(Problem) {
        let reading = try TreeReading(into: directory, keepsOwners: keepsOwners)
        var unpacker = Unpacker()
        while true {
            let bytes = try explaining("cannot read the archive") { () throws(KernelFault) in
                try archive.read(upTo: 256 << 10)
            }
            if bytes.isEmpty { break }
            try unpacker.feed(bytes.span) { plain throws(Problem) in try reading.feed(plain) }
        }
        try unpacker.finish { plain throws(Problem) in try reading.feed(plain) }
        try reading.finish()
    }

    private var reader = TarReader()
    private var writer: LayerWriter

    /// Begins over what a directory holds.
    package init(into directory: consuming Descriptor, keepsOwners: Bool) throws(Problem) {
        writer = try LayerWriter(
            into: SharedDescriptor(directory), ownership: keepsOwners ? .kept : .single,
            readsWhiteouts: false)
    }

    /// Takes the next bytes of the plain archive.
    package func feed(_ bytes: ByteSpan) throws(Problem) { try reader.feed(bytes, to: &writer) }

    /// Says that there is no more; all of the archive must have come (T-TAR-11).
    package func finish() throws(Problem) {
        try reader.finish(strict: true)
        try writer.finish()
    }
}
