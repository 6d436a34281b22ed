package import Base
package import Specs

/// A requirement `sigstoreSigned` with its keys read: whether a signature meets it.
///
/// See containers-policy.json(5), "sigstoreSigned".
package struct SigstoreTrust: Sendable {
    private enum Signer {
        case keys([PublicKey])
        case fulcio(roots: [Certificate], issuer: String, email: String)
        case pki(roots: [Certificate], others: [Certificate], email: String?, host: String?)
    }

    private let signer: Signer
    private let log: [PublicKey]?
    private let identity: SignedIdentity
    private let now: Int64

    /// Reads the keys.
    ///
    /// - Parameter now: seconds of 1970, for certificates without a log.
    package init(
        _ requirement: TrustRequirement.Sigstore, now: Int64,
        read: (String) throws(Problem) -> [UInt8]
    ) throws(Problem) {
        identity = requirement.identity
        self.now = now
        log = try requirement.log.map { keys throws(Problem) in
            let found = try SigstoreTrust.publicKeys(keys, read)
            guard found.allSatisfy(\.isECDSA) else {
                throw Problem(.badDocument, "the key of a Rekor has to be one of ECDSA")
            }
            return found
        }
        switch requirement.signer {
        case .keys(let keys): signer = .keys(try SigstoreTrust.publicKeys(keys, read))
        case .fulcio(let fulcio):
            signer = .fulcio(
                roots: try SigstoreTrust.certificates(fulcio.roots, read), issuer: fulcio.issuer,
                email: fulcio.email)
        case .pki(let pki):
            signer = .pki(
                roots: try SigstoreTrust.certificates(pki.roots, read),
                others: try pki.intermediates.map { keys throws(Problem) in
                    try SigstoreTrust.certificates(keys, read)
                } ?? [],
                email: pki.email, host: pki.host)
        }
    }

    /// Makes sure that the signature is one for this image by who is trusted.
    package func check(_ found: SigstoreSignature, digest: Digest, name: ImageReference?)
        throws(Problem)
    {
        guard found.mediaType == SigstoreSignature.mediaType else {
            throw SigstoreTrust.refuse("it is of the type \"\(found.mediaType.printable)\"")
        }
        guard let text = found.annotations[SigstoreSignature.signatureKey],
            let signature = Base64.decode(text)
        else { throw SigstoreTrust.refuse("it has no signature in it") }
        let keys = try trusted(found, signature)
        guard keys.contains(where: { $0.verifies(signature, of: found.payload) }) else {
            throw SigstoreTrust.refuse("no trusted key made it")
        }
        let claim = try SignedClaim(parsing: found.payload, .sigstore)
        guard claim.digest == digest else {
            throw SigstoreTrust.refuse("it is for the digest \(claim.digest)")
        }
        guard identity.accepts(claim.name, for: name) else {
            throw SigstoreTrust.refuse("it is for the name \"\(claim.name.printable)\"")
        }
    }

    /// Returns the keys that may have made this signature.
    private func trusted(_ found: SigstoreSignature, _ signature: [UInt8])
        throws(Problem) -> [PublicKey]
    {
        switch signer {
        case .keys(let keys):
            guard let log else { return keys }
            let entry = try entry(found)
            var last = SigstoreTrust.refuse("no key is trusted")
            for key in keys {
                do throws(Problem) {
                    try entry.check(
                        log, signer: key.der, signature: signature, payload: found.payload)
                    return [key]
                } catch {
                    last = error
                }
            }
            throw last
        case .fulcio(let roots, let issuer, let email):
            let entry = try entry(found)
            let (leaf, others) = try SigstoreTrust.chain(found)
            try entry.check(
                log ?? [], signer: leaf.der, signature: signature, payload: found.payload)
            guard leaf.leads(to: roots, by: others, at: entry.seconds, signsCode: true) else {
                throw SigstoreTrust.refuse("no trusted authority vouches for its certificate")
            }
            guard leaf.issuer == issuer else {
                throw SigstoreTrust.refuse(
                    "its certificate is by the issuer \"\((leaf.issuer ?? "").printable)\"")
            }
            guard leaf.emails.contains(email) else {
                throw SigstoreTrust.refuse("its certificate is not for \"\(email)\"")
            }
            return [leaf.key]
        case .pki(let roots, let more, let email, let host):
            let (leaf, others) = try SigstoreTrust.chain(found)
            guard leaf.leads(to: roots, by: others + more, at: now, signsCode: false) else {
                throw SigstoreTrust.refuse("no trusted authority vouches for its certificate")
            }
            if let email, !leaf.emails.contains(email) {
                throw SigstoreTrust.refuse("its certificate is not for \"\(email)\"")
            }
            if let host, !leaf.isFor(host: host) {
                throw SigstoreTrust.refuse("its certificate is not for \"\(host)\"")
            }
            return [leaf.key]
        }
    }

    private func entry(_ found: SigstoreSignature) throws(Problem) -> LogEntry {
        guard let text = found.annotations[SigstoreSignature.bundleKey] else {
            throw SigstoreTrust.refuse("no log entry comes with it")
        }
        return try LogEntry(parsing: text)
    }

    /// Returns the signer's certificate and those that lead on from it.
    private static func chain(_ found: SigstoreSignature)
        throws(Problem) -> (Certificate, [Certificate])
    {
        guard let text = found.annotations[SigstoreSignature.certificateKey] else {
            throw refuse("no certificate comes with it")
        }
        let leaves = try Certificate.all(pem: Array(text.utf8), name: "certificate")
        guard leaves.count == 1 else { throw refuse("several certificates come with it") }
        guard let chain = found.annotations[SigstoreSignature.chainKey], !chain.isEmpty else {
            return (leaves[0], [])
        }
        return (leaves[0], try Certificate.all(pem: Array(chain.utf8), name: "chain"))
    }

    private static func publicKeys(
        _ keys: TrustRequirement.Keys, _ read: (String) throws(Problem) -> [UInt8]
    ) throws(Problem) -> [PublicKey] {
        var found: [PublicKey] = []
        for (name, bytes) in try keys.contents(read) {
            found.append(try PublicKey(pem: bytes, name: name))
        }
        return found
    }

    private static func certificates(
        _ keys: TrustRequirement.Keys, _ read: (String) throws(Problem) -> [UInt8]
    ) throws(Problem) -> [Certificate] {
        var found: [Certificate] = []
        for (name, bytes) in try keys.contents(read) {
            found += try Certificate.all(pem: bytes, name: name)
        }
        return found
    }

    private static func refuse(_ why: String) -> Problem {
        Problem(.notVerified, "a signature does not count", why: why)
    }
}

extension TrustRequirement.Keys {
    /// Returns the content of each file, with a name for messages.
    package func contents(_ read: (String) throws(Problem) -> [UInt8])
        throws(Problem) -> [(String, [UInt8])]
    {
        switch self {
        case .files(let paths):
            try paths.map { path throws(Problem) in (path, try read(path)) }
        case .inline(let all): all.map { ("policy.json", $0) }
        }
    }
}
