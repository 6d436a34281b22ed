package import Base
package import Specs

extension House {
    /// Has a running container's monitor check its health now.
    ///
    /// - Returns: what its health is after that, and whether the check succeeded.
    package func checkHealth(_ container: ContainerRecord) throws(Problem)
        -> (status: HealthStatus, succeeded: Bool)
    {
        do throws(Problem) {
            let connection = try MonitorConnection(
                house: self, id: container.id, name: container.name)
            try connection.send(.probe)
            guard let answer = try connection.answer(),
                case .health(let status, let succeeded) = answer.reply
            else {
                throw Problem(
                    .wrongState, "container \"\(container.name)\" ended before its health was known"
                )
            }
            return (status, succeeded)
        } catch {
            throw error.during("checking the health of container \"\(container.name)\"")
        }
    }
}
