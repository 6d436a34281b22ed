package import Base

/// What the engine asks of `martlet-registry`: its plan, on the descriptor `--plan-fd` names.
///
/// Blobs, manifests and configurations are written into the directory behind `--blobs-fd`, in files
/// named by their digest (`sha256:…`); what is on its way there is called `.sha256:….part`.
/// A file with its final name has been checked, size and digest.
package struct RegistryRequest: Codable, Sendable {
    /// What is to be done.
    package enum Verb: String, Codable, Sendable {
        /// Fetches the first of `candidates` that there is.
        case pull
        /// Fetches documents and blobs as they are, as far as `depth` says.
        case fetch
        /// Looks which of the blobs `known` are with the registry of the first of `candidates`.
        case probe
        /// Sends the image whose manifest is `manifest` to the first of `candidates`.
        case push
        /// Reads the manifest and the configuration of the first of `candidates`; no layers.
        case inspect
        /// Lists the tags of the first of `candidates`.
        case listTags
        /// Lists what refers to the first of `candidates`, as the text of an index.
        case listReferrers
        /// Checks `credentials` with `registry`, and keeps them in the file of credentials; those
        /// that are kept already where none are given.
        case login
        /// Forgets the credentials for `registry`, or all where it is nil.
        case logout
        /// Tells the name that is kept for `registry`.
        case showUser
        /// Removes the manifest of the first of `candidates` from its registry.
        case delete
        /// Looks for repositories in `registry` whose names contain `query`.
        case search
        /// Fetches the text at `address`, whoever has it.
        case document
        /// Signs the first of `candidates`, which is in its registry, as `signing` says.
        case sign
        /// Checks `local` by the policy: an image of this machine that brings signatures.
        case vouch
        /// Encrypts layers of `manifest` as `encryption` says, in the blobs directory.
        case encrypt
        /// Decrypts the encrypted layers of `manifest` by `decryption`, in the blobs directory.
        case decrypt
    }

    /// How much `fetch` fetches.
    package enum Depth: String, Codable, Sendable {
        /// What the name stands for, and nothing below it.
        case root
        /// The image for `platform`, whole.
        case image
        /// The index with all its images.
        case all
    }

    package var verb: Verb
    /// Fully qualified names in the order in which they are tried.
    package var candidates: [ImageReference]
    /// The platform to choose from an index; nil is this machine's.
    package var platform: Platform?
    /// Overrides what registries.conf says about TLS: false allows unverified TLS and plain HTTP.
    package var verifiesTLS: Bool?
    /// The only file of credentials to read; nil looks in all the usual places.
    package var authFile: String?
    /// Writes credentials under the keys that docker has for registries.
    package var writesDockerKeys: Bool?
    /// A directory of certificates that is used beside those of certs.d.
    package var certificateDirectory: String?
    /// The policy file to use instead of the usual ones.
    package var policyFile: String?
    /// Credentials that were given on the command line or are to be checked.
    package var credentials: RegistryCredentials?
    /// Blobs that need not be fetched, as the store has what is in them.
    package var known: [Digest]
    /// How often a failed request is repeated; nil is the usual number.
    package var retries: Int?
    /// The first pause before a repetition in milliseconds, which then doubles.
    package var retryPauseMilliseconds: Int?
    /// How long a transfer may stand still; nil is the usual time.
    package var stallSeconds: Int?
    /// For `push`, `encrypt` and `decrypt`: the manifest or index; it and all it names lie in the
    /// blobs directory.
    package var manifest: Digest?
    /// For `fetch`.
    package var depth: Depth?
    /// For `push` and `probe`: repositories of the same registry that blobs may be mounted from.
    package var mountFrom: [String]?
    /// For `login`, `logout` and `search`: host and port, for a login also a path.
    package var registry: String?
    /// For `push` and `sign`: who signs.
    package var signing: SigningWish?
    /// For `sign`: a directory for signatures in place of the one that registries.d names.
    package var signatureDirectory: String?
    /// For `vouch`.
    package var local: LocalImage?
    /// For `encrypt`.
    package var encryption: EncryptionWish?
    /// For `pull` and `decrypt`: the private keys that open layers.
    package var decryption: [DecryptionWish]?
    /// For `listReferrers`: list those of this type alone.
    package var artifactType: String?
    /// For `document`: where on the web it lies.
    package var address: String?
    /// For `search`: what is looked for.
    package var query: String?
    /// For `search`: how many results are wanted at most.
    package var limit: Int?

    package init(_ verb: Verb, _ candidates: [ImageReference]) {
        self.verb = verb
        self.candidates = candidates
        self.known = []
    }
}

