package import Base
package import Engine
import Records
import Specs

/// `martlet pod logs`
package enum PodLogs: Verb {
    package struct Request: Equatable, Sendable, PodSelecting {
        package var selection = PodSelection()
        /// The container whose log alone is shown.
        package var container: String?
        package var logs = ContainerLogs.Request()
    }

    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "pod logs", summary: "Show what the containers of a pod have written",
            .get("/libpod/pods/{name}/logs"), blank: Request(),
            fields: [
                .value("container", short: "c", "CONTAINER", "Show the log of this one alone") {
                    $0.container = $1
                } write: {
                    $0.container
                }.completing(.container),
                .podLatest, .podOne,
            ]
                + ContainerLogs.card.fields.filter {
                    !["latest", "container"].contains($0.parameter.name)
                }.map { $0.lifted(\.logs) }
        ).checking { (request) throws(Problem) in
            try request.selection.check()
        }.details(
            "Shows one container's log after the other, each whole, or follows all of them at once. "
                + "Each line begins with the container's id, or its name with --names.")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        let pod = try request.selection.one(ledger)
        let members = try ledger.members(ofPod: pod.id).filter { !$0.isInfra }
        var logs = request.logs
        logs.selection = Selection()
        logs.selection.names = members.map(\.id)
        if let name = request.container {
            let wanted = try ledger.find(name)
            guard members.contains(wanted) else {
                throw Problem(
                    .noSuchContainer,
                    "container \"\(wanted.name)\" is not in pod \"\(pod.name)\"")
            }
            logs.selection.names = [wanted.id]
        }
        return try ContainerLogs.run(logs, in: house)
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.view }
}
