package import Base
package import Specs

/// Makes a systemd scope around a process.
///
/// The runtime knows no bus: the program that links both hands this in.
package struct ScopeMaker: Sendable {
    package struct Request: Sendable {
        package var slice: String
        package var unit: String
        package var description: String
        package var pid: Int32
        package var properties: [UnitProperty]
        /// Whether the user's own manager is asked, or the machine's.
        package var isUser: Bool
    }
    /// Further properties of a scope that is there.
    package struct Change: Sendable {
        package var unit: String
        package var properties: [UnitProperty]
        package var isUser: Bool
    }
    /// Returns why the scope could not be changed, or nil.
    package let change: @Sendable (Change) -> Problem?
    /// Stops a scope of the user's own manager or the machine's; returns why it could not.
    package let stop: @Sendable (_ unit: String, _ isUser: Bool) -> Problem?
    /// Returns why no scope could be made, or nil.
    package let make: @Sendable (Request) -> Problem?

    package init(
        make: @escaping @Sendable (Request) -> Problem?,
        change: @escaping @Sendable (Change) -> Problem?,
        stop: @escaping @Sendable (_ unit: String, _ isUser: Bool) -> Problem?
    ) {
        self.make = make
        self.change = change
        self.stop = stop
    }
}
