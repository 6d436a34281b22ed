package import Base
package import Engine
import Kernel
import Records
import Specs

/// `martlet volume create`
package enum VolumeCreate: Verb {
    package struct Request: Equatable, Sendable {
        /// nil makes one up.
        package var name: String?
        package var driver = "local"
        package var labels: [String: String] = [:]
        package var options: [String: String] = [:]
        /// Whether a volume of that name is no error.
        package var ignoresExisting = false
        package var uid: UInt32?
        package var gid: UInt32?
    }

    /// The volume's name.
    package typealias Reply = String

    package static var card: Card<Request> {
        Card(
            "volume create", summary: "Make a volume", .create("/libpod/volumes/create"),
            blank: Request(),
            fields: [
                .value("driver", short: "d", "DRIVER", "Keep it with this driver") {
                    $0.driver = $1
                } write: {
                    $0.driver
                }.standard("local"),
                .flag("ignore", "Take no offence at a volume of that name") {
                    $0.ignoresExisting = $1
                } write: {
                    $0.ignoresExisting
                },
                .repeated(
                    "label", short: "l", "KEY=VALUE", "Give the volume a label",
                    Assignments.label
                ) {
                    $0.labels[$1.key] = $1.value
                } write: {
                    Assignments.texts(of: $0.labels)
                },
                .repeated(
                    "opt", short: "o", "KEY=VALUE", "Set an option of the driver",
                    Assignments.label
                ) {
                    $0.options[$1.key] = $1.value
                } write: {
                    Assignments.texts(of: $0.options)
                },
                .value("uid", "UID", "Give the volume this owner", Whole<UInt32>.parse) {
                    $0.uid = $1
                } write: {
                    $0.uid.map { "\($0)" }
                },
                .value("gid", "GID", "Give the volume this group", Whole<UInt32>.parse) {
                    $0.gid = $1
                } write: {
                    $0.gid.map { "\($0)" }
                },
                .argument("name", "Its name; without one, a name is made up", isRequired: false) {
                    (request, text) throws(Problem) in
                    request.name = try ObjectName(text, of: "volume").text
                } write: {
                    $0.name
                },
            ])
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        let name = if let name = request.name { name } else { try madeUp() }
        if request.ignoresExisting, try ledger.volume(named: name) != nil { return name }
        var record = VolumeRecord(name: name, created: Clock.wall())
        record.driver = request.driver
        record.labels = request.labels
        record.options = request.options
        record.anonymous = request.name == nil
        let owner =
            request.uid == nil && request.gid == nil ? nil : (request.uid ?? 0, request.gid ?? 0)
        return try house.makeVolume(record, owner: owner, ledger: ledger).name
    }

    /// A name like those of containers' ids.
    private static func madeUp() throws(Problem) -> String {
        try explaining("cannot make up a name") { () throws(KernelFault) in
            try Randomness.identifier()
        }
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        View(.lines([reply]))
    }
}
