import Kernel

/// One direction of a forwarded connection: bytes go from socket to pipe to socket inside the
/// kernel, and a pipe is held only while bytes are in it. See splice(2).
struct Transfer: ~Copyable {
    private var pipe: PipePool.Lease?
    /// Bytes in the pipe.
    private var held = 0
    /// Whether the source has ended.
    private var hasEnded = false
    /// Whether the target has been told so.
    private(set) var isFinished = false

    /// How far `pump` came.
    enum Progress {
        /// One of the sockets must become ready first.
        case waits
        /// All was passed on, and the end of it too.
        case finished
        /// There is more; others get their turn first.
        case hasMore
    }

    /// Moves what there is.
    ///
    /// - Parameter turns: how many portions, so that no connection starves the others.
    /// - Throws: when one of the ends has failed, or there is no pipe to be had.
    mutating func pump(
        from source: borrowing Descriptor, to target: borrowing Descriptor, pipes: PipePool,
        turns: Int = 16
    ) throws(KernelFault) -> Progress {
        for _ in 0..<turns {
            if isFinished { return .finished }
            if held > 0 {
                guard try drain(into: target) else { return .waits }
            } else if hasEnded {
                isFinished = true
                try InternetSockets.endWriting(target)
            } else {
                guard try draw(from: source, pipes) else { return .waits }
            }
        }
        return isFinished ? .finished : .hasMore
    }

    private mutating func draw(from source: borrowing Descriptor, _ pipes: PipePool)
        throws(KernelFault) -> Bool
    {
        let lease: PipePool.Lease
        if let pipe { lease = pipe } else { lease = try pipes.lease() }
        guard let count = try source.splice(to: lease.pipe.writing, upTo: PipePool.portion) else {
            pipe = nil
            pipes.giveBack(lease)
            return false
        }
        if count == 0 {
            hasEnded = true
            pipe = nil
            pipes.giveBack(lease)
        } else {
            held = count
            pipe = lease
        }
        return true
    }

    private mutating func drain(into target: borrowing Descriptor) throws(KernelFault) -> Bool {
        guard let pipe else { return true }
        guard let count = try pipe.pipe.reading.splice(to: target, upTo: held) else { return false }
        held -= count
        return true
    }
}

/// Pipes for transfers. An idle connection holds none, so few serve many.
final class PipePool {
    /// A pipe in use; closed when dropped with bytes in it.
    final class Lease {
        let pipe: Pipe
        init(pipe: consuming Pipe) { self.pipe = pipe }
    }

    private var free: [Lease] = []
    /// Bytes moved at once, and the capacity asked for.
    static let portion = 512 << 10
    /// Pipes kept while nobody uses them.
    private static let kept = 4

    func lease() throws(KernelFault) -> Lease {
        if let lease = free.popLast() { return lease }
        let pipe = try Descriptor.pipe()
        // A user who has many large pipes already gets the ordinary size, which works as well.
        try? pipe.writing.setPipeCapacity(Self.portion)
        return Lease(pipe: pipe)
    }

    /// - Requires: the pipe is empty.
    func giveBack(_ lease: Lease) {
        if free.count < Self.kept { free.append(lease) }
    }
}
