package import Base
package import Engine
import Kernel
package import Operations
import Systemd

/// `martlet quadlet wait-online`: what `martlet-wait-online.service` runs.
package enum QuadletWaitOnline: Verb {
    package struct Request: Equatable, Sendable {
        package init() {}
    }

    package typealias Reply = Void

    package static var card: Card<Request> {
        Card(
            "quadlet wait-online", summary: "Wait until this machine's network is there",
            .post("/libpod/quadlets/wait-online"), blank: Request(), fields: []
        ).hidden
    }

    /// Nothing is asked twice unless the kernel, or the program in charge, says that it changed.
    /// The service's start timeout ends a wait that is in vain.
    package static func run(_ request: Request, in house: House) throws(Problem) {
        let what = "cannot wait for the network"
        let routes = try explaining(what) { () throws(KernelFault) in try RouteWatch() }
        var managers = NetworkWatch()
        while true {
            let hasRoute = try explaining(what) { () throws(KernelFault) in
                try RouteWatch.hasDefaultRoute()
            }
            if isOnline(hasRoute: hasRoute, managers?.word ?? .unknown) { return }
            do throws(Problem) {
                if try managers?.takeChanges() == true { continue }
            } catch {
                // The bus has ended; the kernel goes on telling of routes.
                managers = nil
                continue
            }
            try explaining(what) { () throws(KernelFault) in
                var poll = PollSet()
                let place = poll.add(routes.descriptor, for: .readable)
                if let managers { _ = poll.add(number: managers.number, for: .readable) }
                _ = try poll.wait(upTo: nil)
                if poll.readiness(at: place).contains(.readable) { try routes.wait() }
            }
        }
    }

    /// Whether the network is there: whoever is in charge says so, or a default route leads out
    /// and nobody in charge says that it is still being set up.
    static func isOnline(hasRoute: Bool, _ word: NetworkWatch.Word) -> Bool {
        word == .online || hasRoute && word == .unknown
    }

    package static func view(of reply: Reply, for request: Request) -> View { View() }
}
