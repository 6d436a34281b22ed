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

    /// The /dev/shm of the container whose IPC namespace is shared: it is a part of that. The
    /// runtime takes it out of that container's mount namespace.
    func sharedMemory(_ spec: ContainerSpec) throws(Problem) -> [RuntimeConfig.Mount] {
        guard case .container(let name) = spec.spaces.ipc,
            !spec.storage.mounts.contains(where: { $0.destination == "/dev/shm" })
        else { return [] }
        let path = "/proc/\(try house.payload(of: name, ledger: ledger))/root/dev/shm"
        return [
            .init(
                destination: "/dev/shm", type: "bind", source: path,
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
