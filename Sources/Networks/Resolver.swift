import Base
import Kernel
import Specs

/// The name servers that libslirp forwards the container's questions to.
enum Resolver {
    /// Returns a resolv.conf with nothing but servers: those of the plan, else those of the host.
    ///
    /// A host without any has its own machine asked, as the C library does. See resolv.conf(5).
    static func file(for plan: NetworkPlan) -> String {
        var servers = plan.nameServers
        if servers.isEmpty {
            // An unreadable file is like none.
            let text = (try? Files.readText("/etc/resolv.conf", limit: 64 << 10)) ?? ""
            servers = ResolverFile.servers(in: text)
        }
        if servers.isEmpty { servers = [.v4(0x7F00_0001)] }
        return servers.map { "nameserver \($0)\n" }.joined()
    }
}
