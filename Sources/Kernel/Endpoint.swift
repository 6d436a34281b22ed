package import Base
import CKernel
import Glibc

/// One end of a TCP connection or UDP flow: an address, a port, and the link where the address
/// alone does not tell.
package struct Endpoint: Hashable, Sendable, CustomStringConvertible {
    package var address: IPAddress
    package var port: UInt16
    /// The link's number, for addresses that are valid on one link alone; else 0.
    package var zone: UInt32

    package init(_ address: IPAddress, port: UInt16, zone: UInt32 = 0) {
        self.address = address
        self.port = port
        self.zone = zone
    }

    /// `127.0.0.1:80` or `[::1]:80`
    package var description: String {
        address.isV4 ? "\(address):\(port)" : "[\(address)]:\(port)"
    }
}

extension Endpoint {
    /// The endpoint as the kernel takes it. An IPv4 one begins in the same bytes as `sockaddr_in`.
    var raw: (storage: sockaddr_in6, length: socklen_t) {
        var storage = sockaddr_in6()
        storage.sin6_port = port.bigEndian
        switch address {
        case .v4(let value):
            storage.sin6_family = sa_family_t(AF_INET)
            // sin_addr stands where IPv6 has its flow label.
            storage.sin6_flowinfo = value.bigEndian
            return (storage, socklen_t(MemoryLayout<sockaddr_in>.size))
        case .v6(let high, let low):
            storage.sin6_family = sa_family_t(AF_INET6)
            storage.sin6_scope_id = zone
            storage.sin6_addr = Endpoint.raw(high: high, low: low)
            return (storage, socklen_t(MemoryLayout<sockaddr_in6>.size))
        }
    }

    /// The same as bytes, for a C library that takes a `struct sockaddr`.
    package var bytes: [UInt8] {
        let (storage, length) = raw
        return unsafe withUnsafeBytes(of: storage) { unsafe Array($0.prefix(Int(length))) }
    }

    /// Reads an endpoint the kernel has written; an IPv4 one inside an IPv6 one comes out as IPv4.
    init(_ storage: sockaddr_in6) {
        port = UInt16(bigEndian: storage.sin6_port)
        zone = 0
        if storage.sin6_family == sa_family_t(AF_INET) {
            address = .v4(UInt32(bigEndian: storage.sin6_flowinfo))
        } else {
            let whole = Endpoint.address(storage.sin6_addr)
            address = whole.unmapped
            zone = address.isLinkLocal ? storage.sin6_scope_id : 0
        }
    }

    static func raw(high: UInt64, low: UInt64) -> in6_addr {
        var raw = in6_addr()
        unsafe withUnsafeMutableBytes(of: &raw) {
            unsafe $0.storeBytes(of: high.bigEndian, as: UInt64.self)
            unsafe $0.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
        }
        return raw
    }

    static func address(_ raw: in6_addr) -> IPAddress {
        unsafe withUnsafeBytes(of: raw) {
            unsafe .v6(
                high: UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)),
                low: UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
        }
    }
}
