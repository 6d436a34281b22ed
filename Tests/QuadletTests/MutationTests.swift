import Foundation
import Testing

import Quadlet

/// Goal: whatever is wrong with a file, its service runs or explains itself.
/// Method: damage the shipped examples at every place, in several ways.
struct MutationTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("quadlet")

    private static func names(_ directory: URL) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []).sorted()
    }

    /// All shipped examples, one list of files a directory.
    static let examples: [[(String, String)]] = names(root).compactMap { name in
        let root = root.appendingPathComponent(name)
        let files = names(root)
        guard !files.isEmpty else { return nil }
        return files.filter { UnitType(fileName: $0) != nil }.map { file in
            let text = try? String(contentsOf: root.appendingPathComponent(file), encoding: .utf8)
            return (file, text ?? "")
        }
    }

    @Test func theExamplesAreRight() {
        #expect(MutationTests.examples.count >= 3)
        for files in MutationTests.examples {
            let bench = Bench(files)
            #expect(bench.complaints == [])
            #expect(bench.plan.services.count == files.count)
        }
    }

    /// Every unit has one service; one that explains names the place; all of them are well-formed.
    private func check(_ files: [(String, String)], _ damage: String) {
        let bench = Bench(files)
        for (file, _) in files {
            guard let service = bench.service(of: file) else {
                #expect(
                    bench.plan.findings.contains {
                        $0.rule == "service-name" || $0.rule == "same-service"
                    },
                    "\(damage): \(file) vanished")
                continue
            }
            let text = service.text.text
            for line in text.split(separator: "\n") {
                let isFine =
                    line.hasPrefix("[") || line.hasPrefix("#") || line.hasPrefix(";")
                    || line.contains("=")
                #expect(isFine && !line.hasSuffix("\\"), "\(damage): \(line)")
            }
            guard service.isExplanation else {
                #expect(!bench.words(file).isEmpty, "\(damage): \(file)")
                continue
            }
            #expect(text.contains("Description="), "\(damage)")
            let description = bench.values(file, "Unit", "Description").first ?? ""
            let parts = description.split(separator: ":", maxSplits: 3)
            #expect(
                parts.count == 4 && Int(parts[1]) != nil && Int(parts[2]) != nil,
                "\(damage): \(description)")
            #expect(bench.words(file).prefix(4) == ["/usr/bin/martlet", "quadlet", "fail", "--"])
        }
    }

    @Test func aCharacterThatIsMissing() {
        for files in MutationTests.examples {
            for (index, (file, text)) in files.enumerated() {
                for offset in text.indices {
                    var damaged = files
                    var other = text
                    other.remove(at: offset)
                    damaged[index].1 = other
                    check(
                        damaged,
                        "\(file) without character \(text.distance(from: text.startIndex, to: offset))"
                    )
                }
            }
        }
    }

    @Test func aKeyThatIsMisspelt() {
        for files in MutationTests.examples {
            for (index, (file, text)) in files.enumerated() {
                let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(
                    String.init)
                for (number, line) in lines.enumerated()
                where line.contains("=") && !line.hasPrefix("#") {
                    var changed = lines
                    let key = line.prefix { $0 != "=" }
                    guard key.count > 2 else { continue }
                    var letters = Array(key)
                    letters.swapAt(1, 2)
                    changed[number] = String(letters) + line.dropFirst(key.count)
                    var damaged = files
                    damaged[index].1 = changed.joined(separator: "\n")
                    check(damaged, "\(file) line \(number + 1): \(changed[number])")
                }
            }
        }
    }

    /// A line that names another file may go: what is left runs without the other, or explains.
    @Test func aReferenceThatIsRemoved() {
        var removed = 0
        for files in MutationTests.examples {
            for (index, (file, text)) in files.enumerated() {
                let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
                for (number, line) in lines.enumerated()
                where files.contains(where: { line.contains("=\($0.0)") }) {
                    var rest = lines
                    rest.remove(at: number)
                    var damaged = files
                    damaged[index].1 = rest.joined(separator: "\n")
                    check(damaged, "\(file) without line \(number + 1)")
                    let bench = Bench(damaged)
                    let broken = damaged.filter { bench.service(of: $0.0)?.isExplanation != false }
                    // Without its image alone a container is none.
                    #expect(
                        broken.map(\.0) == (line.hasPrefix("Image=") ? [file] : []),
                        "\(file) without \(line)")
                    removed += 1
                }
            }
        }
        #expect(removed > 10)
    }

    @Test func aFileThatIsGone() {
        for files in MutationTests.examples {
            for index in files.indices {
                var rest = files
                let gone = rest.remove(at: index).0
                check(rest, "without \(gone)")
                let bench = Bench(rest)
                for (file, text) in rest where text.contains(gone) {
                    #expect(
                        bench.service(of: file)?.isExplanation == true, "\(file) without \(gone)")
                    #expect(bench.text(file).contains(gone), "\(file) does not name \(gone)")
                }
            }
        }
    }

    @Test func aFileThatIsCutShort() {
        for files in MutationTests.examples {
            for (index, (file, text)) in files.enumerated() {
                for length in stride(from: 0, to: text.count, by: 7) {
                    var damaged = files
                    damaged[index].1 = String(text.prefix(length))
                    check(damaged, "\(file) cut at \(length)")
                }
            }
        }
    }

    /// No bytes at all make the converter stop; seeded, so that a failure can be repeated.
    @Test func anyBytesAreConverted() {
        var seed: UInt64 = 20_260_101
        func next(_ limit: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(seed >> 33) % limit
        }
        let pieces =
            [
                "[", "]", "=", "\n", "\\\n", "\"", "'", "\\", "%", "$", ":", ",", "@", " ",
                ".volume", "\u{0}", "é", "-",
            ]
            + KeyTable.container.keys.map(\.name)
        for _ in 0..<400 {
            var files = MutationTests.examples[next(MutationTests.examples.count)]
            let index = next(files.count)
            var text = Array(files[index].1)
            for _ in 0..<(1 + next(6)) {
                let place = next(text.count + 1)
                text.replaceSubrange(
                    place..<min(text.count, place + next(4)),
                    with: Array(pieces[next(pieces.count)]))
            }
            files[index].1 = String(text)
            check(files, "seed \(seed)")
        }
    }
}
