package import Base
package import Engine
import Kernel
import Records
import Specs
import Storages

/// `martlet image history`, `martlet history`
package enum ImageHistory: Verb {
    package struct Request: Equatable, Sendable {
        package var name = ""
        package var human = true
        package var whole = false
        package var quiet = false
        package var format = Format.standard
    }

    /// The steps, the newest first.
    package struct Reply: Sendable {
        package var rows: [JSON] = []
        package var documents: [JSON] = []
    }

    package static var card: Card<Request> {
        Card(
            "image history", or: "history", summary: "Show how an image came to be",
            .get("/libpod/images/{name}/history"), blank: Request(),
            fields: [
                .listFormat {
                    $0.format = $1
                } write: {
                    $0.format
                },
                .flag("human", short: "H", "Show times and sizes as people read them") {
                    $0.human = $1
                } write: {
                    $0.human
                }.standard("true").local,
                .noTrunc {
                    $0.whole = $1
                } write: {
                    $0.whole
                },
                .flag("quiet", short: "q", "Show ids only") {
                    $0.quiet = $1
                } write: {
                    $0.quiet
                }.local,
                .argument("image", "The image, by name or id") {
                    $0.name = $1
                } write: {
                    $0.name
                }.completing(.image).wire("name"),
            ])
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        let image = try house.shelf(ledger).find(request.name)
        let config = try house.imageConfig(image)
        var layers = image.layers[...]
        var steps: [(step: ImageConfig.Step, size: Int64)] = []
        for step in config.history ?? [] {
            var size: Int64 = 0
            if step.emptyLayer != true, let layer = layers.popFirst() {
                size = try ledger.layerAnywhere(id: layer)?.size ?? 0
            }
            steps.append((step, size))
        }
        // Layers that no step tells of.
        for layer in layers {
            steps.append((ImageConfig.Step(), try ledger.layerAnywhere(id: layer)?.size ?? 0))
        }
        var reply = Reply()
        for (index, (step, size)) in steps.reversed().enumerated() {
            let id = index == 0 ? image.id : "<missing>"
            let created = step.created.flatMap { Moment.parse($0) }
            let tags = index == 0 ? image.names : []
            let line = step.createdBy ?? ""
            let now = Clock.wall()
            let when = created.map {
                request.human ? Human.ago($0, now: now) : Timestamp.text($0)
            }
            reply.rows.append(
                .record([
                    ("ID", .string(request.whole ? id : String(id.prefix(12)))),
                    ("Created", .text(when)), ("CreatedSince", .text(when)),
                    ("CreatedAt", .time(created)),
                    ("CreatedBy", .string(request.whole ? line : shortened(line))),
                    ("Size", request.human ? .string(Human.size(size)) : .integer(size)),
                    ("Comment", .text(step.comment)), ("Tags", .texts(tags)),
                ]))
            reply.documents.append(
                .record([
                    ("id", .string(id)), ("created", .time(created)),
                    ("CreatedBy", .string(line)), ("size", .integer(size)),
                    ("comment", .text(step.comment)), ("tags", .texts(tags)),
                    ("emptyLayer", .boolean(step.emptyLayer == true)),
                ]))
        }
        return reply
    }

    private static func shortened(_ line: String) -> String {
        line.count > 45 ? line.prefix(42) + "..." : line
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        if request.quiet, request.format == .standard {
            return View(.lines(reply.rows.compactMap { $0["ID"]?.text }))
        }
        let table = View.Table(
            reply.rows, "table {{.ID}}\t{{.Created}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}",
            headings: ["CreatedBy": "CREATED BY"])
        return View(request.format.content(of: table, documents: reply.documents))
    }
}
