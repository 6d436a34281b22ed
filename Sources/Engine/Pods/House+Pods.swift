package import Base
import Kernel
package import Records
package import Specs

/// A pod to be made.
package struct PodWish: Equatable, Sendable {
    /// Empty makes one up.
    package var name = ""
    /// All but identity, name and the infra container, which come with the making.
    package var record = PodRecord(id: "", name: "", created: 0)
    /// The container that holds the pod together; nil with `--infra=false`.
    package var infra: ContainerSpec?
    package var infraName: String?

    package init() {}
}

extension House {
    /// Makes a pod with the container that holds it together; nothing of it runs yet.
    ///
    /// Both are recorded at once: a killed command leaves the whole pod or none (F-01).
    package func makePod(_ wish: PodWish, ledger: Ledger) throws(Problem) -> PodRecord {
        try Undo.guarding { (undo) throws(Problem) in
            var pod = wish.record
            pod.id = try explaining("cannot make an id") { () throws(KernelFault) in
                try Randomness.identifier()
            }
            pod.created = Clock.wall()
            pod.name = try podName(wish.name, ledger)
            let made = pod
            return try ledger.together { () throws(Problem) -> PodRecord in
                var pod = made
                if var spec = wish.infra {
                    spec.name = wish.infraName ?? "\(pod.id.prefix(12))-infra"
                    spec.pod = pod.id
                    spec.command = House.infraWords
                    spec.entrypoint = []
                    spec.security.dropCapabilities = ["ALL"]
                    if spec.spaces.hostname == nil, spec.spaces.uts == .own {
                        spec.spaces.hostname = pod.name
                    }
                    pod.infraID = try create(
                        spec, image: nil, infra: true, ledger: ledger, undo: &undo
                    ).id
                }
                try ledger.insert(pod)
                return pod
            }
        }
    }

    /// What the container that holds a pod together runs: our own program.
    static let infraWords = ["martlet-infra", "infra"]

    private func podName(_ wanted: String, _ ledger: Ledger) throws(Problem) -> String {
        if !wanted.isEmpty { return try ObjectName(wanted, of: "pod").text }
        for attempt in 0..<16 {
            let name = try explaining("cannot make a name up") { () throws(KernelFault) in
                try MadeUpName.make(attempt: attempt)
            }
            if try ledger.pod(named: name) == nil { return name }
        }
        throw Problem(.nameInUse, "no free name was found for the pod")
    }

    /// Returns what a pod's containers do right now.
    package func condition(of pod: PodRecord, ledger: Ledger) throws(Problem) -> PodCondition {
        var members: [(container: ContainerRecord, condition: ContainerCondition)] = []
        for member in try ledger.members(ofPod: pod.id) {
            members.append((member, try condition(of: member.id)))
        }
        return PodCondition(pod: pod, members: members)
    }

    /// Starts a pod's containers, the one that holds it together first.
    ///
    /// - Returns: what could not be started; the rest of the pod runs.
    package func start(_ pod: PodRecord, ledger: Ledger) throws(Problem) -> [Problem] {
        // Held while containers start, so that one which ends at once does not end the pod.
        try startInfra(of: pod, ledger: ledger, place: .inUnit)
        let members = try ledger.members(ofPod: pod.id)
        let tie = members.contains { !$0.isInfra } ? try tie(to: pod) : nil
        defer { withExtendedLifetime(tie) {} }
        var problems: [Problem] = []
        var options = StartOptions()
        options.place = .beside
        for member in try ordered(members) where !member.isInfra {
            do throws(Problem) {
                if try condition(of: member.id).isRunning { continue }
                _ = try start(member, ledger: ledger, options: options)
            } catch {
                problems.append(error)
            }
        }
        return problems
    }

    /// Starts the container that holds a pod together, where it does not run.
    func startInfra(
        of pod: PodRecord, ledger: Ledger, place: StartOptions.Place = .beside
    ) throws(Problem) {
        guard let id = pod.infraID else { return }
        guard let infra = try ledger.record(id: id) else {
            throw Problem(
                .noSuchContainer, "pod \"\(pod.name)\" has lost its infra container",
                next:
                    "remove the pod with \"martlet pod rm --force \(pod.name)\", and make it again")
        }
        if try !condition(of: id).isRunning {
            var options = StartOptions()
            options.place = place
            do throws(Problem) {
                _ = try start(infra, ledger: ledger, options: options)
            } catch {
                // Another command may have been quicker.
                guard try condition(of: id).isRunning else { throw error }
            }
        }
        guard case .monitored = try condition(of: id) else {
            throw Problem(
                .wrongState, "nobody looks after the infra container of pod \"\(pod.name)\"",
                why: "its monitor was killed",
                next: "restart the pod with \"martlet pod restart \(pod.name)\"")
        }
    }

