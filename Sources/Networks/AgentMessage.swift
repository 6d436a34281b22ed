package import Base

/// What the namespace's agent and the stack say to each other.
///
/// Numbers of descriptors travel plainly, as both processes share one table of them; bytes are few
/// and laid out by hand, as decoding a document would make both processes half as heavy again.
package enum AgentMessage: Equatable {
    /// The link is up.
    case ready(tap: Int32, keepsSources: Bool, hasIPv6: Bool)
    /// Nothing could be set up; a JSON document says why.
    case failed(Problem)
    /// Sockets of a kind that were made.
    case sockets(SocketKind, [Int32])
    /// Sockets of a kind that are wanted.
    case request(SocketKind, count: UInt8)

    /// Bytes of the longest message, but for a failure.
    static let limit = 64 << 10

    package var bytes: [UInt8] {
        switch self {
        case .ready(let tap, let keepsSources, let hasIPv6):
            return [0, keepsSources ? 1 : 0, hasIPv6 ? 1 : 0] + Self.bytes(of: tap)
        case .failed(let problem): return [1] + Array(JSON(encoding: problem).text().utf8)
        case .sockets(let kind, let numbers):
            var bytes = [2, kind.code]
            for number in numbers { bytes += Self.bytes(of: number) }
            return bytes
        case .request(let kind, let count): return [3, kind.code, count]
        }
    }

    /// - Throws: `helper` for what is no message.
    package init(_ bytes: [UInt8]) throws(Problem) {
        let kind = bytes.count > 1 ? SocketKind(code: bytes[1]) : nil
        switch (bytes.first, kind) {
        case (0, _) where bytes.count == 7:
            self = .ready(
                tap: Self.number(bytes[3...]), keepsSources: bytes[1] == 1, hasIPv6: bytes[2] == 1)
        case (1, _):
            let document = try JSON(parsing: Array(bytes[1...]), name: "problem")
            self = .failed(try document.decode(Problem.self, name: "problem"))
        case (2, .some(let kind)) where bytes.count % 4 == 2:
            self = .sockets(
                kind,
                stride(from: 2, to: bytes.count, by: 4).map { Self.number(bytes[$0..<$0 + 4]) })
        case (3, .some(let kind)) where bytes.count == 3: self = .request(kind, count: bytes[2])
        case (nil, _): throw Problem(.helper, "the setup of the container's network has ended")
        default: throw Problem(.helper, "the setup of the container's network answers nonsense")
        }
    }

    private static func bytes(of number: Int32) -> [UInt8] {
        let raw = UInt32(bitPattern: number)
        return [
            UInt8(truncatingIfNeeded: raw >> 24), UInt8(truncatingIfNeeded: raw >> 16),
            UInt8(truncatingIfNeeded: raw >> 8), UInt8(truncatingIfNeeded: raw),
        ]
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> Int32 {
        Int32(bitPattern: bytes.reduce(0) { $0 << 8 | UInt32($1) })
    }
}
