package import Base
package import Engine
import Kernel
package import Operations

/// `martlet quadlet sync`
package enum QuadletSync: Verb {
    package struct Request: Equatable, Sendable {
        package var reload = true
    }

    package struct Reply: Sendable {
        package let directory: String
        package let written: [String]
        package let removed: [String]
        package let findings: [Finding]
        package let problems: [Problem]
    }

    package static var card: Card<Request> {
        Card(
            "quadlet sync",
            summary: "Write the services of unit files where no generator is installed",
            .post("/libpod/quadlets/sync"), blank: Request(),
            fields: [
                .flag("reload-systemd", "Let systemd read the services at once") {
                    $0.reload = $1
                } write: {
                    $0.reload
                }.standard("true")
            ]
        ).details(
            "The services are the very same as the generator's. They are written to the directory "
                + "for units of installed programs, $XDG_DATA_HOME/systemd/user, where a unit of "
                + "your own in $XDG_CONFIG_HOME/systemd/user goes before them. Services whose file "
                + "is gone are removed; no other file is touched. A drop-in for "
                + "martlet-quadlet.path says which directories there are, so that it watches all.")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let circumstances = SearchPath.Circumstances(house.caller)
        let path = try target(circumstances)
        let plan = Plan(circumstances)
        let present = try SyncDirectory(path)
        var problems: [Problem] = []
        let changed = plan.services.filter { !present.holds($0) }
        problems += Output.write(changed, into: path)
        let removal = present.removeStale(keeping: plan.services)
        problems += removal.problems
        var watches = false
        do throws(Problem) {
            watches = try WatchDropIn.write(
                WatchDropIn.text(plan.library.directories, roots: plan.library.realRoots),
                into: path)
        } catch {
            problems.append(error)
        }
        if request.reload, !changed.isEmpty || !removal.removed.isEmpty || watches {
            problems += Reloading.reload(circumstances)
        }
        return Reply(
            directory: path, written: changed.map(\.name), removed: removal.removed,
            findings: plan.findings.filter { $0.severity == .error }, problems: problems)
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        var lines = reply.written.map { "wrote \(reply.directory)/\($0)" }
        lines += reply.removed.map { "removed \(reply.directory)/\($0)" }
        return View(
            .lines(lines), problems: reply.findings.map(\.problem) + reply.problems,
            status: reply.findings.isEmpty && reply.problems.isEmpty ? 0 : 1)
    }

    private static func target(_ circumstances: SearchPath.Circumstances) throws(Problem) -> String
    {
        guard circumstances.isUser else { return "/etc/systemd/system" }
        let home = circumstances.variable("HOME").map { "\($0)/.local/share" }
        guard let base = circumstances.variable("XDG_DATA_HOME") ?? home, base.hasPrefix("/") else {
            throw Problem(
                .missingOnMachine, "there is no directory for services",
                why: "neither XDG_DATA_HOME nor HOME is an absolute path")
        }
        return "\(base)/systemd/user"
    }
}
