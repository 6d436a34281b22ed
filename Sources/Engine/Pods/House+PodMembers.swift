package import Base
import Kernel
package import Records
package import Specs

extension House {
    /// Returns the container with what it shares with its pod, and what the pod gives to each.
    ///
    /// - Throws: `badUsage` where the container asks for something of its own that the pod shares.
    package func joining(_ spec: ContainerSpec, to pod: PodRecord, ledger: Ledger)
        throws(Problem) -> ContainerSpec
    {
        var spec = spec
        spec.pod = pod.id
        if spec.life.restart == .never, !spec.life.remove { spec.life.restart = pod.restart }
        guard let id = pod.infraID else { return spec }
        guard let infra = try ledger.record(id: id) else {
            throw Problem(
                .noSuchContainer, "pod \"\(pod.name)\" has lost its infra container",
                next:
                    "remove the pod with \"martlet pod rm --force \(pod.name)\", and make it again")
        }
        if pod.shared.contains(.net) { try shareNetwork(&spec, pod, id) }
        if pod.shared.contains(.uts) {
            if spec.spaces.hostname != nil {
                throw refusal(pod, "--hostname", "its containers have one host name")
            }
            if spec.spaces.uts == .own { spec.spaces.uts = .container(id) }
        }
        if pod.shared.contains(.ipc), spec.spaces.ipc == .own { spec.spaces.ipc = .container(id) }
        if pod.shared.contains(.pid), spec.spaces.pid == .own { spec.spaces.pid = .container(id) }
        if pod.shared.contains(.cgroup), spec.spaces.cgroup == .own {
            spec.spaces.cgroup = .container(id)
        }
        if spec.spaces.user != .standing {
            throw refusal(pod, "--userns", "its containers have one user namespace")
        }
        if infra.spec.spaces.user != .standing { spec.spaces.user = .container(id) }
        inherit(&spec, from: infra.spec)
        return spec
    }

    private func shareNetwork(_ spec: inout ContainerSpec, _ pod: PodRecord, _ id: String)
        throws(Problem)
    {
        let why = "its containers have one network"
        if !spec.network.ports.isEmpty || spec.network.publishAll {
            throw refusal(pod, "--publish", why)
        }
        if spec.network.mode != nil { throw refusal(pod, "--network", why) }
        if spec.network.ip != nil || spec.network.ip6 != nil || spec.network.macAddress != nil {
            throw refusal(pod, "an address of its own", why)
        }
        spec.network.mode = .container(id)
    }

    private func refusal(_ pod: PodRecord, _ option: String, _ why: String) -> Problem {
        Problem(
            .badUsage, "a container of pod \"\(pod.name)\" cannot have \(option)", why: why,
            next: "give it to \"martlet pod create\"")
    }

    /// What the pod gives to each container that has nothing else: volumes, devices, security.
    private func inherit(_ spec: inout ContainerSpec, from infra: ContainerSpec) {
        let own = Set(spec.storage.mounts.map(\.destination))
        spec.storage.mounts =
            infra.storage.mounts.filter { !own.contains($0.destination) } + spec.storage.mounts
        let devices = Set(spec.storage.devices.map(\.destination))
        spec.storage.devices =
            infra.storage.devices.filter { !devices.contains($0.destination) }
            + spec.storage.devices
        if spec.security == SecurityChoices() { spec.security = infra.podSecurity }
    }

    /// The host name that a container shares with its pod, where it does.
    func podHostname(of container: ContainerRecord, ledger: Ledger) throws(Problem) -> String? {
        guard container.spec.pod != nil, case .container(let id) = container.spec.spaces.uts else {
            return nil
        }
        return try ledger.record(id: id)?.spec.spaces.hostname
    }
}

extension ContainerSpec {
    /// The security that a pod's containers take over: not what its own container gives up.
    fileprivate var podSecurity: SecurityChoices {
        var choices = security
        choices.dropCapabilities = []
        return choices
    }
}
