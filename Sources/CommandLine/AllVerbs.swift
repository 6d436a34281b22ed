import Operations
import Quadlet

/// Every verb of the program, whichever room declares it.
enum AllVerbs {
    static let all: [AnyVerb] = Verbs.all + QuadletVerbs.all
}

extension AllVerbs {
    /// How many words a verb has at most: `image trust show`.
    private static let longest = 3

    /// Returns the verb whose words stand first, and how many they are; the longest spelling wins.
    static func verb(at words: ArraySlice<String>) -> (verb: AnyVerb, count: Int)? {
        for count in stride(from: min(longest, words.count), through: 1, by: -1) {
            let spelling = words.prefix(count).joined(separator: " ")
            if let verb = all.first(where: { $0.spellings.contains(spelling) }) {
                return (verb, count)
            }
        }
        return nil
    }
}
