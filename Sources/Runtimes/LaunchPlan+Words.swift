import Kernel
import Specs

/// What a step is called when it fails.
extension LaunchPlan.Deed {
    /// The failure as a person reads it: `cannot mount proc on /proc`.
    var failure: String {
        switch self {
        case .takeNetwork: "cannot make a network namespace"
        case .showNamespaces: "cannot open the container's namespaces"
        case .awaitMaps, .becomeRoot: "cannot become root of the user namespace"
        case .join(let path, let kind): "cannot join the \(kind.rawValue) namespace \"\(path)\""
        case .newTimeNamespace: "cannot make a time namespace"
        case .leadSession: "cannot begin a session"
        case .newKeyring: "cannot make a session keyring"
        case .oomScore(let score): "cannot set the OOM score to \(score)"
        case .propagate, .propagateRoot: "cannot set the propagation of the root mount"
        case .mountRoot(.directory(let path)): "cannot use \"\(path)\" as root file system"
        case .mountRoot(.overlay): "cannot mount the overlay of the image's layers"
        case .mount(let plan):
            switch plan.source {
            case .bind: "cannot bind \"\(plan.name)\" to \"\(plan.destination)\""
            case .fileSystem(let type, _): "cannot mount \(type) on \"\(plan.destination)\""
            }
        case .device(let plan): "cannot make the device \"\(plan.path)\""
        case .link(_, let path): "cannot make the link \"\(path)\""
        case .openTerminal: "cannot open a terminal in the container"
        case .bindConsole: "cannot put the terminal at /dev/console"
        case .makeDirectory(let path): "cannot make the directory \"\(path)\""
        case .sysctl(let name, _): "cannot set sysctl \"\(name)\""
        case .report, .hold: "the container's first process lost contact"
        case .newCgroupNamespace: "cannot make a cgroup namespace"
        case .joinCgroupNamespace: "cannot join the container's cgroup namespace"
        case .hooks(_, let name): "a \(name) hook failed"
        case .mask(let path): "cannot mask \"\(path)\""
        case .readOnly(let path): "cannot make \"\(path)\" read-only"
        case .readOnlyRoot: "cannot make the root file system read-only"
        case .loopback: "cannot bring up the loopback link"
        case .netDevices: "cannot set up the network devices"
        case .hostName(let name): "cannot set the host name \"\(name)\""
        case .domainName(let name): "cannot set the domain name \"\(name)\""
        case .takeRoot, .changeRoot, .confine: "cannot enter the root file system"
        default: settlingFailure
        }
    }

    private var settlingFailure: String {
        switch self {
        case .limit(_, let soft, let hard, let name): "cannot set \(name) to \(soft):\(hard)"
        case .personality: "cannot set the execution domain"
        case .memoryPolicy: "cannot set the memory policy"
        case .schedule: "cannot set the scheduling policy"
        case .ioPriority: "cannot set the I/O priority"
        case .processors: "cannot set the processors to run on"
        case .securityLabel(let label, _): "cannot set the security label \"\(label)\""
        case .stdio: "cannot set up the standard streams"
        case .endWithCaller: "cannot tie the process to its monitor"
        case .noNewPrivileges: "cannot set no_new_privs"
        case .bound, .capabilities: "cannot set the capabilities"
        case .user(let uid, let gid, _): "cannot become user \(uid), group \(gid)"
        case .enterEarly(let path), .workingDirectory(let path):
            "cannot enter the working directory \"\(path)\" (chdir)"
        case .find(let name): "cannot execute \"\(name)\""
        case .filter: "cannot load the seccomp filter"
        case .preserve: "cannot keep the descriptors asked for"
        case .stayAsReaper: "cannot make the container's init"
        case .execute: "cannot execute the program"
        default: "cannot set up the container"
        }
    }

    /// Whether this is the hooks' run after the start was asked for.
    var isStartHook: Bool {
        if case .hooks(_, name: "startContainer") = self { true } else { false }
    }

    /// Whether a failure of this step is one of the program's, not of the container's.
    var isExec: Bool {
        switch self {
        case .find, .execute: true
        default: false
        }
    }
}
