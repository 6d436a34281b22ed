import Glibc

/// The faults of sockets that callers act on instead of passing them up.
extension KernelFault {
    /// Whether the call would have had to wait: EAGAIN.
    package var isWaiting: Bool { number == EAGAIN }
    /// Whether another socket has the port: EADDRINUSE.
    package var isPortTaken: Bool { number == EADDRINUSE }
    /// Whether the address is none of the machine's: EADDRNOTAVAIL.
    package var isForeignAddress: Bool { number == EADDRNOTAVAIL }
    /// Whether this kernel runs without the address family: EAFNOSUPPORT.
    package var isFamilyAbsent: Bool { number == EAFNOSUPPORT }
    /// Whether nobody listens at the other end: ECONNREFUSED.
    package var isNobodyThere: Bool { number == ECONNREFUSED }
    /// Whether descriptors or memory have run out for the moment.
    package var isShortage: Bool { [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(number) }
}
