package import Base
import Kernel
import Records
import Specs
package import Storages

extension House {
    /// Looks whether everything is as docs/storage.md has it, and mends what `wish` says.
    ///
    /// All of it happens in the user namespace, where every file can be read.
    package func check(_ wish: CheckWish) throws(Problem) -> [StoreFault] {
        var wish = wish
        wish.absentStores = try additionalStores().filter { $0.problem != nil && !$0.isEmpty }
            .map(\.path)
        let settled = wish
        return try inStore { (shelf) throws(Problem) in
            let (ledger, wish) = (try ledger(), settled)
            var check = StoreCheck(house: self, ledger: ledger, wish: wish)
            check.faults = try ledger.check().map { StoreFault(.damage, "the database: \($0)") }
            check.faults += try shelf.check(wish, layers: try ledger.layers())
            // To look for artifacts makes no place for them.
            if Files.exists("\(dataPath)/artifacts") {
                check.faults += try ArtifactShelf(shelf.store).check(wish)
            }
            try check.containers()
            try check.volumes()
            try check.places()
            return check.faults
        }
    }
}

/// Looking through containers, volumes and the directories that hold everything.
private struct StoreCheck {
    let house: House
    let ledger: Ledger
    let wish: CheckWish
    var faults: [StoreFault] = []

    // MARK: Containers

    mutating func containers() throws(Problem) {
        for container in try ledger.containers() {
            let name = "container \"\(container.name)\""
            let path = house.dataDirectory(of: container.id)
            for part in ["upper", "work"] where !isDirectory("\(path)/\(part)") {
                var fault = StoreFault(.damage, "\(name) has lost its directory \"\(part)\"")
                if wish.repair {
                    try make("\(path)/\(part)", permissions: part == "upper" ? 0o755 : 0o700)
                    fault.isMended = true
                    fault.note = "an empty one was made: what the container wrote is gone"
                }
                faults.append(fault)
            }
            let lost = container.layers.filter {
                !isDirectory(house.layerDirectories([$0])[0])
            }
            if let layer = lost.first {
                var fault = StoreFault(
                    .damage, "\(name) stands on the layer \(layer), which has no files",
                    note: "fetch it again: martlet pull \(container.imageName ?? "IMAGE")")
                if wish.repair, wish.force {
                    var options = RemoveOptions()
                    options.force = true
                    try house.remove(container, ledger: ledger, options: options)
                    fault.isMended = true
                    fault.note = "removed"
                }
                faults.append(fault)
            }
        }
        // In this order: a container that is made meanwhile is not taken for a stray.
        let directories = try names("containers")
        let known = try ledger.containerIDs()
        let place = house
        for id in directories where !known.contains(id) {
            try leftover("writable layer \(id.prefix(12)) belongs to no container") {
                () throws(Problem) in try place.removeDirectories(of: id)
            }
        }
    }

    // MARK: Volumes

    mutating func volumes() throws(Problem) {
        let volumes = try ledger.volumes()
        for volume in volumes where !isDirectory(house.volumeDirectory(volume.name)) {
            var fault = StoreFault(.damage, "volume \"\(volume.name)\" has lost its directory")
            if wish.repair {
                try make(house.volumeDirectory(volume.name), permissions: 0o755)
                fault.isMended = true
                fault.note = "an empty one was made: its content is gone"
            }
            faults.append(fault)
        }
        let known = Set(volumes.map(\.name))
        let place = house
        let now = Clock.wall() / 1_000_000_000
        for name in try names("volumes") where !known.contains(name) {
            let path = "\(house.dataPath)/volumes/\(name)"
            // A volume's directory comes before its record: a young one may just get it.
            guard let status = try? Files.status(path), status.modified < now - 10 else { continue }
            try leftover("directory \"\(name.printable)\" belongs to no volume") {
                () throws(Problem) in try place.removeVolumeFiles(name)
            }
        }
    }

    // MARK: Places

    /// T-PERM-1: nobody else may reach what is kept.
    mutating func places() throws(Problem) {
        let wanted: [(path: String, permissions: UInt32)] = [
            (house.dataPath, 0o700), (house.runPath, 0o700), ("\(house.dataPath)/store.db", 0o600),
        ]
        for (path, permissions) in wanted {
            guard let status = try? Files.status(path),
                status.permissions & ~permissions & 0o777 != 0
            else { continue }
            var fault = StoreFault(.damage, "\"\(path)\" is open to other users")
            if wish.repair {
                try explaining("cannot close \"\(path)\" to others") { () throws(KernelFault) in
                    try Files.open(path, [.read]).setPermissions(permissions)
                }
                fault.isMended = true
                fault.note = "closed"
            }
            faults.append(fault)
        }
        if !ledger.hasBallast {
            var fault = StoreFault(
                .leftover, "the ballast is missing: nothing could be removed from a full disk")
            if wish.repair { ledger.keepBallast() }
            fault.isMended = wish.repair && ledger.hasBallast
            fault.note = fault.isMended ? "made again" : "it is made as soon as there is room"
            // A store that never held an image has none yet.
            let images = try ledger.images(withDocuments: false)
            if images.contains(where: { $0.store == nil }) { faults.append(fault) }
        }
    }

    // MARK: Helpers of the above

    /// - Parameter remove: must not use this value, which changes meanwhile.
    private mutating func leftover(_ what: String, _ remove: () throws(Problem) -> Void)
        throws(Problem)
    {
        var fault = StoreFault(.leftover, what)
        if wish.repair {
            try remove()
            fault.isMended = true
            fault.note = "removed"
        }
        faults.append(fault)
    }

    private func names(_ directory: String) throws(Problem) -> [String] {
        try explaining("cannot list \"\(directory)\" of the store") { () throws(KernelFault) in
            guard Files.exists("\(house.dataPath)/\(directory)") else { return [] }
            return try Files.names(
                in: Files.open("\(house.dataPath)/\(directory)", [.read, .directory]))
        }
    }

    private func isDirectory(_ path: String) -> Bool {
        (try? Files.status(path, following: false))?.kind == .directory
    }

    private func make(_ path: String, permissions: UInt32) throws(Problem) {
        try explaining("cannot make \"\(path)\"") { () throws(KernelFault) in
            try Files.ensureDirectory(path).setPermissions(permissions)
        }
    }
}
