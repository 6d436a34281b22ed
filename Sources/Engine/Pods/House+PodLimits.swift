import Base
import Kernel
import Records
import Specs
import Systemd

/// Limits of a pod as a whole: a slice of the user's service manager that holds the scopes of its
/// containers.
extension House {
    /// Returns the slice a container is to live in, which stands then; nil where its pod has no
    /// limits.
    ///
    /// - Throws: `badUsage` in a unit, whose control group is the container's place.
    func podSlice(_ container: ContainerRecord, ledger: Ledger) throws(Problem)
        -> MonitorPlan.Slice?
    {
        guard let id = container.spec.pod, let pod = try ledger.pod(id: id), pod.isLimited else {
            return nil
        }
        guard !isUnitsMainProcess else {
            throw Problem(
                .badUsage,
                "container \"\(container.name)\" cannot be held to the limits of its pod",
                why: "in a unit it lives in the unit's own control group",
                next: "limit the units: MemoryMax=, or a Slice= of yours, in [Service]")
        }
        let slice = pod.slice
        try UserManager().startSlice(slice)
        return MonitorPlan.Slice(name: slice.name, files: pod.limitFiles)
    }

    /// Looks whether the kernel holds a slice to its limits.
    ///
    /// - Parameter scope: the group of a scope in it.
    func checkLimits(of slice: MonitorPlan.Slice, scope: String) throws(Problem) {
        let parts = scope.split(separator: "/").dropLast()
        let group = "/sys/fs/cgroup/" + parts.joined(separator: "/")
        for file in slice.files where !Files.exists("\(group)/\(file)") {
            throw Problem(
                .missingOnMachine, "this session cannot enforce the limits of the pod",
                why: "there is no \"\(file)\" in \"\(group)\": the controller is not delegated",
                next: "see \"martlet doctor\" for how to delegate it")
        }
    }

    /// Ends the slice of a pod of which nothing runs any more.
    func endSlice(of pod: PodRecord) throws(Problem) {
        guard pod.isLimited, let manager = try? UserManager() else { return }
        let name = pod.slice.name
        guard try manager.units([name]).contains(where: { $0.activeState == "active" }) else {
            return
        }
        _ = try manager.stop(name)
    }
}

extension PodRecord {
    /// Whether anything is limited for the pod as a whole.
    var isLimited: Bool { limits != ResourceChoices() && sharesParent }

    /// The files of a control group that are there where its limits hold.
    fileprivate var limitFiles: [String] {
        let files = [
            ("memory.max", limits.memoryBytes != nil), ("cpu.max", limits.milliCPUs != nil),
            ("cpu.weight", limits.cpuShares != nil), ("io.weight", limits.blockWeight != nil),
        ]
        return files.filter(\.1).map(\.0)
    }

    /// The slice that limits it.
    fileprivate var slice: UserManager.Slice {
        var slice = UserManager.Slice(
            name: "app-martlet_pod_\(id).slice", description: "Pod \(name)")
        slice.memoryMaxBytes = limits.memoryBytes.map { UInt64(clamping: $0) }
        if let both = limits.memorySwapBytes {
            // The kernel counts swap alone where podman counts both; -1 is no limit.
            slice.swapMaxBytes =
                both < 0 ? UInt64.max : UInt64(clamping: both - (limits.memoryBytes ?? 0))
        }
        slice.cpuMicrosecondsPerSecond = limits.milliCPUs.map { UInt64(clamping: $0 * 1000) }
        // As runc and crun turn shares of cgroup v1 into weights of v2.
        slice.cpuWeight = limits.cpuShares.map {
            1 + (max(2, min($0, 262_144)) - 2) * 9999 / 262_142
        }
        slice.ioWeight = limits.blockWeight.map { UInt64($0) }
        return slice
    }
}
