package import Base
package import Engine

/// `martlet version`
package enum SystemVersion: Verb {
    package struct Request: Equatable, Sendable {
        package var format = Format.standard
    }

    package struct Reply: Sendable {
        package var version = Release.version
        package var apiVersion = Release.apiVersion
        package var architecture = Release.architecture
    }

    package static var card: Card<Request> {
        Card(
            "system version", or: "version", summary: "Show the version of Martlet",
            .get("/libpod/version"), blank: Request(),
            fields: [
                .format {
                    $0.format = $1
                } write: {
                    $0.format
                }
            ])
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        Reply()
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        let facts: [(String, String, String)] = [
            ("Version", "Version", reply.version), ("APIVersion", "API Version", reply.apiVersion),
            ("OsArch", "OS/Arch", "linux/" + reply.architecture),
        ]
        guard request.format == .standard else {
            let client = JSON.object(facts.map { JSON.Member($0.0, .string($0.2)) })
            return View(request.format.content(of: .object([JSON.Member("Client", client)])))
        }
        let lines = facts.map { fact in
            let label = fact.1 + ":"
            return label + String(repeating: " ", count: 14 - label.count) + fact.2
        }
        return View(.lines(["Client:       Martlet"] + lines))
    }
}
