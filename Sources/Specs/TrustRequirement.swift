/// One thing that policy.json demands of an image. See containers-policy.json(5), "Policy Requirements".
package enum TrustRequirement: Equatable, Sendable {
    case accept
    case reject
    /// A signature in GnuPG's format.
    case signedBy(SignedBy)
    case sigstoreSigned(Sigstore)
    /// A kind that is known and not built here: it always refuses.
    case unsupported(String)

    /// Whether a signature has to be looked at.
    package var wantsSignature: Bool {
        switch self {
        case .signedBy, .sigstoreSigned: true
        default: false
        }
    }

    /// Keys or certificates, in files or in the policy itself.
    package enum Keys: Equatable, Sendable {
        case files([String])
        case inline([[UInt8]])
    }

    package struct SignedBy: Equatable, Sendable {
        package var keys: Keys
        package var identity: SignedIdentity
    }

    package struct Sigstore: Equatable, Sendable {
        package var signer: Signer
        /// The public keys of the Rekor whose word is demanded.
        package var log: Keys?
        package var identity: SignedIdentity
    }

    /// Who may have signed.
    package enum Signer: Equatable, Sendable {
        case keys(Keys)
        case fulcio(Fulcio)
        case pki(PKI)
    }

    /// A certificate that a Fulcio issued for a person.
    package struct Fulcio: Equatable, Sendable {
        package var roots: Keys
        package var issuer: String
        package var email: String
    }

    /// A certificate of an authority of one's own.
    package struct PKI: Equatable, Sendable {
        package var roots: Keys
        package var intermediates: Keys?
        package var email: String?
        package var host: String?
    }
}
