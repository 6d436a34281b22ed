package import Base
package import Engine
import Kernel
package import Operations

/// `martlet quadlet print`
package enum QuadletPrint: Verb {
    package struct Request: Equatable, Sendable {
        package var name = ""
    }

    package typealias Reply = String

    package static var card: Card<Request> {
        Card(
            "quadlet print", or: "quadlet cat", summary: "Show a unit file as it is",
            .get("/libpod/quadlets/{name}/file"), blank: Request(),
            fields: [
                .argument("name", "The file's name") { (request, text) throws(Problem) in
                    request.name = text
                } write: {
                    $0.name
                }
            ])
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let library = Loader.load(SearchPath(SearchPath.Circumstances(house.caller)))
        guard let unit = library.units.first(where: { $0.name.file == request.name }) else {
            throw library.noSuchUnit(request.name)
        }
        return try explaining("cannot read \"\(unit.path.printable)\"") { () throws(KernelFault) in
            try Files.readText(unit.path, limit: Limits.unitFileBytes)
        }
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        var lines = reply.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return View(.lines(lines))
    }
}

extension Library {
    /// Returns the problem that no unit file has a name.
    func noSuchUnit(_ name: String) -> Problem {
        Problem(
            .noSuchObject, "there is no unit file \"\(name.printable)\"",
            next: units.map(\.name.file).nearest(to: name).map { "did you mean \"\($0)\"?" }
                ?? "list them with \"martlet quadlet list\"")
    }

    /// Returns the application a unit file belongs to: the first directory below a search
    /// directory.
    func application(of unit: LoadedUnit) -> String? {
        for root in roots where unit.directory.hasPrefix("\(root)/") {
            return String(unit.directory.dropFirst(root.count + 1).prefix { $0 != "/" })
        }
        return nil
    }
}
