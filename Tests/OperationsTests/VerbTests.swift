import Base
import Operations
import Testing

@Suite struct VerbTests {
    @Test func theTableSpellsWhatTheCardsSay() {
        var seen: Set<String> = []
        for verb in Verbs.all {
            let signature = verb.signature()
            let spellings = ([signature.words] + signature.synonyms).map {
                $0.joined(separator: " ")
            }
            #expect(Set(verb.spellings) == Set(spellings), "\(spellings)")
            for spelling in verb.spellings {
                #expect(seen.insert(spelling).inserted, "\(spelling)")
            }
        }
    }

    @Test func wordsOfAVerbAreUnambiguous() {
        for signature in Verbs.all.map({ $0.signature() }) {
            var names: Set<String> = []
            var shorts: Set<Character> = []
            for parameter in signature.parameters {
                for name in [parameter.name] + parameter.aliases {
                    #expect(names.insert(name).inserted, "\(signature.command) --\(name)")
                }
                if let short = parameter.short {
                    #expect(shorts.insert(short).inserted, "\(signature.command) -\(short)")
                }
                #expect(!parameter.summary.isEmpty && !parameter.summary.hasSuffix("."))
            }
            let places = signature.parameters.filter { !$0.isOption }
            for place in places.dropLast() { #expect(!place.isList, "\(signature.command)") }
        }
    }

    @Test func placeholdersOfARouteAreParameters() {
        for signature in Verbs.all.map({ $0.signature() }) {
            for name in signature.route.placeholders {
                #expect(
                    signature.parameters.contains { $0.wire == name },
                    "\(signature.command) \(name)")
            }
        }
    }
}
