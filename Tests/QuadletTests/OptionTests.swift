import Operations
import Quadlet
import Testing

/// What services call is what the engine's own Cards declare.
struct OptionTests {
    /// The options of a verb, long and short, as they are written.
    private func options(of verb: String) throws -> Set<String> {
        let known = Verbs.all.first { $0.spellings.contains(verb) }
        let signature = try #require(known, "the engine has no verb \"\(verb)\" yet").signature()
        var options: Set<String> = []
        for parameter in signature.parameters where parameter.isOption {
            for name in [parameter.name] + parameter.aliases { options.insert("--\(name)") }
            if let short = parameter.short { options.insert("-\(short)") }
        }
        return options
    }

    @Test(
        arguments: [
            (UnitType.container, "container run"), (.volume, "volume create"),
            (.image, "image pull"),
        ])
    func everyKeysOptionExists(_ type: UnitType, _ verb: String) throws {
        let options = try options(of: verb)
        // One stands before the verb, the other belongs to "kill".
        let elsewhere: Set<String> = ["--module", "--signal"]
        for key in KeyTable.table(of: type).keys where !key.option.text.isEmpty {
            let word = String(key.option.text.prefix { $0 != "=" && $0 != " " })
            if elsewhere.contains(word) { continue }
            #expect(options.contains(word), "\(key.name) in [\(type.section)] becomes \(word)")
        }
    }

    @Test func everyWordOfASkeletonExists() throws {
        let files = [
            ("x.container", "[Container]\nImage=localhost/i\nReloadSignal=HUP\n"),
            ("v.volume", "[Volume]\n"),
            ("i.image", "[Image]\nImage=localhost/i\n"),
        ]
        let bench = Bench(files)
        let commands = [
            ("x.container", "ExecStart", "run"), ("x.container", "ExecStop", "rm"),
            ("x.container", "ExecReload", "kill"), ("v.volume", "ExecStart", "volume create"),
            ("i.image", "ExecStart", "image pull"),
        ]
        for (file, key, verb) in commands {
            let options = try options(of: verb)
            for word in bench.words(file, key) where word.hasPrefix("-") {
                let name = String(word.prefix { $0 != "=" })
                #expect(options.contains(name), "\(key) of \(file) has \(word)")
            }
        }
    }

    @Test func everyVerbOfThisRoomIsReachedByItsWords() {
        let words = QuadletVerbs.all.map { $0.signature().words.joined(separator: " ") }
        #expect(words == words.sorted())
        for verb in QuadletVerbs.all {
            #expect(verb.spellings.contains(verb.signature().words.joined(separator: " ")))
        }
    }
}
