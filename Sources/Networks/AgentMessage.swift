package import Base

/// What the namespace's agent and the stack say to each other.
///
/// Descriptors travel beside a message. Bytes are few and laid out by hand, as decoding a document
/// would make both processes half as heavy again.
package enum AgentMessage: Equatable {
    /// The link is up; its descriptor comes beside.
    case ready(keepsSources: Bool, hasIPv6: Bool)
    /// Nothing could be set up; a JSON document says why.
    case failed(Problem)
    /// Sockets of a kind come beside, fewer than wanted where there is no room for more.
    case sockets(SocketKind)
    /// Sockets of a kind are wanted, at most 16.
    case request(SocketKind, count: UInt8)

    /// Bytes of the longest message.
    static let limit = 64 << 10
    /// Descriptors that one message can bring.
    static let descriptors = 16

    package var bytes: [UInt8] {
        switch self {
        case .ready(let keepsSources, let hasIPv6): [0, keepsSources ? 1 : 0, hasIPv6 ? 1 : 0]
        case .failed(let problem): [1] + Array(JSON(encoding: problem).text().utf8)
        case .sockets(let kind): [2, kind.code]
        case .request(let kind, let count): [3, kind.code, count]
        }
    }

    /// - Throws: `helper` for what is no message.
    package init(_ bytes: [UInt8]) throws(Problem) {
        let kind = bytes.count > 1 ? SocketKind(code: bytes[1]) : nil
        switch (bytes.first, kind) {
        case (0, _) where bytes.count == 3:
            self = .ready(keepsSources: bytes[1] == 1, hasIPv6: bytes[2] == 1)
        case (1, _):
            let document = try JSON(parsing: Array(bytes[1...]), name: "problem")
            self = .failed(try document.decode(Problem.self, name: "problem"))
        case (2, .some(let kind)) where bytes.count == 2: self = .sockets(kind)
        case (3, .some(let kind)) where bytes.count == 3: self = .request(kind, count: bytes[2])
        case (nil, _): throw Problem(.helper, "the setup of the container's network has ended")
        default:
            throw Problem(.helper, "the setup of the container's network answers nonsense")
        }
    }
}
