package import Base

/// What has to be taken back if a transaction does not reach its end, newest first.
///
/// Each stage of a verb pushes how to undo itself as soon as it has happened; a verb that succeeds
/// drops the list.
package struct Undo {
    private var deeds: [(what: String, deed: () throws(Problem) -> Void)] = []

    package init() {}

    /// Remembers how to take back what has just been done.
    package mutating func push(_ what: String, _ deed: @escaping () throws(Problem) -> Void) {
        deeds.append((what, deed))
    }

    /// Takes everything back, goes on after a failure, and returns `cause` with what failed beside it.
    package mutating func run(after cause: Problem) -> Problem {
        var problem = cause
        while let (what, deed) = deeds.popLast() {
            do throws(Problem) { try deed() } catch { problem.others.append(error.during(what)) }
        }
        return problem
    }

    /// Does `body`, and takes back what it pushed if it throws.
    package static func guarding<Value>(_ body: (inout Undo) throws(Problem) -> Value)
        throws(Problem) -> Value
    {
        var undo = Undo()
        do throws(Problem) {
            return try body(&undo)
        } catch {
            throw undo.run(after: error)
        }
    }
}
