import CKernel
import Glibc

/// Unix sockets that carry messages and descriptors between programs of ours. See unix(7).
package enum Sockets {
    /// Makes two connected ends that keep message borders (SOCK_SEQPACKET).
    package static func pair() throws(KernelFault) -> SocketPair {
        var ends: (CInt, CInt) = (-1, -1)
        let kind = CInt(SOCK_SEQPACKET.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        _ = try Gate.call("socketpair") {
            unsafe withUnsafeMutableBytes(of: &ends) {
                unsafe socketpair(
                    AF_UNIX, kind, 0, $0.assumingMemoryBound(to: CInt.self).baseAddress!)
            }
        }
        return SocketPair(ours: Descriptor(owning: ends.0), theirs: Descriptor(owning: ends.1))
    }

    /// How a unix socket carries bytes.
    package enum Kind: Sendable {
        case stream, message, datagram

        var raw: CInt {
            switch self {
            case .stream: CInt(SOCK_STREAM.rawValue)
            case .message: CInt(SOCK_SEQPACKET.rawValue)
            case .datagram: CInt(SOCK_DGRAM.rawValue)
            }
        }
    }

    /// Listens at `name` in `directory`, replacing a socket that stands there; mode 0600.
    ///
    /// Long paths are reached through the directory's descriptor, so 108 bytes never are a limit.
    package static func listen(
        at directory: borrowing Descriptor, _ name: String, _ kind: Kind = .message
    )
        throws(KernelFault) -> Descriptor
    {
        do { try Files.remove(at: directory, name) } catch  where error.number != ENOENT {
            throw error
        } catch {}
        let socket = try unixSocket(kind)
        let number = socket.number
        let base = directory.number
        try unsafe withAddress("/proc/self/fd/\(base)/\(name)") {
            address, length throws(KernelFault) in
            _ = try Gate.call("bind", on: name) { unsafe ck_bind(number, address, length) }
        }
        _ = try Gate.call("fchmodat", on: name) { unsafe fchmodat(base, name, 0o600, 0) }
        if kind != .datagram {
            _ = try Gate.call("listen", on: name) { Glibc.listen(number, 64) }
        }
        return socket
    }

    /// Connects to the socket at `path`.
    package static func connect(_ path: String, _ kind: Kind = .message) throws(KernelFault)
        -> Descriptor
    {
        let socket = try unixSocket(kind)
        let number = socket.number
        try unsafe withAddress(path) { address, length throws(KernelFault) in
            _ = try Gate.call("connect", on: path) { unsafe ck_connect(number, address, length) }
        }
        return socket
    }

    /// Connects to the socket `name` in `directory`, however long the directory's path is.
    package static func connect(
        at directory: borrowing Descriptor, _ name: String, _ kind: Kind = .message
    )
        throws(KernelFault) -> Descriptor
    {
        try connect("/proc/self/fd/\(directory.number)/\(name)", kind)
    }

    /// Takes no more connections from now on: whoever tries is refused. See shutdown(2).
    package static func endListening(_ socket: borrowing Descriptor) throws(KernelFault) {
        let number = socket.number
        _ = try Gate.call("shutdown") { shutdown(number, CInt(SHUT_RD)) }
    }

    /// Takes the next waiting connection. See accept4(2).
    package static func accept(_ listener: borrowing Descriptor) throws(KernelFault) -> Descriptor {
        let number = listener.number
        return Descriptor(
            owning: try Gate.call("accept4") {
                ck_accept4(number)
            })
    }

    /// Sends one message, with descriptors beside it. See sendmsg(2), SCM_RIGHTS.
    ///
    /// - Parameter waiting: false lets a full socket throw EAGAIN at once.
    package static func send(
        _ bytes: [UInt8], descriptors: [CInt] = [], to socket: borrowing Descriptor,
        waiting: Bool = true
    ) throws(KernelFault) {
        let number = socket.number
        let flags = CInt(MSG_NOSIGNAL) | (waiting ? 0 : CInt(MSG_DONTWAIT))
        _ = try Gate.call("sendmsg") {
            unsafe bytes.withUnsafeBytes { buffer in
                unsafe descriptors.withUnsafeBufferPointer { fds in
                    // Safety: an empty array may have no address; the kernel reads 0 bytes of it then.
                    unsafe ck_sendmsg_fds(
                        number, buffer.baseAddress ?? UnsafeRawPointer(bitPattern: 1)!,
                        buffer.count,
                        fds.baseAddress, fds.count, flags)
                }
            }
        }
    }

    /// One message as it arrived; `bytes` is empty when the other end has closed.
    package struct Message: ~Copyable {
        package let bytes: [UInt8]
        /// Owned by the caller: each number must be wrapped in a Descriptor at once.
        package let descriptors: [CInt]
        /// Whether the other end closed before it had read what was sent to it.
        package fileprivate(set) var isReset = false
    }

    /// Receives one message of up to `limit` bytes and 16 descriptors. See recvmsg(2).
    ///
    /// One who closes before he has read what was sent to him leaves ECONNRESET in front of his
    /// last words; here they come all the same, marked, and then the end.
    ///
    /// - Throws: EMSGSIZE where the message did not fit; EAGAIN where `waiting` is off and there is none.
    package static func receive(
        from socket: borrowing Descriptor, limit: Int = 64 << 10, waiting: Bool = true
    ) throws(KernelFault) -> Message {
        do throws(KernelFault) {
            return try receiveNext(from: socket, limit: limit, waiting: waiting)
        } catch  where error.number == ECONNRESET {
            var message = try receiveNext(from: socket, limit: limit, waiting: waiting)
            message.isReset = true
            return message
        }
    }

    private static func receiveNext(
        from socket: borrowing Descriptor, limit: Int, waiting: Bool
    ) throws(KernelFault) -> Message {
        let number = socket.number
        var fds = [CInt](repeating: -1, count: 16)
        var count = 16
        var truncated: CInt = 0
        var failure: KernelFault?
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, length in
            do throws(KernelFault) {
                length = try Gate.call("recvmsg") {
                    unsafe fds.withUnsafeMutableBufferPointer { fds in
                        unsafe ck_recvmsg_fds(
                            number, buffer.baseAddress!, limit, fds.baseAddress!, &count,
                            waiting ? 0 : CInt(MSG_DONTWAIT), &truncated)
                    }
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        if truncated != 0 {
            for fd in fds[..<count] { _ = Glibc.close(fd) }
            throw KernelFault(call: "recvmsg", subject: "", number: EMSGSIZE)
        }
        return Message(bytes: bytes, descriptors: Array(fds[..<count]))
    }

    /// Returns the pid and uid of the process at the other end. See unix(7), SO_PEERCRED.
    package static func peer(of socket: borrowing Descriptor) throws(KernelFault) -> (
        pid: Int32, uid: UInt32
    ) {
        var credentials = ucred()
        var length = socklen_t(MemoryLayout<ucred>.size)
        let number = socket.number
        _ = try Gate.call("getsockopt", on: "SO_PEERCRED") {
            unsafe getsockopt(number, SOL_SOCKET, SO_PEERCRED, &credentials, &length)
        }
        return (credentials.pid, credentials.uid)
    }

    private static func unixSocket(_ kind: Kind) throws(KernelFault) -> Descriptor {
        Descriptor(
            owning: try Gate.call("socket", on: "AF_UNIX") {
                socket(AF_UNIX, kind.raw | CInt(SOCK_CLOEXEC.rawValue), 0)
            })
    }

    private static func withAddress(
        _ path: String, _ body: (UnsafeRawPointer, UInt32) throws(KernelFault) -> Void
    ) throws(KernelFault) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let abstract = bytes.first == UInt8(ascii: "@")
        guard bytes.count < 108 else {
            throw KernelFault(call: "connect", subject: path, number: ENAMETOOLONG)
        }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        // A leading "@" is how sockets without a file are written, see unix(7) and sd_notify(3).
        if abstract { unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0[0] = 0 } }
        let length = socklen_t(2 + bytes.count + (abstract ? 0 : 1))
        var failure: KernelFault?
        unsafe withUnsafeBytes(of: &address) {
            do throws(KernelFault) { try unsafe body($0.baseAddress!, length) } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }
}

/// Two connected sockets: one to keep, one to give away.
package struct SocketPair: ~Copyable {
    package let ours: Descriptor
    package let theirs: Descriptor

    package init(ours: consuming Descriptor, theirs: consuming Descriptor) {
        self.ours = ours
        self.theirs = theirs
    }

    /// Gives both ends to their new owners.
    package consuming func ends() -> (ours: CInt, theirs: CInt) {
        (ours.release(), theirs.release())
    }
}
