package import Base
package import Engine
import Kernel
package import Operations

/// `martlet quadlet install`
package enum QuadletInstall: Verb {
    package struct Request: Equatable, Sendable {
        /// Files, `.quadlets` files, directories, and addresses of files on the web.
        package var sources: [String] = []
        package var application: String?
        package var replace = false
        package var reload = true
    }

    package struct Reply: Sendable {
        /// The paths of the files that were written.
        package let installed: [String]
        /// What is wrong with them, and what went wrong afterwards.
        package let problems: [Problem]
    }

    package static var card: Card<Request> {
        Card(
            "quadlet install", summary: "Copy unit files to where they are used",
            .post("/libpod/quadlets"), blank: Request(),
            fields: [
                .arguments(
                    "source", "Unit files, .quadlets files, a directory, or https addresses",
                    atLeast: 1
                ) {
                    (request, text) throws(Problem) in
                    request.sources.append(text)
                } write: {
                    $0.sources
                },
                .value("application", "NAME", "Keep the files together in a directory of that name")
                {
                    (request, text) throws(Problem) in
                    request.application = text
                } write: {
                    $0.application
                },
                .flag("replace", short: "r", "Overwrite files that are installed already") {
                    $0.replace = $1
                } write: {
                    $0.replace
                },
                .flag("reload-systemd", "Let systemd read the files at once") {
                    $0.reload = $1
                } write: {
                    $0.reload
                }.standard("true"),
            ]
        ).details(
            "A .quadlets file holds several unit files, parted by lines that are just \"---\", "
                + "each with a comment \"# FileName=NAME\". Either all files are installed or none."
        )
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let circumstances = SearchPath.Circumstances(house.caller)
        guard let base = SearchPath.configuration(circumstances) else {
            throw Problem(
                .missingOnMachine, "there is no directory to install to",
                why: "neither XDG_CONFIG_HOME nor HOME is an absolute path")
        }
        if let application = request.application { try Bundle.checkApplication(application) }
        var files: [Bundle.File] = []
        for source in request.sources {
            files += try Bundle.read(
                source, isFirst: files.isEmpty, hasApplication: request.application != nil
            ) { (address) throws(Problem) in try house.webText(at: address) }
        }
        try Bundle.checkNames(files)
        let target = request.application.map { "\(base)/\($0)" } ?? base
        let directory = try explaining("cannot open the directory \"\(target)\"") {
            () throws(KernelFault) in
            try Files.ensureDirectory(target, permissions: 0o755)
        }
        let stale = try Bundle.stale(files, in: directory, request, target)
        try Bundle.write(files, into: directory, replacing: request.replace)
        var problems: [Problem] = []
        for name in stale {
            do throws(KernelFault) { try Files.remove(at: directory, name) } catch {
                problems.append(error.problem("cannot remove \"\(target)/\(name.printable)\""))
            }
        }
        let installed = files.map { "\(target)/\($0.name)" }
        if request.reload { problems += Reloading.reload(circumstances) }
        let plan = Plan(circumstances)
        for finding in plan.findings where finding.severity == .error {
            guard let place = finding.problem.place, installed.contains(place.file) else {
                continue
            }
            problems.append(finding.problem)
        }
        return Reply(installed: installed, problems: problems)
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        View(.lines(reply.installed), problems: reply.problems)
    }
}
