import Kernel

/// The four kinds of socket that lead into a container.
struct SocketKind: Hashable, Codable, Sendable {
    let isTCP: Bool
    let isV4: Bool

    /// The kind's number in messages.
    var code: UInt8 { (isTCP ? 0 : 2) + (isV4 ? 0 : 1) }

    init(isTCP: Bool, isV4: Bool) {
        self.isTCP = isTCP
        self.isV4 = isV4
    }

    init?(code: UInt8) {
        guard code < 4 else { return nil }
        self.init(isTCP: code < 2, isV4: code % 2 == 0)
    }

    var transport: InternetSockets.Transport { isTCP ? .tcp : .udp }
}

/// How many sockets of a kind to make, or the numbers of those made.
///
/// Numbers travel plainly, as both processes share one table of descriptors; bytes are in the
/// machine's own order, as it is one machine.
enum SocketMessage {
    static func request(_ kind: SocketKind, count: Int) -> [UInt8] {
        [kind.code, UInt8(clamping: count)]
    }

    static func readRequest(_ bytes: [UInt8]) -> (kind: SocketKind, count: Int)? {
        guard bytes.count == 2, let kind = SocketKind(code: bytes[0]) else { return nil }
        return (kind, Int(bytes[1]))
    }

    static func reply(_ kind: SocketKind, numbers: [Int32]) -> [UInt8] {
        var bytes = [kind.code]
        for number in numbers {
            for shift: Int32 in [0, 8, 16, 24] {
                bytes.append(UInt8(truncatingIfNeeded: number >> shift))
            }
        }
        return bytes
    }

    static func readReply(_ bytes: [UInt8]) -> (kind: SocketKind, numbers: [Int32])? {
        guard bytes.count % 4 == 1, let kind = SocketKind(code: bytes[0]) else { return nil }
        var numbers: [Int32] = []
        for place in stride(from: 1, to: bytes.count, by: 4) {
            numbers.append(bytes[place..<place + 4].reversed().reduce(0) { $0 << 8 | Int32($1) })
        }
        return (kind, numbers)
    }
}