/// Who signs an image, and for which name.
package struct SigningWish: Codable, Sendable {
    /// A key of the user's, as gpg finds it.
    package var gpgKey: String?
    /// A file with an encrypted private key of sigstore's.
    package var sigstoreKey: String?
    /// What opens the key; nil leaves it to gpg to ask.
    package var passphrase: String?
    /// The name to sign for; nil is the target's.
    package var identity: ImageReference?

    package init() {}
}

/// For whom layers of an image are encrypted.
package struct EncryptionWish: Codable, Equatable, Sendable {
    /// Files with public keys; each of their owners can decrypt.
    package var keys: [String]
    /// Which layers, the lowest being 0 and the highest -1; nil encrypts all.
    package var layers: [Int]?

    package init(keys: [String], layers: [Int]? = nil) {
        self.keys = keys
        self.layers = layers
    }
}

/// A private key that opens encrypted layers.
package struct DecryptionWish: Codable, Equatable, Sendable {
    /// The file that it lies in.
    package var key: String
    package var passphrase: String?

    package init(key: String, passphrase: String? = nil) {
        self.key = key
        self.passphrase = passphrase
    }
}

/// An image on this machine, as policy.json sees it.
package struct LocalImage: Codable, Sendable {
    package var transport: String
    /// Most specific first.
    package var scopes: [String]
    /// The place, for messages.
    package var shown: String
    /// Of its manifest.
    package var digest: Digest
    /// What lies beside it, in base64.
    package var signatures: [String]

    package init(
        transport: String, scopes: [String], shown: String, digest: Digest, signatures: [String]
    ) {
        self.transport = transport
        self.scopes = scopes
        self.shown = shown
        self.digest = digest
        self.signatures = signatures
    }
}

/// A name and a password for a registry, or a token that stands for both.
package struct RegistryCredentials: Codable, Hashable, Sendable {
    package var user: String
    package var password: String
    /// A refresh token of an earlier login (`identitytoken` in auth.json).
    package var identityToken: String?

    package init(user: String, password: String, identityToken: String? = nil) {
        self.user = user
        self.password = password
        self.identityToken = identityToken
    }
}

/// What `martlet-registry` tells the engine, one message each, on `--channel-fd`.
///
/// The last message is `pulled`, `pushed`, `fetched`, `made`, `done` or `failed`.
package enum RegistryEvent: Codable, Sendable {
    /// A candidate, or a mirror of it, is about to be asked.
    case trying(String)
    /// The manifest is known: what will be fetched.
    case resolved(RegistryImage)
    case blobStarted(Digest, size: Int64)
    /// So many bytes have arrived or been sent; at most ten a second for each blob.
    case blobProgress(Digest, bytes: Int64)
    /// The blob has its final name, or is with the registry.
    case blobFinished(Digest)
    /// The blob was there before.
    case blobSkipped(Digest)
    /// Something failed and is tried again: what, and after how many seconds.
    case retrying(String, seconds: Double)
    /// Something to tell the user, though the work goes on.
    case warning(String)
    case pulled(RegistryImage)
    case pushed(Digest)
    /// What was fetched: the candidate that answered, and what its name stands for.
    case fetched(ImageReference, ContentDescriptor)
    /// The document that stands in the blobs directory for an image that was made of another.
    case made(ContentDescriptor)
    /// The candidate whose tags follow; or whose referrers do, with its digest.
    case listed(ImageReference)
    /// Some of the tags; more may follow.
    case tags([String])
    /// Some of the results; more may follow.
    case found([RegistrySearchResult])
    case user(String)
    /// Some of the text of a document; more may follow.
    case text(String)
    case done
    case failed(Problem)
}

/// An image as a registry has it; the documents lie in the blobs directory under their digests.
package struct RegistryImage: Codable, Hashable, Sendable {
    /// The candidate that answered.
    package var reference: ImageReference
    /// What the name stands for in the registry: the digest of the index, else of the manifest.
    package var digest: Digest
    /// The manifest of the chosen platform.
    package var manifest: ContentDescriptor
    package var config: ContentDescriptor
    /// Lowest first, as in the manifest.
    package var layers: [ContentDescriptor]
    /// Whether layers were decrypted: the manifest was made here then, and no registry has it.
    package var isDecrypted = false

    package init(
        reference: ImageReference, digest: Digest, manifest: ContentDescriptor,
        config: ContentDescriptor, layers: [ContentDescriptor]
    ) {
        self.reference = reference
        self.digest = digest
        self.manifest = manifest
        self.config = config
        self.layers = layers
    }
}

/// A repository that a registry's search found.
package struct RegistrySearchResult: Codable, Hashable, Sendable {
    package var name: String
    package var description: String
    package var stars: Int
    package var isOfficial: Bool

    package init(name: String, description: String = "", stars: Int = 0, isOfficial: Bool = false) {
        self.name = name
        self.description = description
        self.stars = stars
        self.isOfficial = isOfficial
    }
}
