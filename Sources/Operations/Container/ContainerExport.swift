package import Base
package import Engine
import Records

/// `martlet container export`, `martlet export`
package enum ContainerExport: Verb {
    package struct Request: Equatable, Sendable {
        package var name = ""
        /// nil is standard output.
        package var file: String?
    }

    package typealias Reply = Void

    package static var card: Card<Request> {
        Card(
            "container export", or: "export",
            summary: "Write all files of a container to a tar archive",
            .get("/libpod/containers/{name}/export"), blank: Request(),
            fields: [
                .value("output", short: "o", "FILE", "Write to this file") {
                    $0.file = $1
                } write: {
                    $0.file
                }.completing(.file).local,
                .argument("container", "The container, by name or id") {
                    $0.name = $1
                } write: {
                    $0.name
                }.completing(.container).wire("name"),
            ]
        ).details("What is in volumes is left out.")
            .example("martlet export web | tar -t", "List a container's files")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) {
        let container = try house.ledger().find(request.name)
        try house.export(container, to: try OutputFile.open(request.file))
    }

    package static func view(of reply: Reply, for request: Request) -> View { View() }
}
