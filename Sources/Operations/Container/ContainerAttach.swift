package import Base
package import Engine

/// `martlet container attach`, `martlet attach`
package enum ContainerAttach: Verb {
    package struct Request: Equatable, Sendable, Selecting {
        package var selection = Selection()
        package var withoutInput = false
        /// Keys that end the attachment; empty switches them off.
        package var detachKeys: String?
        package var proxiesSignals = true
    }

    /// The exit status of the container, or nil where the user left it running.
    package typealias Reply = CInt?

    package static var card: Card<Request> {
        Card(
            "container attach", or: "attach", summary: "Join a running container's streams",
            .post("/libpod/containers/{name}/attach"), blank: Request(),
            fields: [
                .selectionLatest,
                .detachKeys {
                    $0.detachKeys = $1
                } write: {
                    $0.detachKeys
                },
                .flag("no-stdin", "Leave standard input alone") {
                    $0.withoutInput = $1
                } write: {
                    $0.withoutInput
                },
                .flag("sig-proxy", "Pass signals on to the container") {
                    $0.proxiesSignals = $1
                } write: {
                    $0.proxiesSignals
                }.standard("true"),
                .selectionOne,
            ]
        ).checking { (request) throws(Problem) in try request.selection.check() }
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let container = try request.selection.one(in: house, try house.ledger())
        var options = StartOptions()
        options.proxiesSignals = request.proxiesSignals
        if let keys = request.detachKeys { options.detachKeys = keys }
        switch try house.attach(container, withInput: !request.withoutInput, options: options) {
        case .running: return nil
        case .ended(_, let code): return CInt(clamping: code ?? 255)
        }
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        View(status: reply ?? 0)
    }
}
