package import Base
package import Engine
import Kernel
import Records
import Specs

/// `martlet login`
package enum Login: Verb {
    package struct Request: Equatable, Sendable, ReachingRegistry {
        package var registry = ""
        package var user: String?
        package var password: String?
        package var readsPassword = false
        /// A secret of the engine's that holds the password.
        package var secret: String?
        package var showsUser = false
        package var access = RegistryAccess()
    }

    /// What is said in the end.
    package typealias Reply = String

    package static var card: Card<Request> {
        Card(
            "login", summary: "Keep a name and a password for a registry", .post("/auth"),
            blank: Request(),
            fields: [
                .authFile, .certificateDirectory, .dockerFile, .verifiesTLS,
                .flag("get-login", "Show the name that is kept, and change nothing") {
                    $0.showsUser = $1
                } write: {
                    $0.showsUser
                }.local,
                .value("password", short: "p", "PASSWORD", "The password; others may see it here") {
                    $0.password = $1
                } write: {
                    $0.password
                },
                .flag("password-stdin", "Read the password from standard input") {
                    $0.readsPassword = $1
                } write: {
                    $0.readsPassword
                }.local,
                .value("username", short: "u", "NAME", "The name") {
                    $0.user = $1
                } write: {
                    $0.user
                },
                .flag("verbose", short: "v", "Change nothing") { _, _ in
                } write: { _ in
                    false
                }.hidden,
                .value("secret", "NAME", "Take the password from this secret of martlet's") {
                    $0.secret = $1
                } write: {
                    $0.secret
                },
                .argument("registry", "The registry, such as quay.io") {
                    $0.registry = $1
                } write: {
                    $0.registry
                }.wire("serveraddress"),
            ]
        ).checking { request throws(Problem) in
            let ways = [
                request.password.map { _ in "--password" },
                request.readsPassword ? "--password-stdin" : nil,
                request.secret.map { _ in "--secret" },
            ].compactMap(\.self)
            guard ways.count < 2 else {
                throw Problem(.badUsage, "\(ways.joined(separator: " and ")) cannot go together")
            }
            guard request.user != nil || ways.isEmpty || request.password != nil else {
                throw Problem(.badUsage, "\(ways[0]) needs --username")
            }
        }.details(
            "The password is checked with the registry before it is kept, in a file that only its "
                + "owner can read. Without --username, credentials that are kept already are "
                + "checked, and where there are none a name and a password are asked for.",
            "--compat-auth-file writes the keys that docker reads, which are of whole registries."
        ).example(
            "martlet login --username me --password-stdin quay.io < secret",
            "Log in without showing the password")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        try request.access.checkFiles(house.caller.environment)
        let client = try RegistryClient(house)
        if request.showsUser {
            var user = ""
            var ask = try request.access.request(.showUser)
            ask.registry = request.registry
            try client.ask(ask) { if case .user(let name) = $0 { user = name } }
            return user
        }
        var login = try request.access.request(.login)
        login.registry = request.registry
        if request.user == nil, request.password == nil {
            do throws(Problem) {
                try client.ask(login) { _ in }
                return "Login Succeeded!"
            } catch  where error.code != .noSuchObject && error.code != .noPermission {
                throw error
            } catch {
                // There is nothing kept that is good: a person is asked.
            }
        }
        login.credentials = try credentials(request, in: house)
        try client.ask(login) { _ in }
        return "Login Succeeded!"
    }

    private static func credentials(_ request: Request, in house: House) throws(Problem)
        -> RegistryCredentials
    {
        let advice = "give --username and --password-stdin"
        func asked(_ body: () throws(KernelFault) -> String) throws(Problem) -> String {
            do {
                return try body()
            } catch {
                throw Problem(
                    .badUsage, "a name and a password are needed, and there is no terminal to ask",
                    next: advice)
            }
        }
        var password = request.password
        if request.readsPassword {
            let bytes = try explaining("cannot read the password from standard input") {
                () throws(KernelFault) in try Standard.duplicate(0).readAll(limit: 64 << 10)
            }
            password = line(bytes)
        }
        if let name = request.secret {
            password = try line(house.content(of: house.ledger().findSecret(name)))
        }
        let user: String
        if let given = request.user {
            user = given
        } else {
            user = try asked { () throws(KernelFault) in try Terminals.readLine("Username: ") }
        }
        let secret: String
        if let password {
            secret = password
        } else {
            secret = try asked { () throws(KernelFault) in try Terminals.readSecret("Password: ") }
        }
        guard !user.isEmpty, !secret.isEmpty else {
            throw Problem(.badUsage, "the name or the password is empty", next: advice)
        }
        return RegistryCredentials(user: user, password: secret)
    }

    /// The line feed that `echo` and files end with is not part of a password.
    private static func line(_ bytes: [UInt8]) -> String {
        String(decoding: bytes.last == 0x0A ? bytes.dropLast() : bytes[...], as: UTF8.self)
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        View(.lines([reply]))
    }
}
