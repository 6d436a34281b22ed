import CKernel
import Glibc

/// A talk with the kernel about links, addresses, routes and rules of the present network
/// namespace.
///
/// Changes are collected and go out in one message, so that a whole link is set up with two system
/// calls. See netlink(7), rtnetlink(7).
package struct Netlink: ~Copyable {
    private let socket: Descriptor
    private var pending: [UInt8] = []
    private var names: [String] = []

    package init() throws(KernelFault) {
        socket = Descriptor(
            owning: try Gate.call("socket", on: "AF_NETLINK") {
                Glibc.socket(
                    AF_NETLINK, CInt(SOCK_RAW.rawValue) | CInt(SOCK_CLOEXEC.rawValue), NETLINK_ROUTE
                )
            })
    }

    /// One request under construction: a fixed head, then attributes.
    struct Message {
        let kind: CInt
        let flags: CInt
        fileprivate(set) var body: [UInt8]

        init(_ kind: CInt, _ flags: CInt = 0, head: [UInt8]) {
            self.kind = kind
            self.flags = flags
            body = head
        }

        /// Appends an attribute: its length, its kind, its value, and bytes up to the next border
        /// of 4.
        mutating func put(_ attribute: Int, _ value: [UInt8]) {
            body += bytes(of: UInt16(4 + value.count)) + bytes(of: UInt16(attribute)) + value
            while body.count % 4 != 0 { body.append(0) }
        }

        mutating func put(_ attribute: Int, _ value: UInt32) { put(attribute, bytes(of: value)) }

        mutating func put(_ attribute: Int, text: String) { put(attribute, Array(text.utf8) + [0]) }

        /// Appends an attribute that holds attributes itself.
        mutating func nest(_ attribute: Int, _ fill: (inout Message) -> Void) {
            var inner = Message(kind, head: [])
            fill(&inner)
            put(attribute, inner.body)
        }
    }

    /// Notes a change that `commit` will make; `name` is what its failure is reported with.
    mutating func add(_ message: Message, _ name: String) {
        let flags = message.flags | NLM_F_REQUEST | NLM_F_ACK
        pending += bytes(of: UInt32(16 + message.body.count))
        pending += bytes(of: UInt16(message.kind)) + bytes(of: UInt16(flags))
        // The sequence number is the place in the list of names; the sender 0 is the kernel's to
        // fill.
        pending += bytes(of: UInt32(names.count)) + bytes(of: UInt32(0))
        pending += message.body
        names.append(name)
    }

    /// Makes the collected changes in their order, all of them even where one fails.
    ///
    /// - Throws: the first refusal.
    package mutating func commit() throws(KernelFault) {
        let (message, names) = (pending, names)
        (pending, self.names) = ([], [])
        if names.isEmpty { return }
        let number = socket.number
        _ = try Gate.call("send", on: "netlink") {
            unsafe message.withUnsafeBytes { unsafe send(number, $0.baseAddress, $0.count, 0) }
        }
        var failure: KernelFault?
        var answered = 0
        while answered < names.count {
            for answer in Answers(try receive()) where answer.kind == UInt16(NLMSG_ERROR) {
                answered += 1
                let code = -Int32(bitPattern: answer.word(at: 0))
                let place = Int(answer.sequence)
                if code != 0, failure == nil, names.indices.contains(place) {
                    failure = KernelFault(call: "netlink", subject: names[place], number: code)
                }
            }
        }
        if let failure { throw failure }
    }

    /// Asks for a list and returns the bodies of those answers that are of a kind.
    func dump(_ message: Message, kind: UInt16) throws(KernelFault) -> [[UInt8]] {
        var request = bytes(of: UInt32(16 + message.body.count)) + bytes(of: UInt16(message.kind))
        request += bytes(of: UInt16(NLM_F_REQUEST | NLM_F_DUMP)) + bytes(of: UInt32(0))
        request += bytes(of: UInt32(0)) + message.body
        let number = socket.number
        _ = try Gate.call("send", on: "netlink") {
            unsafe request.withUnsafeBytes { unsafe send(number, $0.baseAddress, $0.count, 0) }
        }
        var found: [[UInt8]] = []
        while true {
            for answer in Answers(try receive()) {
                switch answer.kind {
                case UInt16(NLMSG_DONE): return found
                case UInt16(NLMSG_ERROR):
                    throw KernelFault(
                        call: "netlink", subject: "list",
                        number: -Int32(bitPattern: answer.word(at: 0)))
                case kind: found.append(Array(answer.body))
                default: break
                }
            }
        }
    }

    private func receive() throws(KernelFault) -> [UInt8] {
        let number = socket.number
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        let count = try Gate.call("recv", on: "netlink") {
            unsafe buffer.withUnsafeMutableBytes {
                unsafe recv(number, $0.baseAddress, $0.count, 0)
            }
        }
        buffer.removeLast(buffer.count - count)
        return buffer
    }
}

/// The messages that arrived together.
private struct Answers: Sequence, IteratorProtocol {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    struct Answer {
        let kind: UInt16
        let sequence: UInt32
        let body: ArraySlice<UInt8>

        func word(at offset: Int) -> UInt32 { number(body.dropFirst(offset).prefix(4)) }
    }

    mutating func next() -> Answer? {
        guard rest.count >= 16 else { return nil }
        let length = Int(number(rest.prefix(4)))
        guard length >= 16, length <= rest.count else { return nil }
        let kind = UInt16(truncatingIfNeeded: number(rest.dropFirst(4).prefix(2)))
        let sequence = number(rest.dropFirst(8).prefix(4))
        let body = rest.prefix(length).dropFirst(16)
        rest = rest.dropFirst((length + 3) & ~3)
        return Answer(kind: kind, sequence: sequence, body: body)
    }
}

/// Netlink speaks the machine's own byte order.
private func number(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    #if _endian(little)
        bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }
    #else
        bytes.reduce(0) { $0 << 8 | UInt32($1) }
    #endif
}

/// Returns a number's bytes in the machine's own order.
func bytes(of value: some FixedWidthInteger) -> [UInt8] {
    unsafe withUnsafeBytes(of: value) { unsafe Array($0) }
}
