package import Base
import Kernel
import Records
import Specs
package import Storages

/// An additional image store, as storage.conf names it.
package struct AdditionalStore {
    package let path: String
    /// Why nothing of it can be used; nil where all is well.
    package var problem: Problem?
    /// Whether that needs no telling: it is podman's, and has no images.
    var isEmpty = false
}

/// Image stores besides the user's own: read, and never changed.
extension House {
    /// The additional stores that storage.conf names, in its order, each with what is wrong with it.
    package func additionalStores() throws(Problem) -> [AdditionalStore] {
        try storageSettings().imageStores.map { place in
            var store = AdditionalStore(path: place.path)
            do throws(Problem) {
                try examine(place)
                _ = try OtherImages(path: place.path)
            } catch {
                store.problem = error
                store.isEmpty = isEmptyPodmanStore(place.path, error)
            }
            return store
        }
    }

    /// Opens the records of those that can be read, and says what is wrong with the others.
    func otherImages() throws(Problem) -> [OtherImages] {
        var opened: [OtherImages] = []
        for place in try storageSettings().imageStores {
            do throws(Problem) {
                try examine(place)
                opened.append(try OtherImages(path: place.path))
            } catch {
                if !isEmptyPodmanStore(place.path, error) { tell(of: place.path, error) }
            }
        }
        return opened
    }

    /// Says once what is wrong with another store.
    func tell(of path: String, _ problem: Problem) {
        guard toldOfStores.insert(path).inserted else { return }
        warn(
            problem.what + (problem.why.map { ": \($0)" } ?? "") + ", continuing without it"
                + (problem.next.map { " (\($0))" } ?? ""))
    }

    /// Opens the layers of those that can be read; what is wrong with the others is told with their
    /// records.
    func otherLayers() throws(Problem) -> [OtherLayers] {
        if let openedLayers { return openedLayers }
        let opened = try storageSettings().imageStores.compactMap {
            try? OtherLayers(path: $0.path)
        }
        openedLayers = opened
        return opened
    }

    /// The user's own store; layers that it lacks are looked for in the others.
    package func store() throws(Problem) -> Store {
        let store = try Store.open(dataPath)
        store.openOthers = { [self] () throws(Problem) in try otherLayers() }
        return store
    }

    /// The directory of a layer that is in another store; nil where none has it.
    func otherDirectory(ofLayer id: String) -> String? {
        // What cannot be read is told where the image is looked up.
        for store in (try? otherLayers()) ?? [] {
            if store.has(id) { return "\(store.path)/layers/\(id)/diff" }
        }
        return nil
    }

    /// The first of these layers whose files belong to ids that the user has not, as where the store
    /// is another user's; nil where there is none.
    ///
    /// - Parameter ids: those of the standing namespace.
    func foreignLayer(_ directories: [String], ids: [IDRange]) -> String? {
        let own = dataPath + "/layers/"
        return directories.first { path in
            guard !path.hasPrefix(own), let status = try? Files.status(path) else { return false }
            return !ids.contains { status.uid >= $0.outside && status.uid - $0.outside < $0.count }
        }
    }

    /// Why layers of other stores need our overlay; nil where the kernel's can show them.
    func refusalOfKernel(_ directories: [String], foreign: String?) -> String? {
        if let foreign { return "files of \"\(foreign)\" belong to ids that are not yours" }
        let own = dataPath + "/layers/"
        guard directories.contains(where: { !$0.hasPrefix(own) }) else { return nil }
        // The kernel takes one page of options; the paths of two stores have little in common.
        let bytes = directories.reduce(0) { $0 + $1.utf8.count + 1 }
        return bytes > 3_500 ? "the paths of its layers are too long for the kernel's" : nil
    }

    /// Looks whether a store is one of ours that can be read.
    private func examine(_ place: StorageSettings.ImageStore) throws(Problem) {
        let what = "the additional image store \"\(place.path.printable)\""
        let from = "\(place.file) names it in additionalimagestores"
        if place.path == dataPath {
            throw Problem(.badValue, "\(what) is your own store", why: from)
        }
        let status: FileStatus
        do throws(KernelFault) {
            status = try Files.status(place.path)
            if Files.exists(place.path + "/store.db") {
                _ = try Files.open(place.path + "/store.db", [.read])
                _ = try Files.open(place.path + "/layers", [.read, .directory])
                return
            }
        } catch {
            if error.isAbsence {
                let isThere = Files.exists(place.path)
                throw Problem(
                    .noSuchObject, isThere ? "\(what) is damaged" : "\(what) is not there",
                    why: isThere ? "it has no directory \"layers\"" : from)
            }
            throw Problem(
                .noPermission, "\(what) cannot be read", why: "\(error)",
                next: "its owner can open it: \(OtherLayers.opening(place.path))")
        }
        guard status.kind == .directory else {
            throw Problem(.badValue, "\(what) is no directory", why: from)
        }
        if let driver = podmanDriver(place.path) {
            throw Problem(
                .badDocument, "\(what) is podman's, whose images are not used in place", why: from,
                next: "take over what you need: martlet copy "
                    + "\"containers-storage:[\(driver)@\(place.path)]NAME\" martlet-storage:NAME")
        }
        throw Problem(
            .badDocument, "\(what) is none", why: "it has no \"store.db\"",
            next: "make one with \"martlet --root \(place.path) pull IMAGE\"")
    }

    private func podmanDriver(_ path: String) -> String? {
        ["overlay", "vfs"].first { Files.exists("\(path)/\($0)-images") }
    }

    /// Distributions name such a store in the storage.conf that comes with podman.
    private func isEmptyPodmanStore(_ path: String, _ problem: Problem) -> Bool {
        guard problem.code == .badDocument, let driver = podmanDriver(path) else { return false }
        let list = "\(path)/\(driver)-images/images.json"
        guard let bytes = try? Files.read(list, limit: Limits.documentBytes) else { return true }
        return (try? JSON(parsing: bytes, name: list))?.elements?.isEmpty ?? false
    }
}
