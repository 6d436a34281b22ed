package import Base
package import Engine
import Kernel
import Records
import Specs

/// `martlet volume reload`
package enum VolumeReload: Verb {
    package struct Request: Equatable, Sendable {
        package init() {}
    }

    /// The volumes that were taken in.
    package typealias Reply = [String]

    package static var card: Card<Request> {
        Card(
            "volume reload",
            summary: "Take volumes in whose directories are there without a record",
            .post("/libpod/volumes/reload"), blank: Request(), fields: []
        ).details(
            "Directories below the store's \"volumes\" that have a \"_data\" and no record become "
                + "volumes again: of a store whose database was lost, or that was copied.")
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let ledger = try house.ledger()
        let known = Set(try ledger.volumes().map(\.name))
        let path = house.dataPath + "/volumes"
        guard Files.exists(path) else { return [] }
        let names = try explaining("cannot list the volumes") { () throws(KernelFault) in
            try Files.names(in: Files.open(path, [.read, .directory]))
        }
        var taken: [String] = []
        for name in names where !known.contains(name) {
            guard (try? ObjectName(name, of: "volume")) != nil,
                (try? Files.status(house.volumeDirectory(name), following: false))?.kind
                    == .directory
            else { continue }
            var record = VolumeRecord(name: name, created: Clock.wall())
            // What is in it is its user's, and no image's goes beside it.
            record.needsCopyUp = false
            try ledger.insert(record)
            taken.append(name)
        }
        return taken
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        View(.lines(reply.isEmpty ? [] : ["Added:"] + reply))
    }
}
