package import Base
import Kernel
import Specs

/// The name servers that libslirp forwards the container's questions to.
package enum Resolver {
    /// Returns a resolv.conf with nothing but servers: those of the plan, else those of the host.
    ///
    /// A host without any has its own machine asked, as the C library does. See resolv.conf(5).
    static func file(for plan: NetworkPlan) -> String {
        var servers = plan.nameServers
        if servers.isEmpty {
            // An unreadable file is like none.
            let text = (try? Files.readText("/etc/resolv.conf", limit: 64 << 10)) ?? ""
            servers = Self.servers(in: text)
        }
        if servers.isEmpty { servers = [.v4(0x7F00_0001)] }
        return servers.map { "nameserver \($0)\n" }.joined()
    }

    /// Reads the `nameserver` lines; addresses with a zone are left out, as libslirp cannot use
    /// them.
    package static func servers(in text: String) -> [IPAddress] {
        var servers: [IPAddress] = []
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split { $0 == " " || $0 == "\t" }
            if words.count >= 2, words[0] == "nameserver", let address = IPAddress(String(words[1]))
            {
                servers.append(address)
            }
        }
        return servers
    }
}
