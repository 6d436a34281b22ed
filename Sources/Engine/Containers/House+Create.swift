package import Base
import Kernel
package import Records
package import Specs

extension House {
    /// Makes a container: its name, its writable layer, its record. Nothing of it runs yet.
    ///
    /// - Throws: `nameInUse`, `noSuchImage`, `noSpace` …; then nothing of it is left.
    package func create(
        _ spec: ContainerSpec, image: ImageRecord?, infra: Bool = false, ledger: Ledger,
        undo: inout Undo
    ) throws(Problem) -> ContainerRecord {
        let id = try explaining("cannot make an id") { () throws(KernelFault) in
            try Randomness.identifier()
        }
        let name = try reserveName(spec.name, id: id, ledger: ledger)
        undo.push("giving the name \"\(name)\" up") { [self] () throws(Problem) in
            _ = self
            try ledger.release(name: name.text, id: id)
        }
        var record = ContainerRecord(
            id: id, name: name.text, created: Clock.wall(), ephemeral: spec.life.remove, spec: spec)
        record.spec.name = name.text
        if infra { record.infra = true }
        record.imageID = image?.id
        record.imageName = image.map { $0.names.first ?? spec.image }
        record.layers = image?.layers ?? []
        undo.push("removing the directories of \"\(name)\"") { [self] () throws(Problem) in
            try removeDirectories(of: id)
        }
        try makeDirectories(of: record)
        try keepSecrets(of: record, ledger: ledger)
        if startsWhatItMakes { try markStarter(of: id) }
        if case .auto = spec.spaces.user {
            let lock = try lockIDs()
            record.ownIDs = try ownIDs(for: record, ledger: ledger)
            try ledger.insert(record)
            _ = consume lock
        } else {
            try ledger.insert(record)
        }
        undo.push("removing the record of \"\(name)\"") { () throws(Problem) in
            try ledger.remove(record)
        }
        tell("create", of: record)
        return record
    }

    /// Says in the run-time directory which process is about to start the container.
    private func markStarter(of id: String) throws(Problem) {
        try explaining("cannot mark the container as being started") { () throws(KernelFault) in
            try Files.link(
                at: Files.open(runDirectory(of: id), [.read, .directory]), "starter",
                to: "\(ProcessIdentity.own())")
        }
    }

    /// Whether a living process has made the container to start it, and has not yet.
    package func isBeingStarted(_ id: String) -> Bool {
        guard case .created? = try? condition(of: id),
            let mark = try? Files.target(runDirectory(of: id) + "/starter")
        else { return false }
        return ProcessIdentity(mark)?.isAlive == true
    }

    private func lockIDs() throws(Problem) -> Descriptor {
        let run = try run()
        return try explaining("cannot lock the subordinate ids") { () throws(KernelFault) in
            let file = try Files.open(at: run, "ids.lock", [.readWrite, .create])
            _ = try file.lock(exclusive: true, waiting: true)
            return file
        }
    }

    private func reserveName(_ wanted: String, id: String, ledger: Ledger)
        throws(Problem) -> ObjectName
    {
        if !wanted.isEmpty {
            let name = try ObjectName(wanted, of: "container")
            do throws(Problem) {
                try ledger.reserve(name: name, id: id)
            } catch  where error.code == .nameInUse {
                throw error.advising(
                    "choose another name, or replace it with --replace, or remove it with \"martlet rm \(name)\""
                )
            }
            return name
        }
        var refusal: Problem?
        for attempt in 0..<16 {
            let text = try explaining("cannot make a name up") { () throws(KernelFault) in
                try MadeUpName.make(attempt: attempt)
            }
            let name = try ObjectName(text, of: "container")
            do throws(Problem) {
                try ledger.reserve(name: name, id: id)
                return name
            } catch  where error.code == .nameInUse {
                refusal = error
            }
        }
        throw refusal ?? Problem(.nameInUse, "no free name was found for the container")
    }

    /// The writable layer: its root directory looks as the image's does.
    private func makeDirectories(of record: ContainerRecord) throws(Problem) {
        var permissions: UInt32 = 0o755
        if let top = layerDirectories(record.layers).first,
            let status = try? Files.status(top)
        {
            permissions = status.permissions
        }
        try explaining("cannot make the directories of container \"\(record.name)\"") {
            () throws(KernelFault) in
            let containers = try Files.ensureDirectory("\(dataPath)/containers")
            try Files.makeDirectory(at: containers, record.id)
            let own = try Files.open(at: containers, record.id, [.read, .directory])
            try Files.makeDirectory(at: own, "upper")
            try Files.open(at: own, "upper", [.read, .directory]).setPermissions(permissions)
            try Files.makeDirectory(at: own, "work")
        }
    }

    /// Removes a container's writable layer, whose files may belong to any of the user's ids.
    package func removeDirectories(of id: String) throws(Problem) {
        let what = "cannot remove the writable layer of container \"\(id.prefix(12))\""
        guard Files.exists(dataDirectory(of: id)) else { return }
        let containers = try explaining(what) { () throws(KernelFault) in
            try Files.open("\(dataPath)/containers", [.read, .directory])
        }
        // Most layers hold nothing but our own directories: no namespace is needed for those.
        do throws(KernelFault) {
            try Files.removeTree(at: containers, id)
        } catch {
            if error.name == "EBUSY" { try detachAll(below: dataDirectory(of: id)) }
            try inside { () throws(Problem) in
                try explaining(what) { () throws(KernelFault) in
                    try Files.removeTree(at: containers, id)
                }
            }
        }
    }
}
