package import Base
package import Engine
import Kernel
package import Specs

/// `martlet system events`, `martlet events`
package enum SystemEvents: Verb {
    package struct Request: Equatable, Sendable {
        package var filters: [String] = []
        /// Times as written.
        package var since: String?
        package var until: String?
        package var follows = true
        package var whole = false
        package var format = Format.standard
    }

    /// The events, where they were not shown while they came.
    package typealias Reply = [EventRecord]

    package static var card: Card<Request> {
        Card(
            "system events", or: "events", summary: "Show what happens, as it happens",
            .get("/libpod/events"), blank: Request(),
            fields: [
                .repeated(
                    "filter", short: "f", "KEY=VALUE", "Show events this is true of", Filter.parse
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
                .noTrunc {
                    $0.whole = $1
                } write: {
                    $0.whole
                }.standard("true"),
                .value("since", "TIME", "Show events from this time on too") {
                    $0.since = $1
                } write: {
                    $0.since
                },
                .flag("stream", "Wait for more") {
                    $0.follows = $1
                } write: {
                    $0.follows
                }.standard("true"),
                .value("until", "TIME", "Show events up to this time") {
                    $0.until = $1
                } write: {
                    $0.until
                },
            ]
        ).details(
            "Events are kept until the session ends. Filters are container, event, image, label, "
                + "pod, type and volume.",
            "A Go template needs an end: use it with --stream=false or --until."
        ).example("martlet events --since 10m --stream=false", "What happened in ten minutes")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let now = Clock.wall()
        let since = try request.since.map { (text) throws(Problem) in
            try TimeOption.parse(text, for: "--since", now: now)
        }
        let until = try request.until.map { (text) throws(Problem) in
            try TimeOption.parse(text, for: "--until", now: now)
        }
        let filter = try EventFilter(request.filters)
        let isLive = request.follows && (until.map { $0 > now } ?? true)
        var events: [EventRecord] = []
        if isLive, case .template = request.format, until == nil {
            throw Problem(
                .badUsage, "a template cannot be filled while events come",
                next: "use --stream=false, --until, or --format json")
        }
        try house.events(
            since: since ?? (request.follows ? now : 0), until: until, follows: isLive
        ) { (event) throws(Problem) in
            guard filter.takes(event) else { return }
            if isLive, request.format.isLine {
                try show(line(event, request.format))
            } else {
                events.append(event)
            }
        }
        return events
    }

    private static func show(_ line: String) throws(Problem) {
        do throws(KernelFault) {
            try Standard.duplicate(1).writeAll(line + "\n")
        } catch {
            if error.name == "EPIPE" { Processes.end(code: 0) }
            throw error.problem("cannot write the events")
        }
    }

    private static func line(_ event: EventRecord, _ format: Format) -> String {
        if format == .json { return document(event).text() }
        let attributes = event.attributes.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let words = ["name=\(event.name)"] + attributes
        return "\(Timestamp.text(event.time)) \(event.kind) \(event.action) \(event.id) "
            + "(\(words.joined(separator: ", ")))"
    }

    private static func document(_ event: EventRecord) -> JSON {
        .record([
            ("ID", .string(event.id)), ("Name", .string(event.name)),
            ("Status", .string(event.action)), ("Type", .string(event.kind)),
            ("Time", .time(event.time)), ("time", .seconds(event.time)),
            ("timeNano", .integer(event.time)), ("Image", .text(event.attributes["image"])),
            (
                "ContainerExitCode",
                event.attributes["containerExitCode"].flatMap { Int($0) }.map(JSON.integer) ?? .null
            ),
            ("Attributes", .map(event.attributes)),
        ])
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        switch request.format {
        case .standard, .json: View(.lines(reply.map { line($0, request.format) }))
        case .template:
            View(
                request.format.content(of: View.Table(reply.map(document), "{{.ID}}")))
        }
    }
}

extension Format {
    /// Whether each document is one line of text, which can be shown as it comes.
    fileprivate var isLine: Bool {
        if case .template = self { false } else { true }
    }
}

/// Which events are shown: values of one key are alternatives, keys are not.
private struct EventFilter {
    private var values: [String: [String]] = [:]

    private static let keys = ["container", "event", "image", "label", "pod", "type", "volume"]

    init(_ filters: [String]) throws(Problem) {
        for filter in filters {
            let (key, value) = Assignments.parted(filter)
            guard EventFilter.keys.contains(key) else {
                throw Problem(
                    .badUsage, "events cannot be filtered by \"\(key.printable)\"",
                    next: "filter by \(EventFilter.keys.joined(separator: ", "))")
            }
            values[key, default: []].append(value ?? "")
        }
    }

    func takes(_ event: EventRecord) -> Bool {
        values.allSatisfy { key, wanted in wanted.contains { holds(key, $0, event) } }
    }

    private func holds(_ key: String, _ value: String, _ event: EventRecord) -> Bool {
        func isNamed(_ kind: String) -> Bool {
            event.kind == kind && (event.name == value || event.id.hasPrefix(value))
        }
        switch key {
        case "event": return event.action == value
        case "type": return event.kind == value
        case "image": return isNamed("image") || event.attributes["image"] == value
        case "label":
            let (name, wanted) = Assignments.parted(value)
            return event.attributes[name].map { wanted == nil || $0 == wanted } ?? false
        default: return isNamed(key)
        }
    }
}
