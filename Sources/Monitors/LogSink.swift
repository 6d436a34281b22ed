import Base
import Kernel

/// Which of a container's outputs bytes came from.
package enum OutputKind: UInt8, Sendable {
    case output = 1
    case error = 2
}

/// A place a container's output is kept.
protocol LogSink: AnyObject {
    /// Takes a chunk as it was read and returns how many bytes it took.
    ///
    /// Fewer than all means that it has to wait; `waitsFor` is then the descriptor to wait for, and
    /// the rest is offered again.
    func take(_ chunk: ArraySlice<UInt8>, _ kind: OutputKind, at time: Int64) -> Int

    /// The descriptor that becomes writable when more can be taken.
    var waitsFor: SharedDescriptor? { get }

    /// What went wrong first since it was asked last; the container is never hindered by it.
    func takeProblem() -> Problem?
}

/// Cuts chunks into lines and pieces of lines.
enum LineCutter {
    /// Returns the end of the first piece of `bytes` from `start` on, without its line feed, and
    /// whether the line ends there.
    @inline(__always)
    static func piece(_ bytes: ArraySlice<UInt8>, from start: Int) -> (end: Int, isWhole: Bool) {
        var index = start
        let end = bytes.endIndex
        while index < end {
            if bytes[index] == 0x0A { return (index, true) }
            index += 1
        }
        return (end, false)
    }
}
