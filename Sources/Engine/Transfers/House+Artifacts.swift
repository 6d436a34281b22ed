package import Base
import Kernel
package import Specs
package import Storages

/// Artifacts: files that lie in registries as images do.
extension House {
    /// The store's artifacts.
    package func artifacts() throws(Problem) -> ArtifactShelf {
        try ArtifactShelf(try store())
    }

    /// Fetches an artifact, in the place of the one of that name.
    package func pullArtifact(_ name: String, _ wish: TransferWish) throws(Problem)
        -> ArtifactShelf.Artifact
    {
        let reference = try ImageReference(name)
        let store = try self.store()
        let shelf = try ArtifactShelf(store)
        var refusal: Problem?
        for candidate in try registries().candidates(for: reference) {
            do throws(Problem) {
                let draft = try store.draft()
                _ = try transfer(
                    from: .registry(candidate), to: .layout(path: draft.path, name: nil), wish)
                return try shelf.adopt(
                    draft, as: try Self.artifactName(candidate), replacing: true)
            } catch  where [.noSuchImage, .remote].contains(error.code) {
                // The next registry that short names are looked for in may have it.
                refusal = refusal ?? error
            }
        }
        throw refusal ?? Problem(.noSuchImage, "there is no registry for \"\(name.printable)\"")
    }

    /// Sends an artifact to a registry and returns its digest.
    package func push(
        _ artifact: ArtifactShelf.Artifact, to target: ImageReference, _ wish: TransferWish
    ) throws(Problem) -> Digest {
        let place = ImageLocation.layout(path: "\(dataPath)/artifacts", name: artifact.name)
        return try transfer(from: place, to: .registry(target), wish).digest
    }

    /// Makes an artifact of files, or adds them to one.
    ///
    /// - Parameter fill: gives the new artifact its files.
    package func makeArtifact(
        _ name: String, appends: Bool, replaces: Bool,
        _ fill: (inout ArtifactMaking) throws(Problem) -> Void
    ) throws(Problem) -> ArtifactShelf.Artifact {
        let name = try ImageShelf.newName(name)
        let store = try self.store()
        let shelf = try ArtifactShelf(store)
        if !appends, !replaces, try shelf.has(name) {
            throw Problem(
                .nameInUse, "there is an artifact \"\(name)\" already",
                next: "use --append to add to it, or --replace")
        }
        let draft = try store.draft()
        let standing = appends ? try shelf.find(name) : nil
        var making = try ArtifactMaking(in: draft, from: standing, of: shelf)
        try fill(&making)
        try making.finish()
        return try shelf.adopt(draft, as: name, replacing: appends || replaces)
    }

    private static func artifactName(_ reference: ImageReference) throws(Problem) -> String {
        var named = reference
        if named.digest != nil {
            named.tag = named.tag ?? named.digest.map { "\($0.hex.prefix(12))" }
        }
        named.digest = nil
        return named.complete.description
    }
}
