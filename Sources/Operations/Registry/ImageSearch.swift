package import Base
package import Engine
import Kernel
import Specs

/// `martlet image search`, `martlet search`
package enum ImageSearch: Verb {
    package struct Request: Equatable, Sendable, ReachingRegistry {
        package var term = ""
        package var limit = 25
        package var listsTags = false
        package var fullText = false
        package var filters: [String] = []
        package var compatible = false
        package var format = Format.standard
        package var access = RegistryAccess()
    }

    package typealias Reply = [JSON]

    package static var card: Card<Request> {
        Card(
            "image search", or: "search", summary: "Look for images in a registry",
            .get("/libpod/images/search"), blank: Request(),
            fields: [
                .authFile, .certificateDirectory, .verifiesTLS,
                .value("limit", "COUNT", "Show at most so many", Whole<Int>.within(1...1000)) {
                    $0.limit = $1
                } write: {
                    "\($0.limit)"
                }.standard("25"),
                .flag("list-tags", "List the tags of the repository TERM") {
                    $0.listsTags = $1
                } write: {
                    $0.listsTags
                }.wire("listTags"),
                .noTrunc {
                    $0.fullText = $1
                } write: {
                    $0.fullText
                },
                .listFormat {
                    $0.format = $1
                } write: {
                    $0.format
                },
                .repeated(
                    "filter", short: "f", "KEY=VALUE",
                    "Show images this is true of: is-official, stars"
                ) { (request, text) throws(Problem) in
                    _ = try meets(text, .init(name: ""))
                    request.filters.append(text)
                } write: {
                    $0.filters
                }.wire("filters"),
                .flag("compatible", "Show stars too, and which images are official") {
                    $0.compatible = $1
                } write: {
                    $0.compatible
                }.local,
                .credentials(\.access),
                .argument("term", "What to look for, with or without a registry before it") {
                    $0.term = $1
                } write: {
                    $0.term
                },
            ]
        ).details(
            "Without a registry, those that registries.conf lists for short names are searched."
        ).example("martlet search quay.io/podman", "Look for podman's images on quay.io")
            .example(
                "martlet search --list-tags quay.io/podman/hello", "List the tags of one image")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let client = try RegistryClient(house)
        let configuration = try RegistriesConfiguration(
            ConfigurationFiles(environment: house.caller.environment, uid: house.caller.uid),
            in: .disk)
        var rows: [JSON] = []
        if request.listsTags {
            let reference = try ImageReference(request.term)
            var list = try request.access.request(.listTags)
            list.candidates = try configuration.candidates(for: reference)
            try client.ask(list) { event in
                guard case .tags(let tags) = event else { return }
                rows += tags.map {
                    .object([
                        .init("Name", .string(list.candidates[0].name)), .init("Tag", .string($0)),
                    ])
                }
            }
            return Array(rows.prefix(request.limit))
        }
        for (registry, term) in try places(request.term, configuration) {
            var search = try request.access.request(.search)
            search.registry = registry
            search.query = term
            search.limit = request.limit
            try client.ask(search) { event in
                guard case .found(let results) = event else { return }
                let wanted = results.filter { result in
                    // Whether they can be read was found out with the words.
                    request.filters.allSatisfy { (try? meets($0, result)) == true }
                }
                rows += wanted.map { row($0, registry, isWhole: request.fullText) }
            }
        }
        return rows
    }

    /// Which registries are asked, and what for.
    private static func places(_ term: String, _ configuration: RegistriesConfiguration)
        throws(Problem) -> [(registry: String, term: String)]
    {
        let parts = term.split(separator: "/", maxSplits: 1).map(String.init)
        if parts.count == 2,
            parts[0].contains(".") || parts[0].contains(":") || parts[0] == "localhost"
        {
            return [(parts[0], parts[1])]
        }
        guard !configuration.unqualifiedSearch.isEmpty else {
            throw Problem(
                .badUsage, "there is no registry to search",
                why: "registries.conf has no unqualified-search-registries",
                next: "write the registry before the term: docker.io/\(term)")
        }
        return configuration.unqualifiedSearch.map { ($0, term) }
    }

    /// Whether a filter holds of a result. See podman-search(1), "--filter".
    private static func meets(_ filter: String, _ result: RegistrySearchResult) throws(Problem)
        -> Bool
    {
        let (key, value) = Assignments.parted(filter)
        switch key {
        case "stars":
            return try result.stars >= Whole<Int>.parse(value ?? "", for: "--filter stars")
        case "is-official":
            let wanted = try value.map { (text) throws(Problem) in
                try Boolean.parse(text, for: "--filter is-official")
            }
            return result.isOfficial == (wanted ?? true)
        case "is-automated":
            // No registry says so any more.
            return try !Boolean.parse(value ?? "true", for: "--filter is-automated")
        default:
            throw Problem(
                .badUsage, "images are not filtered by \"\(key.printable)\"",
                next: "use is-official or stars")
        }
    }

    private static func row(_ result: RegistrySearchResult, _ registry: String, isWhole: Bool)
        -> JSON
    {
        var text = result.description
        if !isWhole, text.count > 44 { text = text.prefix(44) + "..." }
        return .object([
            .init("Index", .string(registry)), .init("Name", .string(result.name)),
            .init("Description", .string(text)), .init("Stars", .integer(result.stars)),
            .init("Official", .string(result.isOfficial ? "[OK]" : "")),
        ])
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        var standard =
            request.listsTags ? "table {{.Name}}\t{{.Tag}}" : "table {{.Name}}\t{{.Description}}"
        if request.compatible, !request.listsTags { standard += "\t{{.Stars}}\t{{.Official}}" }
        return switch request.format {
        case .json: View(.document(.array(reply)))
        case .standard: View(.table(.init(reply, standard)))
        case .template(let text): View(.table(.init(reply, text)))
        }
    }
}
