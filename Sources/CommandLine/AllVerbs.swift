import Operations
import Quadlet

/// Every verb of the program, whichever room declares it.
enum AllVerbs {
    static let all: [AnyVerb] = Verbs.all + QuadletVerbs.all
}

extension AllVerbs {
    /// Returns the verb whose words stand first, and how many they are; the longest spelling wins.
    static func verb(at words: ArraySlice<String>) -> (verb: AnyVerb, count: Int)? {
        guard let first = words.first else { return nil }
        if let second = words.dropFirst().first {
            let pair = first + " " + second
            if let verb = all.first(where: { $0.spellings.contains(pair) }) { return (verb, 2) }
        }
        return all.first { $0.spellings.contains(first) }.map { ($0, 1) }
    }
}
