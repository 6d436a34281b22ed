package import Base
package import Engine
import Specs
import Storages

/// `martlet artifact inspect`
package enum ArtifactInspect: Verb {
    package struct Request: Equatable, Sendable {
        package var name = ""
        package var format = Format.standard
    }

    package typealias Reply = JSON

    package static var card: Card<Request> {
        Card(
            "artifact inspect", summary: "Show everything about an artifact",
            .get("/libpod/artifacts/{name}/json"), blank: Request(),
            fields: [
                .format {
                    $0.format = $1
                } write: {
                    $0.format
                },
                .argument("artifact", "The artifact, by name or digest") {
                    $0.name = $1
                } write: {
                    $0.name
                }.wire("name"),
            ])
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let artifact = try house.artifacts().find(request.name)
        return .record([
            ("Manifest", try JSON(parsing: artifact.bytes, name: "manifest")),
            ("Name", .string(artifact.name)), ("Digest", .string("\(artifact.root.digest)")),
        ])
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        if case .template(let text) = request.format { return View(.template(text, reply)) }
        return View(.document(reply))
    }
}
