import Base
import Kernel

/// Room for deletions on a full disk (F-23, F-24).
///
/// Forgetting an image writes to the database's log first, so with no byte free nothing could be
/// removed. A file of no use is kept for that: it is removed, the deletion goes through, and the
/// file is made again as soon as there is room.
extension Ledger {
    private static let ballast = "ballast"
    private static let ballastBytes = 256 << 10

    /// Does `body`, and does it again with the ballast gone where no space is left.
    func makingRoom<Result>(_ body: () throws(Problem) -> Result) throws(Problem) -> Result {
        let result: Result
        do throws(Problem) {
            result = try body()
        } catch  where error.code == .noSpace {
            // Without the file there is nothing to give up, and the first error stands.
            guard (try? Files.remove(at: data, Ledger.ballast)) != nil else { throw error }
            result = try body()
        }
        return result
    }

    /// Whether the ballast is there to be given up.
    package var hasBallast: Bool {
        let standing = try? Files.statusIfPresent(at: data, "ballast")
        return standing.flatMap { $0 }.map { $0.size >= Int64(Ledger.ballastBytes) } ?? false
    }

    /// Makes the ballast where it is missing and there is room; a half-made one is as good as none.
    package func keepBallast() {
        guard (try? Files.statusIfPresent(at: data, "ballast")) == .some(nil) else { return }
        do throws(KernelFault) {
            let file = try Files.open(
                at: data, Ledger.ballast, [.write, .create, .exclusive, .noFollow])
            try file.writeAll([UInt8](repeating: 0, count: Ledger.ballastBytes))
        } catch {
            // It is made after a later change.
            try? Files.remove(at: data, Ledger.ballast)
        }
    }
}