    /// Returns a connection that counts as one of the pod's containers; nil without an infra
    /// container.
    private func tie(to pod: PodRecord) throws(Problem) -> SharedDescriptor? {
        guard let id = pod.infraID else { return nil }
        let connection = try MonitorConnection(house: self, id: id, name: pod.name)
        try connection.send(.join)
        return connection.shared()
    }

    /// Puts containers that others require before them (`--requires`), in their order otherwise.
    private func ordered(_ members: [ContainerRecord]) throws(Problem) -> [ContainerRecord] {
        var placed: [ContainerRecord] = []
        var left = members
        while !left.isEmpty {
            let waiting = left.filter { member in
                left.contains { $0.id != member.id && requires(member, $0) }
            }
            if waiting.count == left.count {
                throw Problem(
                    .badValue,
                    "the containers \(waiting.map(\.name).joined(separator: ", ")) "
                        + "require each other")
            }
            placed += left.filter { member in !waiting.contains { $0.id == member.id } }
            left = waiting
        }
        return placed
    }

    private func requires(_ container: ContainerRecord, _ other: ContainerRecord) -> Bool {
        container.spec.requires.contains { other.name == $0 || other.id.hasPrefix($0) }
    }

    /// Ends a pod's containers, the one that holds it together last.
    ///
    /// - Parameter graceSeconds: nil is each container's own.
    package func stop(_ pod: PodRecord, graceSeconds: Int?, ledger: Ledger) throws(Problem)
        -> [Problem]
    {
        let members = try ordered(try ledger.members(ofPod: pod.id)).reversed()
        // Asked all at once, so that the pod takes as long as its slowest container.
        for member in members where !member.isInfra {
            guard case .monitored = try condition(of: member.id),
                let connection = try? MonitorConnection(
                    house: self, id: member.id, name: member.name)
            else { continue }
            // One that ended meanwhile is seen to below.
            try? connection.send(.stop(graceSeconds: graceSeconds))
        }
        var problems: [Problem] = []
        for member in members.filter({ !$0.isInfra }) + members.filter(\.isInfra) {
            do throws(Problem) { try stop(member, graceSeconds: graceSeconds) } catch {
                problems.append(error)
            }
        }
        guard problems.isEmpty else { return problems }
        try endSlice(of: pod)
        return []
    }

    /// Does `body` with each container of a pod that runs.
    ///
    /// - Parameter withGroup: leaves those out that have no control group of their own, such as the
    ///   infra container in a unit, which only waits.
    package func each(
        of pod: PodRecord, withGroup: Bool = false, ledger: Ledger,
        _ body: (ContainerRecord) throws(Problem) -> Void
    ) throws(Problem) -> [Problem] {
        var problems: [Problem] = []
        for (member, condition) in try condition(of: pod, ledger: ledger).members
        where condition.isRunning {
            if withGroup, member.isInfra, condition.record?.cgroup == nil { continue }
            do throws(Problem) { try body(member) } catch { problems.append(error) }
        }
        return problems
    }

    /// Removes a pod with all of its containers, and their anonymous volumes.
    ///
    /// - Throws: `wrongState` where anything of it runs and `force` is off.
    package func remove(_ pod: PodRecord, ledger: Ledger, options: RemoveOptions) throws(Problem) {
        do throws(Problem) {
            let running = try condition(of: pod, ledger: ledger).members.filter {
                $0.condition.isRunning
            }
            if !options.force,
                let first = running.first(where: { !$0.container.isInfra })
                    ?? running.first
            {
                throw Problem(
                    .wrongState, "pod \"\(pod.name)\" is running",
                    why: "container \"\(first.container.name)\" of it is",
                    next: "stop it first with \"martlet pod stop \(pod.name)\", or use --force")
            }
            for problem in try stop(pod, graceSeconds: options.graceSeconds, ledger: ledger) {
                throw problem
            }
            var each = options
            each.volumes = true
            let members = try ledger.members(ofPod: pod.id)
            for member in members where !member.isInfra {
                try remove(member, ledger: ledger, options: each)
            }
            for infra in members where infra.isInfra {
                try remove(infra, ledger: ledger, options: each)
            }
            try ledger.remove(pod)
        } catch {
            throw error.during("removing pod \"\(pod.name)\"")
        }
    }
}
