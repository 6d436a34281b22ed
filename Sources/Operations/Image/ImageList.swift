package import Base
package import Engine
import Kernel
import Records
import Specs
import Storages

/// `martlet image list`, `martlet images`
package enum ImageList: Verb {
    package struct Request: Equatable, Sendable {
        package var name: String?
        package var all = false
        package var quiet = false
        package var digests = false
        package var history = false
        package var fullIDs = false
        package var noHeading = false
        package var filters: [String] = []
        package var sort = "created"
        package var format = Format.standard
    }

    package struct Reply: Sendable {
        /// What templates see: a row for each name.
        package var rows: [JSON]
        /// What `--format json` shows: one document for each image.
        package var documents: [JSON]
    }

    private static let orders = ["created", "id", "repository", "size", "tag"]

    package static var card: Card<Request> {
        Card(
            "image list", or: "images", "image ls", summary: "List images",
            .get("/libpod/images/json"), blank: Request(),
            fields: [
                .flag("all", short: "a", "Show images in between too") {
                    $0.all = $1
                } write: {
                    $0.all
                },
                .flag("digests", "Show digests") {
                    $0.digests = $1
                } write: {
                    $0.digests
                }.local,
                .repeated(
                    "filter", short: "f", "KEY=VALUE", "Show images this is true of",
                    Filter.parse
                ) {
                    $0.filters.append($1)
                } write: {
                    $0.filters
                }.wire("filters"),
                .listFormat {
                    $0.format = $1
                } write: {
                    $0.format
                },
                .flag("history", "Show the names an image has had") {
                    $0.history = $1
                } write: {
                    $0.history
                }.local,
                .noTrunc {
                    $0.fullIDs = $1
                } write: {
                    $0.fullIDs
                },
                .noHeading {
                    $0.noHeading = $1
                } write: {
                    $0.noHeading
                }.short("n"),
                .flag("quiet", short: "q", "Show ids only") {
                    $0.quiet = $1
                } write: {
                    $0.quiet
                }.local,
                .value("sort", "COLUMN", "Order by this column", Choice.of(orders)) {
                    $0.sort = $1
                } write: {
                    $0.sort
                }.standard("created").completing(.words(orders)).local,
                .argument("image", "Show images of this name", isRequired: false) {
                    $0.name = $1
                } write: {
                    $0.name
                }.completing(.image).wire("reference"),
            ])
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        var images: [ImageRow] = []
        let isPlain = request.format == .standard
        // Labels stand in an image's configuration, which takes longer to read than all the rest.
        let isBrief = isPlain && request.filters.isEmpty
        let containers = isBrief ? [] : try ledger.containers()
        let shelf = request.filters.isEmpty ? nil : try house.shelf(ledger)
        func find(_ name: String) throws(Problem) -> ImageRecord {
            guard let shelf else { throw Problem(.noSuchImage, "there is no image \"\(name)\"") }
            return try shelf.find(name)
        }
        var records = try ledger.images(withDocuments: !isBrief).map { ($0, isList: false) }
        let lists = try ledger.lists()
        if !lists.isEmpty {
            records += lists.map { ($0.outline, isList: true) }
            records.sort { $0.0.created > $1.0.created }
        }
        for (image, isList) in records {
            let users = containers.count { $0.imageID == image.id }
            let row = ImageRow(image, containers: users, isList: isList)
            if try row.matches(request.filters, find: find) { images.append(row) }
        }
        if let name = request.name { images = images.compactMap { $0.limited(to: name) } }
        let now = Clock.wall()
        let rows = images.flatMap { image in
            isPlain
                ? image.plainRows(now: now, whole: request.fullIDs)
                : image.rows(now: now, whole: request.fullIDs)
        }
        return Reply(
            rows: sorted(rows, by: request.sort),
            documents: request.format == .json ? images.map { $0.document(now: now) } : [])
    }

    /// The newest first, unless another column is asked for.
    private static func sorted(_ rows: [JSON], by column: String) -> [JSON] {
        func text(_ row: JSON) -> String {
            row[column == "id" ? "ID" : column.prefix(1).uppercased() + column.dropFirst()]?.text
                ?? ""
        }
        switch column {
        case "created": return rows
        case "size":
            return rows.sorted { ImageRow.bytes(of: $0) < ImageRow.bytes(of: $1) }
        default: return rows.sorted { text($0) < text($1) }
        }
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        if request.quiet, request.format == .standard {
            var seen: Set<String> = []
            let ids = reply.rows.compactMap { $0["ID"]?.text }
            return View(.lines(ids.filter { seen.insert($0).inserted }))
        }
        var columns = ["Repository", "Tag", "ID", "CreatedSince", "Size"]
        if request.digests { columns.insert("Digest", at: 2) }
        if request.history { columns.append("History") }
        // As podman has it: the column is there where an image is of another store.
        let isOther = reply.rows.contains { $0["ReadOnly"] == .boolean(true) }
        if isOther { columns.append("ReadOnly") }
        let table = View.Table(
            reply.rows, "table " + columns.map { "{{.\($0)}}" }.joined(separator: "\t"),
            headings: ["ID": "IMAGE ID", "CreatedSince": "CREATED", "ReadOnly": "R/O"],
            showsHeadings: !request.noHeading)
        return View(request.format.content(of: table, documents: reply.documents))
    }
}
