import Base
import Kernel
import Records
import Specs
import Storages

/// Finds what the mounts of a spec stand for on this machine: paths of binds, volumes by name.
struct MountSources {
    let house: House
    let ledger: Ledger
    /// The container's lasting directory, for overlays of its own.
    let containerPath: String
    /// Volumes used, for the container's record.
    var named: [String] = []
    var anonymous: [String] = []
    /// Images mounted, for the work in the store and the container's record.
    var images: [ImageMount] = []
    /// Parts of volumes, by the destination. See `MonitorPlan`.
    var parts: [String: String] = [:]

    /// Whether the container has ids that the standing namespace has not.
    var hasOwnIDs = false

    init(house: House, ledger: Ledger, containerPath: String) {
        self.house = house
        self.ledger = ledger
        self.containerPath = containerPath
    }

    /// Returns the runtime's mount for one of the user's.
    mutating func mount(_ choice: MountChoice, known: [String]) throws(Problem)
        -> RuntimeConfig.Mount
    {
        try check(choice)
        switch choice.kind {
        case .bind: return try bind(choice)
        case .volume: return try volume(choice, known: known)
        case .tmpfs, .ramfs: return tmpfs(choice)
        case .devpts:
            return .init(
                destination: choice.destination, type: "devpts", source: "devpts",
                options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666"] + choice.options)
        case .overlay: return try overlay(choice)
        case .image: return try image(choice)
        case .glob, .artifact: preconditionFailure("they have become binds before")
        }
    }

    /// Puts a bind for each file that a pattern names, and for each file of an artifact, in its
    /// place. See podman-run(1), --mount.
    static func expanded(_ choices: [MountChoice], in house: House) throws(Problem) -> [MountChoice]
    {
        var all: [MountChoice] = []
        for choice in choices {
            if choice.kind == .artifact {
                all += try files(of: choice, in: house)
                continue
            }
            guard choice.kind == .glob else {
                all.append(choice)
                continue
            }
            let paths = Files.matches(of: choice.source)
            guard !paths.isEmpty else {
                throw Problem(
                    .noSuchObject, "no file is named by \"\(choice.source.printable)\"",
                    next: "look at it with \"ls\"")
            }
            for path in paths {
                var bind = choice
                bind.kind = .bind
                bind.source = path
                let name = path.split(separator: "/").last.map(String.init) ?? ""
                let directory = choice.destination.hasSuffix("/") ? "" : "/"
                bind.destination =
                    choice.destination.isEmpty ? path : choice.destination + directory + name
                all.append(bind)
            }
        }
        return all
    }

    /// Binds of the files of an artifact: one at the destination itself, several below it.
    private static func files(of choice: MountChoice, in house: House) throws(Problem)
        -> [MountChoice]
    {
        let artifact = try house.artifacts().find(choice.source)
        func word(_ key: String) -> String? {
            choice.options.first { $0.hasPrefix(key + "=") }.map {
                String($0.dropFirst(key.utf8.count + 1))
            }
        }
        let (title, digest, name) = (word("title"), word("digest"), word("name"))
        let wanted = artifact.manifest.layers.filter { layer in
            (title == nil || layer.title == title)
                && (digest == nil || "\(layer.digest)" == digest)
        }
        guard !wanted.isEmpty, name == nil || wanted.count == 1 else {
            throw Problem(
                wanted.isEmpty ? .noSuchObject : .badUsage,
                "cannot mount \"\(choice.source.printable)\" on \"\(choice.destination)\"",
                why: wanted.isEmpty
                    ? "the artifact has no such file" : "name= is for one file, and it has several",
                next: "see \"martlet artifact inspect \(choice.source.printable)\"")
        }
        let isBelow = wanted.count > 1 || name != nil || choice.destination.hasSuffix("/")
        return try wanted.map { layer throws(Problem) in
            let name = name ?? layer.title ?? layer.digest.hex
            // The artifact's maker chose its titles.
            guard !name.isEmpty, name != "..", !name.contains("/") else {
                throw Problem(
                    .refused, "the artifact's file \"\(name.printable)\" is not mounted",
                    why: "its name is none of a file in a directory",
                    next: "mount it alone, with digest=\(layer.digest),name=NAME")
            }
            var bind = MountChoice(
                .bind, source: "\(house.dataPath)/artifacts/blobs/sha256/\(layer.digest.hex)",
                destination: choice.destination)
            if isBelow { bind.destination += (choice.destination.hasSuffix("/") ? "" : "/") + name }
            bind.readOnly = true
            return bind
        }
    }

    private func check(_ choice: MountChoice) throws(Problem) {
        let destination = choice.destination
        guard destination.hasPrefix("/"), !destination.utf8.contains(0) else {
            throw Problem(
                .badValue, "\"\(destination.printable)\" is no place for a mount",
                why: "it is not an absolute path")
        }
        // T-PROCSYS-3: nothing of the user's covers the kernel's own files.
        let clean =
            "/" + destination.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
        for place in ["/proc", "/sys"] where clean == place || clean.hasPrefix(place + "/") {
            if choice.kind == .bind, choice.source.hasPrefix(place) { continue }
            throw Problem(
                .refused, "cannot mount on \"\(destination)\"",
                why: "nothing may cover \(place) but \(place) itself")
        }
        if let words = choice.idMap { try check(idMap: words, of: choice) }
    }

    private func bind(_ choice: MountChoice) throws(Problem) -> RuntimeConfig.Mount {
        if !Files.exists(choice.source) {
            guard choice.createSource else {
                throw Problem(
                    .noSuchObject,
                    "cannot mount \"\(choice.source.printable)\" on \"\(choice.destination)\"",
                    why: "there is no such file or directory on the host",
                    next: "make it with \"mkdir -p \(choice.source.printable)\"")
            }
            _ = try explaining("cannot make \"\(choice.source)\"") { () throws(KernelFault) in
                try Files.ensureDirectory(choice.source, permissions: 0o755)
            }
        }
        return .init(
            destination: choice.destination, type: "bind", source: choice.source,
            options: bindOptions(choice))
    }

    private func bindOptions(_ choice: MountChoice) -> [String] {
        var options = [choice.nonRecursive ? "bind" : "rbind", choice.readOnly ? "ro" : "rw"]
        let propagation = [
            "private", "rprivate", "shared", "rshared", "slave", "rslave", "unbindable",
        ]
        if !choice.options.contains(where: propagation.contains) { options.append("rprivate") }
        for (weak, strong) in [("nosuid", "suid"), ("nodev", "dev")]
        where !choice.options.contains(strong) { options.append(weak) }
        return options + choice.options.filter { !["suid", "dev", "exec"].contains($0) }
            + (choice.idMap.map { [$0] } ?? [])
    }

    /// `:idmap`: the kernel shows the files of a file system with other owners to nobody but those
    /// who have mounted it: the machine's root, or inside of `martlet unshare` the user what she
    /// mounted there. See mount_setattr(2), "ID-mapped mounts".
    private func check(idMap words: String, of choice: MountChoice) throws(Problem) {
        let what = "cannot map the ids of \"\(choice.source.printable)\""
        guard choice.kind == .bind || choice.kind == .volume else {
            throw Problem(
                .badUsage, what, why: "only those of binds and volumes can be mapped",
                next: "leave idmap out")
        }
        if let part = choice.subpath {
            throw Problem(
                .notBuilt, what,
                why: "mapping those of a part (\"\(part.printable)\") is not built yet",
                next: "mount the whole volume, or leave idmap out")
        }
        if house.caller.uid != 0 {
            throw Problem(
                .noPermission, what,
                why: "the kernel does that for who has mounted the file system alone, and this one "
                    + "is the machine's",
                next: "--userns=keep-id:uid=UID,gid=GID shows your files as that user's, and the "
                    + "mount's option U gives them away")
        }
        guard words.contains("=") || hasOwnIDs else {
            throw Problem(
                .badUsage, what, why: "the container has no ids of its own to map them to",
                next: "write \"idmap=uids=0-1000-1;gids=0-1000-1\", or add --userns=auto")
        }
    }

    private mutating func volume(_ choice: MountChoice, known: [String])
        throws(Problem) -> RuntimeConfig.Mount
    {
        var bind = choice
        if choice.source.isEmpty {
            // Made once for the container, and found again at each later start.
            let mine = known.first { $0.hasSuffix(MountSources.mark(choice.destination)) }
            let name: String
            if let mine {
                name = mine
            } else {
                let id = try explaining("cannot make a volume's name") { () throws(KernelFault) in
                    try Randomness.identifier()
                }
                name = String(id.prefix(48)) + MountSources.mark(choice.destination)
            }
            _ = try house.volume(name, ledger: ledger, anonymous: true)
            bind.source = house.volumeDirectory(name)
            anonymous.append(name)
        } else {
            let volume = try namedVolume(choice.source)
            if let mount = try VolumeSource(volume).mount(
                at: choice.destination, readOnly: choice.readOnly)
            {
                let what: String
                if let subpath = choice.subpath {
                    what = "mounting \"\(subpath.printable)\""
                } else if choice.idMap != nil {
                    what = "mapping the ids"
                } else {
                    return mount
                }
                throw Problem(
                    .notBuilt, "cannot mount volume \"\(choice.source)\"",
                    why: "\(what) of a volume that is a mount itself is not built yet")
            }
            bind.source = house.volumeDirectory(volume.name)
        }
        if let subpath = choice.subpath {
            let names = subpath.split(separator: "/")
            guard !names.isEmpty, !names.contains("..") else {
                throw Problem(
                    .badValue, "\"\(subpath.printable)\" is no part of a volume",
                    next: "write a path inside of it, such as subpath=data/web")
            }
            parts[choice.destination] = names.joined(separator: "/")
        }
        return .init(
            destination: choice.destination, type: "bind", source: bind.source,
            options: bindOptions(bind))
    }

    mutating func namedVolume(_ words: String) throws(Problem) -> VolumeRecord {
        let name = try ObjectName(words, of: "volume")
        if !named.contains(name.text) { named.append(name.text) }
        return try house.volume(name.text, ledger: ledger, anonymous: false)
    }

    /// The volumes among those used that may still get the image's content, and where.
    func fillings(of spec: ContainerSpec, image: ImageConfig?)
        throws(Problem) -> [(volume: String, destination: String)]
    {
        var found: [(volume: String, destination: String)] = []
        for choice in spec.storage.mounts
        where choice.kind == .volume && choice.copyUp != false && choice.subpath == nil {
            let name =
                choice.source.isEmpty
                ? anonymous.first { $0.hasSuffix(MountSources.mark(choice.destination)) }
                : choice.source
            if let name { found.append((name, choice.destination)) }
        }
        for destination in (image?.config?.volumes ?? [:]).keys.sorted() {
            let name = anonymous.first { $0.hasSuffix(MountSources.mark(destination)) }
            if let name, !found.contains(where: { $0.volume == name }) {
                found.append((name, destination))
            }
        }
        var needed: [(volume: String, destination: String)] = []
        for filling in found where try ledger.volume(named: filling.volume)?.needsCopyUp ?? false {
            needed.append(filling)
        }
        return needed
    }

    /// 16 hexadecimal digits that tell destinations of one container apart.
    static func mark(_ destination: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in destination.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let text = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }

    private func tmpfs(_ choice: MountChoice) -> RuntimeConfig.Mount {
        var options = choice.options
        for (weak, strong) in [("nosuid", "suid"), ("nodev", "dev"), ("noexec", "exec")]
        where !options.contains(strong) && !options.contains(weak) { options.append(weak) }
        if choice.readOnly { options.append("ro") }
        if choice.copyUp != false, !options.contains("notmpcopyup"), !options.contains("tmpcopyup")
        {
            options.append("tmpcopyup")
        }
        options.removeAll { ["suid", "dev", "exec", "notmpcopyup"].contains($0) }
        return .init(
            destination: choice.destination, type: choice.kind.rawValue, source: "tmpfs",
            options: options)
    }
}
