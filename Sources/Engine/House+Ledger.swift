package import Base
import Kernel
package import Records

extension House {
    /// Opens what is known of the user's images, containers and volumes.
    package func ledger() throws(Problem) -> Ledger {
        _ = try data()
        _ = try run()
        let ledger = try Ledger.open(data: dataPath, run: runPath)
        if ledger.isRunNew { recallProcesses() }
        ledger.openOthers = { [self] () throws(Problem) in try otherImages() }
        ledger.tellOfOther = { [self] in tell(of: $0, $1) }
        return ledger
    }

    /// The container's run-time directory, which dies with the session.
    package func runDirectory(of id: String) -> String { "\(runPath)/containers/\(id)" }

    /// The container's lasting directory: its writable layer.
    package func dataDirectory(of id: String) -> String { "\(dataPath)/containers/\(id)" }

    /// Directories of an image's layers, the uppermost first.
    package func layerDirectories(_ layers: [String]) -> [String] {
        layers.reversed().map { id in
            let own = "\(dataPath)/layers/\(id)/diff"
            return Files.exists(own) ? own : otherDirectory(ofLayer: id) ?? own
        }
    }
}
