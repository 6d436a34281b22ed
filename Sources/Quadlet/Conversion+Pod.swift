import Base
import UnitFiles

extension Conversion {
    /// Adds what makes a service hold a pod together. See podman-pod.unit(5).
    ///
    /// Its members add themselves afterwards, see `Plan`.
    mutating func convertPod() {
        let pod = ownEntry.object
        var create = command("pod", "create")
        create.add("--infra-conmon-pidfile=%t/%N.pid", "--replace")
        let policy = reading.single("ExitPolicy")
        create.add("--exit-policy", policy?.text ?? "stop", from: policy?.place)
        addUserNamespace(to: &create)
        add(.ports, to: &create)
        add(.pairs, to: &create)
        addNetworks(to: &create)
        add(.values, to: &create)
        add(.repeats, to: &create)
        addVolumes(to: &create)
        let cause = reading.has("PodName") ? reading.place(of: "PodName") : nil
        create.add("--infra-name", "\(pod)-infra", "--name", pod, from: cause)
        addOwnArguments(to: &create)
        service.add("ExecStartPre", create)

        var start = command("pod", "start")
        start.add(pod)
        service.add("ExecStart", start)
        var stop = command("pod", "stop")
        let grace = reading.single("StopTimeout")
        stop.add("--ignore")
        stop.add("--time=\(grace?.text ?? "10")", from: grace?.place)
        stop.add(pod)
        service.add("ExecStop", stop)
        var remove = command("pod", "rm")
        remove.add("--ignore", "--force", pod)
        service.add("ExecStopPost", remove)

        service.add("Service", "Environment", "PODMAN_SYSTEMD_UNIT=%n")
        service.add("Service", "Type", "forking")
        service.add("Service", "PIDFile", "%t/%N.pid")
        addDefault("SyslogIdentifier", "%N")
        addDefault("Restart", "on-failure")
    }

    /// Whether the pod's service starts this container's service with it.
    mutating func startsWithPod() -> Bool {
        !name.isTemplate && reading.flag("StartWithPod") ?? true
    }
}
