import CKernel
import Glibc

/// The kernel's own messages about routes coming and going. See rtnetlink(7), RTM_NEWROUTE.
package struct RouteWatch: ~Copyable {
    /// Readable, for a Loop, when a route has changed.
    package let descriptor: Descriptor

    /// Listens from now on, so that no change between a look and a wait is missed.
    package init() throws(KernelFault) {
        let socket = Descriptor(
            owning: try Gate.call("socket", on: "AF_NETLINK") {
                Glibc.socket(
                    AF_NETLINK, CInt(SOCK_RAW.rawValue) | CInt(SOCK_CLOEXEC.rawValue), NETLINK_ROUTE
                )
            })
        var address = sockaddr_nl()
        address.nl_family = sa_family_t(AF_NETLINK)
        address.nl_groups = UInt32(RTMGRP_IPV4_ROUTE) | UInt32(RTMGRP_IPV6_ROUTE)
        let number = socket.number
        _ = try Gate.call("bind", on: "AF_NETLINK") {
            unsafe ck_bind(number, &address, UInt32(MemoryLayout<sockaddr_nl>.size))
        }
        descriptor = socket
    }

    /// Waits until a route has changed. Messages that did not fit are a change like any other.
    package func wait() throws(KernelFault) {
        do throws(KernelFault) {
            _ = try descriptor.read(upTo: 16 << 10)
        } catch  where error.number == ENOBUFS {
            return
        }
    }

    /// Whether a default route leads out of this machine. See proc(5), /proc/net/route.
    package static func hasDefaultRoute() throws(KernelFault) -> Bool {
        let four = try Files.readText("/proc/net/route", limit: 16 << 20)
        for line in four.split(separator: "\n").dropFirst() {
            let fields = line.split(separator: "\t")
            // Flag 1 is "up"; a default route has neither destination nor mask.
            guard fields.count > 7, let flags = UInt32(fields[3], radix: 16) else { continue }
            if fields[1] == "00000000", fields[7] == "00000000", flags & 1 != 0 { return true }
        }
        // A machine without IPv6 has no such file.
        guard let six = try? Files.readText("/proc/net/ipv6_route", limit: 16 << 20) else {
            return false
        }
        for line in six.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 9, let flags = UInt32(fields[8], radix: 16) else { continue }
            // Flag 0x200 marks the kernel's own entry that rejects everything.
            if fields[1] == "00", fields[9] != "lo", flags & 1 != 0, flags & 0x200 == 0 {
                return true
            }
        }
        return false
    }
}
