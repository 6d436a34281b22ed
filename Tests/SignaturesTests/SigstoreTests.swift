import Base
import Testing

@testable import Signatures
@testable import Specs

/// Signatures of sigstore's by keys, by certificates of a Fulcio, and with the word of a Rekor.
@Suite struct SigstoreTests {
    static let name = "quay.io/me/web:1"

    private func signature(
        payload: String = Material.payload, signature: String = Material.signature,
        bundle: String? = nil, leaf: String? = nil, chain: String? = nil
    ) -> SigstoreSignature {
        var annotations = [SigstoreSignature.signatureKey: signature]
        annotations[SigstoreSignature.bundleKey] = bundle
        annotations[SigstoreSignature.certificateKey] = leaf
        annotations[SigstoreSignature.chainKey] = chain
        return SigstoreSignature(
            mediaType: SigstoreSignature.mediaType, payload: Array(payload.utf8),
            annotations: annotations)
    }

    private func accepts(
        _ signer: TrustRequirement.Signer, log: String? = nil,
        identity: SignedIdentity = .repositoryOrExact, _ found: SigstoreSignature,
        name: String = SigstoreTests.name, digest: String = Material.digest,
        now: Int64 = Material.seconds
    ) -> Bool {
        do {
            let requirement = TrustRequirement.Sigstore(
                signer: signer, log: log.map(inline), identity: identity)
            let trust = try SigstoreTrust(requirement, now: now) { path throws(Problem) in
                throw Problem(.missingOnMachine, "no \(path)")
            }
            try trust.check(found, digest: Digest(digest), name: ImageReference(name))
            return true
        } catch {
            return false
        }
    }

    private func inline(_ text: String) -> TrustRequirement.Keys { .inline([Array(text.utf8)]) }

    private var byKey: TrustRequirement.Signer { .keys(inline(Material.publicKey)) }

    private func fulcio(
        _ root: String = Material.root, issuer: String = "https://issuer.example",
        email: String = "alice@example.com"
    ) -> TrustRequirement.Signer {
        .fulcio(.init(roots: inline(root), issuer: issuer, email: email))
    }

    @Test func aSignatureByTheKeyCounts() {
        #expect(accepts(byKey, signature()))
        #expect(accepts(.keys(.inline([Material.rekor, Material.publicKey].map { Array($0.utf8) })),
            signature()))
    }

    @Test func whatIsNotExactlySignedIsRefused() {
        let other = "sha256:" + String(repeating: "0", count: 64)
        #expect(!accepts(byKey, signature(), digest: other))
        #expect(!accepts(byKey, signature(), name: "quay.io/me/web:2"))
        #expect(!accepts(byKey, signature(), name: "quay.io/other/web:1"))
        #expect(!accepts(byKey, signature(payload: Material.payload + " ")))
        #expect(!accepts(byKey, signature(signature: "")))
        #expect(!accepts(byKey, signature(signature: "????")))
        #expect(!accepts(.keys(inline(Material.rekor)), signature()))
        var foreign = signature()
        foreign.mediaType = "application/vnd.dsse.envelope.v1+json"
        #expect(!accepts(byKey, foreign))
    }

    @Test func aLogThatIsDemandedHasToHaveSigned() {
        let log = Material.rekor
        #expect(accepts(byKey, log: log, signature(bundle: Material.keyBundle)))
        #expect(!accepts(byKey, log: log, signature()))
        #expect(!accepts(byKey, log: log, signature(bundle: Material.forged)))
        #expect(!accepts(byKey, log: log, signature(bundle: Material.leafBundle)))
        #expect(
            !accepts(byKey, log: Material.publicKey, signature(bundle: Material.keyBundle)))
    }

    @Test func aCertificateCountsForItsIssuerItsPersonAndItsTime() {
        let log = Material.rekor
        let found = signature(
            bundle: Material.leafBundle, leaf: Material.leaf, chain: Material.inter)
        #expect(accepts(fulcio(), log: log, found))
        #expect(accepts(fulcio(Material.inter), log: log, found))
        #expect(!accepts(fulcio(Material.other), log: log, found))
        #expect(!accepts(fulcio(issuer: "https://else.example"), log: log, found))
        #expect(!accepts(fulcio(email: "mallory@example.com"), log: log, found))
        let late = signature(
            bundle: Material.lateBundle, leaf: Material.leaf, chain: Material.inter)
        #expect(!accepts(fulcio(), log: log, late))
        let unchained = signature(bundle: Material.leafBundle, leaf: Material.leaf)
        #expect(!accepts(fulcio(), log: log, unchained))
        // A certificate for servers signs no code.
        let server = signature(
            bundle: Material.tlsBundle, leaf: Material.tls, chain: Material.inter)
        #expect(!accepts(fulcio(), log: log, server))
    }

    @Test func anAuthorityOfOnesOwnVouchesForMailOrHost() {
        func pki(_ root: String, email: String? = nil, host: String? = nil)
            -> TrustRequirement.Signer
        {
            var pki = TrustRequirement.PKI(roots: inline(root))
            pki.intermediates = inline(Material.inter)
            (pki.email, pki.host) = (email, host)
            return .pki(pki)
        }
        let found = signature(leaf: Material.tls)
        #expect(accepts(pki(Material.root, email: "alice@example.com"), found))
        #expect(accepts(pki(Material.root, host: "build.example.com"), found))
        #expect(!accepts(pki(Material.root, host: "evil.example.com"), found))
        #expect(!accepts(pki(Material.other, host: "build.example.com"), found))
        #expect(
            !accepts(
                pki(Material.root, host: "build.example.com"), found,
                now: Material.seconds + 864_000))
    }

    @Test func theEncryptedKeyOpensAndSignsWhatThePublicKeyVerifies() throws {
        let pem = Array(Material.privateKey.utf8)
        let key = try PrivateKey(pem: pem, passphrase: Array("open sesame".utf8), name: "key")
        let signature = try key.sign([1, 2, 3])
        let other = try PublicKey(pem: Array(Material.publicKey.utf8), name: "key")
        #expect(other.verifies(signature, of: [1, 2, 3]))
        #expect(!other.verifies(signature, of: [1, 2, 4]))
        #expect {
            _ = try PrivateKey(pem: pem, passphrase: Array("wrong".utf8), name: "key")
        } throws: {
            ($0 as? Problem)?.code == .noPermission
        }
    }

    @Test func theFormOfFilesIsReadAgain() throws {
        let found = signature(bundle: "{}")
        let bytes = found.fileBytes
        #expect(bytes.first == 0)
        let body = try #require(bytes.firstIndex(of: UInt8(ascii: "\n")))
        #expect(try SigstoreSignature(parsing: Array(bytes[(body + 1)...])) == found)
    }
}
