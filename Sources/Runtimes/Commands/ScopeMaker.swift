package import Base

/// Makes a systemd scope around a process, and returns the path of its cgroup.
///
/// The runtime knows no bus: the program that links both hands this in.
package struct ScopeMaker {
    package struct Request: Sendable {
        package var slice: String
        package var unit: String
        package var pid: Int32
    }
    /// Returns why no scope could be made, or nil.
    package let make: (Request) -> Problem?

    package init(make: @escaping (Request) -> Problem?) { self.make = make }
}
