import Registries
import Testing

/// The seed gives the same headers everywhere.
private struct Dice {
    var state: UInt64

    mutating func roll(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state >> 1) % bound
    }
}

/// T-CRED-3: a challenge is a stranger's word; whatever it is made of, reading it ends, and names
/// no more parameters than are allowed.
@Test(arguments: 1..<17 as Range<UInt64>)
func damagedChallengeIsReadWithinBounds(seed: UInt64) {
    var dice = Dice(state: seed &* 0x9E37_79B9_7F4A_7C15)
    let words = [
        "Bearer ", "Basic ", "realm=", "\"https://a.b/c\"", "service=\"s\"", ",", " ", "=", "\"",
        "\\", "\u{FF}", "scope=\"repository:a:pull,push\"", "\t", "x", "Digest",
    ]
    for _ in 0..<2000 {
        var header = ""
        for _ in 0...dice.roll(30) { header += words[dice.roll(words.count)] }
        let found = Challenge.parse([header])
        #expect(found.reduce(0) { $0 + $1.parameters.count } <= 64)
        #expect(found.allSatisfy { !$0.scheme.isEmpty && $0.scheme == $0.scheme.lowercased() })
        #expect(Challenge.parse([header]) == found)
    }
}
