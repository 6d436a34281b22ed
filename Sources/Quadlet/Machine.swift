package import Kernel

/// What the machine a check runs on offers to the services of this user.
package struct Machine {
    package var isUser: Bool
    /// The lowest port that needs no privilege.
    package var firstFreePort: Int
    /// The controllers of this user's control groups; nil where that cannot be known.
    package var controllers: Set<String>?
    package var exists: (String) -> Bool

    package init(
        isUser: Bool, firstFreePort: Int, controllers: Set<String>?,
        exists: @escaping (String) -> Bool
    ) {
        self.isUser = isUser
        self.firstFreePort = firstFreePort
        self.controllers = controllers
        self.exists = exists
    }

    /// Asks the kernel. See ip-sysctl, "ip_unprivileged_port_start", and cgroups(7).
    package static func present(_ caller: Caller) -> Machine {
        let port = try? Files.readText("/proc/sys/net/ipv4/ip_unprivileged_port_start", limit: 64)
        let slice = "/sys/fs/cgroup/user.slice/user-\(caller.uid).slice"
        let path = "\(slice)/user@\(caller.uid).service/cgroup.controllers"
        let list = try? Files.readText(path, limit: 4096)
        return Machine(
            isUser: caller.uid != 0,
            firstFreePort: port.flatMap { Int($0.filter(\.isNumber)) } ?? 1024,
            controllers: list.map { text in
                Set(text.split { $0 == " " || $0 == "\n" }.map(String.init))
            },
            exists: { Files.exists($0) })
    }
}
