package import Base
package import Engine
import Kernel
package import Operations
import Systemd
import UnitFiles

/// `martlet quadlet list`
package enum QuadletList: Verb {
    package struct Request: Equatable, Sendable {
        package var filters: [String] = []
        package var format = Format.standard
        package var noHeading = false
    }

    package typealias Reply = [JSON]

    package static var card: Card<Request> {
        Card(
            "quadlet list", or: "quadlet ls",
            summary: "List unit files and the state of their services",
            .get("/libpod/quadlets/json"), blank: Request(),
            fields: [
                .repeated(
                    "filter", "KEY=VALUE", "List only those whose name, status, app or pod matches"
                ) {
                    (request, text) throws(Problem) in
                    _ = try Filter(text)
                    request.filters.append(text)
                } write: {
                    $0.filters
                }.wire("filters"),
                .format {
                    $0.format = $1
                } write: {
                    $0.format
                },
                .flag("noheading", short: "n", "Show no line of headings") {
                    $0.noHeading = $1
                } write: {
                    $0.noHeading
                }.local,
            ])
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        var filters: [Filter] = []
        for text in request.filters { filters.append(try Filter(text)) }
        let circumstances = SearchPath.Circumstances(house.caller)
        let library = Loader.load(SearchPath(circumstances))
        let catalog = Catalog(library.units)
        var names: [String] = []
        for unit in library.units {
            names.append("\(catalog.find(unit.name.file)?.service ?? "").service")
        }
        // Without a manager nothing is loaded.
        let states = (try? UserManager().units(names)) ?? []
        var rows: [JSON] = []
        for (unit, service) in zip(library.units, names) {
            let state = states.first { $0.name == service && $0.loadState != "not-found" }
            let fields = [
                "name": unit.name.file, "unitname": service, "path": unit.path,
                "status": state.map { "\($0.activeState)/\($0.subState)" } ?? "Not loaded",
                "app": library.application(of: unit) ?? "",
                "pod": unit.file.last(unit.name.type.section, "Pod")?.value ?? "",
            ]
            guard Filter.groups(filters).allSatisfy({ $0.contains { $0.matches(fields) } }) else {
                continue
            }
            let titles = [
                ("Name", "name"), ("UnitName", "unitname"), ("Path", "path"), ("Status", "status"),
                ("App", "app"), ("Pod", "pod"),
            ]
            rows.append(.object(titles.map { JSON.Member($0.0, .string(fields[$0.1] ?? "")) }))
        }
        return rows
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        let template = "table {{.Name}}\t{{.UnitName}}\t{{.Path}}\t{{.Status}}\t{{.App}}\t{{.Pod}}"
        return View(
            request.format.content(
                of: View.Table(
                    reply, template, headings: ["UnitName": "UNIT NAME", "Path": "PATH ON DISK"],
                    showsHeadings: !request.noHeading)))
    }

    /// One `--filter`: a field and a regular expression.
    struct Filter {
        let field: String
        let pattern: Pattern

        init(_ text: String) throws(Problem) {
            let (field, value) = text.cut(at: "=")
            let known = ["name", "status", "app", "pod"]
            guard let value, known.contains(field) else {
                throw Problem(
                    .badUsage, "\"\(text.printable)\" is no filter",
                    next: "write name=…, status=…, app=… or pod=…")
            }
            guard let pattern = Pattern(value) else {
                throw Problem(.badValue, "\"\(value.printable)\" is no regular expression")
            }
            self.field = field
            self.pattern = pattern
        }

        func matches(_ fields: [String: String]) -> Bool { pattern.matches(fields[field] ?? "") }

        /// Filters of one field are alternatives; those of different fields must all match.
        static func groups(_ filters: [Filter]) -> [[Filter]] {
            Dictionary(grouping: filters, by: \.field).values.map { $0 }
        }
    }
}
