import Base
import Engine
import Kernel
import Operations
import Records
import Specs

/// Answers the shells' question what the last of some words could become.
///
/// Each answer is a line: the word, and after a tab what it means. `:files` leaves the word to the
/// shell's own completion of paths.
enum Completer {
    /// Returns the lines for `words`, of which the last is the one under way.
    static func lines(for words: [String]) -> [String] {
        let last = words.last ?? ""
        var before = words.dropLast()[...]
        while let word = before.first, word.hasPrefix("-") {
            before.removeFirst()
            let takesNext = ProgramOptions.parameters.contains { "--" + $0.name == word }
            if takesNext, !before.isEmpty { before.removeFirst() }
        }
        guard let (verb, count) = AllVerbs.verb(at: before) else {
            return verbs(after: Array(before), last)
        }
        return answers(verb.signature(), Array(before.dropFirst(count)), last)
    }

    private static func verbs(after words: [String], _ last: String) -> [String] {
        if last.hasPrefix("-") { return options(ProgramOptions.parameters, last) }
        let prefix = words.isEmpty ? "" : words.joined(separator: " ") + " "
        var found: [String] = []
        if words.isEmpty {
            found = Overview.groups.filter { $0.name.hasPrefix(last) }.map {
                $0.name + "\t" + $0.summary
            }
        }
        for signature in AllVerbs.all.map({ $0.signature() }) where !signature.isHidden {
            for spelling in [signature.words] + signature.synonyms {
                let text = spelling.joined(separator: " ")
                guard text.hasPrefix(prefix) else { continue }
                let rest = text.dropFirst(prefix.count)
                guard !rest.contains(" "), rest.hasPrefix(last) else { continue }
                found.append(rest + "\t" + signature.summary)
            }
        }
        return found.sorted()
    }

    private static func options(_ parameters: [Parameter], _ last: String) -> [String] {
        parameters.filter { $0.isOption && !$0.isHidden && ("--" + $0.name).hasPrefix(last) }
            .map { "--\($0.name)\t\($0.summary)" }.sorted()
    }

    private static func answers(_ signature: Signature, _ words: [String], _ last: String)
        -> [String]
    {
        let all = signature.parameters + ProgramOptions.parameters
        var places = signature.parameters.filter { !$0.isOption && !$0.isHidden }[...]
        var isPast = false
        var index = 0
        while index < words.count {
            let word = words[index]
            index += 1
            if word == "--" {
                isPast = true
            } else if !isPast, word.hasPrefix("-"), word != "-" {
                guard let option = option(word, all), takesNext(word, option) else { continue }
                if index == words.count { return values(option, last) }
                index += 1
            } else {
                if let place = places.first, !place.isList { places.removeFirst() }
                if !signature.isInterspersed { isPast = true }
            }
        }
        if !isPast, last.hasPrefix("-") {
            guard let border = last.firstIndex(of: "="),
                let option = option(String(last[..<border]), all)
            else { return options(all, last) }
            let prefix = last[...border]
            return values(option, String(last[last.index(after: border)...])).map {
                $0 == ":files" ? $0 : prefix + $0
            }
        }
        return places.first.map { values($0, last) } ?? []
    }

    private static func option(_ word: String, _ parameters: [Parameter]) -> Parameter? {
        if let name = word.rest(after: "--") {
            return parameters.first { $0.name == name || $0.aliases.contains(name) }
        }
        return word.last.flatMap { letter in parameters.first { $0.short == letter } }
    }

    private static func takesNext(_ word: String, _ option: Parameter) -> Bool {
        switch option.kind {
        case .flag, .optionalValue: false
        default: !word.contains("=")
        }
    }

    // MARK: Values

    private static func values(_ parameter: Parameter, _ last: String) -> [String] {
        let found: [String]
        switch parameter.completion {
        case .nothing: found = []
        case .network: found = networks()
        case .file, .directory: found = [":files"]
        case .words(let words): found = words
        case .container, .runningContainer: found = containers()
        case .pod: found = pods()
        case .image: found = images()
        // A volume may be a directory too.
        case .volume: found = last.hasPrefix("/") || last.hasPrefix(".") ? [":files"] : volumes()
        }
        return found.filter { $0 == ":files" || $0.hasPrefix(last) }
    }

    // What cannot be read has no completions; the command itself will say why.

    private static func containers() -> [String] {
        let records = try? House().ledger().containers()
        return (records ?? []).map { "\($0.name)\t\($0.imageName ?? $0.spec.image)" }
    }

    private static func pods() -> [String] {
        let records = try? House().ledger().pods()
        return (records ?? []).map(\.name)
    }

    private static func images() -> [String] {
        let records = try? House().ledger().images(withDocuments: false)
        return (records ?? []).flatMap { record in
            record.names.isEmpty ? [String(record.id.prefix(12))] : record.names
        }
    }

    private static func networks() -> [String] {
        let records = try? House().ledger().networks()
        return (records ?? []).map(\.name)
    }

    private static func volumes() -> [String] {
        let records = try? House().ledger().volumes()
        return (records ?? []).map(\.name)
    }
}
