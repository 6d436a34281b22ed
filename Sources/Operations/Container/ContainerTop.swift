package import Base
package import Engine

/// `martlet container top`, `martlet top`
package enum ContainerTop: Verb {
    package struct Request: Equatable, Sendable, Selecting {
        package var selection = Selection()
        /// Columns by podman's names, or options of ps(1).
        package var columns: [String] = []
    }

    package typealias Reply = [JSON]

    package static var card: Card<Request> {
        Card(
            "container top", or: "top", summary: "List the processes of a container",
            .get("/libpod/containers/{name}/top"), blank: Request(),
            fields: [
                .selectionLatest, .selectionOne,
                .command("format", "Columns, such as pid user comm") {
                    $0.columns.append($1)
                } write: {
                    $0.columns
                }.wire("ps_args"),
            ]
        ).adjusting { (request) in
            // Where an option names the container, every word is the listing's.
            guard request.selection.latest else { return }
            request.columns = request.selection.names + request.columns
            request.selection.names = []
        }.checking { (request) throws(Problem) in try request.selection.check() }
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        throw Problem(.notBuilt, "listing processes is not built yet")
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        View(.table(View.Table(reply, "table {{.USER}}\t{{.PID}}\t{{.COMMAND}}")))
    }
}
