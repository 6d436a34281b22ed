package import Base
package import Engine
import Records
import Specs

/// `martlet volume mount`
package enum VolumeMount: Verb {
    package struct Request: Equatable, Sendable {
        package var names: [String] = []
    }

    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "volume mount", summary: "Show where the files of volumes are",
            .post("/libpod/volumes/{name}/mount"), blank: Request(),
            fields: [
                .arguments("volume", "The volumes, by name", atLeast: 1) {
                    $0.names.append($1)
                } write: {
                    $0.names
                }.completing(.volume).wire("name")
            ]
        ).details(
            "A volume of the local driver is a directory that is always there: this is its path. "
                + "One that mounts something else is mounted by the container that uses it."
        )
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
            return house.volumeDirectory(volume.name)
        }
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.view }
}
