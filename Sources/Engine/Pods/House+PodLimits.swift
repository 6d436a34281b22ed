import Base
import Kernel
import Records
import Specs
import Systemd

/// Limits of a pod as a whole: a slice of the user's service manager that holds the scopes of its
/// containers.
extension House {
    /// Returns the slice a container is to live in, which stands then; nil where neither its pod
    /// nor the container itself has one.
    func slice(of container: ContainerRecord, ledger: Ledger) throws(Problem)
        -> MonitorPlan.Slice?
    {
        guard let id = container.spec.pod, let pod = try ledger.pod(id: id), pod.hasSlice else {
            guard let parent = container.spec.life.cgroupParent else { return nil }
            return MonitorPlan.Slice(name: try SliceName.parse(parent), files: [])
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
        guard pod.hasSlice, let manager = try? UserManager() else { return }
        let name = pod.slice.name
        guard try manager.units([name]).contains(where: { $0.activeState == "active" }) else {
            return
        }
        _ = try manager.stop(name)
    }
}

extension PodRecord {
    /// Whether its containers live in a slice of their own: one that limits them, or that lies
    /// where the user wants it.
    var hasSlice: Bool { (limits != ResourceChoices() || parent != nil) && sharesParent }

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
            name: SliceName.child("martlet_pod_\(id)", of: parent ?? "app.slice"),
            description: "Pod \(name)")
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
