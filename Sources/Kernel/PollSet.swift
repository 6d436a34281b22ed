import CKernel
import Glibc

/// Descriptors that are named anew before each wait, as libslirp wants it. See poll(2).
package struct PollSet: ~Copyable {
    private var entries: [pollfd] = []

    package init() {}

    /// What a descriptor is waited for, and what came.
    package struct Readiness: OptionSet, Sendable {
        package let rawValue: Int16
        package init(rawValue: Int16) { self.rawValue = rawValue }
        package static let readable = Readiness(rawValue: Int16(POLLIN))
        package static let writable = Readiness(rawValue: Int16(POLLOUT))
        package static let urgent = Readiness(rawValue: Int16(POLLPRI))
        package static let failed = Readiness(rawValue: Int16(POLLERR))
        package static let hangUp = Readiness(rawValue: Int16(POLLHUP))
    }

    package var count: Int { entries.count }

    /// Forgets all descriptors; the room they took is kept.
    package mutating func clear() { entries.removeAll(keepingCapacity: true) }

    /// Adds a descriptor that a C library owns, and returns its place.
    package mutating func add(number: CInt, for readiness: Readiness) -> Int {
        entries.append(pollfd(fd: number, events: readiness.rawValue, revents: 0))
        return entries.count - 1
    }

    /// Adds a descriptor and returns its place.
    package mutating func add(_ descriptor: borrowing Descriptor, for readiness: Readiness) -> Int {
        add(number: descriptor.number, for: readiness)
    }

    /// Adds a loop, which is readable when one of its descriptors is ready.
    package mutating func add(_ loop: borrowing Loop) -> Int {
        add(loop.descriptor, for: .readable)
    }

    /// Waits until something is ready, a signal comes, or the time is over; nil waits for ever.
    ///
    /// - Returns: how many are ready.
    package mutating func wait(upTo milliseconds: Int?) throws(KernelFault) -> Int {
        let timeout = milliseconds.map { CInt(clamping: max(0, $0)) } ?? -1
        do {
            return Int(
                try Gate.call("poll", retrying: false) {
                    unsafe entries.withUnsafeMutableBufferPointer {
                        unsafe poll($0.baseAddress, nfds_t($0.count), timeout)
                    }
                })
        } catch  where error.number == EINTR {
            for index in entries.indices { entries[index].revents = 0 }
            return 0
        }
    }

    /// What came for the descriptor at `place`; nothing for a place that is none.
    package func readiness(at place: Int) -> Readiness {
        guard entries.indices.contains(place) else { return [] }
        return Readiness(rawValue: entries[place].revents)
    }
}
