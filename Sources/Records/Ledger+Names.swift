package import Base
import Kernel
import Specs

/// Names of containers: taken with symlink(2), so that of two takers one always fails.
///
/// `names/NAME` is a link whose target is the container's id, and `containers/ID` its run-time
/// directory. While a container is being made, `containers/ID/maker` is a link whose target tells
/// the process that makes it; if that one dies, the next taker clears what it left (F-01). A
/// directory without its mark yet is a draft, `containers/.PROCESS.ID`, and tells it by its name.
extension Ledger {
    /// Takes a name for the container `id`, and makes its run-time directory.
    ///
    /// - Throws: `nameInUse` with the holder's id where another container has the name.
    package func reserve(name: ObjectName, id: String) throws(Problem) {
        let containers = try directory("containers")
        let names = try directory("names")
        try explaining("cannot make the run-time directory of container \"\(name)\"") {
            () throws(KernelFault) in
            // Complete before it has its name: a sweep never sees a directory without its maker.
            let maker = "\(ProcessIdentity.own())"
            let draft = ".\(maker).\(id)"
            try Files.makeDirectory(at: containers, draft)
            do throws(KernelFault) {
                let own = try Files.open(at: containers, draft, [.read, .directory])
                try Files.link(at: own, "maker", to: maker)
                try Files.rename(at: containers, draft, to: id)
            } catch {
                // A long-lived maker's drafts are never swept.
                try? Files.removeTree(at: containers, draft)
                throw error
            }
        }
        do throws(Problem) {
            try take(name: name, id: id, in: names)
            // A lasting container has its name in the database, whether or not a link stands here.
            if let pod = try self.pod(named: name.text) {
                try explaining("cannot give up the name \"\(name)\"") { () throws(KernelFault) in
                    try Files.remove(at: names, name.text)
                }
                throw taken(name, by: "pod \(pod.id.prefix(12))")
            }
            if let holder = try lastingID(named: name.text) {
                try explaining("cannot give up the name \"\(name)\"") { () throws(KernelFault) in
                    try Files.removeLink(at: names, name.text, leadingTo: id)
                }
                throw taken(name, by: "container \(holder.prefix(12))")
            }
        } catch {
            // The name is the failure that matters; a directory left behind is swept later.
            try? Files.removeTree(at: containers, id)
            throw error
        }
    }

    /// Gives the name and the run-time directory of a container up; what is gone already is no
    /// error.
    package func release(name: String, id: String) throws(Problem) {
        let names = try directory("names")
        let containers = try directory("containers")
        try explaining("cannot remove the run-time files of container \"\(name)\"") {
            () throws(KernelFault) in
            try Files.removeLink(at: names, name, leadingTo: id)
            try Files.removeTree(at: containers, id)
        }
    }

    /// Removes names and directories whose maker died before there was a record.
    ///
    /// - Returns: the ids of what was removed.
    @discardableResult
    package func sweep() throws(Problem) -> [String] {
        let names = try directory("names")
        let containers = try directory("containers")
        var removed: [String] = []
        for id in try list(containers) where try isAbandoned(id, in: containers) {
            try explaining("cannot remove the run-time directory of container \"\(id)\"") {
                () throws(KernelFault) in try Files.removeTree(at: containers, id)
            }
            removed.append(id)
        }
        for name in try list(names) {
            guard
                let id = try explained({ () throws(KernelFault) in try holder(of: name, in: names) }
                ),
                try !isKnown(id, in: containers)
            else { continue }
            try explained { () throws(KernelFault) in
                try Files.removeLink(at: names, name, leadingTo: id)
            }
        }
        return removed
    }

    /// Returns the id of the container that has the name now, or nil.
    func heldID(named name: String) throws(Problem) -> String? {
        let names = try directory("names")
        if let id = try explained({ () throws(KernelFault) in try holder(of: name, in: names) }) {
            return id
        }
        return try lastingID(named: name)
    }

    /// Opens a directory below the run-time directory, made where it is missing.
    func directory(_ name: String) throws(Problem) -> Descriptor {
        try explaining("cannot open \"\(name)\" in the run-time directory") {
            () throws(KernelFault) in
            do throws(KernelFault) {
                return try Files.open(at: run, name, [.read, .directory])
            } catch  where error.isAbsence {
                try Files.makeDirectory(at: run, name)
                return try Files.open(at: run, name, [.read, .directory])
            }
        }
    }

    func list(_ directory: borrowing Descriptor) throws(Problem) -> [String] {
        try explaining("cannot list the run-time directory") { () throws(KernelFault) in
            try Files.names(in: directory)
        }
    }

    private func take(name: ObjectName, id: String, in names: borrowing Descriptor) throws(Problem)
    {
        let containers = try directory("containers")
        // One round clears a dead holder; a second taker may be faster at that, a hundred are not.
        for _ in 0..<100 {
            do throws(KernelFault) {
                return try Files.link(at: names, name.text, to: id)
            } catch  where error.isPresence {
                let other = try explained { () throws(KernelFault) in
                    try holder(of: name.text, in: names)
                }
                guard let other else { continue }
                if try isKnown(other, in: containers) {
                    throw taken(name, by: "container \(other.prefix(12))")
                }
                try explained { () throws(KernelFault) in
                    try Files.removeLink(at: names, name.text, leadingTo: other)
                }
            } catch {
                throw error.problem("cannot take the name \"\(name)\"")
            }
        }
        throw taken(name, by: "another one")
    }

    private func taken(_ name: ObjectName, by holder: String) -> Problem {
        Problem(
            .nameInUse, "the name \"\(name)\" is in use", why: "\(holder) has it",
            next:
                "remove it with \"martlet rm \(name)\", choose another name, or use --replace"
        )
    }

    /// Whether there is a record of the container, or a living process that makes it.
    ///
    /// A container has its directory before it has its name, and loses its name first: a name
    /// without one is left over.
    private func isKnown(_ id: String, in containers: borrowing Descriptor) throws(Problem) -> Bool
    {
        try !isAbandoned(id, in: containers)
    }

    private func isAbandoned(_ id: String, in containers: borrowing Descriptor) throws(Problem)
        -> Bool
    {
        if id.hasPrefix(".") {
            let parts = id.split(separator: ".")
            return parts.first.flatMap { ProcessIdentity($0) }?.isAlive != true
        }
        let isMadeOrBeingMade = try explained { () throws(KernelFault) -> Bool in
            do throws(KernelFault) {
                let own = try Files.open(at: containers, id, [.read, .directory])
                // In this order: the maker's mark goes only after the record has come.
                let maker = (try? Files.target(at: own, "maker")).flatMap { ProcessIdentity($0) }
                if maker?.isAlive == true { return true }
                return try Files.statusIfPresent(at: own, "record.json") != nil
            } catch  where error.isAbsence {
                return false
            }
        }
        if isMadeOrBeingMade { return false }
        return try lasting(id: id) == nil
    }

    private func holder(of name: String, in names: borrowing Descriptor) throws(KernelFault)
        -> String?
    {
        do throws(KernelFault) {
            return try Files.target(at: names, name)
        } catch  where error.isAbsence || error.isInvalid {
            return nil
        }
    }

    func explained<Value: ~Copyable>(_ body: () throws(KernelFault) -> Value) throws(Problem)
        -> Value
    {
        try explaining("cannot use the run-time directory") { () throws(KernelFault) in try body() }
    }
}
