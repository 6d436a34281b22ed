package import Base

/// A signal by its number on x86-64 and arm64; written `TERM`, `SIGTERM`, `15` or `RTMIN+3`.
///
/// See signal(7). Its JSON is the number.
package struct Signal: Hashable, Sendable, Codable, CustomStringConvertible {
    package let number: Int32

    package static let hangUp = Signal(1)
    package static let interrupt = Signal(2)
    package static let quit = Signal(3)
    package static let kill = Signal(9)
    package static let terminate = Signal(15)
    package static let child = Signal(17)
    package static let `continue` = Signal(18)
    package static let stop = Signal(19)
    package static let windowChange = Signal(28)

    private init(_ number: Int32) { self.number = number }

    /// Returns nil for a number that is no signal.
    package init?(number: Int32) {
        guard (1...64).contains(number) else { return nil }
        self.number = number
    }

    /// - Throws: `badValue` for a word that names no signal.
    package init(_ text: String, for field: String = "a signal") throws(Problem) {
        var word = text.uppercased()
        if word.hasPrefix("SIG") { word.removeFirst(3) }
        if let number = Int32(text), let signal = Signal(number: number) {
            self = signal
        } else if let index = Signal.names.firstIndex(of: word), index > 0 {
            number = Int32(index)
        } else if let number = Signal.realTime(word) {
            self.number = number
        } else {
            throw Problem(
                .badValue, "\"\(text.printable)\" is no signal for \(field)",
                next: "write a name like SIGTERM or a number from 1 to 64")
        }
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let signal = Signal(number: try container.decode(Int32.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "a signal from 1 to 64 was expected")
        }
        self = signal
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(number)
    }

    /// The name: `SIGTERM`, `SIGRTMIN+3`.
    package var description: String {
        let index = Int(number)
        if index < Signal.names.count { return "SIG" + Signal.names[index] }
        if number < 34 { return "signal \(number)" }
        return number == 34 ? "SIGRTMIN" : "SIGRTMIN+\(number - 34)"
    }

    private static func realTime(_ word: String) -> Int32? {
        let (base, rest): (Int32, Substring)
        switch word {
        case let word where word.hasPrefix("RTMIN"): (base, rest) = (34, word.dropFirst(5))
        case let word where word.hasPrefix("RTMAX"): (base, rest) = (64, word.dropFirst(5))
        default: return nil
        }
        if rest.isEmpty { return base }
        guard let offset = Int32(rest), (34...64).contains(base + offset) else { return nil }
        return base + offset
    }

    /// The names, each at the index that is its number.
    private static let names = [
        "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV",
        "USR2", "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU",
        "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ]
}
