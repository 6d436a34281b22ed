import Base
import Kernel
import Signatures
import Specs

/// Makes signatures of images: by gpg with a key of the user's, or by a private key of sigstore's.
struct Signer {
    private let wish: SigningWish
    private let environment: [String: String]
    private let gpg: String?
    private let key: PrivateKey?

    /// Finds the program and opens the key, so that nothing is sent if there is no signing it.
    init(_ wish: SigningWish, _ environment: [String: String], _ view: FileView) throws(Problem) {
        self.wish = wish
        self.environment = environment
        gpg = try wish.gpgKey.map { _ throws(Problem) in
            try Programs.find(
                "gpg", in: environment, why: "--sign-by signs by it", next: "install gpg")
        }
        key = try wish.sigstoreKey.map { path throws(Problem) in
            guard let bytes = try view.read(path) else {
                throw Problem(.badValue, "there is no private key \"\(path.printable)\"")
            }
            return try PrivateKey(
                pem: bytes, passphrase: Array((wish.passphrase ?? "").utf8), name: path)
        }
    }

    var makesSigstore: Bool { key != nil }
    var makesSimple: Bool { gpg != nil }

    /// Returns a signature of GnuPG's.
    func simple(_ digest: Digest, _ target: ImageReference) throws(Problem) -> [UInt8]? {
        guard let gpg, let user = wish.gpgKey else { return nil }
        let claim = SignedClaim(digest: digest, name: try name(target))
        let payload = claim.bytes(
            .simple, creator: "martlet", seconds: Clock.wall() / 1_000_000_000)
        let answer = try explaining("cannot run \"\(gpg)\"") { () throws(KernelFault) in
            try run(gpg, user, payload)
        }
        guard answer.code == 0, !answer.output.isEmpty else {
            throw Problem(
                .helper, "cannot sign as \"\(user.printable)\"",
                why: String(decoding: answer.words.prefix(400), as: UTF8.self)
                    .split(separator: "\n").joined(separator: "; ").printable,
                next: "see the keys you have with \"gpg --list-secret-keys\"")
        }
        return answer.output
    }

    /// Returns a signature of sigstore's.
    func sigstore(_ digest: Digest, _ target: ImageReference) throws(Problem)
        -> SigstoreSignature?
    {
        guard let key else { return nil }
        let claim = SignedClaim(digest: digest, name: try name(target))
        let payload = claim.bytes(
            .sigstore, creator: "martlet", seconds: Clock.wall() / 1_000_000_000)
        return SigstoreSignature(
            mediaType: SigstoreSignature.mediaType, payload: payload,
            annotations: [
                SigstoreSignature.signatureKey: Base64.encode(try key.sign(payload))
            ])
    }

    private func name(_ target: ImageReference) throws(Problem) -> String {
        if let identity = wish.identity { return identity.description }
        guard target.digest == nil else {
            throw Problem(
                .badUsage, "\"\(target)\" cannot be signed", why: "it has no tag to sign it for",
                next: "give the name to sign it for: --sign-identity NAME:TAG")
        }
        return target.complete.description
    }

    private func run(_ gpg: String, _ user: String, _ payload: [UInt8]) throws(KernelFault)
        -> (code: Int, output: [UInt8], words: [UInt8])
    {
        let input = try MemoryFile.sealed(payload, name: "payload")
        let output = try MemoryFile.open(name: "signature")
        let words = try MemoryFile.open(name: "words")
        let secret = try MemoryFile.sealed(
            Array((wish.passphrase ?? "").utf8), name: "passphrase")
        var arguments = [gpg, "--batch", "--quiet", "--local-user", user]
        if wish.passphrase != nil {
            arguments += ["--pinentry-mode", "loopback", "--passphrase-fd", "3"]
        }
        arguments += ["--output", "-", "--sign"]
        var spawn = Spawn(gpg, arguments)
        spawn.environment = environment.map { "\($0.key)=\($0.value)" }
        spawn.descriptors = [
            .init(input, as: 0), .init(output, as: 1), .init(words, as: 2), .init(secret, as: 3),
        ]
        let code = try spawn.start().wait().exitCode
        try output.seek(to: 0)
        try words.seek(to: 0)
        return (
            code, try output.readAll(limit: Limits.answerBytes, name: "signature"),
            try words.readAll(limit: Limits.answerBytes, name: "words")
        )
    }
}
