package import Base
package import Kernel
import Operations

/// The program as systemd calls it while it loads units. See systemd.generator(7).
package enum Generator {
    /// The words of the generator's command line.
    package struct Options: Equatable {
        package var isUser: Bool
        package var isDryRun = false
        package var isVerbose = false
        package var logsToStandardError = false
        package var showsVersion = false
        /// The directories for services: normal, early, late.
        package var directories: [String] = []
    }

    /// Whether a program of this name is the generator.
    package static func answers(to program: String) -> Bool {
        Paths.base(of: program).contains("generator")
    }

    /// Does what systemd, or a person at a terminal, asks of the generator, and ends the process.
    ///
    /// The exit status is 1 where anything could not be done as the files ask; whatever is good has
    /// been written all the same.
    package static func main(_ caller: Caller) -> Never {
        let program = Paths.base(of: caller.arguments.first ?? "")
        let options: Options
        do throws(Problem) {
            options = try read(
                Array(caller.arguments.dropFirst()), isUser: program.contains("user"))
        } catch {
            Journal(toKernel: false).say("\(error)")
            Processes.end(code: 1)
        }
        let log = Journal(toKernel: !options.logsToStandardError && !options.isDryRun)
        if options.showsVersion { Processes.end(code: print("\(Release.version)\n", log)) }
        guard options.isDryRun || !options.directories.isEmpty else {
            log.say("missing the directory to write services to")
            Processes.end(code: 1)
        }
        run(options, caller, log)
    }

    private static func run(_ options: Options, _ caller: Caller, _ log: Journal) -> Never {
        let plan = Plan(
            SearchPath.Circumstances(
                isUser: options.isUser, uid: caller.uid, environment: caller.environment))
        if options.isVerbose || options.isDryRun {
            for unit in plan.library.units { log.say("Loading source unit file \(unit.path)") }
        }
        if options.isVerbose || options.isDryRun, plan.library.units.isEmpty {
            log.say("No files parsed from \(plan.library.roots)")
        }
        for finding in plan.findings {
            if let familiar = finding.familiar { log.say(familiar.printable) }
            log.say(finding.description)
        }
        let status = options.isDryRun ? show(plan, log) : write(plan, options.directories, log)
        // The process ends here: taking the plan apart first would cost a tenth of the run.
        withExtendedLifetime(plan) { Processes.end(code: plan.hasErrors ? 1 : status) }
    }

    private static func show(_ plan: Plan, _ log: Journal) -> Int {
        var text = ""
        for service in plan.services where !service.isExplanation {
            text += "---\(service.name)---\n\(service.text.text)\n"
        }
        return print(text, log)
    }

    private static func write(_ plan: Plan, _ directories: [String], _ log: Journal) -> Int {
        var problems = Output.write(
            plan.services.filter { !$0.isExplanation }, into: directories[0])
        // The late directory: a service that only explains never hides a unit somebody wrote.
        let explanations = plan.services.filter(\.isExplanation)
        if directories.count > 2, !explanations.isEmpty {
            problems += Output.write(explanations, into: directories[2])
        }
        for problem in problems { log.say("\(problem)") }
        return problems.isEmpty ? 0 : 1
    }

    private static func print(_ text: String, _ log: Journal) -> Int {
        do throws(KernelFault) {
            try Console.write(text)
            return 0
        } catch {
            log.say("\(error.problem("cannot write the output"))")
            return 1
        }
    }

    /// Reads Go-style flags: one dash or two, `-flag` or `-flag=true`.
    package static func read(_ arguments: [String], isUser: Bool) throws(Problem) -> Options {
        var options = Options(isUser: isUser)
        var rest = arguments[...]
        while let word = rest.first, word.hasPrefix("-"), word != "-" {
            rest.removeFirst()
            if word == "--" { break }
            let (name, value) = String(word.drop { $0 == "-" }).cut(at: "=")
            let isOn: Bool
            switch value?.lowercased() {
            case nil, "1", "t", "true": isOn = true
            case "0", "f", "false": isOn = false
            default: throw Problem(.badUsage, "\"\(word.printable)\" is neither true nor false")
            }
            switch name {
            case "user": options.isUser = isOn
            case "dryrun": options.isDryRun = isOn
            case "v": options.isVerbose = isOn
            case "no-kmsg-log": options.logsToStandardError = isOn
            case "version": options.showsVersion = isOn
            default:
                let known = ["user", "dryrun", "v", "no-kmsg-log", "version"]
                throw Problem(
                    .badUsage, "unknown flag \"\(word.printable)\"",
                    next: "use \(known.map { "-\($0)" }.joined(separator: ", "))")
            }
        }
        options.directories = Array(rest)
        return options
    }
}

extension Plan {
    /// Loads and converts everything that a caller's search path offers.
    package init(_ circumstances: SearchPath.Circumstances) {
        self.init(Loader.load(SearchPath(circumstances)), Plan.settings(circumstances))
    }

    /// Returns how services are made for a caller.
    package static func settings(_ circumstances: SearchPath.Circumstances) -> Settings {
        Settings(engine: engine(circumstances), isUser: circumstances.isUser) { Files.exists($0) }
    }

    /// Returns the engine's path in generated command lines.
    ///
    /// MARTLET or PODMAN replaces it. Else it is this program itself, or, where this is the
    /// generator as a file of its own, the program it was installed with.
    package static func engine(_ circumstances: SearchPath.Circumstances) -> String {
        for name in ["MARTLET", "PODMAN"] {
            if let path = circumstances.variable(name) { return path }
        }
        guard let own = try? Caller.program() else { return "/usr/bin/martlet" }
        guard Generator.answers(to: own) else { return own }
        if let end = own.firstRange(ofText: "/lib/systemd/") { return "\(own[..<end])/bin/martlet" }
        return "/usr/bin/martlet"
    }
}

extension String {
    /// Returns where a text begins in this one.
    fileprivate func firstRange(ofText part: String) -> String.Index? {
        indices.first { self[$0...].hasPrefix(part) }
    }
}
