package import Base
package import Engine
import Kernel
import Specs
import Storages

/// `martlet artifact list`, `martlet artifact ls`
package enum ArtifactList: Verb {
    package struct Request: Equatable, Sendable {
        package var whole = false
        package var noHeading = false
        package var format = Format.standard
    }

    package typealias Reply = [JSON]

    package static var card: Card<Request> {
        Card(
            "artifact list", or: "artifact ls", summary: "List artifacts",
            .get("/libpod/artifacts/json"), blank: Request(),
            fields: [
                .listFormat {
                    $0.format = $1
                } write: {
                    $0.format
                },
                .noTrunc {
                    $0.whole = $1
                } write: {
                    $0.whole
                },
                .noHeading {
                    $0.noHeading = $1
                } write: {
                    $0.noHeading
                }.short("n"),
            ])
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let now = Clock.wall()
        return try house.artifacts().all().map { artifact in
            let (repository, tag) = ImageRow.parted(artifact.name)
            let hex = artifact.root.digest.hex
            let created = artifact.manifest.annotations?["org.opencontainers.image.created"]
                .flatMap { Timestamp.parse($0) }
            return .record([
                ("Repository", .string(repository)), ("Tag", .string(tag)),
                ("Digest", .string(request.whole ? hex : String(hex.prefix(12)))),
                ("Created", .string(created.map { Human.ago($0, now: now) } ?? "")),
                ("Size", .string(Human.size(artifact.size))),
                ("VirtualSize", .integer(artifact.size)),
            ])
        }
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        let columns = ["Repository", "Tag", "Digest", "Created", "Size"]
        let table = View.Table(
            reply, "table " + columns.map { "{{.\($0)}}" }.joined(separator: "\t"),
            showsHeadings: !request.noHeading)
        return View(request.format.content(of: table))
    }
}
