package import Base
import Kernel
package import Records
import Specs
import Storages

/// What images, containers and volumes take on the disk.
package struct DiskUse: Sendable {
    /// Bytes of each layer, by its id.
    package var layers: [String: Int64] = [:]
    /// Bytes that each container has written, by its id.
    package var containers: [String: Int64] = [:]
    /// Bytes in each volume, by its name.
    package var volumes: [String: Int64] = [:]
}

extension House {
    /// Measures everything.
    package func diskUse(_ ledger: Ledger) throws(Problem) -> DiskUse {
        var use = DiskUse()
        for layer in try ledger.layers() { use.layers[layer.id] = layer.size }
        let containers = try ledger.containers().map(\.id)
        let volumes = try ledger.volumes().map(\.name)
        let sizes = try treeSizes(
            containers.map { dataDirectory(of: $0) + "/upper" } + volumes.map(volumeDirectory))
        for (id, size) in zip(containers, sizes) { use.containers[id] = size }
        for (name, size) in zip(volumes, sizes.dropFirst(containers.count)) {
            use.volumes[name] = size
        }
        return use
    }

    /// Counts the bytes of the files below each path, in the user namespace, as files there may
    /// belong to any of the user's ids; 0 where nothing is there.
    package func treeSizes(_ paths: [String]) throws(Problem) -> [Int64] {
        if paths.isEmpty { return [] }
        return try inside { () throws(Problem) in
            try explaining("cannot count what is on the disk") { () throws(KernelFault) in
                var sizes: [Int64] = []
                for path in paths {
                    do throws(KernelFault) {
                        sizes.append(
                            try TreeSize.of(Files.open(path, [.read, .directory])).bytes)
                    } catch  where error.isAbsence {
                        sizes.append(0)
                    }
                }
                return sizes
            }
        }
    }
}
