package import Base
package import Engine
import Kernel
package import Operations
import Systemd

/// `martlet quadlet rm`
package enum QuadletRm: Verb {
    package struct Request: Equatable, Sendable {
        package var names: [String] = []
        package var all = false
        package var force = false
        package var ignore = false
        package var recursive = false
        package var reload = true
    }

    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "quadlet rm", summary: "Remove unit files or whole applications",
            .delete("/libpod/quadlets/{name}"), blank: Request(),
            fields: [
                .arguments("name", "Unit files or applications") {
                    (request, text) throws(Problem) in
                    request.names.append(text)
                } write: {
                    $0.names
                },
                .flag("all", short: "a", "Remove every unit file of this user") {
                    $0.all = $1
                } write: {
                    $0.all
                },
                .flag("force", short: "f", "Stop services that run first") {
                    $0.force = $1
                } write: {
                    $0.force
                },
                .flag("ignore", short: "i", "Pass over names that do not exist") {
                    $0.ignore = $1
                } write: {
                    $0.ignore
                },
                .flag("recursive", "Remove applications with all their files") {
                    $0.recursive = $1
                } write: {
                    $0.recursive
                },
                .flag("reload-systemd", "Let systemd notice at once") {
                    $0.reload = $1
                } write: {
                    $0.reload
                }.standard("true"),
            ]
        ).checking { (request) throws(Problem) in
            if request.names.isEmpty, !request.all {
                throw Problem(.badUsage, "no unit file is named", next: "name one, or add --all")
            }
        }
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let circumstances = SearchPath.Circumstances(house.caller)
        guard let base = SearchPath.configuration(circumstances) else {
            throw Problem(.missingOnMachine, "there is no directory of unit files")
        }
        // Only what lies in this user's own directory is this user's to remove.
        let library = Loader.load(SearchPath(first: [base], then: circumstances))
        let real = library.directories.first ?? base
        let own = library.units.filter {
            $0.directory == real || $0.directory.hasPrefix("\(real)/")
        }
        var remover = Remover(library: library, own: own, root: real, request: request)
        var names = request.names
        if request.all {
            names += own.filter { $0.directory == real || request.recursive }.map { unit in
                unit.directory == real ? unit.name.file : remover.application(of: unit)
            }
            names = names.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
        }
        var batch = Batch()
        for name in names {
            do throws(Problem) {
                batch.done += try remover.remove(name)
            } catch {
                if !(request.ignore && error.code == .noSuchObject) { batch.problems.append(error) }
            }
        }
        if request.reload, !batch.done.isEmpty { batch.problems += Reloading.reload(circumstances) }
        return batch
    }

    package static func view(of reply: Reply, for request: Request) -> View { reply.view }
}

/// Removes unit files and applications from one directory.
private struct Remover {
    let library: Library
    let own: [LoadedUnit]
    let root: String
    let request: QuadletRm.Request

    func application(of unit: LoadedUnit) -> String {
        String(unit.directory.dropFirst(root.count + 1).prefix { $0 != "/" })
    }

    /// Returns what was removed.
    mutating func remove(_ name: String) throws(Problem) -> [String] {
        if let unit = own.first(where: { $0.name.file == name }) {
            if unit.directory == root {
                try stop([unit])
                try removeFile(name, from: root)
                return [name]
            }
            throw Problem(
                .refused,
                "\"\(name.printable)\" belongs to the application \"\(application(of: unit))\"",
                next: "remove it whole: martlet quadlet rm --recursive \(application(of: unit))")
        }
        let members = own.filter { $0.directory != root && application(of: $0) == name }
        guard !members.isEmpty else { throw library.noSuchUnit(name) }
        guard request.recursive else {
            throw Problem(
                .refused, "\"\(name.printable)\" is an application of \(members.count) unit files",
                next: "add --recursive to remove all of them")
        }
        try stop(members)
        try explaining("cannot remove \"\(root)/\(name.printable)\"") {
            [root] () throws(KernelFault) in
            try Files.removeTree(at: try Files.open(root, [.read, .directory]), name)
        }
        return members.map(\.name.file)
    }

    private func removeFile(_ name: String, from path: String) throws(Problem) {
        try explaining("cannot remove \"\(path)/\(name.printable)\"") { () throws(KernelFault) in
            try Files.remove(at: try Files.open(path, [.read, .directory]), name)
        }
    }

    /// Stops services that run, or refuses to remove what they come from.
    private func stop(_ units: [LoadedUnit]) throws(Problem) {
        // Where no manager runs no service does.
        guard let manager = try? UserManager() else { return }
        let catalog = Catalog(library.units)
        let services = units.compactMap {
            catalog.find($0.name.file).map { "\($0.service).service" }
        }
        for state in try manager.units(services)
        where ["active", "activating", "reloading"].contains(state.activeState) {
            guard request.force else {
                throw Problem(
                    .objectInUse, "\(state.name) is running", next: "stop it first, or add --force")
            }
            _ = try manager.stop(state.name)
        }
    }
}
