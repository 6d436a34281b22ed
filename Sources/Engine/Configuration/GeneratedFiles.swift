package import Base
package import Specs

/// The small files that stand in for the image's own: /etc/hosts, /etc/resolv.conf, /etc/hostname
/// and /run/.containerenv. Pure text; the engine writes them into the container's run directory.
package struct GeneratedFiles: Equatable, Sendable {
    /// A file's place in the container and its content.
    package struct File: Equatable, Sendable {
        package var destination: String
        package var bytes: [UInt8]

        package init(destination: String, bytes: [UInt8]) {
            self.destination = destination
            self.bytes = bytes
        }

        package init(destination: String, text: String) {
            self.init(destination: destination, bytes: Array(text.utf8))
        }
    }

    /// What of the host and the network the files tell.
    package struct Surroundings: Sendable {
        package var hostHosts = ""
        package var hostResolver = ""
        /// The container's own addresses, and the name server and gateway it sees; nil without a network.
        package var addresses: [NetworkPlan.Addresses] = []
        package var nameServers: [IPAddress] = []
        /// Whether names of other containers are known.
        package var hasNames = false
        package var hostLoopback = false
        /// The address from which the host speaks to others.
        package var hostAddress: IPAddress?
        /// Names of containers that are all reached at the container's own loopback.
        package var ownNames: [String] = []

        package init() {}

        /// Where the host is met: at the gateway where that leads to its loopback, or else as
        /// every other machine meets it, with what listens on all addresses.
        var host: IPAddress? { hostLoopback ? addresses.first?.gateway : hostAddress }
    }

    package var files: [File]

    /// - Throws: for an `--add-host` or `--dns` that is none.
    package init(
        _ spec: ContainerSpec, id: String, imageName: String?, hostname: String?,
        _ surroundings: Surroundings
    ) throws(Problem) {
        files = []
        let network = spec.network
        if !network.noHosts, network.hostsFile != "image" {
            files.append(
                File(
                    destination: "/etc/hosts",
                    text: try GeneratedFiles.hosts(spec, hostname: hostname, surroundings)))
        }
        if network.dns != ["none"] {
            files.append(
                File(
                    destination: "/etc/resolv.conf",
                    text: try GeneratedFiles.resolver(network, surroundings)))
        }
        if let hostname, !network.noHostname {
            files.append(File(destination: "/etc/hostname", text: hostname + "\n"))
        }
        files.append(
            File(
                destination: "/run/.containerenv",
                text: """
                    engine="martlet"
                    name="\(spec.name)"
                    id="\(id)"
                    image="\((imageName ?? "").printable)"
                    rootless=1

                    """))
    }

    private static func hosts(
        _ spec: ContainerSpec, hostname: String?, _ surroundings: Surroundings
    ) throws(Problem) -> String {
        var text = ""
        for entry in spec.network.hosts {
            let (names, address) = try hostEntry(entry, surroundings)
            text += "\(address)\t\(names.joined(separator: " "))\n"
        }
        if spec.network.hostsFile != "none" { text += baseLines(surroundings.hostHosts) }
        if !text.contains("127.0.0.1\tlocalhost") {
            text +=
                "127.0.0.1\tlocalhost localhost.localdomain\n::1\tlocalhost localhost.localdomain\n"
        }
        if let first = surroundings.addresses.first {
            if let host = surroundings.host {
                text += "\(host)\thost.containers.internal host.docker.internal\n"
            }
            let names = [hostname, spec.name].compactMap { $0 }
            // On networks with names it is met under each of its addresses.
            for own in surroundings.hasNames ? surroundings.addresses : [first] {
                text += "\(own.container)\t\(names.joined(separator: " "))\n"
            }
        } else if spec.network.hasOwnNamespace {
            let names = [hostname, spec.name].compactMap { $0 }
            text += "127.0.0.1\t\(names.joined(separator: " "))\n"
        }
        if !surroundings.ownNames.isEmpty {
            text += "127.0.0.1\t\(surroundings.ownNames.joined(separator: " "))\n"
        }
        return text
    }

    /// Keeps the host's entries without its comments, and without its names for itself.
    private static func baseLines(_ hosts: String) -> String {
        var text = ""
        for line in hosts.split(separator: "\n") {
            let words = line.prefix { $0 != "#" }.split { $0 == " " || $0 == "\t" }
            guard words.count > 1, !words[0].hasPrefix("127."), !words[0].hasPrefix("::1"),
                !words[0].hasPrefix("f")
            else { continue }
            text += "\(words[0])\t\(words.dropFirst().joined(separator: " "))\n"
        }
        return text
    }

    private static func hostEntry(_ entry: String, _ surroundings: Surroundings)
        throws(Problem) -> (names: [String], address: String)
    {
        let problem = Problem(
            .badValue, "\"\(entry.printable)\" is no entry for --add-host",
            next: "write name:address or name:host-gateway")
        guard let colon = entry.firstIndex(of: ":") else { throw problem }
        let names = entry[..<colon].split(separator: ";").map(String.init)
        let address = String(entry[entry.index(after: colon)...])
        guard !names.isEmpty,
            names.allSatisfy({
                $0.utf8.allSatisfy { $0.isLetterOrDigit || "._-".utf8.contains($0) }
            })
        else { throw problem }
        if address == "host-gateway" {
            guard let host = surroundings.host else {
                throw Problem(
                    .badValue, "there is no host-gateway for \"\(names[0])\"",
                    why: "this machine has no address that others reach it at",
                    next: "add --network slirp4netns:allow_host_loopback=true")
            }
            return (names, "\(host)")
        }
        guard let parsed = IPAddress(address) else { throw problem }
        return (names, "\(parsed)")
    }

    private static func resolver(_ network: NetworkChoices, _ surroundings: Surroundings)
        throws(Problem) -> String
    {
        var servers: [String] = []
        for words in network.dns {
            guard let address = IPAddress(words) else {
                throw Problem(
                    .badValue, "\"\(words.printable)\" is no name server for --dns",
                    why: "it is not an IP address")
            }
            servers.append("\(address)")
        }
        let host = surroundings.hostResolver.split(separator: "\n").map {
            $0.split { $0 == " " || $0 == "\t" }.map(String.init)
        }
        func hostWords(_ keyword: String) -> [String] {
            host.filter { $0.first == keyword }.flatMap { $0.dropFirst() }
        }
        // Where names of containers are known, their server asks those chosen here for the rest.
        if servers.isEmpty || surroundings.hasNames {
            servers = surroundings.nameServers.map { "\($0)" }
            if servers.isEmpty { servers = hostWords("nameserver") }
        }
        var search = network.dnsSearch.isEmpty ? hostWords("search") : network.dnsSearch
        if search == ["."] { search = [] }
        if surroundings.hasNames { search.insert("dns.podman", at: 0) }
        let options = network.dnsOptions.isEmpty ? hostWords("options") : network.dnsOptions
        var text = ""
        if !search.isEmpty { text += "search \(search.joined(separator: " "))\n" }
        for server in servers { text += "nameserver \(server)\n" }
        if !options.isEmpty { text += "options \(options.joined(separator: " "))\n" }
        return text
    }
}
