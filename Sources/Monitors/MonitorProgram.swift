import Base
import Kernel
import Specs

/// `martlet-runtime monitor --plan-fd=N --run=DIRECTORY [--start-fd=M]`: the process that looks after
/// one container.
package enum MonitorProgram {
    /// Runs to the container's end.
    ///
    /// - Parameter words: the words after `monitor`.
    /// - Returns: the exit status: the container's own, or that of the Problem that kept it from
    ///   starting.
    package static func run(_ words: [String]) -> Int {
        var start = StartChannel(nil)
        var known: MonitorPlan?
        do {
            let numbers = try Numbers(words)
            start = StartChannel(numbers.start.map { SharedDescriptor(owning: $0) })
            let plan = try prepare(numbers, start)
            let run = try claim(plan)
            known = plan
            try checkItStands(plan, run)
            let log = try sink(for: plan)
            let payload: any Payload =
                if let foreign = plan.runtime {
                    try ForeignPayload(plan, foreign)
                } else {
                    OwnPayload(plan)
                }
            let monitor = try Monitor(plan, run: run, payload: payload, start: start, log: log)
            for (membership, number) in zip(plan.memberships, numbers.networks) {
                monitor.places.add(membership, SharedDescriptor(owning: number))
            }
            let code = monitor.work()
            return start.socket == nil ? statusForUnit(code, monitor.state.record, plan) : code
        } catch {
            start.report(.failed(error))
            // In a unit nobody else would hear of it.
            if start.socket == nil { try? Console.write("\(error)\n", to: .error) }
            // Whoever removed the container meanwhile has not seen what was opened last.
            if let known, known.removedName != nil { Monitor.removeDirectories(of: known) }
            return Int(error.code.exitStatus)
        }
    }

    /// Takes the lock by which a container has one monitor, and nobody removes it under that one's
    /// hands: on its run-time directory, for as long as it may run.
    ///
    /// - Throws: `wrongState` where another has it.
    private static func claim(_ plan: MonitorPlan) throws(Problem) -> SharedDescriptor {
        let run = try explaining("cannot prepare the monitor of container \"\(plan.name)\"") {
            () throws(KernelFault) -> SharedDescriptor? in
            let run = try Files.open(plan.directories.run, [.read, .directory])
            return try run.lock(exclusive: true, waiting: false) ? SharedDescriptor(run) : nil
        }
        guard let run else {
            throw Problem(
                .wrongState, "container \"\(plan.name)\" is already running",
                why: "it is being started, or removed, by another command")
        }
        return run
    }

    /// The directory may have been removed between its opening and its locking.
    private static func checkItStands(_ plan: MonitorPlan, _ run: SharedDescriptor) throws(Problem)
    {
        let links = try explaining("cannot prepare the monitor of container \"\(plan.name)\"") {
            () throws(KernelFault) in try run.descriptor.status().links
        }
        if links == 0 {
            throw Problem(
                .noSuchContainer,
                "container \"\(plan.name)\" was removed while it was being started")
        }
    }

    /// A unit that was asked to stop and whose container ended by the signals of that has not failed;
    /// what `inspect` tells stays the container's own code.
    static func statusForUnit(_ code: Int, _ record: MonitorRecord, _ plan: MonitorPlan) -> Int {
        let asked = [Int(plan.stop.signal.number), 9].map { 128 + $0 }
        return record.stoppedByHand && asked.contains(code) ? 0 : code
    }

    /// The descriptors a monitor is told of.
    struct Numbers: Equatable {
        let plan: Int32
        let start: Int32?
        /// Connections to the processes of named networks, behind the two.
        let networks: Range<Int32>

        init(_ words: [String]) throws(Problem) {
            var plan: Int32?
            var start: Int32?
            var networks: Int32 = 0
            for word in words {
                // Told for those who look for it in /proc; the plan has it.
                if word.hasPrefix("--run=/") { continue }
                let parts = word.split(separator: "=", maxSplits: 1)
                let number = parts.count == 2 ? Int32(parts[1]) : nil
                switch (parts.first, number) {
                case ("--plan-fd", let number?) where number > 2: plan = number
                case ("--start-fd", let number?) where number > 2: start = number
                case ("--networks", let number?) where (0...64).contains(number):
                    networks = number
                default:
                    throw Problem(
                        .badUsage, "\"\(word.printable)\" is no word for the monitor",
                        next: "it is started by martlet, not by hand")
                }
            }
            guard let plan else {
                throw Problem(
                    .badUsage, "the monitor was given no plan",
                    next: "it is started by martlet, not by hand")
            }
            self.plan = plan
            self.start = start
            let first = max(plan, start ?? 0) + 1
            self.networks = first..<first + networks
        }
    }

    private static func prepare(_ numbers: Numbers, _ start: StartChannel) throws(Problem)
        -> MonitorPlan
    {
        let file = Descriptor(owning: numbers.plan)
        let words = "cannot prepare the monitor"
        do {
            try Processes.setName("martlet-monitor")
            // What a caller left open by accident must reach neither us nor the container (T-FD-1).
            try Processes.closeDescriptors(from: numbers.networks.upperBound)
            for number in numbers.networks { try Descriptor.keepFromChildren(number) }
            try file.inherit(false)
            try start.socket?.descriptor.inherit(false)
            try Processes.raiseFileLimit()
            Tasks.setMask(0o022)
            try Files.enter("/")
        } catch {
            throw error.problem(words)
        }
        let bytes = try explaining("cannot read the monitor's plan") { () throws(KernelFault) in
            try file.readAll(limit: Limits.documentBytes, name: "plan")
        }
        let plan = try JSON(parsing: bytes, name: "the monitor's plan")
            .decode(MonitorPlan.self, name: "the monitor's plan")
        if let path = plan.userNamespace { try join(path) }
        return plan
    }

    private static func join(_ path: String) throws(Problem) {
        try explaining("cannot enter the user namespace of the containers") {
            () throws(KernelFault) in
            let namespace = try Files.open(path, .read)
            if try Namespaces.isOwn(number: namespace.number, "user") { return }
            // Container root must not look into this process from the moment it is in there.
            try Privileges.setDumpable(false)
            try Namespaces.enter(namespace, .user)
        }
    }

    private static func sink(for plan: MonitorPlan) throws(Problem) -> (any LogSink)? {
        switch plan.log {
        case .none, .passthrough: nil
        case .k8sFile(let path, let maxBytes, let keep):
            try LineLog(path: path, maxBytes: maxBytes, keep: keep)
        case .journald(let tag, let fields):
            try JournalSink(plan, tag: tag, fields: fields, address: JournalSink.address)
        }
    }
}
