package import Base
import Kernel
package import Records
package import Specs

extension House {
    /// Returns the directory of a volume's content, making the volume where there is none yet.
    package func volumePath(_ name: String, ledger: Ledger, anonymous: Bool) throws(Problem)
        -> String
    {
        if try ledger.volume(named: name) == nil {
            var record = VolumeRecord(name: name, created: Clock.wall())
            record.anonymous = anonymous
            _ = try makeVolume(record, ledger: ledger)
        }
        return volumeDirectory(name)
    }

    /// The directory of a volume's content.
    package func volumeDirectory(_ name: String) -> String { "\(dataPath)/volumes/\(name)/_data" }

    /// Makes a volume: its directory first, so that a record never stands without one (I2).
    ///
    /// - Throws: `nameInUse` where another command was quicker.
    package func makeVolume(_ record: VolumeRecord, ledger: Ledger) throws(Problem) -> VolumeRecord
    {
        let name = try ObjectName(record.name, of: "volume")
        guard record.driver == "local" else {
            throw Problem(
                .notBuilt, "cannot make volume \"\(name)\" with the driver \"\(record.driver)\"",
                why: "the driver local alone is built")
        }
        guard record.options.isEmpty else {
            throw Problem(
                .notBuilt, "cannot make volume \"\(name)\" with options",
                why: "volumes that mount something else are not built yet")
        }
        try explaining("cannot make the directory of volume \"\(name)\"") {
            () throws(KernelFault) in
            let volumes = try Files.ensureDirectory("\(dataPath)/volumes")
            try Files.makeDirectory(at: volumes, name.text)
            let own = try Files.open(at: volumes, name.text, [.read, .directory])
            try Files.makeDirectory(at: own, "_data", permissions: 0o755)
            // A umask of the caller's must not shut the container's users out.
            try Files.open(at: own, "_data", [.read, .directory]).setPermissions(0o755)
        }
        try ledger.insert(record)
        return record
    }
}
