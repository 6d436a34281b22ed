import Base
import Runtimes
import Systemd

/// Where the OCI runtime's wish for a scope meets the room that speaks with systemd.
extension ScopeMaker {
    static let systemd = ScopeMaker { request in
        var scope = TransientScope.Request(
            unit: request.unit, slice: request.slice, description: request.description,
            pid: request.pid, isUser: request.isUser)
        scope.properties = request.properties
        scope.isOrdered = false
        return refusal { () throws(Problem) in try TransientScope.make(scope) }
    } change: { change in
        refusal { () throws(Problem) in
            try TransientScope.change(change.unit, change.properties, isUser: change.isUser)
        }
    } stop: { unit, isUser in
        refusal { () throws(Problem) in try TransientScope.stop(unit, isUser: isUser) }
    }

    private static func refusal(_ body: () throws(Problem) -> Void) -> Problem? {
        do throws(Problem) {
            try body()
            return nil
        } catch {
            return error
        }
    }
}
