package import Base
import Kernel
package import Records
package import Specs
import Storages

extension House {
    /// Returns a volume, made where there is none yet.
    func volume(_ name: String, ledger: Ledger, anonymous: Bool) throws(Problem) -> VolumeRecord {
        while true {
            if let volume = try ledger.volume(named: name) { return volume }
            var record = VolumeRecord(name: name, created: Clock.wall())
            record.anonymous = anonymous
            do throws(Problem) {
                return try makeVolume(record, ledger: ledger)
            } catch  where error.code == .nameInUse {
                // Another container was the first to use it.
                continue
            }
        }
    }

    /// The directory of a volume's content.
    package func volumeDirectory(_ name: String) -> String { "\(dataPath)/volumes/\(name)/_data" }

    /// Makes a volume: its directory first, so that a record never stands without one (I2).
    ///
    /// - Parameter owner: whom the volume's directory belongs to, by ids of the user namespace.
    /// - Throws: `nameInUse` where another command was quicker.
    package func makeVolume(
        _ record: VolumeRecord, owner: (uid: UInt32, gid: UInt32)? = nil, ledger: Ledger
    ) throws(Problem) -> VolumeRecord {
        let name = try ObjectName(record.name, of: "volume")
        var record = record
        let source = try VolumeSource(record)
        if source.copiesUp == false { record.needsCopyUp = false }
        let owner = owner ?? source.owner
        if owner != nil { record.hasOwner = true }
        let image = try source.image.map { (words) throws(Problem) in
            try shelf(ledger).find(words)
        }
        try explaining("cannot make the directory of volume \"\(name)\"") {
            () throws(KernelFault) in
            let volumes = try Files.ensureDirectory("\(dataPath)/volumes")
            try Files.makeDirectory(at: volumes, name.text)
            let own = try Files.open(at: volumes, name.text, [.read, .directory])
            try Files.makeDirectory(at: own, "_data", permissions: 0o755)
            // A umask of the caller's must not shut the container's users out.
            try Files.open(at: own, "_data", [.read, .directory]).setPermissions(0o755)
        }
        if let image {
            // It holds a copy, so that it is a volume like others and the image may go.
            let directory = volumeDirectory(name.text)
            try inside { () throws(Problem) in
                let store = try self.store()
                try store.copyUp(
                    into: directory, from: store.stack(image.layers), at: "/", owner: nil
                ) {
                    () throws(Problem) in
                    true
                } then: { () throws(Problem) in
                }
            }
            record.needsCopyUp = false
        }
        if let owner {
            let directory = volumeDirectory(name.text)
            try inside { () throws(Problem) in
                try explaining("cannot give volume \"\(name)\" to \(owner.uid):\(owner.gid)") {
                    () throws(KernelFault) in
                    try Files.open(directory, [.read, .directory]).setOwner(
                        uid: owner.uid, gid: owner.gid)
                }
            }
        }
        try ledger.insert(record)
        tell("volume", "create", id: record.name, name: record.name)
        return record
    }
}

/// What a volume's driver and options say: where its files are. See podman-volume-create(1).
struct VolumeSource {
    /// The image that a volume of the driver `image` is filled from.
    var image: String?
    /// What the driver `local` mounts in place of its own directory.
    var type: String?
    var device: String?
    /// The mount's own options.
    var words: [String] = []
    /// Whether an image's files are copied into it at its first use; nil where nothing is said.
    var copiesUp: Bool?

    /// - Throws: what an ordinary user cannot have, and options there are not.
    init(_ record: VolumeRecord) throws(Problem) {
        let what = "cannot make volume \"\(record.name)\""
        func refuse(_ why: String, _ next: String? = nil) -> Problem {
            Problem(.badValue, what, why: why, next: next)
        }
        var options = record.options
        if options.removeValue(forKey: "copy") != nil { copiesUp = true }
        if options.removeValue(forKey: "nocopy") != nil { copiesUp = false }
        switch record.driver {
        case "local", "":
            type = options.removeValue(forKey: "type")
            device = options.removeValue(forKey: "device")
            words = (options.removeValue(forKey: "o") ?? "").split(separator: ",").map(String.init)
        case "image":
            image = options.removeValue(forKey: "image")
            guard image != nil else {
                throw refuse(
                    "the driver image needs the option image", "add --opt image=NAME")
            }
        default:
            throw Problem(
                .missingOnMachine, what,
                why: "there is no driver \"\(record.driver.printable)\": volume plugins run as "
                    + "root and serve root",
                next: "use the driver local or image")
        }
        if let other = options.keys.sorted().first {
            throw refuse(
                "there is no option \"\(other.printable)\"", "use type, device, o, copy or nocopy")
        }
        if type == nil, device == nil, record.driver != "image" {
            if let word = words.first(where: { !$0.hasPrefix("uid=") && !$0.hasPrefix("gid=") }) {
                throw refuse(
                    "the option o=\(word.printable) needs a type or a device",
                    "a size is kept by --opt type=tmpfs --opt device=tmpfs --opt o=size=…")
            }
        }
        let isBind =
            type == "none" || type == "bind" || words.contains { ["bind", "rbind"].contains($0) }
        if isBind {
            type = "bind"
            guard let device, device.hasPrefix("/") else {
                throw refuse("a bind needs an absolute path", "add --opt device=/PATH")
            }
        } else if type == "tmpfs" || type == nil && device == "tmpfs" {
            type = "tmpfs"
        } else if let type {
            throw Problem(
                .refused, what,
                why: "an ordinary user cannot mount file systems of type \(type.printable)",
                next: "have an administrator mount it, and use --opt type=none --opt o=bind "
                    + "--opt device=/PATH")
        } else if device != nil {
            throw refuse("a device needs a type", "add --opt type=none --opt o=bind")
        }
    }

    /// Whom `o=uid=…,gid=…` gives the volume's own directory to.
    var owner: (uid: UInt32, gid: UInt32)? {
        if type != nil || device != nil || image != nil { return nil }
        func id(_ name: String) -> UInt32? {
            words.last { $0.hasPrefix(name) }.flatMap { UInt32($0.dropFirst(name.utf8.count)) }
        }
        let (uid, gid) = (id("uid="), id("gid="))
        return uid == nil && gid == nil ? nil : (uid ?? 0, gid ?? 0)
    }

    /// The mount that stands for the volume at a place; nil where its own directory does.
    func mount(at destination: String, readOnly: Bool) -> RuntimeConfig.Mount? {
        let access = readOnly ? ["ro"] : []
        switch type {
        case "tmpfs":
            return .init(
                destination: destination, type: "tmpfs", source: "tmpfs",
                options: ["nosuid", "nodev"] + words + access)
        case "bind":
            let kind = words.contains("bind") ? "bind" : "rbind"
            return .init(
                destination: destination, type: "bind", source: device,
                options: [kind, "rprivate", "nosuid", "nodev"]
                    + words.filter { !["bind", "rbind"].contains($0) } + access)
        default: return nil
        }
    }
}
