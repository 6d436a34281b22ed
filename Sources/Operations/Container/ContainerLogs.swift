package import Base
package import Engine
import Kernel
import Specs

/// `martlet container logs`, `martlet logs`
package enum ContainerLogs: Verb {
    package struct Request: Equatable, Sendable, Selecting {
        package var selection = Selection()
        package var follow = false
        package var timestamps = false
        package var names = false
        package var color = false
        /// nil is every line.
        package var tail: Int?
        /// A time or a span back from now, as written.
        package var since: String?
        package var until: String?
    }

    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "container logs", or: "logs", summary: "Show what containers have written",
            .get("/libpod/containers/{name}/logs"), blank: Request(),
            fields: [
                .flag("follow", short: "f", "Go on while the container writes") {
                    $0.follow = $1
                } write: {
                    $0.follow
                },
                .selectionLatest,
                .flag("names", short: "n", "Put the container's name before each line") {
                    $0.names = $1
                } write: {
                    $0.names
                },
                .flag("color", "Give each container a colour") {
                    $0.color = $1
                } write: {
                    $0.color
                },
                .flag("timestamps", short: "t", "Put the time before each line") {
                    $0.timestamps = $1
                } write: {
                    $0.timestamps
                },
                .value(
                    "tail", "COUNT", "Show this many lines from the end; -1 is all",
                    Whole<Int>.within(-1...Int.max)
                ) {
                    $0.tail = $1 < 0 ? nil : $1
                } write: {
                    $0.tail.map { "\($0)" }
                }.standard("-1"),
                .value("since", "TIME", "Show lines from this time on, such as 10m or 2026-01-31") {
                    $0.since = $1
                } write: {
                    $0.since
                },
                .value("until", "TIME", "Show lines up to this time") {
                    $0.until = $1
                } write: {
                    $0.until
                },
                .notBuilt("details", .flag),
                .selectionNames,
            ]
        ).checking { (request) throws(Problem) in try request.selection.check() }
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let now = Clock.wall()
        var options = LogOptions()
        options.follow = request.follow
        options.tail = request.tail
        options.since = try request.since.map { (text) throws(Problem) in
            try TimeOption.parse(text, for: "--since", now: now)
        }
        options.until = try request.until.map { (text) throws(Problem) in
            try TimeOption.parse(text, for: "--until", now: now)
        }
        var count = 0
        return try request.selection.batch(in: house) { (container, _) throws(Problem) in
            var isFresh = true
            // Red to cyan, one after the other.
            let color = request.color ? "\u{1B}[\(31 + count % 6)m" : ""
            count += 1
            try house.logs(of: container, options: options) { (entry) throws(Problem) in
                var line: [UInt8] = []
                if isFresh {
                    line += Array(color.utf8)
                    if request.names { line += Array((container.name + " ").utf8) }
                    if request.timestamps { line += Array((Timestamp.text(entry.time) + " ").utf8) }
                }
                line += entry.bytes
                if entry.endsLine {
                    if request.color { line += Array("\u{1B}[0m".utf8) }
                    line.append(0x0A)
                }
                isFresh = entry.endsLine
                try show(line, isError: entry.isError)
            }
            return nil
        }
    }

    /// Writes to the stream the container wrote to; a reader that has gone ends the program well.
    private static func show(_ line: [UInt8], isError: Bool) throws(Problem) {
        do throws(KernelFault) {
            try Standard.duplicate(isError ? 2 : 1).writeAll(line)
        } catch {
            if error.name == "EPIPE" { Processes.end(code: 0) }
            throw error.problem("cannot write the log")
        }
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.view }
}
