package import Base
package import Engine
import Records
import Specs

/// `martlet volume import`
package enum VolumeImport: Verb {
    package struct Request: Equatable, Sendable {
        package var name = ""
        /// "-" is standard input.
        package var file: String?
    }

    package typealias Reply = Void

    package static var card: Card<Request> {
        Card(
            "volume import", summary: "Unpack a tar archive into a volume",
            .post("/libpod/volumes/{name}/import"), blank: Request(),
            fields: [
                .argument("volume", "Its name") {
                    $0.name = $1
                } write: {
                    $0.name
                }.completing(.volume).wire("name"),
                .argument("source", "The archive; \"-\" is standard input", isRequired: false) {
                    $0.file = $1
                } write: {
                    $0.file
                }.completing(.file).local,
            ]
        ).details("What the archive does not name stays. It may be packed with gzip or zstd.")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) {
        let volume = try house.ledger().findVolume(request.name)
        try house.importVolume(volume.name, from: try InputFile.open(request.file))
    }

    package static func view(of reply: Reply, for request: Request) -> View { View() }
}
