package import Base
package import Kernel
import Specs
import Storages

/// What is in a volume, in and out.
extension House {
    /// Writes the archive of a volume's content to an open file.
    package func exportVolume(_ name: String, to file: borrowing Descriptor) throws(Problem) {
        let number = file.number
        do throws(Problem) {
            try inside { [self] () throws(Problem) in
                let (out, content) = try explaining("cannot open the volume's directory") {
                    () throws(KernelFault) in
                    (
                        SharedDescriptor(try Standard.duplicate(number)),
                        SharedDescriptor(
                            try Files.open(
                                volumeDirectory(name), [.read, .directory, .noFollow]))
                    )
                }
                try TreeArchive.write([TreePart(content)], marks: .applied) {
                    bytes throws(Problem) in
                    do throws(KernelFault) {
                        try out.descriptor.writeAll(bytes)
                    } catch {
                        throw error.problem("cannot write the archive")
                    }
                }
            }
        } catch {
            throw error.during("exporting volume \"\(name)\"")
        }
    }

    /// Unpacks an archive over what a volume holds.
    package func importVolume(_ name: String, from file: borrowing Descriptor) throws(Problem) {
        let number = file.number
        do throws(Problem) {
            try inside { [self] () throws(Problem) in
                let content = try explaining("cannot open the volume's directory") {
                    () throws(KernelFault) in
                    try Files.open(volumeDirectory(name), [.read, .directory, .noFollow])
                }
                let archive = try explaining("cannot read the archive") {
                    () throws(KernelFault) in try Standard.duplicate(number)
                }
                try TreeReading.unpack(archive, into: content)
                try explaining("cannot put the volume on the disk") { () throws(KernelFault) in
                    try Files.open(volumeDirectory(name), [.read, .directory]).syncFileSystem()
                }
            }
        } catch {
            throw error.during("importing into volume \"\(name)\"")
        }
    }
}
