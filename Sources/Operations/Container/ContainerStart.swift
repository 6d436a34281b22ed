package import Base
package import Engine
import Specs

/// `martlet container start`, `martlet start`
package enum ContainerStart: Verb {
    package struct Request: Equatable, Sendable, Selecting {
        package var selection = Selection()
        package var attach = false
        package var interactive = false
        /// Keys that end the attachment; empty switches them off.
        package var detachKeys: String?
        package var proxiesSignals = false
    }

    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "container start", or: "start", summary: "Start containers",
            .post("/libpod/containers/{name}/start"), blank: Request(),
            fields: [
                .flag("all", "Start every container") {
                    $0.selection.all = $1
                } write: {
                    $0.selection.all
                },
                .selectionLatest, .selectionFilter(),
                .flag("attach", short: "a", "Show the container's output and wait for its end") {
                    $0.attach = $1
                } write: {
                    $0.attach
                },
                .flag("interactive", short: "i", "Keep standard input open") {
                    $0.interactive = $1
                } write: {
                    $0.interactive
                },
                .detachKeys {
                    $0.detachKeys = $1
                } write: {
                    $0.detachKeys
                },
                .flag("sig-proxy", "Pass signals on to the container, with --attach") {
                    $0.proxiesSignals = $1
                } write: {
                    $0.proxiesSignals
                },
                .selectionNames,
            ]
        ).checking { (request) throws(Problem) in
            try request.selection.check()
            guard request.attach, request.selection.names.count > 1 || request.selection.all else {
                return
            }
            throw Problem(.badUsage, "only one container can be attached to")
        }.details(
            "Prints each container as it was named. With --attach the exit status is the container's."
        )
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        var options = StartOptions()
        options.detach = !request.attach && !request.interactive
        options.proxiesSignals = request.proxiesSignals
        if let keys = request.detachKeys { options.detachKeys = keys }
        var status: CInt?
        var reply = try request.selection.batch(in: house) { (container, ledger) throws(Problem) in
            switch try house.start(container, ledger: ledger, options: options) {
            case .running: return container.id
            case .ended(_, let code):
                status = CInt(clamping: code ?? 255)
                return nil
            }
        }
        reply.status = status
        return reply
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.view }
}
