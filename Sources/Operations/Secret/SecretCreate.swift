package import Base
package import Engine
import Kernel
import Records
import Specs

/// `martlet secret create`
package enum SecretCreate: Verb {
    package struct Request: Equatable, Sendable {
        package var name = ""
        /// A path, "-" for standard input, or a variable's name with `isVariable`.
        package var source = ""
        package var isVariable = false
        package var driver = "file"
        package var labels: [String: String] = [:]
        package var replace = false
        /// Whether a secret of that name is no error.
        package var ignoresExisting = false
    }

    /// The secret's id.
    package typealias Reply = String

    package static var card: Card<Request> {
        Card(
            "secret create", summary: "Keep a secret", .create("/libpod/secrets/create"),
            blank: Request(),
            fields: [
                .value(
                    "driver", short: "d", "DRIVER", "Keep it with this driver",
                    read: { (request, text) throws(Problem) in
                        guard text == "file" else {
                            throw Problem(
                                .notBuilt,
                                "the driver \"\(text.printable)\" of secrets is not built yet",
                                next: "use the driver file")
                        }
                    }, write: { $0.driver }
                ).standard("file"),
                .notBuilt("driver-opts", .repeated),
                .flag("env", "Take it from the variable that the second argument names") {
                    $0.isVariable = $1
                } write: {
                    $0.isVariable
                },
                .flag("ignore", "Take no offence at a secret of that name") {
                    $0.ignoresExisting = $1
                } write: {
                    $0.ignoresExisting
                },
                .repeated(
                    "label", short: "l", "KEY=VALUE", "Give the secret a label", Assignments.label
                ) {
                    $0.labels[$1.key] = $1.value
                } write: {
                    Assignments.texts(of: $0.labels)
                },
                .flag("replace", "Put it in the place of one of that name") {
                    $0.replace = $1
                } write: {
                    $0.replace
                },
                .argument("name", "Its name") { (request, text) throws(Problem) in
                    request.name = try ObjectName(text, of: "secret").text
                } write: {
                    $0.name
                },
                .argument("file", "The file that holds it; - is standard input") {
                    $0.source = $1
                } write: {
                    $0.source
                }.completing(.file),
            ]
        ).checking { (request) throws(Problem) in
            if request.replace, request.ignoresExisting {
                throw Problem(.badUsage, "--replace and --ignore contradict each other")
            }
        }.details(
            "The content is kept as it is, up to 512,000 bytes, in a file that you alone can read. "
                + "Containers get it with run --secret; it is in no listing, inspection or log."
        ).example("printf %s \"$PASSWORD\" | martlet secret create db -", "Keep a password")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        let standing = try ledger.secret(named: request.name)
        if request.ignoresExisting, let standing { return standing.id }
        let id = try explaining("cannot make an id") { () throws(KernelFault) in
            try Randomness.identifier()
        }
        var record = SecretRecord(
            id: String(id.prefix(25)), name: request.name, created: Clock.wall())
        record.labels = request.labels
        if let standing { record.created = standing.created }
        try house.makeSecret(
            record, content: try content(request, house), replacing: request.replace,
            ledger: ledger)
        return record.id
    }

    private static func content(_ request: Request, _ house: House) throws(Problem) -> [UInt8] {
        if request.isVariable {
            guard let value = house.caller.environment[request.source] else {
                throw Problem(
                    .noSuchObject,
                    "there is no variable \"\(request.source.printable)\" in the environment")
            }
            return Array(value.utf8)
        }
        let file = try InputFile.open(request.source)
        return try explaining("cannot read the content of secret \"\(request.name)\"") {
            () throws(KernelFault) in
            try file.readAll(limit: House.secretBytes + 1, name: request.source)
        }
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        View(.lines([reply]))
    }
}
