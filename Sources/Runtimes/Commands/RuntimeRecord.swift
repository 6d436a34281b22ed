import Base
import Kernel
import Specs

/// What the command line keeps of a container between two commands: `ROOT/ID/record.json`.
struct RuntimeRecord: Codable, Equatable {
    var id: String
    var pid: Int32
    /// The process's start, so that a later process with the same number is never taken for it.
    var startTicks: UInt64
    var bundle: String
    var created: String
    var config: RuntimeConfig
    /// The container's cgroup, where it has one of its own; `owned` ones are removed with it.
    var cgroup: String?
    var ownsCgroup: Bool
    /// The systemd unit that holds the cgroup.
    var unit: String?
    var owner: UInt32
}

/// The directory in which the command line keeps its containers.
struct RecordStore: ~Copyable {
    let path: String
    let directory: Descriptor

    init(_ path: String) throws(Problem) {
        self.path = path
        directory = try explaining("cannot open the state directory \"\(path)\"") {
            () throws(KernelFault) in try Files.ensureDirectory(path)
        }
    }

    /// Takes the id: from here on no other command can make a container of that name.
    func reserve(_ id: ObjectName) throws(Problem) -> Descriptor {
        let isNew = try explaining("cannot make the state of container \"\(id)\"") {
            () throws(KernelFault) in try Files.makeDirectory(at: directory, id.text)
        }
        guard isNew else {
            throw Problem(
                .nameInUse, "container \"\(id)\" exists already",
                next: "delete it with \"martlet-runtime delete \(id)\"")
        }
        do {
            return try place(of: id)
        } catch {
            try? remove(id)
            throw error
        }
    }

    /// Opens the directory of a container.
    func place(of id: ObjectName) throws(Problem) -> Descriptor {
        do {
            return try Files.open(at: directory, id.text, [.read, .directory, .noFollow])
        } catch {
            if error.isAbsence {
                throw Problem(
                    .noSuchContainer, "container \"\(id)\" does not exist",
                    next: "list the containers with \"martlet-runtime list\"")
            }
            throw error.problem("cannot open the state of container \"\(id)\"")
        }
    }

    func load(_ id: ObjectName) throws(Problem) -> RuntimeRecord {
        let place = try place(of: id)
        let bytes: [UInt8]
        do {
            bytes = try Files.open(at: place, Self.record, [.read, .noFollow])
                .readAll(limit: Limits.documentBytes)
        } catch {
            if error.isAbsence {
                throw Problem(
                    .wrongState, "container \"\(id)\" was never finished",
                    next: "remove what is left of it with \"martlet-runtime delete --force \(id)\"")
            }
            throw error.problem("cannot read the state of container \"\(id)\"")
        }
        let name = "\(path)/\(id)/\(Self.record)"
        return try JSON(parsing: bytes, name: name).decode(RuntimeRecord.self, name: name)
    }

    func save(_ record: RuntimeRecord, at place: borrowing Descriptor) throws(Problem) {
        let bytes = Array(JSON(encoding: record).text().utf8)
        let number = place.number
        try explaining("cannot write the state of container \"\(record.id)\"") {
            () throws(KernelFault) in
            let copy = Descriptor(owning: try Descriptor.copy(of: number))
            try Files.replace(at: copy, Self.record, with: bytes)
        }
    }

    func remove(_ id: ObjectName) throws(Problem) {
        try explaining("cannot remove the state of container \"\(id)\"") { () throws(KernelFault) in
            try Files.removeTree(at: directory, id.text)
        }
    }

    /// Returns the ids in the directory.
    func ids() throws(Problem) -> [String] {
        try explaining("cannot list the containers") { () throws(KernelFault) in
            try Files.names(in: directory)
        }
    }

    static let record = "record.json"
    static let startSocket = "start.sock"
}

extension RuntimeRecord {
    /// Looks at the process and its cgroup. See runtime-spec runtime.md, "State".
    ///
    /// - Throws: where it cannot be looked at; then it is taken for nothing else.
    func status(in place: borrowing Descriptor) throws(Problem) -> RuntimeState.Status {
        do throws(KernelFault) {
            guard try Processes.runs(pid, startTicks: startTicks) else { return .stopped }
        } catch {
            throw error.problem("cannot look at container \"\(id)\"")
        }
        do throws(KernelFault) {
            _ = try Files.status(at: place, RecordStore.startSocket)
            return .created
        } catch {
            if !error.isAbsence { throw error.problem("cannot look at container \"\(id)\"") }
        }
        if let cgroup, let text = try? ControlGroup(path: cgroup).read("cgroup.freeze"),
            text.hasPrefix("1")
        {
            return .paused
        }
        return .running
    }

    func state(_ status: RuntimeState.Status) -> RuntimeState {
        var state = RuntimeState(
            id: id, status: status, pid: status == .stopped ? 0 : pid, bundle: bundle)
        state.ociVersion = config.ociVersion
        state.annotations = config.annotations
        return state
    }

    /// Takes hold of the container's first process, if it is still that one.
    func process() throws(Problem) -> ProcessHandle {
        let gone = Problem(.wrongState, "container \"\(id)\" is not running")
        guard let handle = try? ProcessHandle(pid: pid),
            Processes.isAlive(pid, startTicks: startTicks)
        else { throw gone }
        return handle
    }
}
