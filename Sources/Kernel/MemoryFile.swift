import CKernel
import Glibc

/// Files without a name, in memory: how plans travel to a helper. See memfd_create(2).
package enum MemoryFile {
    /// Returns a file that holds `bytes`, read from its start, and that nobody can change any more.
    package static func sealed(_ bytes: [UInt8], name: String) throws(KernelFault) -> Descriptor {
        let file = Descriptor(
            owning: try Gate.call("memfd_create", on: name) {
                unsafe memfd_create(name, UInt32(MFD_CLOEXEC | MFD_ALLOW_SEALING))
            })
        try file.writeAll(bytes)
        let number = file.number
        let seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE
        _ = try Gate.call("fcntl", on: "F_ADD_SEALS") { ck_fcntl(number, F_ADD_SEALS, Int(seals)) }
        _ = try Gate.call("lseek") { lseek(number, 0, SEEK_SET) }
        return file
    }

    /// Returns an empty file to write to and read from.
    package static func open(name: String) throws(KernelFault) -> Descriptor {
        Descriptor(
            owning: try Gate.call("memfd_create", on: name) {
                unsafe memfd_create(name, UInt32(MFD_CLOEXEC))
            })
    }
}
