package import Base
import Kernel

/// The layers of another store of ours, which are read and never changed.
package struct OtherLayers: Sendable {
    /// The store's directory.
    package let path: String
    let layers: SharedDescriptor

    /// Opens the layers of the store in `path`.
    package init(path: String) throws(Problem) {
        self.path = path
        layers = try explaining("cannot open \"\(path)/layers\"") { () throws(KernelFault) in
            SharedDescriptor(try Files.open(path + "/layers", [.read, .directory]))
        }
    }

    /// The command that lets other users read the store in `path`: all but the files of images,
    /// which keep their modes.
    package static func opening(_ path: String) -> String {
        "chmod a+rX \(path) \(path)/layers \(path)/layers/* \(path)/layers/*/[!d]* \(path)/store.db"
    }

    /// Whether the files of a layer can be reached there; links lead nowhere.
    package func has(_ id: String) -> Bool {
        guard
            let place = try? Files.open(
                at: layers.descriptor, id, [.place, .directory, .noFollow])
        else { return false }
        return (try? Files.open(at: place, "diff", [.place, .directory, .noFollow])) != nil
    }
}
