import Base
import Checksums
import NIOHTTP1
import Specs

extension Session {
    /// Sends a manifest, and sees to it that what refers to another manifest is found from there.
    ///
    /// A registry that knows references says so in its answer. Elsewhere the list is kept by the
    /// clients, as an index under a tag. See distribution-spec, "Pushing Manifests with Subject".
    func send(_ bytes: [UInt8], _ document: ManifestDocument, as selector: String, _ digest: Digest)
        async throws(Problem)
    {
        var entry = ContentDescriptor(
            mediaType: "", digest: digest, size: Int64(bytes.count))
        let subject: Digest?
        switch document {
        case .image(let image):
            entry.mediaType = image.mediaType ?? MediaType.ociManifest
            entry.artifactType = image.artifactType ?? image.config.mediaType
            entry.annotations = image.annotations
            subject = image.subject?.digest
        case .index(let index):
            entry.mediaType = index.mediaType ?? MediaType.ociIndex
            entry.artifactType = index.artifactType
            entry.annotations = index.annotations
            subject = index.subject?.digest
        }
        let headers = try await put(bytes, as: selector, type: entry.mediaType)
        guard let subject, headers.first(name: "oci-subject") == nil else { return }
        try await list(entry, below: subject)
    }

    /// Adds a manifest to the index of those that refer to a subject.
    ///
    /// Registries have no conditional writes: another client's entry may have gone missing under
    /// ours, or ours under theirs, so it is looked at again, and written again where it is gone.
    private func list(_ entry: ContentDescriptor, below subject: Digest) async throws(Problem) {
        for _ in 0...retry.count {
            var index = try await referrers(subject)
            if index.manifests.contains(where: { $0.digest == entry.digest }) { return }
            index.manifests.append(entry)
            try await put(
                JSON(encoding: index).bytes(), as: Session.referrersTag(subject),
                type: MediaType.ociIndex)
        }
        guard try await referrers(subject).manifests.contains(where: { $0.digest == entry.digest })
        else {
            throw Problem(
                .remote, "\(entry.digest.short) is not listed as referring to \(subject.short)",
                why: "others write the list at the same time", next: "push it again")
        }
    }

    /// Returns the list that clients keep of what refers to a manifest.
    func referrers(_ subject: Digest) async throws(Problem) -> ImageIndex {
        let found: FetchedManifest
        do throws(Problem) {
            found = try await manifest(Session.referrersTag(subject))
        } catch {
            if error.code == .noSuchImage { return ImageIndex(manifests: []) }
            throw error
        }
        guard case .index(let index) = found.document else {
            throw Problem(
                .badDocument, "what refers to \(subject.short) cannot be listed",
                why: "the tag \"\(Session.referrersTag(subject))\" is an image's")
        }
        return index
    }

    /// `sha256-…`. See distribution-spec, "Referrers Tag Schema".
    static func referrersTag(_ digest: Digest) -> String {
        "\(digest.algorithm.rawValue)-\(digest.hex.prefix(64))"
    }
}
