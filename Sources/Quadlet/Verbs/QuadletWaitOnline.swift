package import Base
package import Engine
import Kernel
package import Operations

/// `martlet quadlet wait-online`: what `martlet-wait-online.service` runs.
package enum QuadletWaitOnline: Verb {
    package struct Request: Equatable, Sendable {
        package init() {}
    }

    package typealias Reply = Void

    package static var card: Card<Request> {
        Card(
            "quadlet wait-online", summary: "Wait until a default route leads out of this machine",
            .post("/libpod/quadlets/wait-online"), blank: Request(), fields: []
        ).hidden
    }

    package static func run(_ request: Request, in house: House) throws(Problem) {
        try explaining("cannot wait for the network") { () throws(KernelFault) in
            let watch = try RouteWatch()
            // The service's start timeout ends a wait that is in vain.
            while !(try RouteWatch.hasDefaultRoute()) { try watch.wait() }
        }
    }

    package static func view(of reply: Reply, for request: Request) -> View { View() }
}
