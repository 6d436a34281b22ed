package import Base
package import Engine
import Specs

/// `martlet container wait`, `martlet wait`
package enum ContainerWait: Verb {
    package struct Request: Equatable, Sendable, Selecting {
        package var selection = Selection()
        /// States that end the waiting; empty is stopped.
        package var conditions: [String] = []
        /// podman's pause between two looks; Martlet waits for the event itself.
        package var interval: Int64?
        /// Whether the first container that is there ends the waiting for all.
        package var firstMatch = false
    }

    /// The exit codes, in the order of the containers; -1 where there was none.
    package typealias Reply = Batch

    package static let states = WaitCondition.allCases.map(\.rawValue)

    package static var card: Card<Request> {
        Card(
            "container wait", or: "wait", summary: "Wait until containers end and print how",
            .post("/libpod/containers/{name}/wait"), blank: Request(),
            fields: [
                .commaSeparated("condition", "STATE", "Wait for this state", Choice.of(states)) {
                    $0.conditions.append($1)
                } write: {
                    $0.conditions
                }.standard("stopped").completing(.words(states)),
                .selectionIgnore.withoutShort, .selectionLatest,
                .value(
                    "interval", short: "i", "SPAN", "Taken for podman's sake; nothing is polled",
                    Span.parse
                ) {
                    $0.interval = $1
                } write: {
                    $0.interval.map(SpanOption.text)
                },
                .flag("exit-first-match", "End when the first condition is met") {
                    $0.firstMatch = $1
                } write: {
                    $0.firstMatch
                },
                .selectionNames,
            ]
        ).checking { (request) throws(Problem) in try request.selection.check() }
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let wanted = request.conditions.compactMap { WaitCondition(rawValue: $0) }
        if request.firstMatch {
            var containers: [ContainerRecord] = []
            var batch = try request.selection.batch(in: house) { (container, _) throws(Problem) in
                containers.append(container)
                return nil
            }
            guard batch.problems.isEmpty, !containers.isEmpty else { return batch }
            let ledger = try house.ledger()
            let code = try house.waitForFirst(of: containers, for: wanted, ledger: ledger)
            batch.done = ["\(code ?? -1)"]
            return batch
        }
        return try request.selection.batch(in: house) { (container, ledger) throws(Problem) in
            "\(try house.wait(for: wanted, of: container, ledger: ledger) ?? -1)"
        }
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.view }
}
