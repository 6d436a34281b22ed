import Base
import CKernel
import Glibc

/// Room for one datagram, with both ends of it, on its way from one socket to another.
// Safety: `bytes` is allocated once, for this value alone, and freed with it; pages never written
// cost nothing.
@safe package struct DatagramBuffer: ~Copyable {
    private let bytes: UnsafeMutableRawPointer
    private var count = 0
    private var head = ck_datagram()
    private static let capacity = 65_536

    package init() { unsafe bytes = .allocate(byteCount: Self.capacity, alignment: 16) }

    deinit { unsafe bytes.deallocate() }

    /// Where the datagram comes from, or will be sent.
    package var peer: Endpoint { Endpoint(head.peer) }

    /// The address and link of ours that it came to, as the kernel needs them for the answer.
    package struct Local: Hashable, Sendable {
        let high: UInt64
        let low: UInt64
        let interface: UInt32
    }

    package var local: Local? {
        guard head.has_local != 0, case .v6(let high, let low) = Endpoint.address(head.local) else {
            return nil
        }
        return Local(high: high, low: low, interface: head.interface)
    }

    /// Takes the next datagram that waits on a socket; false where there is none.
    package mutating func receive(from socket: borrowing Descriptor) throws(KernelFault) -> Bool {
        let number = socket.number
        do {
            count = try Gate.call("recvmsg") {
                unsafe ck_receive_datagram(number, bytes, Self.capacity, &head)
            }
            // A datagram is at most 65,527 bytes; a longer one would be cut, so it is dropped.
            return count <= Self.capacity
        } catch  where error.number == EAGAIN {
            return false
        }
    }

    /// The datagram's bytes.
    package var content: [UInt8] {
        // Safety: that many bytes of the buffer have been written.
        unsafe Array(UnsafeRawBufferPointer(start: bytes, count: count))
    }

    /// Puts other bytes in the place of those that were received; cut to the room there is.
    package mutating func fill(_ content: [UInt8]) {
        count = min(content.count, Self.capacity)
        // Safety: the buffer is that large, and nobody else's.
        unsafe UnsafeMutableRawBufferPointer(start: bytes, count: count).copyBytes(
            from: content[..<count])
    }

    /// Sends it over a connected socket.
    package func send(over socket: borrowing Descriptor) throws(KernelFault) {
        let number = socket.number
        _ = try Gate.call("send") {
            unsafe Glibc.send(number, bytes, count, CInt(MSG_DONTWAIT | MSG_NOSIGNAL))
        }
    }

    /// Sends it to `peer`, from the address `local` where that is given.
    ///
    /// - Parameter mapped: whether the socket is one of IPv6 that serves IPv4 too.
    package mutating func send(
        to peer: Endpoint, from local: Local?, mapped: Bool, over socket: borrowing Descriptor
    ) throws(KernelFault) {
        let number = socket.number
        var target = peer
        if mapped, case .v4(let value) = peer.address {
            target.address = .v6(high: 0, low: 0xFFFF_0000_0000 | UInt64(value))
        }
        head.peer = target.raw.storage
        head.has_local = 0
        if let local {
            head.local = Endpoint.raw(high: local.high, low: local.low)
            head.interface = local.interface
            head.has_local = 1
        }
        _ = try Gate.call("sendmsg", on: "\(peer)") {
            unsafe ck_send_datagram(number, bytes, count, &head)
        }
    }
}
