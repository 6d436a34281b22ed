package import Base
package import Engine
import Records
import Specs
package import Storages

/// `martlet diff`, `martlet container diff`
package enum ContainerDiff: Verb {
    package struct Request: Equatable, Sendable {
        /// One object, and the one it is compared with.
        package var names: [String] = []
        package var latest = false
        package var format = Format.standard
    }

    package typealias Reply = [TreeChange]

    package static var card: Card<Request> {
        Card(
            "container diff", or: "diff",
            summary: "Show which files a container has changed, or an image's top layer has",
            .get("/libpod/containers/{name}/changes"), blank: Request(),
            fields: [
                .format {
                    $0.format = $1
                } write: {
                    $0.format
                }.withoutShort,
                .flag("latest", short: "l", "Take the newest container") {
                    $0.latest = $1
                } write: {
                    $0.latest
                },
                .arguments("object", "A container or image, and an image to compare it with") {
                    $0.names.append($1)
                } write: {
                    $0.names
                }.completing(.container).wire("name"),
            ]
        ).details(
            "A is what was added, C what was changed, D what was deleted. Without a second name a "
                + "container is compared with its image, and an image with the image below its "
                + "topmost layer."
        ).checking { (request) throws(Problem) in
            guard request.names.count + (request.latest ? 1 : 0) > 0 else {
                throw Problem(.badUsage, "no container is named", next: "name one, or use --latest")
            }
            guard request.names.count < 3 else {
                throw Problem(.badUsage, "more than two objects are named")
            }
        }
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        var names = request.names
        if request.latest, let newest = try ledger.containers().last {
            names.insert(newest.id, at: 0)
        }
        guard let name = names.first else {
            throw Problem(.noSuchContainer, "there is no container")
        }
        do throws(Problem) {
            let container = try ledger.find(name)
            guard names.count > 1 else { return try house.changes(of: container) }
            throw Problem(
                .notBuilt, "comparing a container with \"\(names[1].printable)\" is not built yet",
                next: "leave the second name out, to compare it with its image")
        } catch {
            guard error.code == .noSuchContainer,
                try house.shelf(ledger).lookUp(name) != nil
            else { throw error }
        }
        return try ImageDiff.changes(names, in: house)
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        view(of: reply, request.format)
    }

    /// Lines of a letter and a path, or what podman's API has.
    static func view(of changes: [TreeChange], _ format: Format) -> View {
        guard format != .standard else {
            return View(.lines(changes.map { "\($0.kind.rawValue) \($0.path)" }))
        }
        func paths(_ kind: TreeChange.Kind) -> JSON {
            .texts(changes.filter { $0.kind == kind }.map(\.path))
        }
        let document = JSON.record(
            [
                ("changed", TreeChange.Kind.changed), ("added", .added), ("deleted", .deleted),
            ].filter { pair in changes.contains { $0.kind == pair.1 } }.map { ($0.0, paths($0.1)) })
        return View(format.content(of: document))
    }
}
