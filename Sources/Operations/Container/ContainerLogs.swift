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
        /// Whether logs of other containers are shown beside this one.
        var isOneOfSeveral = false
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
            .details("Of several containers each line begins with the container's id, or its name.")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        guard request.follow, request.selection.names.count > 1 else {
            return try show(request, from: 0, in: house)
        }
        return try followAll(request, in: house)
    }

    /// Follows several logs at once, each in a process of its own.
    private static func followAll(_ request: Request, in house: House) throws(Problem) -> Reply {
        var running: [(pid: Int32, answer: SharedDescriptor)] = []
        for (number, name) in request.selection.names.enumerated() {
            var one = request
            one.selection.names = [name]
            one.isOneOfSeveral = true
            let pipe = try explaining("cannot make a pipe") { () throws(KernelFault) in
                try Descriptor.pipe()
            }
            let child = try explaining("cannot start a process") { () throws(KernelFault) in
                try Clone.process()
            }
            if child.pid == 0 { follow(one, number, in: house, pipe.writing) }
            let ends = pipe.ends()
            Descriptor.drop(ends.writing)
            Descriptor.drop(child.pidfd)
            running.append((child.pid, SharedDescriptor(owning: ends.reading)))
        }
        var batch = Batch()
        for child in running {
            let bytes = try explaining("cannot hear from a process that follows a log") {
                () throws(KernelFault) in try child.answer.descriptor.readAll(limit: 1 << 20)
            }
            // What it said is all that counts.
            _ = try? Processes.reap(child.pid, waiting: true)
            if bytes.isEmpty { continue }
            batch.problems += try JSON(parsing: bytes, name: "answer")
                .decode([Problem].self, name: "answer")
        }
        return batch
    }

    /// The child's half: shows one log, and says what went wrong with it; it never comes back.
    private static func follow(
        _ request: Request, _ number: Int, in house: House, _ answer: borrowing Descriptor
    ) {
        var problems: [Problem] = []
        do throws(Problem) {
            try explaining("cannot begin") { () throws(KernelFault) in
                try Processes.endWithParent(signal: 15)
            }
            problems = try show(request, from: number, in: house).problems
        } catch {
            problems = [error]
        }
        if !problems.isEmpty {
            // Where nobody listens any more there is nothing to tell.
            try? answer.writeAll(JSON(encoding: problems).bytes())
        }
        Processes.end(code: 0)
    }

    /// - Parameter first: how many containers have colours already.
    private static func show(_ request: Request, from first: Int, in house: House)
        throws(Problem) -> Reply
    {
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
        var count = first
        let isNamed = request.isOneOfSeveral || request.selection.names.count > 1
        return try request.selection.batch(in: house) { (container, _) throws(Problem) in
            var isFresh = true
            // Red to cyan, one after the other.
            let color = request.color ? "\u{1B}[\(31 + count % 6)m" : ""
            count += 1
            var output = Output(isLive: request.follow)
            do throws(Problem) {
                try house.logs(of: container, options: options) { (entry) throws(Problem) in
                    var line: [UInt8] = []
                    if isFresh {
                        line += Array(color.utf8)
                        let id = isNamed ? String(container.id.prefix(12)) : ""
                        let name = request.names ? container.name : id
                        if !name.isEmpty { line += Array((name + " ").utf8) }
                        if request.timestamps {
                            line += Array((Timestamp.text(entry.time) + " ").utf8)
                        }
                    }
                    line += entry.bytes
                    if entry.endsLine {
                        if request.color { line += Array("\u{1B}[0m".utf8) }
                        line.append(0x0A)
                    }
                    isFresh = entry.endsLine
                    try output.show(line, isError: entry.isError)
                }
            } catch {
                try output.flush()
                throw error
            }
            try output.flush()
            return nil
        }
    }

    /// The streams the container wrote to. Unless somebody waits for each line, many go at once.
    private struct Output {
        let isLive: Bool
        private var held: [UInt8] = []
        private var isError = false

        init(isLive: Bool) { self.isLive = isLive }

        mutating func show(_ line: [UInt8], isError: Bool) throws(Problem) {
            if isError != self.isError { try flush() }
            self.isError = isError
            held += line
            if isLive || held.count >= 32 << 10 { try flush() }
        }

        /// A reader that has gone ends the program well.
        mutating func flush() throws(Problem) {
            if held.isEmpty { return }
            do throws(KernelFault) {
                try Standard.duplicate(isError ? 2 : 1).writeAll(held)
            } catch {
                if error.name == "EPIPE" { Processes.end(code: 0) }
                throw error.problem("cannot write the log")
            }
            held.removeAll(keepingCapacity: true)
        }
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.view }
}
