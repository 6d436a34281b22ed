import Base
import Kernel
import Signatures
import Specs

/// The keys of one image's requirements, and what they say of its signatures.
struct Witness {
    let policy: TrustPolicy
    let environment: [String: String]
    let view: FileView
    /// The image, for messages.
    let shown: String
    let digest: Digest
    /// nil for an image of a place that knows no names of registries.
    let name: ImageReference?

    /// Makes sure that the image meets every requirement.
    ///
    /// - Throws: `refused` where the policy rejects it, or where nothing that it trusts vouches.
    func check(_ requirements: [TrustRequirement], _ found: [FoundSignature]) throws(Problem) {
        for requirement in requirements {
            switch requirement {
            case .accept: continue
            case .reject: throw policy.rejection(of: shown)
            case .unsupported(let kind): throw Witness.unsupported(kind, shown, policy)
            case .signedBy(let wanted):
                let keys = try SimpleSigning(wanted.keys, environment, read: read)
                try one(of: found, "signedBy") { (signature) throws(Problem) in
                    guard case .simple(let bytes) = signature else { return false }
                    let claim = try SignedClaim(parsing: keys.open(bytes), .simple)
                    try agree(claim, wanted.identity)
                    return true
                }
            case .sigstoreSigned(let wanted):
                let trust = try SigstoreTrust(
                    wanted, now: Clock.wall() / 1_000_000_000, read: read)
                try one(of: found, "sigstoreSigned") { (signature) throws(Problem) in
                    guard case .sigstore(let signature) = signature else { return false }
                    try trust.check(signature, digest: digest, name: name)
                    return true
                }
            }
        }
    }

    static func unsupported(_ kind: String, _ shown: String, _ policy: TrustPolicy) -> Problem {
        Problem(
            .notBuilt, "\"\(shown)\" cannot be checked",
            why: "\"\(policy.name)\" requires \(kind), which is not built")
    }

    private func agree(_ claim: SignedClaim, _ identity: SignedIdentity) throws(Problem) {
        guard claim.digest == digest else {
            throw Problem(.notVerified, "a signature is for the digest \(claim.digest)")
        }
        guard identity.accepts(claim.name, for: name) else {
            throw Problem(
                .notVerified, "a signature is for the name \"\(claim.name.printable)\"")
        }
    }

    /// One signature that counts is enough; `body` returns false for those of another kind.
    private func one(
        of found: [FoundSignature], _ kind: String,
        _ body: (FoundSignature) throws(Problem) -> Bool
    ) throws(Problem) {
        var refusal = Problem(
            .refused, "\"\(shown)\" may not be used",
            why: "\"\(policy.name)\" requires \(kind), and no such signature comes with it",
            next: "sign it, or see where registries.d looks for signatures")
        for signature in found {
            do throws(Problem) {
                if try body(signature) { return }
            } catch {
                if error.code == .missingOnMachine { throw error }
                refusal.why =
                    "\"\(policy.name)\" requires \(kind), and no signature that came with it counts"
                refusal.next = "choose an image that is signed by those who are trusted"
                refusal.others.append(error)
            }
        }
        throw refusal
    }

    private func read(_ path: String) throws(Problem) -> [UInt8] {
        guard let bytes = try view.read(path) else {
            throw Problem(
                .missingOnMachine, "\"\(shown)\" cannot be checked",
                why: "there is no \"\(path)\", which \"\(policy.name)\" names",
                next: "put the key there, or correct the policy")
        }
        return bytes
    }
}
