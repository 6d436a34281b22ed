/// A container's state as an OCI runtime reports it, and as hooks read it.
///
/// See runtime-spec runtime.md, "State".
package struct RuntimeState: Codable, Equatable, Sendable {
    package enum Status: String, Codable, Sendable {
        case creating, created, running, paused, stopped
    }
    package var ociVersion: String
    package var id: String
    package var status: Status
    /// Absent when the container is stopped.
    package var pid: Int32?
    package var bundle: String
    package var annotations: [String: String]?

    package init(id: String, status: Status, pid: Int32?, bundle: String) {
        ociVersion = "1.2.0"
        self.id = id
        self.status = status
        self.pid = pid
        self.bundle = bundle
    }
}
