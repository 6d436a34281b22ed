/// Replaces comments and the contents of strings by spaces, so that what is left is code.
///
/// A string's interpolations are blanked with it: what stands in them is short.
struct Blanking {
    private let text: [Character]
    private var at = 0
    private var out: [Character] = []

    static func blanked(_ text: String) -> String {
        var blanking = Blanking(text: Array(text))
        return blanking.run()
    }

    private init(text: [Character]) {
        self.text = text
        out.reserveCapacity(text.count)
    }

    private mutating func run() -> String {
        while at < text.count {
            if follows("//") {
                blank { $0.text[$0.at] == "\n" }
            } else if follows("/*") {
                blankBlockComment()
            } else if let opening = stringOpening() {
                blankString(opening)
            } else {
                keep()
            }
        }
        return String(out)
    }

    private func follows(_ words: String) -> Bool {
        at + words.count <= text.count && text[at..<at + words.count].elementsEqual(words)
    }

    private mutating func keep() {
        out.append(text[at])
        at += 1
    }

    private mutating func drop(_ count: Int = 1) {
        for _ in 0..<count where at < text.count {
            out.append(text[at] == "\n" ? "\n" : " ")
            at += 1
        }
    }

    private mutating func blank(until ends: (Blanking) -> Bool) {
        while at < text.count, !ends(self) { drop() }
    }

    private mutating func blankBlockComment() {
        var depth = 0
        repeat {
            if follows("/*") {
                depth += 1
                drop(2)
            } else if follows("*/") {
                depth -= 1
                drop(2)
            } else {
                drop()
            }
        } while depth > 0 && at < text.count
    }

    /// The marks that open a string here: `"`, `"""`, and both with number signs before them.
    private func stringOpening() -> (hashes: Int, quotes: Int)? {
        var next = at
        while next < text.count, text[next] == "#" { next += 1 }
        guard next < text.count, text[next] == "\"" else { return nil }
        let isMultiline =
            next + 2 < text.count && text[next + 1] == "\"" && text[next + 2] == "\""
        return (next - at, isMultiline ? 3 : 1)
    }

    /// Keeps the quotes, so that a string still counts as a value.
    private mutating func blankString(_ opening: (hashes: Int, quotes: Int)) {
        let hashes = String(repeating: "#", count: opening.hashes)
        let end = String(repeating: "\"", count: opening.quotes) + hashes
        for _ in 0..<end.count { keep() }
        while at < text.count, !follows(end) {
            if follows("\\" + hashes + "(") {
                drop(hashes.count + 1)
                blankInterpolation()
            } else if follows("\\" + hashes) {
                drop(hashes.count + 2)
            } else {
                drop()
            }
        }
        for _ in 0..<end.count where at < text.count { keep() }
    }

    private mutating func blankInterpolation() {
        var depth = 0
        repeat {
            if stringOpening() != nil {
                let kept = out.count
                stringOpening().map { blankString($0) }
                for index in kept..<out.count where out[index] != "\n" { out[index] = " " }
                continue
            }
            if text[at] == "(" { depth += 1 }
            if text[at] == ")" { depth -= 1 }
            drop()
        } while depth > 0 && at < text.count
    }
}
