package import Base
package import Engine
import Kernel
package import Operations
import Systemd

/// `martlet quadlet fail`: what the service of a broken unit file runs instead of a container.
package enum QuadletFail: Verb {
    package struct Request: Equatable, Sendable {
        package var reasons: [String] = []
    }

    package typealias Reply = [String]

    package static var card: Card<Request> {
        Card(
            "quadlet fail", summary: "Say why the service of a unit file cannot start",
            .create("/libpod/quadlets/fail"), blank: Request(),
            fields: [
                .arguments("reason", "What is wrong with the file") {
                    (request, text) throws(Problem) in
                    request.reasons.append(text)
                } write: {
                    $0.reasons
                }
            ]
        ).hidden
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        // Outside of a service there is nobody to tell but the log.
        if let first = request.reasons.first, let manager = Notifier.ofThisProcess() {
            try? manager.send(["STATUS=\(first.printable)", "ERRNO=22"])
        }
        return request.reasons
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        // EX_CONFIG, see sysexits.h and systemd.exec(5), "Process Exit Codes".
        View(.lines(reply.map(\.printable)), status: 78)
    }
}
