import Base
import Kernel
import Specs

/// What the command line keeps of a container between two commands: `ROOT/ID/record.json`.
struct RuntimeRecord: Equatable {
    var id: String
    var pid: Int32
    /// The process's start, so that a later process with the same number is never taken for it.
    var startTicks: UInt64
    var bundle: String
    var created: String
    var shared: SharedConfig
    /// The container's cgroup, where it has one of its own; `owned` ones are removed with it.
    var cgroup: String?
    var ownsCgroup: Bool
    /// The systemd unit that holds the cgroup.
    var unit: String?
    var owner: UInt32

    var config: RuntimeConfig { _read { yield shared.value } }
}

extension RuntimeRecord: JSONReadable {
    init(_ json: JSON) throws(JSONFault) {
        let members = try JSONMembers(json)
        id = try members.needText("id")
        pid = try members.needNumber("pid")
        startTicks = try members.needNumber("startTicks")
        bundle = try members.needText("bundle")
        created = try members.needText("created")
        shared = SharedConfig(try members.needValue("config", RuntimeConfig.self))
        cgroup = try members.text("cgroup")
        ownsCgroup = try members.needFlag("ownsCgroup")
        unit = try members.text("unit")
        owner = try members.needNumber("owner")
    }

    /// Returns the document; `text` is the configuration's, where it is at hand as it was read.
    func bytes(config text: [UInt8]?) -> [UInt8] {
        var members: [JSON.Member] = [
            .init("id", .string(id)), .init("pid", .integer(pid)),
            .init("startTicks", .integer(startTicks)), .init("bundle", .string(bundle)),
            .init("created", .string(created)), .init("ownsCgroup", .boolean(ownsCgroup)),
            .init("owner", .integer(owner)),
        ]
        if let cgroup { members.append(.init("cgroup", .string(cgroup))) }
        if let unit { members.append(.init("unit", .string(unit))) }
        var bytes = JSON.object(members).bytes()
        bytes.removeLast()
        bytes += Array(",\"config\":".utf8)
        bytes += text ?? JSON(encoding: config).bytes()
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }
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
        return try JSON(parsing: bytes, name: name).read(RuntimeRecord.self, name: name)
    }

    /// - Parameter text: the configuration as it was read.
    static func save(_ record: RuntimeRecord, config text: [UInt8]?, at place: borrowing Descriptor)
        throws(Problem)
    {
        do {
            try Files.replace(at: place, self.record, with: record.bytes(config: text))
        } catch {
            throw error.problem("cannot write the state of container \"\(record.id)\"")
        }
    }

    func remove(_ id: ObjectName) throws(Problem) {
        do {
            if removeRecord(id) { return }
            try Files.removeTree(at: directory, id.text)
        } catch {
            throw error.problem("cannot remove the state of container \"\(id)\"")
        }
    }

    /// Removes a container of which there is nothing but the record; false where there is more.
    private func removeRecord(_ id: ObjectName) -> Bool {
        do {
            try Files.remove(at: directory, "\(id)/\(Self.record)")
            try Files.remove(at: directory, id.text, isDirectory: true)
            return true
        } catch {
            return false
        }
    }

    /// Returns the ids in the directory.
    func ids() throws(Problem) -> [String] {
        try explaining("cannot list the containers") { () throws(KernelFault) in
            try Files.names(in: directory)
        }
    }

    static let record = "record.json"
    /// A link to the cgroup, until the record tells of it.
    static let group = "cgroup"
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
