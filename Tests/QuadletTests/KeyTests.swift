import Testing

import Quadlet

/// Every key of every type, with the words it becomes.
struct KeyTests {
    @Test(arguments: UnitType.allCases) func allKeysOfTheIncumbentAreKnown(_ type: UnitType) {
        let known = KeyTable.table(of: type).keys.map(\.name)
        #expect(known.sorted() == IncumbentKeys.names(type).sorted())
    }

    @Test func thereAreTwoHundredAndThirtyFiveOfThem() {
        #expect(UnitType.allCases.map { IncumbentKeys.names($0).count }.reduce(0, +) == 235)
    }

    @Test func everyKeyHasACase() {
        for type in UnitType.allCases {
            let covered = Set(KeyCase.all.filter { $0.type == type }.flatMap(\.keys))
            let missing = KeyTable.table(of: type).keys.map(\.name).filter { !covered.contains($0) }
            #expect(missing == [], "\(type)")
        }
    }

    @Test(arguments: KeyCase.all) func keyBecomesItsWords(_ example: KeyCase) {
        let bench = Bench(
            [(example.file, example.text)] + KeyCase.neighbours, existing: ["/dev/present"])
        #expect(bench.service(of: example.file)?.isExplanation == false, "\(bench.complaints)")
        let words = bench.words(example.file, example.command)
        let found = words.indices.contains { words[$0...].starts(with: example.words) }
        #expect(found, "\(example.words) is not in \(words)")
    }

    /// Where a value is absent or empty, the option is absent too.
    @Test func emptyValuesAddNothing() {
        let plain = Bench("x.container", "[Container]\nImage=localhost/i\n").words("x.container")
        for key in KeyTable.container.keys where key.name != "Image" && key.name != "Entrypoint" {
            if key.reader == .flag { continue }
            let text = "[Container]\nImage=localhost/i\n\(key.name)=\n"
            #expect(Bench("x.container", text).words("x.container") == plain, "\(key.name)")
        }
    }

    @Test func falseIsWrittenOnlyWhereTheEngineHasADefaultOfItsOwn() {
        func words(_ key: String) -> [String] {
            Bench("x.container", "[Container]\nImage=localhost/i\n\(key)=no\n").words("x.container")
        }
        #expect(words("RunInit").contains("--init=false"))
        #expect(words("ReadOnly").contains("--read-only=false"))
        let plain = Bench("x.container", "[Container]\nImage=localhost/i\n").words("x.container")
        for key in [
            "NoNewPrivileges", "SecurityLabelDisable", "SecurityLabelNested", "VolatileTmp",
        ] {
            #expect(words(key) == plain)
        }
    }
}
