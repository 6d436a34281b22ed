import Base
import Operations
import UnitFiles

/// What the engine would refuse of a generated service, found without starting anything.
///
/// Each command line is read by the Card of its verb, as it will be when the service starts.
package struct Rehearsal {
    private let unit: LoadedUnit
    private var findings: [Finding] = []

    /// Returns what of a service the engine would refuse, each with the line that asks for it.
    package static func of(_ service: Plan.Service, from unit: LoadedUnit) -> [Finding] {
        guard !service.isExplanation else { return [] }
        var rehearsal = Rehearsal(unit)
        let lines = service.text.sections.first { $0.name == "Service" }?.lines ?? []
        for line in lines where !line.words.isEmpty { rehearsal.read(line.words) }
        return rehearsal.findings
    }

    private init(_ unit: LoadedUnit) { self.unit = unit }

    private mutating func add(_ finding: Finding) {
        if !findings.contains(finding) { findings.append(finding) }
    }

    private mutating func read(_ line: [Command.Word]) {
        // The engine's path and its own options come first; the verb is a rule's words.
        let start = line.dropFirst().firstIndex { $0.cause == nil && !$0.text.hasPrefix("-") }
        guard let start else { return }
        let names = line[start...].prefix(2).map(\.text)
        let known = Verbs.all + QuadletVerbs.all
        for count in [2, 1] where names.count >= count {
            let name = names.prefix(count).joined(separator: " ")
            guard let verb = known.first(where: { $0.spellings.contains(name) }) else { continue }
            return rehearse(verb, name, Array(line[(start + count)...]))
        }
        let section = unit.file[unit.name.type.section]
        add(
            .error(
                "missing-verb", "the engine has no \"\(Rehearsal.name(of: names))\" yet",
                next: "starting the service fails and says so",
                at: section?.place ?? Problem.Place(file: unit.path, line: 1)))
    }

    /// The verb's words: of two words the second may be an option's already.
    private static func name(of words: [String]) -> String {
        let groups = ["artifact", "image", "kube", "network", "pod", "volume"]
        return groups.contains(words.first ?? "") ? words.joined(separator: " ") : words.first ?? ""
    }

    /// Refusals of one line that are looked for at most.
    private static let most = 16

    private mutating func rehearse(_ verb: AnyVerb, _ name: String, _ words: [Command.Word]) {
        var words = Rehearsal.withoutCommon(words)
        for _ in 0..<Rehearsal.most {
            guard let problem = Rehearsal.problem(of: verb, words) else { return }
            // What is refused is the option without which something else is, or nothing.
            let culprit = words.indices.lazy.compactMap { Rehearsal.option(at: $0, of: words) }
                .first { range in
                    var rest = words
                    rest.removeSubrange(range)
                    return Rehearsal.problem(of: verb, rest) != problem
                }
            guard let culprit else { return }
            report(problem, name, words[culprit])
            words.removeSubrange(culprit)
        }
    }

    /// Returns the words of the option that begins at a place and that a line of the file asks for.
    private static func option(at index: Int, of words: [Command.Word]) -> Range<Int>? {
        let word = words[index]
        guard word.cause != nil, word.text.hasPrefix("-") else { return nil }
        let next = index + 1
        let hasValue =
            next < words.count && words[next].cause == word.cause
            && !words[next].text.hasPrefix("-") && !word.text.contains("=")
        return index..<(hasValue ? next + 1 : next)
    }

    private mutating func report(
        _ problem: Problem, _ name: String, _ words: ArraySlice<Command.Word>
    ) {
        guard let place = words.first?.cause else { return }
        // What systemd puts in is not known before.
        let isOpen = words.contains { $0.text.contains("%") || $0.text.contains("$") }
        guard problem.code == .notBuilt || [.badUsage, .badValue].contains(problem.code) && !isOpen
        else { return }
        var told = problem
        told.what = "\"\(name)\" refuses this: \(problem.what)"
        told.place = place
        add(Finding(.error, problem.code == .notBuilt ? "not-built" : "refused-value", told))
    }

    /// Options of the program itself, which every verb takes as well.
    private static let common = ["log-level", "root", "runroot", "runtime", "storage-driver"]

    private static func withoutCommon(_ words: [Command.Word]) -> [Command.Word] {
        var rest: [Command.Word] = []
        var isValue = false
        for word in words {
            let (name, value) = word.text.cut(at: "=")
            let isCommon = common.contains { name == "--\($0)" }
            if !isValue, !isCommon { rest.append(word) }
            isValue = isCommon && value == nil
        }
        return rest
    }

    private static func problem(of verb: AnyVerb, _ words: [Command.Word]) -> Problem? {
        let surroundings = Surroundings(parameters: []) { _ in nil }
        do throws(Problem) {
            _ = try verb.prepare(words.map { filled($0.text) }[...], surroundings)
            return nil
        } catch {
            return error
        }
    }

    /// Returns a word as it may be once systemd has put its specifiers in. See systemd.unit(5).
    private static func filled(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return text }
        var out = ""
        var isSpecifier = false
        for character in text {
            if isSpecifier {
                isSpecifier = false
                switch character {
                case "%": out += "%"
                case "h", "t", "E", "S", "C", "L", "T", "V", "d", "D", "y", "Y", "f": out += "/x"
                default: out += "x"
                }
            } else if character == "%" {
                isSpecifier = true
            } else {
                out.append(character)
            }
        }
        return out
    }
}
