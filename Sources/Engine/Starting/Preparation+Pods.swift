import Base
import Kernel
import Records
import Specs

/// What a container shares with its pod, at a start.
extension Preparation {
    /// The pod's own container, where this one is another of a pod that has one; it runs by now.
    func podInfra() throws(Problem) -> ContainerRecord? {
        guard let id = record.spec.pod, !record.isInfra, let pod = try ledger.pod(id: id),
            let infra = pod.infraID
        else { return nil }
        return try ledger.record(id: infra)
    }

    /// The shared /dev/shm, for the pod's own container and those that share its IPC namespace.
    func sharedMemory(_ infra: ContainerRecord?) throws(Problem) -> [RuntimeConfig.Mount] {
        let holder: String
        if record.isInfra, let pod = try ledger.pod(id: record.spec.pod ?? ""),
            pod.shared.contains(.ipc)
        {
            try house.makeSharedMemory(of: record.id)
            holder = record.id
        } else if let infra, record.spec.spaces.ipc == .container(infra.id) {
            holder = infra.id
        } else {
            return []
        }
        return [
            .init(
                destination: "/dev/shm", type: "bind", source: house.sharedMemoryPath(of: holder),
                options: ["bind", "rw", "rprivate", "nosuid", "nodev", "noexec"])
        ]
    }

    /// Takes hosts, name servers and host name from the pod, as far as they are shared.
    func surroundings(
        _ surroundings: inout GeneratedFiles.Surroundings, in infra: ContainerRecord
    ) throws(Problem) {
        guard record.spec.network.mode == .container(infra.id) else { return }
        let files = house.runDirectory(of: infra.id) + "/files/"
        // Missing where the pod was made with --no-hosts or --dns=none: then the host's stay.
        if let hosts = try? Files.readText(files + "etc-hosts") { surroundings.hostHosts = hosts }
        if let resolver = try? Files.readText(files + "etc-resolv.conf") {
            surroundings.hostResolver = resolver
        }
        surroundings.ownNames =
            try ledger.members(ofPod: record.spec.pod ?? "").filter { !$0.isInfra }.map(\.name)
    }

    /// Says in the plan what the monitors of the pod have to do with each other.
    func joinPod(_ infra: ContainerRecord?, _ plan: inout MonitorPlan) throws(Problem) {
        if let infra { plan.podDirectory = house.runDirectory(of: infra.id) }
        guard record.isInfra else { return }
        let policy = try ledger.pod(id: record.spec.pod ?? "")?.exitPolicy
        plan.infra = .init(endsWithLast: policy == .stop)
        plan.runtime = nil
        plan.log = .none
    }
}
