import Base
import Kernel
import Records
import Specs
import Storages

/// An image among a container's mounts; where its layers are is known after the store's work.
struct ImageMount: Equatable {
    var id: String
    /// Lowest first.
    var layers: [String]
    var destination: String
    /// The part of the image that is shown.
    var subpath: String?
    /// The directories of what the container writes into it; nil where it is read-only.
    var own: String?

    /// Puts the directories, topmost first, into the mount that stands for the image.
    func complete(_ mount: inout RuntimeConfig.Mount, with directories: [String]) {
        let lower = directories.joined(separator: ":")
        if let own {
            mount.type = "overlay"
            mount.options = [
                "lowerdir=\(lower)", "upperdir=\(own)/upper", "workdir=\(own)/work", "userxattr",
                "nosuid", "nodev",
            ]
        } else if directories.count == 1 {
            mount.type = "bind"
            mount.source = directories[0]
            mount.options = ["bind", "rprivate", "ro", "nosuid", "nodev"]
        } else {
            mount.type = "overlay"
            mount.options = ["lowerdir=\(lower)", "userxattr", "ro", "nosuid", "nodev"]
        }
    }
}

/// Mounts that lay a container's own writing over something that stays as it is.
extension MountSources {
    /// `:O`: what the container writes ends with it, or goes where `upperdir=` says.
    mutating func overlay(_ choice: MountChoice) throws(Problem) -> RuntimeConfig.Mount {
        var source = choice.source
        if !source.hasPrefix("/"), !source.hasPrefix(".") {
            source = house.volumeDirectory(try namedVolume(source).name)
        }
        let own = choice.options.filter { $0.hasPrefix("upperdir=") || $0.hasPrefix("workdir=") }
        let places = [source] + own.map { String($0.drop { $0 != "=" }.dropFirst()) }
        for place in places
        where !Files.exists(place) || place.contains(where: { ",:".contains($0) }) {
            throw Problem(
                .badValue, "cannot put an overlay over \"\(choice.source.printable)\"",
                why: Files.exists(place)
                    ? "\"\(place.printable)\" contains \":\" or \",\""
                    : "there is no directory \"\(place.printable)\"")
        }
        guard own.isEmpty || own.count == 2 else {
            throw Problem(
                .badUsage, "cannot put an overlay over \"\(choice.source.printable)\"",
                why: "upperdir= and workdir= belong together",
                next: "name both, on the same file system")
        }
        let writing = own.isEmpty ? try ownDirectories(choice.destination) : nil
        return .init(
            destination: choice.destination, type: "overlay", source: "overlay",
            options: ["lowerdir=\(source)"]
                + (writing.map { ["upperdir=\($0)/upper", "workdir=\($0)/work"] } ?? own)
                + ["userxattr", "nosuid", "nodev"])
    }

    /// `type=image`: the files of an image, which need not be the container's.
    mutating func image(_ choice: MountChoice) throws(Problem) -> RuntimeConfig.Mount {
        let image = try house.shelf(ledger).find(choice.source)
        var mount = ImageMount(
            id: image.id, layers: image.layers, destination: choice.destination,
            subpath: choice.subpath)
        if !choice.readOnly { mount.own = try ownDirectories(choice.destination) }
        images.append(mount)
        return .init(
            destination: choice.destination, type: "overlay", source: "overlay", options: [])
    }

    private func ownDirectories(_ destination: String) throws(Problem) -> String {
        let own = "\(containerPath)/overlays/\(MountSources.mark(destination))"
        try explaining("cannot make the directories of an overlay") { () throws(KernelFault) in
            _ = try Files.ensureDirectory(own + "/upper", permissions: 0o755)
            _ = try Files.ensureDirectory(own + "/work")
        }
        return own
    }
}
