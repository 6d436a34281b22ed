import CKernel
import Glibc

extension Sockets {
    /// Makes a datagram socket at `name` in `directory` that learns who sends to it. See unix(7),
    /// SO_PASSCRED.
    package static func listenForSenders(at directory: borrowing Descriptor, _ name: String)
        throws(KernelFault) -> Descriptor
    {
        let socket = try listen(at: directory, name, .datagram)
        let number = socket.number
        var yes: CInt = 1
        _ = try Gate.call("setsockopt", on: "SO_PASSCRED") {
            unsafe setsockopt(
                number, SOL_SOCKET, SO_PASSCRED, &yes, socklen_t(MemoryLayout<CInt>.size))
        }
        return socket
    }

    /// Receives one datagram of up to `limit` bytes and its sender's pid; nil where there is none.
    ///
    /// What is longer is cut. Descriptors that came with it are closed.
    package static func receiveWithSender(from socket: borrowing Descriptor, limit: Int)
        throws(KernelFault) -> (bytes: [UInt8], sender: Int32)?
    {
        let number = socket.number
        var sender: CInt = 0
        var failure: KernelFault?
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, length in
            guard let base = buffer.baseAddress else { return }
            do throws(KernelFault) {
                length = try Gate.call("recvmsg") {
                    unsafe ck_recvmsg_sender(number, base, limit, &sender)
                }
            } catch {
                failure = error
            }
        }
        if let failure {
            if failure.wouldWait { return nil }
            throw failure
        }
        return (bytes, sender)
    }
}
