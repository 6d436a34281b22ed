package import Base
package import Engine

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

    package typealias Reply = [JSON]

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
                .flag("history", "Show names they had before") {
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
        throw Problem(.notBuilt, "listing images is not built yet")
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        View(.document(.array(reply)))
    }
}
