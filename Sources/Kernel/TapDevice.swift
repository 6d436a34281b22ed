import CKernel
import Glibc

/// A network link whose other end is a file: each read takes an Ethernet frame that the namespace
/// sent, each write puts one in. See the kernel's Documentation/networking/tuntap.rst.
package enum TapDevice {
    /// Makes a link in the present network namespace.
    ///
    /// It lasts as long as the namespace: were it to end with the descriptor, closing that would
    /// wait some 15 ms for the kernel's other processors. A later call with the same name takes it
    /// over.
    ///
    /// - Returns: reads and writes that never wait.
    package static func make(_ name: String) throws(KernelFault) -> Descriptor {
        let device = try Files.open("/dev/net/tun", [.readWrite, .nonBlocking])
        var request = unsafe ifreq()
        unsafe withUnsafeMutableBytes(of: &request.ifr_ifrn.ifrn_name) { room in
            // The last byte stays 0: it ends the name.
            unsafe room.dropLast().copyBytes(from: name.utf8.prefix(room.count - 1))
        }
        unsafe request.ifr_ifru.ifru_flags = Int16(IFF_TAP | IFF_NO_PI)
        let number = device.number
        _ = try Gate.call("ioctl", on: "TUNSETIFF \(name)") {
            unsafe ck_ioctl(number, 0x4004_54CA, &request)
        }
        _ = try Gate.call("ioctl", on: "TUNSETPERSIST") { ck_ioctl_number(number, 0x4004_54CB, 1) }
        return device
    }
}

/// Room for one frame of a tap device, read again and again.
// Safety: `bytes` is allocated once, for this value alone, and freed with it; pages that no frame
// was long enough to reach cost nothing.
@safe package struct FrameBuffer: ~Copyable {
    private let bytes: UnsafeMutableRawBufferPointer
    private var count = 0

    /// - Parameter capacity: bytes of the longest frame.
    package init(capacity: Int) {
        unsafe bytes = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit { unsafe bytes.deallocate() }

    /// Takes the next frame; false where there is none.
    package mutating func take(from tap: borrowing Descriptor) throws(KernelFault) -> Bool {
        let number = tap.number
        while true {
            let got = unsafe read(number, bytes.baseAddress, bytes.count)
            if got >= 0 {
                count = got
                return got > 0
            }
            let error = ck_errno()
            // No frame waiting is the usual end of a burst, so it is told without a fault's weight.
            if error == EAGAIN { return false }
            if error != EINTR { throw KernelFault(call: "read", subject: "tap", number: error) }
        }
    }

    /// Shows the frame to `body`.
    package func inspect<Answer>(_ body: (Span<UInt8>) -> Answer) -> Answer {
        // Safety: the span does not outlive the closure, and the buffer outlives both.
        unsafe body(
            Span(
                _unsafeElements: UnsafeBufferPointer(
                    start: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), count: count)))
    }

    /// Lends the frame to a C library.
    package func lend(_ body: (UnsafePointer<UInt8>, CInt) -> Void) {
        // Safety: the buffer has an address, as it is never empty.
        guard let start = unsafe bytes.baseAddress else { return }
        unsafe body(start.assumingMemoryBound(to: UInt8.self), CInt(count))
    }
}

extension TapDevice {
    /// Puts a frame that a C library made into the namespace; a full queue drops it, as a wire
    /// would.
    ///
    /// - Returns: its length, or -1.
    package static func put(_ frame: UnsafeRawPointer, count: Int, into tap: borrowing Descriptor)
        -> Int
    {
        unsafe write(tap.number, frame, count)
    }
}
