import CKernel
import Glibc

/// Links that go from one network namespace to another, with their addresses.
extension Netlink {
    /// An address as the kernel tells it, to be given again elsewhere.
    package struct HeldAddress: Equatable, Sendable {
        let family: UInt8
        let length: UInt8
        let scope: UInt8
        /// IFA_LOCAL, IFA_ADDRESS and IFA_BROADCAST, as they came.
        let attributes: [Attribute]

        struct Attribute: Equatable, Sendable {
            let kind: UInt16
            let value: [UInt8]
        }
    }

    /// Returns the addresses of a link that somebody gave it; those the kernel made itself it will
    /// make again.
    package mutating func addresses(of link: UInt32) throws(KernelFault) -> [HeldAddress] {
        var found: [HeldAddress] = []
        // struct ifaddrmsg, for every family.
        let head: [UInt8] = [UInt8(AF_UNSPEC), 0, 0, 0] + bytes(of: UInt32(0))
        for body in try dump(Message(CInt(RTM_GETADDR), head: head), kind: UInt16(RTM_NEWADDR)) {
            guard body.count >= 8, word(body, at: 4) == link else { continue }
            // RT_SCOPE_UNIVERSE, and IFA_F_PERMANENT.
            guard body[3] == 0, body[2] & 0x80 != 0 else { continue }
            let wanted = [UInt16(IFA_LOCAL), UInt16(IFA_ADDRESS), UInt16(IFA_BROADCAST)]
            found.append(
                HeldAddress(
                    family: body[0], length: body[1], scope: body[3],
                    attributes: attributes(of: Array(body[8...])).filter {
                        wanted.contains($0.kind)
                    }))
        }
        return found
    }

    private func attributes(of bytes: [UInt8]) -> [HeldAddress.Attribute] {
        var found: [HeldAddress.Attribute] = []
        var place = 0
        while place + 4 <= bytes.count {
            let length = Int(word(bytes, at: place) & 0xffff)
            let kind = UInt16(word(bytes, at: place) >> 16)
            guard length >= 4, place + length <= bytes.count else { break }
            found.append(.init(kind: kind, value: Array(bytes[place + 4..<place + length])))
            place += (length + 3) & ~3
        }
        return found
    }

    private func word(_ bytes: [UInt8], at place: Int) -> UInt32 {
        var value: UInt32 = 0
        for shift in UInt32(0)..<4 { value |= UInt32(bytes[place + Int(shift)]) << (shift * 8) }
        return value
    }

    /// Gives a link an address that another one had.
    package mutating func addAddress(_ address: HeldAddress, to link: UInt32) {
        var message = Message(
            CInt(RTM_NEWADDR), NLM_F_CREATE | NLM_F_REPLACE,
            head: [address.family, address.length, 0, address.scope] + bytes(of: link))
        for attribute in address.attributes { message.put(Int(attribute.kind), attribute.value) }
        add(message, "address")
    }

    /// Moves a link into the network namespace of a process, under another name.
    package mutating func move(_ link: UInt32, toNamespaceOf pid: Int32, as name: String) {
        var message = Message(CInt(RTM_NEWLINK), head: linkHead(index: link))
        message.put(Int(IFLA_NET_NS_PID), UInt32(bitPattern: pid))
        message.put(Int(IFLA_IFNAME), text: name)
        add(message, "link \(name)")
    }
}
