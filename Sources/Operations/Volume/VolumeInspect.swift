package import Base
package import Engine
import Records
import Specs

/// `martlet volume inspect`
package enum VolumeInspect: Verb {
    package struct Request: Equatable, Sendable {
        package var names: [String] = []
        package var all = false
        package var format = Format.standard
    }

    package typealias Reply = Documents

    package static var card: Card<Request> {
        Card(
            "volume inspect", summary: "Show everything about volumes",
            .get("/libpod/volumes/{name}/json"), blank: Request(),
            fields: [
                .flag("all", short: "a", "Show every volume") {
                    $0.all = $1
                } write: {
                    $0.all
                },
                .format {
                    $0.format = $1
                } write: {
                    $0.format
                },
                .arguments("volume", "The volumes, by name") {
                    $0.names.append($1)
                } write: {
                    $0.names
                }.completing(.volume).wire("name"),
            ]
        ).checking { (request) throws(Problem) in
            if request.names.isEmpty, !request.all {
                throw Problem(.badUsage, "no volume is named", next: "name one, or use --all")
            }
        }
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        let names = request.all ? try ledger.volumes().map(\.name) : request.names
        return Documents(names) { (name) throws(Problem) in
            let volume = try ledger.findVolume(name)
            return VolumeRow(volume, path: house.volumeDirectory(volume.name)).document
        }
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        reply.view(request.format)
    }
}
