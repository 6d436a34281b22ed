import Base
import Specs

extension Field where Request == LaunchRequest {
    /// How the container reaches the network and is reached.
    static var networkFields: [Field] {
        [
            .repeated("network", "MODE|NAME[:OPTIONS]", "How the container is connected") {
                (request, text) throws(Problem) in
                try NetworkOption.apply(text, to: &request.spec.network)
            } write: {
                NetworkOption.texts(of: $0.spec.network.mode)
            }.alias("net").completing(.network),
            .commaSeparated(
                "publish", short: "p", "[[ADDRESS:]HOST:]CONTAINER[/PROTOCOL]",
                "Publish a port of the container", ports
            ) {
                $0.spec.network.ports += $1
            } write: {
                $0.spec.network.ports.map(\.argument)
            },
            .flag("publish-all", short: "P", "Publish every exposed port at a port of its own") {
                $0.spec.network.publishAll = $1
            } write: {
                $0.spec.network.publishAll
            },
            .commaSeparated("expose", "PORT[/PROTOCOL]", "Declare a port of the container") {
                $0.spec.network.exposed.append($1)
            } write: {
                $0.spec.network.exposed
            },
            .commaSeparated("network-alias", "NAME", "Let others find the container by this name") {
                $0.spec.network.aliases.append($1)
            } write: {
                $0.spec.network.aliases
            },
            .commaSeparated("dns", "ADDRESS", "Ask this name server; none writes no resolv.conf") {
                $0.spec.network.dns.append($1)
            } write: {
                $0.spec.network.dns
            },
            .commaSeparated("dns-option", "OPTION", "Set an option of resolv.conf") {
                $0.spec.network.dnsOptions.append($1)
            } write: {
                $0.spec.network.dnsOptions
            }.alias("dns-opt"),
            .commaSeparated("dns-search", "DOMAIN", "Search names in this domain") {
                $0.spec.network.dnsSearch.append($1)
            } write: {
                $0.spec.network.dnsSearch
            },
            .commaSeparated(
                "add-host", "NAME:ADDRESS", "Add a line to /etc/hosts",
                HostEntryOption.parse
            ) {
                $0.spec.network.hosts.append($1)
            } write: {
                $0.spec.network.hosts
            },
            .flag("no-hosts", "Leave /etc/hosts as the image has it") {
                $0.spec.network.noHosts = $1
            } write: {
                $0.spec.network.noHosts
            },
            .value("hosts-file", "FILE", "Base /etc/hosts on this file; image and none are words") {
                $0.spec.network.hostsFile = $1
            } write: {
                $0.spec.network.hostsFile
            }.completing(.file),
            .flag("no-hostname", "Leave /etc/hostname as the image has it") {
                $0.spec.network.noHostname = $1
            } write: {
                $0.spec.network.noHostname
            },
            .value("ip", "ADDRESS", "Use this IPv4 address", address(isV4: true)) {
                $0.spec.network.ip = $1
            } write: {
                $0.spec.network.ip
            },
            .value("ip6", "ADDRESS", "Use this IPv6 address", address(isV4: false)) {
                $0.spec.network.ip6 = $1
            } write: {
                $0.spec.network.ip6
            },
            .value("mac-address", "ADDRESS", "Use this hardware address") {
                $0.spec.network.macAddress = $1
            } write: {
                $0.spec.network.macAddress
            },
        ]
    }

    private static var ports: ValueParser<[PortMapping]> {
        { (text, field) throws(Problem) in
            do throws(Problem) { return try PortMapping.parse(text) } catch {
                throw error.during("reading \(field)")
            }
        }
    }

    private static func address(isV4: Bool) -> ValueParser<String> {
        { (text, field) throws(Problem) in
            guard let address = IPAddress(text), address.isV4 == isV4 else {
                throw Problem(
                    .badValue, "\"\(text.printable)\" is no IPv\(isV4 ? 4 : 6) address for \(field)"
                )
            }
            return address.description
        }
    }
}
