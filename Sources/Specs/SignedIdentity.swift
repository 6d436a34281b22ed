import Base

/// Which name a signature must have been made for. See containers-policy.json(5), "signedIdentity".
package enum SignedIdentity: Equatable, Sendable {
    case exact
    /// The same name where a tag was asked for, the same repository where a digest was.
    case repositoryOrExact
    case repository
    case thisReference(ImageReference)
    case thisRepository(ImageReference)
    case remapped(prefix: String, to: String)

    /// Whether a signature for `signed` vouches for the image that was asked for as `wanted`; nil is
    /// an image of a place that knows no such names.
    package func accepts(_ signed: String, for wanted: ImageReference?) -> Bool {
        guard let signed = SignedIdentity.normalized(signed) else { return false }
        switch self {
        case .exact:
            guard let wanted = wanted?.complete else { return false }
            return signed.isExact && signed.description == wanted.description
        case .repositoryOrExact:
            return wanted.map { SignedIdentity.agree(signed, $0.complete) } ?? false
        case .repository: return wanted?.name == signed.name
        case .thisReference(let reference):
            return signed.isExact && signed.description == reference.description
        case .thisRepository(let reference): return signed.name == reference.name
        case .remapped(let prefix, let target):
            guard let wanted = wanted?.complete,
                let moved = SignedIdentity.moved(wanted, from: prefix, to: target)
            else { return false }
            return SignedIdentity.agree(signed, moved)
        }
    }

    private static func agree(_ signed: ImageReference, _ wanted: ImageReference) -> Bool {
        guard signed.isExact else { return false }
        if wanted.tag != nil { return signed.description == wanted.description }
        // That the signature's digest is the image's is checked with every signature.
        return wanted.digest != nil && signed.name == wanted.name
    }

    private static func moved(_ wanted: ImageReference, from prefix: String, to target: String)
        -> ImageReference?
    {
        let name = wanted.name
        guard name.hasPrefix(prefix) else { return wanted }
        let rest = name.dropFirst(prefix.utf8.count)
        guard rest.isEmpty || rest.hasPrefix("/") else { return wanted }
        let text = target + wanted.description.dropFirst(prefix.utf8.count)
        guard let moved = try? ImageReference(text), !moved.isShort else { return nil }
        return moved
    }

    /// Reads a name as docker does, where a short one is Docker Hub's.
    static func normalized(_ text: String) -> ImageReference? {
        guard !text.hasPrefix("docker://"), let reference = try? ImageReference(text) else {
            return nil
        }
        return reference.isShort ? reference.qualified(with: "docker.io") : reference
    }

    /// A host, or a host and some of a repository.
    static func isPrefix(_ text: String) -> Bool {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let host = parts.first, !host.isEmpty, ImageReference.isRegistry(String(host)) else {
            return false
        }
        guard parts.count == 2 else { return true }
        let whole = try? ImageReference("example.com/" + parts[1])
        return whole?.tag == nil && whole?.digest == nil && whole?.path == String(parts[1])
    }
}

extension ImageReference {
    fileprivate var isExact: Bool { tag != nil || digest != nil }
}
