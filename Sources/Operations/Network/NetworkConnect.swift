package import Base
package import Engine
import Records
import Specs

/// `martlet network connect`
package enum NetworkConnect: Verb {
    package struct Request: Equatable, Sendable {
        package var network = ""
        package var container = ""
        package var aliases: [String] = []
        package var ip: String?
        package var ip6: String?
        package var mac: String?

        /// The same in the words behind a network's name.
        var options: [String] {
            [("ip", ip), ("ip6", ip6), ("mac", mac)].compactMap { key, value in
                value.map { "\(key)=\($0)" }
            } + aliases.map { "alias=\($0)" }
        }
    }

    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "network connect", summary: "Put a container on a further network",
            .post("/libpod/networks/{network}/connect"), blank: Request(),
            fields: [
                .commaSeparated("alias", "NAME", "Let others there find it by this name") {
                    $0.aliases.append($1)
                } write: {
                    $0.aliases
                },
                .value("ip", "ADDRESS", "Use this IPv4 address") {
                    $0.ip = $1
                } write: {
                    $0.ip
                },
                .value("ip6", "ADDRESS", "Use this IPv6 address") {
                    $0.ip6 = $1
                } write: {
                    $0.ip6
                },
                .value("mac-address", "ADDRESS", "Use this hardware address") {
                    $0.mac = $1
                } write: {
                    $0.mac
                },
                .argument("network", "The network, by name or id") {
                    $0.network = $1
                } write: {
                    $0.network
                }.completing(.network),
                .argument("container", "The container, by name or id") {
                    $0.container = $1
                } write: {
                    $0.container
                }.completing(.container),
            ]
        ).checking { (request) throws(Problem) in _ = try AttachmentOptions(request.options) }
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        let network = try house.findNetwork(request.network, ledger: ledger)
        try house.connect(
            try ledger.find(request.container), to: network, options: request.options,
            ledger: ledger)
        return Batch()
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.view }
}
