package import Base
package import Engine
import Specs

/// `martlet container port`, `martlet port`
package enum ContainerPort: Verb {
    package struct Request: Equatable, Sendable, Selecting {
        package var selection = Selection()
        /// A port of the container with its protocol: `80/tcp`; nil is every one.
        package var port: String?
    }

    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "container port", or: "port", summary: "Show the published ports of containers",
            .get("/libpod/containers/{name}/port"), blank: Request(),
            fields: [
                .selectionAll("Show those of every running container"), .selectionLatest,
                .selectionOne,
                .argument("port", "A port of the container, such as 80/tcp", isRequired: false) {
                    $0.port = $1
                } write: {
                    $0.port
                },
            ]
        ).checking { (request) throws(Problem) in try request.selection.check() }
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        try request.selection.batch(in: house, running: true) { (container, _) throws(Problem) in
            let condition = try house.condition(of: container.id)
            let row = ContainerRow(container: container, condition: condition)
            let lines = lines(of: row, request)
            return lines.isEmpty ? nil : lines.joined(separator: "\n")
        }
    }

    /// `80/tcp -> 0.0.0.0:8080`, one line for each port; only the host's side where one is asked for.
    private static func lines(of row: ContainerRow, _ request: Request) -> [String] {
        let name = request.selection.all ? row.container.name + "\t" : ""
        var lines: [String] = []
        for mapping in row.ports {
            for offset in 0..<mapping.count {
                let inside = "\(mapping.containerPort + offset)/\(mapping.transport.rawValue)"
                let host = mapping.hostPort.map { "\($0 + offset)" } ?? ""
                let outside = "\(mapping.hostAddress ?? "0.0.0.0"):\(host)"
                if let port = request.port {
                    let asked = port.contains("/") ? port : port + "/tcp"
                    if asked == inside { lines.append(outside) }
                } else {
                    lines.append("\(name)\(inside) -> \(outside)")
                }
            }
        }
        return lines
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.view }
}
