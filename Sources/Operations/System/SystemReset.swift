package import Base
package import Engine

/// `martlet system reset`
package enum SystemReset: Verb {
    package struct Request: Equatable, Sendable {
        package var force = false
    }

    /// Whether it was done.
    package typealias Reply = Bool

    package static var card: Card<Request> {
        Card(
            "system reset", summary: "Remove every container, image and volume of yours",
            .post("/libpod/system/reset"), blank: Request(),
            fields: [
                .flag("force", short: "f", "Ask nothing") {
                    $0.force = $1
                } write: {
                    $0.force
                }
            ]
        ).details(
            "Running containers are killed. Records, run-time files and caches go too; "
                + "configuration files and unit files stay.")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let warning = """
            WARNING! This will remove:
              - all containers
              - all images
              - all volumes
              - all records below "\(house.dataPath)" and "\(house.runPath)"
            """
        if !request.force, try !Consent.given(warning) { return false }
        try house.reset(try house.ledger())
        return true
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        View(status: reply ? 0 : 1)
    }
}
