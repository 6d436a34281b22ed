package import Base
package import Engine
import Records
import Specs

/// `martlet volume unmount`
package enum VolumeUnmount: Verb {
    package struct Request: Equatable, Sendable {
        package var names: [String] = []
    }

    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "volume unmount", summary: "Undo volume mount",
            .post("/libpod/volumes/{name}/unmount"), blank: Request(),
            fields: [
                .arguments("volume", "The volumes, by name", atLeast: 1) {
                    $0.names.append($1)
                } write: {
                    $0.names
                }.completing(.volume).wire("name")
            ]
        ).details(
            "A volume of the local driver is a directory that is always there, so nothing is done.")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        return Batch(request.names) { (name) throws(Problem) in
            let volume = try ledger.findVolume(name)
            guard volume.options["type"] == nil, volume.options["device"] == nil else {
                throw Problem(
                    .refused, "volume \"\(volume.name)\" has no files outside of containers",
                    why: "each container that uses it mounts \(volume.options["device"] ?? "it")")
            }
            return volume.name
        }
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.view }
}
