import Kernel

// The program that KernelTests run: it does to itself what the test runner, which has threads,
// cannot do to itself. `kernel-probe NAME` prints what it saw; a fault of the kernel's is printed
// and ends it with status 1.

let probes: [String: () throws(KernelFault) -> Void] = [
    "user": Probe.user, "mounts": Probe.mounts, "pivot": Probe.pivot, "network": Probe.network,
    "new-network": Probe.newNetwork,
    "pid": Probe.pid, "filter": Probe.filter, "capabilities": Probe.capabilities,
    "cgroup": Probe.cgroup, "sealed": Probe.sealed,
]

guard let name = CommandLine.arguments.last, let probe = probes[name] else {
    print("there is no probe of that name")
    Processes.end(code: 2)
}
do throws(KernelFault) {
    try probe()
} catch {
    print("\(error)")
    Processes.end(code: 1)
}
