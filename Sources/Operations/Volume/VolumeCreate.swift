package import Base
package import Engine

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
        throw Problem(.notBuilt, "making volumes is not built yet")
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        View(.lines([reply]))
    }
}
