import Base
import Kernel
import Specs
import Storages

/// Images of podman's own store, for those who move over.
extension House {
    /// Copies an image of podman's store into ours, without asking any registry.
    func fromPodman(
        _ root: String?, _ name: String, to target: ImageLocation, _ wish: TransferWish
    ) throws(Problem) -> ContentDescriptor {
        guard case .store(let newName) = target else {
            throw Problem(
                .notBuilt, "images of podman's store are copied into the store alone",
                next: "copy it to martlet-storage:NAME first, and then on")
        }
        let policy = try trust(wish.source.policyFile)
        try House.settle(
            policy.requirements("containers-storage", scopes: []), "containers-storage:\(name)",
            policy)
        let usual = try podmanRoot()
        let podman = try PodmanStore(opening: root ?? usual)
        let image = try podman.find(name)
        let full = try ImageShelf.newName(newName)
        return try inStore { (shelf) throws(Problem) in
            try House.add(image, of: podman, as: full, to: shelf)
        }
    }

    private static func add(
        _ image: PodmanStore.Image, of podman: PodmanStore, as name: String, to shelf: ImageShelf
    ) throws(Problem) -> ContentDescriptor {
        let draft = try shelf.store.draft()
        var arrival = try podman.arrival(of: image, scratch: draft.place)
        arrival.names = [name]
        // Of the names by digest those of the same repository are true of it.
        let repository = try ImageReference(name).name
        arrival.digestNames = arrival.digestNames.filter { $0.hasPrefix(repository + "@") }
        return try ImageBundle(of: try shelf.add(arrival)).root
    }

    /// Where podman keeps its images for this user. See containers-storage.conf(5),
    /// `rootless_storage_path` and `graphroot`.
    private func podmanRoot() throws(Problem) -> String {
        var path: String?
        let files = ConfigurationFiles(environment: caller.environment, uid: caller.uid)
        let home = caller.environment["HOME"] ?? "/"
        for document in try files.documents("storage.conf", in: .disk) {
            let storage = try TOML.parse(document.bytes, name: document.path)["storage"]
            let isOwn = document.path.hasPrefix(home + "/")
            if isOwn || caller.uid == 0, let own = storage?["graphroot"]?.text, !own.isEmpty {
                path = own
            } else if let rootless = storage?["rootless_storage_path"]?.text, !rootless.isEmpty {
                path = rootless
            }
        }
        guard let path else {
            if caller.uid == 0 { return "/var/lib/containers/storage" }
            let data = caller.environment["XDG_DATA_HOME"] ?? ""
            return (data.hasPrefix("/") ? data : home + "/.local/share") + "/containers/storage"
        }
        let words = [
            "$HOME": home, "$UID": "\(caller.uid)", "$USER": caller.environment["USER"] ?? "",
        ]
        return path.split(separator: "/", omittingEmptySubsequences: false)
            .map { words[String($0)] ?? String($0) }.joined(separator: "/")
    }
}
