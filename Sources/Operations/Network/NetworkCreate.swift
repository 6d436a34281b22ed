package import Base
package import Engine
import Specs

/// `martlet network create`
package enum NetworkCreate: Verb {
    package typealias Request = NetworkWish

    /// The network's name.
    package typealias Reply = String

    package static var card: Card<Request> {
        Card(
            "network create", summary: "Make a network whose containers reach each other",
            .create("/libpod/networks/create"), blank: Request(),
            fields: addressFields + behaviourFields + [
                .argument("name", "Its name; without one, a name is made up", isRequired: false) {
                    (request, text) throws(Problem) in
                    request.name = try ObjectName(text, of: "network").text
                } write: {
                    $0.name
                }
            ]
        ).details(
            "Containers on a network reach each other by address and, unless --disable-dns is "
                + "given, by name, alias and id. They reach the outside as any container does, "
                + "unless the network is internal. Different networks never reach each other."
        ).example("martlet network create shop", "A network for containers that belong together")
    }

    private static var addressFields: [Field<Request>] {
        [
            .repeated("subnet", "NETWORK", "Use these addresses", NetworkWords.network) {
                $0.subnets.append($1)
            } write: {
                $0.subnets.map(\.description)
            },
            .commaSeparated(
                "gateway", "ADDRESS", "Make this the way out of the subnet", NetworkWords.address
            ) {
                $0.gateways.append($1)
            } write: {
                $0.gateways.map(\.description)
            },
            .repeated(
                "ip-range", "NETWORK|FIRST-LAST", "Give out these addresses of the subnet",
                NetworkWords.range
            ) {
                $0.ranges.append($1)
            } write: {
                $0.ranges.map { "\($0.first)-\($0.last)" }
            },
            .flag("ipv6", "Give it addresses of IPv6 too") {
                $0.hasIPv6 = $1
            } write: {
                $0.hasIPv6
            },
            .value("ipam-driver", "DRIVER", "Give addresses out by this driver; host-local alone") {
                $0.addressDriver = $1
            } write: {
                $0.addressDriver
            }.standard("host-local"),
        ]
    }

    private static var behaviourFields: [Field<Request>] {
        [
            .value("driver", short: "d", "DRIVER", "Build it by this driver; bridge alone") {
                $0.driver = $1
            } write: {
                $0.driver
            }.standard("bridge"),
            .flag("internal", "Let nothing out") {
                $0.isInternal = $1
            } write: {
                $0.isInternal
            },
            .flag("disable-dns", "Answer no names of containers") {
                $0.hasDNS = !$1
            } write: {
                !$0.hasDNS
            },
            .commaSeparated(
                "dns", "ADDRESS", "Ask this server for other names", NetworkWords.address
            ) {
                $0.nameServers.append($1)
            } write: {
                $0.nameServers.map(\.description)
            },
            .value("interface-name", "NAME", "Name the bridge in the network's own namespace") {
                $0.interface = $1
            } write: {
                $0.interface
            },
            .repeated("label", "KEY=VALUE", "Give the network a label", Assignments.label) {
                $0.labels[$1.key] = $1.value
            } write: {
                Assignments.texts(of: $0.labels)
            },
            .repeated("opt", short: "o", "KEY=VALUE", "Set an option", Assignments.label) {
                $0.options[NetworkWords.optionName($1.key)] = $1.value
            } write: {
                Assignments.texts(of: $0.options)
            },
            .flag("ignore", "Take no offence at a network of that name") {
                $0.ignoresExisting = $1
            } write: {
                $0.ignoresExisting
            },
            .notBuilt("route", .repeated),
        ]
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        try house.makeNetwork(request, ledger: try house.ledger()).name
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        View(.lines([reply]))
    }
}
