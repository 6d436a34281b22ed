package import Base
package import Engine
package import Specs

/// `martlet healthcheck run`
package enum HealthcheckRun: Verb {
    package struct Request: Equatable, Sendable, Selecting {
        package var selection = Selection()
        /// Whether the exit status is 0 whatever the check says.
        package var ignoresResult = false
    }

    /// What the container's health now is, and whether this check succeeded.
    package struct Reply: Sendable {
        package var status: HealthStatus
        package var succeeded: Bool
    }

    package static var card: Card<Request> {
        Card(
            "healthcheck run", summary: "Check the health of a container now",
            .get("/libpod/containers/{name}/healthcheck"), blank: Request(),
            fields: [
                .flag("ignore-result", "Exit with 0 whatever the check says") {
                    $0.ignoresResult = $1
                } write: {
                    $0.ignoresResult
                },
                .selectionOne,
            ]
        ).checking { (request) throws(Problem) in try request.selection.check() }.details(
            "The check is the container's own, and its result counts like any other. The exit "
                + "status is 0 where the check succeeds and 1 where it fails; the word for the "
                + "container's health is printed where it is not healthy."
        ).example("martlet healthcheck run web && echo fine", "Check once, by hand")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        let container = try request.selection.one(in: house, ledger)
        let answer = try house.checkHealth(container)
        return Reply(status: answer.status, succeeded: answer.succeeded)
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        let words = reply.status == .healthy ? [] : [reply.status.rawValue]
        return View(.lines(words), status: reply.succeeded || request.ignoresResult ? 0 : 1)
    }
}
