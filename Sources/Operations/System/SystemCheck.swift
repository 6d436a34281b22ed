package import Base
package import Engine
package import Storages

/// `martlet system check`
package enum SystemCheck: Verb {
    package struct Request: Equatable, Sendable {
        package var wish = CheckWish()
        package var format = Format.standard
    }

    package typealias Reply = [StoreFault]

    package static var card: Card<Request> {
        Card(
            "system check", summary: "Look whether the store is sound, and mend it",
            .post("/libpod/system/check"), blank: Request(),
            fields: [
                .flag("force", short: "f", "Remove what is damaged beyond mending") {
                    $0.wish.force = $1
                } write: {
                    $0.wish.force
                },
                .format {
                    $0.format = $1
                } write: {
                    $0.format
                }.withoutShort,
                .value(
                    "max", short: "m", "SPAN", "Keep blobs of unfinished pulls this long",
                    Span.parse
                ) {
                    $0.wish.patienceSeconds = $1 / 1_000_000_000
                } write: {
                    "\($0.wish.patienceSeconds)s"
                }.standard("24h").wire("unreferenced_layer_max_age"),
                .flag("quick", short: "q", "Leave out what reads every file") {
                    $0.wish.quick = $1
                } write: {
                    $0.wish.quick
                },
                .flag("repair", short: "r", "Mend what can be, and remove what is left over") {
                    $0.wish.repair = $1
                } write: {
                    $0.wish.repair
                },
            ]
        ).details(
            "Checks the database, each layer's files and record, each image's documents, each "
                + "artifact's files, the directories of containers and volumes, what killed "
                + "commands left, and that no other user can reach any of it.",
            "The exit status is 1 where something is damaged and was not mended. What is left "
                + "over is shown, and does no harm."
        ).checking { (request) throws(Problem) in
            if request.wish.force, !request.wish.repair {
                throw Problem(.badUsage, "--force does nothing without --repair")
            }
        }
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        // What killed commands left of containers is cleared by every command that looks at them.
        try house.sweep(house.ledger())
        return try house.check(request.wish)
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        let isSound = !reply.contains { $0.kind == .damage && !$0.isMended }
        let status: CInt = isSound ? 0 : 1
        guard request.format == .standard else {
            let documents = reply.map { JSON(encoding: $0) }
            return View(request.format.content(of: .array(documents)), status: status)
        }
        var lines = reply.map { fault in
            let mark =
                fault.isMended ? "mended    " : fault.kind == .damage ? "damaged   " : "left over "
            return mark + fault.what + (fault.note.map { ": \($0)" } ?? "")
        }
        if !isSound, !request.wish.repair {
            lines.append("mend what can be with: martlet system check --repair")
        }
        if lines.isEmpty { lines.append("the store is sound") }
        return View(.lines(lines), status: status)
    }
}
