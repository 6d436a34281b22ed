import CKernel
import Glibc

/// Waits on many descriptors at once. See epoll(7).
///
/// Readiness is reported as long as it lasts (level-triggered); error and hang-up always are. Each
/// descriptor is known by a token of the caller's choice.
// Safety: `events` is allocated once, for this value alone, and freed with it.
@safe package struct Loop: ~Copyable {
    /// What a descriptor is waited for, and what came.
    package struct Readiness: OptionSet, Sendable {
        package let rawValue: UInt32
        package init(rawValue: UInt32) { self.rawValue = rawValue }
        package static let readable = Readiness(rawValue: EPOLLIN.rawValue)
        package static let writable = Readiness(rawValue: EPOLLOUT.rawValue)
        /// A file of procfs, sysfs or cgroupfs has changed.
        package static let urgent = Readiness(rawValue: EPOLLPRI.rawValue)
        /// The other end has closed, wholly or its writing half. Reported only where asked for.
        package static let peerClosed = Readiness(rawValue: EPOLLRDHUP.rawValue)
        package static let hangUp = Readiness(rawValue: EPOLLHUP.rawValue)
        package static let failed = Readiness(rawValue: EPOLLERR.rawValue)
    }

    /// One descriptor that is ready.
    package struct Event: Sendable {
        package let token: UInt64
        package let readiness: Readiness
    }

    let descriptor: Descriptor
    private let events: UnsafeMutablePointer<epoll_event>
    private static let capacity = 64

    package init() throws(KernelFault) {
        descriptor = Descriptor(
            owning: try Gate.call("epoll_create1") { epoll_create1(CInt(EPOLL_CLOEXEC)) })
        unsafe events = .allocate(capacity: Loop.capacity)
        unsafe events.initialize(repeating: epoll_event(), count: Loop.capacity)
    }

    deinit { unsafe events.deallocate() }

    /// Begins to wait for `readiness` of a descriptor, which must be removed before it is closed.
    package func add(
        _ descriptor: borrowing Descriptor, for readiness: Readiness, token: UInt64
    ) throws(KernelFault) {
        try control(EPOLL_CTL_ADD, descriptor.number, readiness, token)
    }

    /// Waits for something else of a descriptor from now on; for nothing but its end where empty.
    package func change(
        _ descriptor: borrowing Descriptor, to readiness: Readiness, token: UInt64
    ) throws(KernelFault) {
        try control(EPOLL_CTL_MOD, descriptor.number, readiness, token)
    }

    package func remove(_ descriptor: borrowing Descriptor) throws(KernelFault) {
        try control(EPOLL_CTL_DEL, descriptor.number, [], 0)
    }

    private func control(_ what: CInt, _ number: CInt, _ readiness: Readiness, _ token: UInt64)
        throws(KernelFault)
    {
        var event = unsafe epoll_event()
        unsafe event.events = readiness.rawValue
        unsafe event.data.u64 = token
        let own = descriptor.number
        _ = try Gate.call("epoll_ctl") { unsafe epoll_ctl(own, what, number, &event) }
    }

    /// Waits until something is ready and returns how many are, at most 64; `self[0..<count]`
    /// tells.
    ///
    /// - Parameter milliseconds: nil waits for ever; after that time the answer is 0.
    package func wait(upTo milliseconds: Int? = nil) throws(KernelFault) -> Int {
        let own = descriptor.number
        let timeout = milliseconds.map { CInt(clamping: $0) } ?? -1
        do {
            // A wait with a time-out is not begun anew after a signal: it would last too long.
            return Int(
                try Gate.call("epoll_wait", retrying: false) {
                    unsafe epoll_wait(own, events, CInt(Loop.capacity), timeout)
                })
        } catch  where error.number == EINTR {
            return 0
        }
    }

    /// Whether something is ready, or becomes so within that time; nil waits for ever.
    package func isReady(within milliseconds: Int?) throws(KernelFault) -> Bool {
        var entry = pollfd(fd: descriptor.number, events: Int16(POLLIN), revents: 0)
        let timeout = milliseconds.map { CInt(clamping: max(0, $0)) } ?? -1
        do {
            return try Gate.call("poll", retrying: false) { unsafe poll(&entry, 1, timeout) } > 0
        } catch  where error.number == EINTR {
            return false
        }
    }

    /// The event at `index` of the last wait.
    package subscript(index: Int) -> Event {
        precondition((0..<Loop.capacity).contains(index))
        let event = unsafe events[index]
        return unsafe Event(token: event.data.u64, readiness: Readiness(rawValue: event.events))
    }

    /// Waits until one of two descriptors is readable or has ended; true where the first one is.
    package static func first(_ one: borrowing Descriptor, or other: borrowing Descriptor)
        throws(KernelFault) -> Bool
    {
        var entries = [
            pollfd(fd: one.number, events: Int16(POLLIN), revents: 0),
            pollfd(fd: other.number, events: Int16(POLLIN), revents: 0),
        ]
        _ = try Gate.call("poll") { unsafe poll(&entries, 2, -1) }
        return entries[0].revents != 0
    }
}
