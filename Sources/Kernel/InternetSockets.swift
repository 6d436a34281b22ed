package import Base
import CKernel
import Glibc

/// TCP and UDP sockets that never wait. See ip(7), ipv6(7), tcp(7), udp(7).
package enum InternetSockets {
    package enum Transport: UInt8, Sendable {
        case tcp = 6
        case udp = 17
    }

    /// Makes a socket in the present network namespace, where it stays.
    package static func make(_ transport: Transport, v4: Bool) throws(KernelFault) -> Descriptor {
        let kind = transport == .tcp ? SOCK_STREAM.rawValue : SOCK_DGRAM.rawValue
        let flags = CInt(kind) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
        return Descriptor(
            owning: try Gate.call("socket", on: v4 ? "AF_INET" : "AF_INET6") {
                socket(v4 ? AF_INET : AF_INET6, flags, 0)
            })
    }

    /// What can be switched on for a socket.
    package enum Option: Sendable {
        /// A port in TIME_WAIT may be bound again.
        case reuseAddress
        /// An IPv6 socket takes IPv4 as well, or does not.
        case onlyV6(Bool)
        /// It may be bound to any address, not only the machine's. Needs CAP_NET_RAW once, here.
        case transparent(v4: Bool)
        /// Its packets bear this mark. Needs CAP_NET_RAW or CAP_NET_ADMIN.
        case mark(UInt32)
        /// The port is chosen at connect, where a number may serve several destinations.
        case lateSourcePort
        /// Small writes leave at once.
        case noDelay
        /// An end that has silently gone is noticed some time.
        case keepAlive
        /// Each datagram tells the address it came to.
        case localAddress
        /// Closing resets the connection.
        case resetOnClose

        fileprivate var raw: (level: CInt, name: CInt, value: CInt) {
            switch self {
            case .reuseAddress: (SOL_SOCKET, SO_REUSEADDR, 1)
            case .onlyV6(let only): (CInt(IPPROTO_IPV6), IPV6_V6ONLY, only ? 1 : 0)
            case .transparent(true): (CInt(IPPROTO_IP), IP_TRANSPARENT, 1)
            case .transparent(false): (CInt(IPPROTO_IPV6), IPV6_TRANSPARENT, 1)
            case .mark(let mark): (SOL_SOCKET, SO_MARK, CInt(bitPattern: mark))
            case .lateSourcePort: (CInt(IPPROTO_IP), IP_BIND_ADDRESS_NO_PORT, 1)
            case .noDelay: (CInt(IPPROTO_TCP), TCP_NODELAY, 1)
            case .keepAlive: (SOL_SOCKET, SO_KEEPALIVE, 1)
            case .localAddress: (CInt(IPPROTO_IPV6), IPV6_RECVPKTINFO, 1)
            case .resetOnClose: (SOL_SOCKET, SO_LINGER, 0)
            }
        }
    }

    package static func set(_ option: Option, on socket: borrowing Descriptor) throws(KernelFault) {
        let number = socket.number
        var (level, name, value) = option.raw
        if case .resetOnClose = option {
            var wait = linger(l_onoff: 1, l_linger: 0)
            _ = try Gate.call("setsockopt", on: "SO_LINGER") {
                unsafe setsockopt(number, level, name, &wait, socklen_t(MemoryLayout<linger>.size))
            }
            return
        }
        _ = try Gate.call("setsockopt", on: "\(option)") {
            unsafe setsockopt(number, level, name, &value, socklen_t(MemoryLayout<CInt>.size))
        }
    }

    package static func bind(_ socket: borrowing Descriptor, to end: Endpoint) throws(KernelFault) {
        let number = socket.number
        var (storage, length) = end.raw
        _ = try Gate.call("bind", on: "\(end)") { unsafe ck_bind(number, &storage, length) }
    }

    package static func listen(_ socket: borrowing Descriptor, backlog: CInt) throws(KernelFault) {
        let number = socket.number
        _ = try Gate.call("listen") { Glibc.listen(number, backlog) }
    }

    /// Begins to connect; false where the socket's becoming writable will tell how that ended.
    package static func connect(_ socket: borrowing Descriptor, to end: Endpoint)
        throws(KernelFault) -> Bool
    {
        let number = socket.number
        var (storage, length) = end.raw
        do {
            _ = try Gate.call("connect", on: "\(end)") {
                unsafe ck_connect(number, &storage, length)
            }
            return true
        } catch  where error.number == EINPROGRESS {
            return false
        }
    }

    /// A connection that has come in.
    package struct Arrival: ~Copyable {
        package let socket: Descriptor
        package let peer: Endpoint

        /// Gives the socket to its new owner.
        package consuming func taken() -> Descriptor { socket }
    }

    /// Takes the next waiting connection, or nil. See accept(2), "Error handling".
    package static func accept(_ listener: borrowing Descriptor) throws(KernelFault) -> Arrival? {
        let number = listener.number
        var peer = sockaddr_in6()
        do {
            let socket = Descriptor(
                owning: try Gate.call("accept4") { unsafe ck_accept_from(number, &peer) })
            return Arrival(socket: socket, peer: Endpoint(peer))
        } catch  where error.number == EAGAIN {
            return nil
        }
    }

    /// The address and port of our own end. See getsockname(2).
    package static func local(_ socket: borrowing Descriptor) throws(KernelFault) -> Endpoint {
        let number = socket.number
        var storage = sockaddr_in6()
        _ = try Gate.call("getsockname") { unsafe ck_local_end(number, &storage) }
        return Endpoint(storage)
    }

    /// The address from which this machine speaks to others; nil where no route leads out.
    package static func outward() -> IPAddress? {
        // Nothing is sent: connecting a datagram socket only looks the route up. RFC 5737 address.
        guard let far = IPAddress("192.0.2.1"), let socket = try? make(.udp, v4: true),
            (try? connect(socket, to: Endpoint(far, port: 9))) != nil
        else { return nil }
        return (try? local(socket))?.address
    }

    /// Takes the error that waits on the socket: 0, or why its connection failed. See SO_ERROR.
    package static func failure(of socket: borrowing Descriptor) throws(KernelFault) -> CInt {
        let number = socket.number
        var value: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        _ = try Gate.call("getsockopt", on: "SO_ERROR") {
            unsafe getsockopt(number, SOL_SOCKET, SO_ERROR, &value, &length)
        }
        return value
    }

    /// Tells the other end that no more bytes will come. See shutdown(2).
    package static func endWriting(_ socket: borrowing Descriptor) throws(KernelFault) {
        let number = socket.number
        _ = try Gate.call("shutdown") { shutdown(number, CInt(SHUT_WR)) }
    }
}

extension Descriptor {
    /// Moves up to `count` bytes between a pipe and a socket without copying them. See splice(2).
    ///
    /// - Returns: how many; 0 is the end; nil where it would have to wait.
    package func splice(to target: borrowing Descriptor, upTo count: Int) throws(KernelFault)
        -> Int?
    {
        let (from, to) = (number, target.number)
        // SPLICE_F_MOVE and SPLICE_F_NONBLOCK
        while true {
            let moved = ck_splice(from, to, count, 3)
            if moved >= 0 { return moved }
            let number = ck_errno()
            // Waiting is the usual end of a burst, so it is told without the weight of a fault.
            if number == EAGAIN { return nil }
            if number != EINTR { throw KernelFault(call: "splice", subject: "", number: number) }
        }
    }

    /// Asks for a pipe that holds `bytes`; a user beyond her share keeps the smaller one. See
    /// pipe(7).
    package func setPipeCapacity(_ bytes: Int) throws(KernelFault) {
        let number = number
        _ = try Gate.call("fcntl", on: "F_SETPIPE_SZ") { ck_fcntl(number, F_SETPIPE_SZ, bytes) }
    }
}
