import Base
import Kernel
import Specs

/// The container's `state.json`: always whole, and true up to the last thing that happened.
final class StateFile {
    private let directory: SharedDescriptor
    private(set) var record: MonitorRecord

    static let name = "state.json"

    init(_ directory: SharedDescriptor, _ record: MonitorRecord) {
        self.directory = directory
        self.record = record
    }

    /// Changes the record, and writes it.
    ///
    /// - Throws: where it cannot be written; what is known is kept and written the next time.
    func update(_ change: (inout MonitorRecord) -> Void) throws(Problem) {
        change(&record)
        let bytes = JSON(encoding: record).bytes()
        let (directory, id) = (directory, record.id)
        try explaining("cannot record the state of container \"\(id)\"") {
            () throws(KernelFault) in
            try Files.replace(at: directory.descriptor, StateFile.name, with: bytes)
        }
    }
}
