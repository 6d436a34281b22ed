package import Base
package import Engine
import Records
import Specs

/// `martlet pod top`
package enum PodTop: Verb {
    package struct Request: Equatable, Sendable, PodSelecting {
        package var selection = PodSelection()
        /// Columns by podman's names.
        package var columns: [String] = []
    }

    package typealias Reply = [JSON]

    package static var card: Card<Request> {
        Card(
            "pod top", summary: "List the processes of a pod",
            .get("/libpod/pods/{name}/top"), blank: Request(),
            fields: [
                .podLatest, .podOne,
                .command("format", "Columns, such as pid user comm") {
                    $0.columns.append($1)
                } write: {
                    $0.columns
                }.wire("ps_args"),
            ]
        ).adjusting { (request) in
            // Where an option names the pod, every word is the listing's.
            guard request.selection.latest else { return }
            request.columns = request.selection.names + request.columns
            request.selection.names = []
        }.checking { (request) throws(Problem) in try request.selection.check() }
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        let columns = try ContainerTop.columns(request.columns)
        let pod = try request.selection.one(ledger)
        var rows: [JSON] = []
        var seen: Set<String> = []
        for (_, condition) in try house.condition(of: pod, ledger: ledger).members {
            guard condition.isRunning, let payload = condition.record?.process?.pid else {
                continue
            }
            // Containers that share their process ids show the same processes.
            for row in try ProcessRow.all(with: payload)
            where seen.insert(row.line(["hpid"])).inserted {
                rows.append(ContainerTop.document(row, columns))
            }
        }
        if rows.isEmpty {
            throw Problem(
                .wrongState, "pod \"\(pod.name)\" is not running",
                next: "start it with \"martlet pod start \(pod.name)\"")
        }
        return rows
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        ContainerTop.view(of: reply)
    }
}
