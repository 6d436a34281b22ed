/// Decides which frames of the container libslirp gets to see.
///
/// libslirp hands each destination that is not its own to the host's kernel. Some of those mean the
/// host itself there, and a container that may make raw packets can name them: 127.0.0.0/8,
/// 0.0.0.0, ::1, ::, IPv4 inside IPv6, addresses of one link. None of them ever leaves a container,
/// so they are dropped here, whatever the stack would do with them (T-NET-1). Requests of boot
/// protocols are dropped too (T-SLIRP-4). See RFC 1122 3.2.1.3, RFC 4291 2.5.
package enum FrameFilter {
    /// Whether the Ethernet frame may go on to the stack.
    package static func allows(_ frame: Span<UInt8>) -> Bool {
        guard frame.count >= 14 else { return false }
        switch word(frame, 12) {
        case 0x0806: return true
        case 0x0800: return allowsV4(frame)
        case 0x86DD: return allowsV6(frame)
        default: return false
        }
    }

    private static func allowsV4(_ frame: Span<UInt8>) -> Bool {
        guard frame.count >= 34, frame[14] >> 4 == 4 else { return false }
        switch frame[30] {
        // This network, loopback, and what is above unicast (multicast, reserved, broadcast).
        case 0, 127, 224...255: return false
        default: break
        }
        // Only a datagram's first fragment has ports.
        let head = 14 + 4 * Int(frame[14] & 0xF)
        guard frame[23] == udp, word(frame, 20) & 0x1FFF == 0 else { return true }
        return allowsPort(frame, at: head)
    }

    private static func allowsV6(_ frame: Span<UInt8>) -> Bool {
        guard frame.count >= 54, frame[14] >> 4 == 6 else { return false }
        // Neighbour discovery speaks to addresses of the link, and to nobody beyond the stack.
        switch frame[20] {
        case icmpV6: return true
        case tcp: break
        case udp: if !allowsPort(frame, at: 54) { return false }
        default: return false
        }
        let first = word(frame, 38)
        // Multicast, link-local, and the deprecated site-local range.
        if first >> 8 == 0xFF || first >> 6 == 0xFE80 >> 6 || first >> 6 == 0xFEC0 >> 6 {
            return false
        }
        // The unspecified address, loopback, IPv4-compatible, -mapped and -translated addresses.
        for place in stride(from: 38, to: 46, by: 2) where word(frame, place) != 0 { return true }
        return false
    }

    /// Boot protocols (67) and trivial file transfer (69) are not served.
    private static func allowsPort(_ frame: Span<UInt8>, at head: Int) -> Bool {
        guard frame.count >= head + 8 else { return false }
        let port = word(frame, head + 2)
        return port != 67 && port != 69
    }

    private static func word(_ frame: Span<UInt8>, _ place: Int) -> UInt16 {
        UInt16(frame[place]) << 8 | UInt16(frame[place + 1])
    }

    private static let tcp: UInt8 = 6
    private static let udp: UInt8 = 17
    private static let icmpV6: UInt8 = 58
}
