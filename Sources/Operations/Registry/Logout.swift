package import Base
package import Engine
import Kernel
import Specs

/// `martlet logout`
package enum Logout: Verb {
    package struct Request: Equatable, Sendable, ReachingRegistry {
        package var registry: String?
        package var all = false
        package var access = RegistryAccess()
    }

    /// What is said in the end.
    package typealias Reply = String

    package static var card: Card<Request> {
        Card(
            "logout", summary: "Forget the name and the password for a registry",
            .delete("/auth"), blank: Request(),
            fields: [
                .authFile, .dockerFile,
                .flag("all", short: "a", "Forget those of all registries") {
                    $0.all = $1
                } write: {
                    $0.all
                },
                .argument("registry", "The registry, such as quay.io", isRequired: false) {
                    $0.registry = $1
                } write: {
                    $0.registry
                }.wire("serveraddress"),
            ]
        ).checking { request throws(Problem) in
            guard request.all != (request.registry != nil) else {
                throw Problem(
                    .badUsage, "it is not clear which login is to be forgotten",
                    next: "name one registry, or give --all")
            }
        }
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        try request.access.checkFiles(house.caller.environment)
        var logout = try request.access.request(.logout)
        logout.registry = request.registry
        try RegistryClient(house).ask(logout) { _ in }
        return request.registry.map { "Removed login credentials for \($0)" }
            ?? "Removed login credentials for all registries"
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        View(.lines([reply]))
    }
}
