import Base
import FoundationEssentials
import Specs

extension Job {
    /// Lists what refers to a manifest: signatures, bills of materials, attestations.
    ///
    /// A registry without such lists answers with 404, and clients keep one under a tag. See
    /// distribution-spec, "Listing Referrers" and "Unavailable Referrers API".
    func listReferrers() async throws(Problem) {
        let (name, index) = try await firstOf { candidate, session throws(Problem) in
            var name = candidate
            let digest: Digest
            if let known = candidate.digest {
                digest = known
            } else {
                digest = try await session.manifest(candidate.selector).digest
            }
            name.digest = digest
            do throws(Problem) {
                return (name, try await referrers(of: digest, name, by: session))
            } catch {
                guard error.code == .noSuchImage else { throw error }
                return (name, try await session.referrers(digest))
            }
        }
        var wanted = index
        if let type = request.artifactType {
            // A registry says by a header whether it has left the others out; it need not.
            wanted.manifests.removeAll { $0.artifactType != type }
        }
        report(.listed(name))
        tell(JSON(encoding: wanted).text())
        report(.done)
    }

    private func referrers(of subject: Digest, _ name: ImageReference, by session: Session)
        async throws(Problem) -> ImageIndex
    {
        var all = ImageIndex(manifests: [])
        let what = "cannot list what refers to \"\(name)\""
        var path = "/v2/\(session.reference.path)/referrers/\(subject)"
        if let type = request.artifactType {
            path += "?" + Token.form([("artifactType", type)])
        }
        try await pages(of: path, what, by: session) { bytes throws(Problem) in
            let document = try ManifestDocument(
                parsing: bytes, announced: MediaType.ociIndex, name: "referrers of \(name)")
            guard case .index(let index) = document else {
                throw Problem(.badDocument, what, why: "the registry sent no index")
            }
            all.manifests += index.manifests
            return all.manifests.count
        }
        return all
    }
}
