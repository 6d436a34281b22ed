import CKernel
import Glibc

/// The one door to the kernel: every system call of the house passes here.
///
/// It retries interrupted calls, turns -1 into a KernelFault that names the call, and lets a test
/// refuse the n-th call of its own thread.
package enum Gate {
    /// Makes the call and returns what it returned.
    ///
    /// - Parameter retrying: false for calls that must not be repeated after EINTR, see signal(7).
    package static func call<Result: SignedInteger>(
        _ name: StaticString, on subject: @autoclosure () -> String = "", retrying: Bool = true,
        _ body: () -> Result
    ) throws(KernelFault) -> Result {
        if unsafe refused != 0, let number = unsafe refusal?.next(refused) {
            throw KernelFault(call: "\(name)", subject: subject(), number: number)
        }
        while true {
            let result = body()
            if result != -1 { return result }
            let number = ck_errno()
            if number == EINTR, retrying { continue }
            throw KernelFault(call: "\(name)", subject: subject(), number: number)
        }
    }

    /// Makes a call whose refusal is an ordinary answer: the error number, negated, without words.
    ///
    /// For a file system of ours, which meets thousands of absent names a second.
    static func answer<Result: SignedInteger>(_ body: () -> Result) -> Int {
        if unsafe refused != 0, let number = unsafe refusal?.next(refused) { return -Int(number) }
        while true {
            let result = body()
            if result != -1 { return Int(result) }
            let number = ck_errno()
            if number != EINTR { return -Int(number) }
        }
    }

    /// Refuses the calls of one thread from the n-th on; for tests alone.
    package struct Refusal {
        let number: CInt
        var remaining: Int

        /// Counts a call of this thread, if it is one of those meant, and refuses the last.
        mutating func next(_ refused: pid_t) -> CInt? {
            let isOwn = abs(refused) == gettid()
            guard isOwn == (refused > 0) else { return nil }
            remaining -= 1
            return remaining == -1 ? number : nil
        }
    }

    /// The thread whose calls are refused; negated, where it is all but that one; 0 for none.
    // Safety: tests that refuse calls run one at a time, and a word is read and written whole.
    private nonisolated(unsafe) static var refused: pid_t = 0
    // Safety: only read by whom `refused` means, which is set when this is, and not changed then.
    private nonisolated(unsafe) static var refusal: Refusal?

    /// Runs `body` with its call number `count` (from 0) refused with `number`.
    ///
    /// - Parameter inCopies: whether processes made by `body` are refused in its place.
    /// - Returns: what `body` returned, and whether so many calls were made at all.
    package static func refusing<Value, Failure: Error>(
        call count: Int, with number: CInt, inCopies: Bool = false,
        _ body: () throws(Failure) -> Value
    ) throws(Failure) -> (value: Value, reached: Bool) {
        unsafe refusal = Refusal(number: number, remaining: count)
        unsafe refused = inCopies ? -gettid() : gettid()
        defer { unsafe refused = 0 }
        let value = try body()
        return unsafe (value, refusal?.remaining ?? 0 < 0)
    }
}
