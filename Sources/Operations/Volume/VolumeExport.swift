package import Base
package import Engine
import Records
import Specs

/// `martlet volume export`
package enum VolumeExport: Verb {
    package struct Request: Equatable, Sendable {
        package var name = ""
        /// nil is standard output.
        package var file: String?
    }

    package typealias Reply = Void

    package static var card: Card<Request> {
        Card(
            "volume export", summary: "Write what is in a volume to a tar archive",
            .get("/libpod/volumes/{name}/export"), blank: Request(),
            fields: [
                .value("output", short: "o", "FILE", "Write to this file") {
                    $0.file = $1
                } write: {
                    $0.file
                }.completing(.file).local,
                .argument("volume", "Its name") {
                    $0.name = $1
                } write: {
                    $0.name
                }.completing(.volume).wire("name"),
            ]
        ).example("martlet volume export data --output data.tar", "Keep a copy of a volume")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) {
        let volume = try house.ledger().findVolume(request.name)
        try house.exportVolume(volume.name, to: try OutputFile.open(request.file))
    }

    package static func view(of reply: Reply, for request: Request) -> View { View() }
}
