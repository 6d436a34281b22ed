package import Base
package import Engine
import Specs

/// `martlet container top`, `martlet top`
package enum ContainerTop: Verb {
    package struct Request: Equatable, Sendable, Selecting {
        package var selection = Selection()
        /// Columns by podman's names, or options of ps(1).
        package var columns: [String] = []
    }

    package typealias Reply = [JSON]

    package static var card: Card<Request> {
        Card(
            "container top", or: "top", summary: "List the processes of a container",
            .get("/libpod/containers/{name}/top"), blank: Request(),
            fields: [
                .selectionLatest, .selectionOne,
                .command("format", "Columns, such as pid user comm") {
                    $0.columns.append($1)
                } write: {
                    $0.columns
                }.wire("ps_args"),
            ]
        ).adjusting { (request) in
            // Where an option names the container, every word is the listing's.
            guard request.selection.latest else { return }
            request.columns = request.selection.names + request.columns
            request.selection.names = []
        }.checking { (request) throws(Problem) in try request.selection.check() }
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        let columns = try columns(request.columns)
        let container = try request.selection.one(in: house, ledger)
        let payload = try house.payload(of: container.name, ledger: ledger)
        return try ProcessRow.all(with: payload).map { document($0, columns) }
    }

    /// One process as templates see it.
    static func document(_ row: ProcessRow, _ columns: [String]) -> JSON {
        let texts = row.line(columns).split(separator: "\t", omittingEmptySubsequences: false)
        return .record(zip(columns, texts).map { ($0.uppercased(), .string(String($1))) })
    }

    /// The columns asked for, parted by blanks or commas, or the usual ones.
    static func columns(_ words: [String]) throws(Problem) -> [String] {
        let names = words.flatMap { $0.split { $0 == "," || $0 == " " }.map { $0.lowercased() } }
        for name in names where !ProcessRow.columns.contains(name) {
            throw Problem(
                name.hasPrefix("-") ? .notBuilt : .badValue,
                name.hasPrefix("-")
                    ? "options of ps are not built yet"
                    : "there is no column \"\(name.printable)\"",
                next: ProcessRow.columns.nearest(to: name).map { "did you mean \"\($0)\"?" }
                    ?? "use \(ProcessRow.columns.joined(separator: ", "))")
        }
        return names.isEmpty ? ProcessRow.usual : names
    }

    package static func view(of reply: Reply, for request: Request) -> View { view(of: reply) }

    /// The processes as a table of the columns they were asked by.
    static func view(of reply: [JSON]) -> View {
        guard case .object(let members)? = reply.first else { return View() }
        let columns = members.map { "{{.\($0.name)}}" }.joined(separator: "\t")
        return View(.table(View.Table(reply, "table " + columns)))
    }
}
