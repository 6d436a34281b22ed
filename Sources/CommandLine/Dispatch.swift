import Base
import Kernel
import Operations

/// Finds what the words of a command line mean.
struct Dispatch {
    /// What the words ask for.
    enum Action {
        case show(String)
        case call(Call, ProgramOptions)
    }

    private var options = ProgramOptions()
    private var words: ArraySlice<String>
    private var wantsHelp = false

    /// Returns what `words`, without the program's name, ask for.
    static func read(_ words: ArraySlice<String>) throws(Problem) -> Action {
        var dispatch = Dispatch(words)
        return try dispatch.read()
    }

    private init(_ words: ArraySlice<String>) { self.words = words }

    private mutating func read() throws(Problem) -> Action {
        try readEnvironment()
        while let word = words.first, word.hasPrefix("-"), word != "-" {
            if word == "--version" || word == "-v" {
                return .show("martlet version \(Release.version)\n")
            }
            try readOption(word)
        }
        if words.first == "help" {
            words.removeFirst()
            wantsHelp = true
        }
        guard let (verb, count) = AllVerbs.verb(at: words) else { return try readGroup() }
        if wantsHelp { return .show(Help.text(of: verb.signature())) }
        do throws(Problem) {
            let surroundings = Surroundings(
                parameters: ProgramOptions.parameters, environment: Console.variable)
            guard let call = try verb.prepare(words.dropFirst(count), surroundings) else {
                return .show(Help.text(of: verb.signature()))
            }
            for assignment in call.others { try options.read(assignment) }
            return .call(call, options)
        } catch {
            throw error.pointing(to: verb.signature().command)
        }
    }

    // MARK: Options before the verb

    private mutating func readEnvironment() throws(Problem) {
        for field in ProgramOptions.fields {
            guard let variable = field.parameter.variable, let text = Console.variable(variable),
                !text.isEmpty
            else { continue }
            do throws(Problem) { try field.read(&options, text) } catch {
                throw error.during("reading the environment variable \(variable)")
            }
        }
    }

    /// Reads one option of the program's own, with its value if that is the next word.
    private mutating func readOption(_ word: String) throws(Problem) {
        if word == "--help" || word == "-h" {
            words.removeFirst()
            wantsHelp = true
            return
        }
        let takesNext = ProgramOptions.parameters.contains { "--" + $0.name == word }
        let count = takesNext ? min(2, words.count) : 1
        let parser = ArgumentParser(ProgramOptions.signature, onlyOptions: true)
        do throws(Problem) {
            for assignment in try parser.parse(words.prefix(count)) ?? [] {
                try options.read(assignment)
            }
        } catch {
            throw error.pointing(to: "martlet")
        }
        words.removeFirst(count)
    }

    // MARK: Verbs

    /// Where no verb was found: shows the program or a group of verbs, or says what is wrong.
    private func readGroup() throws(Problem) -> Action {
        guard let first = words.first else { return .show(Overview.program()) }
        guard let group = Overview.groups.first(where: { $0.name == first }) else {
            let known = AllVerbs.all.flatMap(\.spellings).filter { !$0.contains(" ") }
            throw Problem(
                .badUsage, "\"\(first.printable)\" is no command of martlet",
                next: (known + Overview.groups.map(\.name)).nearest(to: first).map {
                    "did you mean \"martlet \($0)\"?"
                }
            ).pointing(to: "martlet")
        }
        let second = words.dropFirst().first { !$0.hasPrefix("-") }
        guard let second else { return .show(Overview.text(of: group)) }
        let prefix = first + " "
        let known = AllVerbs.all.flatMap(\.spellings).filter { $0.hasPrefix(prefix) }
        throw Problem(
            .badUsage, "\"\(second.printable)\" is no command of \"martlet \(first)\"",
            next: known.nearest(to: prefix + second).map { "did you mean \"martlet \($0)\"?" }
        ).pointing(to: "martlet \(first)")
    }
}

extension Problem {
    /// Returns the problem with the help of a command as a further hint, if the words were wrong.
    fileprivate func pointing(to command: String) -> Problem {
        guard code == .badUsage || code == .badValue && next == nil else { return self }
        var wiser = self
        let help = "see \"\(command) --help\""
        wiser.next = next.map { $0 + "\n  hint: " + help } ?? help
        return wiser
    }
}
