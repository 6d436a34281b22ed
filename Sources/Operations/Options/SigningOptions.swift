package import Base
import Engine
import Kernel
package import Specs

/// Who signs what is sent: the words of push, copy and the like.
package struct SigningChoices: Equatable, Sendable {
    package var gpgKey: String?
    package var sigstoreKey: String?
    /// A file that names such a key.
    package var parameterFile: String?
    package var passphraseFile: String?
    package var identity: ImageReference?

    package init() {}

    /// Returns the request for martlet-registry; nil where nothing is to be signed.
    ///
    /// The passphrase of a key of sigstore's is asked for on the terminal where no file has it; gpg
    /// asks for its own.
    package func wish() throws(Problem) -> SigningWish? {
        let ways = [
            ("--sign-by", gpgKey), ("--sign-by-sigstore-private-key", sigstoreKey),
            ("--sign-by-sigstore", parameterFile),
        ].filter { $0.1 != nil }
        guard ways.count <= 1 else {
            throw Problem(.badUsage, "\(ways[0].0) and \(ways[1].0) exclude each other")
        }
        guard !ways.isEmpty else { return nil }
        var (sigstoreKey, passphraseFile) = (sigstoreKey, passphraseFile)
        if let parameterFile {
            let parameters = try SigningParameters(reading: parameterFile)
            sigstoreKey = parameters.keyFile
            passphraseFile = passphraseFile ?? parameters.passphraseFile
        }
        var wish = SigningWish()
        wish.gpgKey = gpgKey
        wish.sigstoreKey = try sigstoreKey.map { path throws(Problem) in
            try SigningChoices.absolute(path)
        }
        wish.identity = identity
        if let passphraseFile {
            wish.passphrase = try SigningChoices.passphrase(in: passphraseFile)
        } else if sigstoreKey != nil {
            wish.passphrase = try explaining(
                "cannot ask for the passphrase", next: "give --sign-passphrase-file FILE"
            ) { () throws(KernelFault) in
                try Terminals.readSecret("Passphrase of \(sigstoreKey ?? ""): ")
            }
        }
        return wish
    }

    /// The passphrase in a file: its first line, as podman reads it.
    static func passphrase(in path: String) throws(Problem) -> String {
        let text = try explaining("cannot read \"\(path.printable)\"") {
            () throws(KernelFault) in
            try Files.readText(path, limit: 64 << 10)
        }
        return String(text.prefix { $0 != "\n" && $0 != "\r\n" })
    }

    /// Where a relative path leads from here.
    static func absolute(_ path: String) throws(Problem) -> String {
        if path.hasPrefix("/") { return path }
        return try explaining("cannot find \"\(path.printable)\"") { () throws(KernelFault) in
            try Files.target("/proc/self/cwd") + "/" + path
        }
    }
}

extension Field {
    /// Where a request keeps who signs.
    package typealias SigningPath = any (WritableKeyPath<Request, SigningChoices> & Sendable)

    /// `--sign-by` and its like; what is not built is refused by name.
    package static func signing(_ path: SigningPath) -> [Field] {
        [
            .value("sign-by", "KEY", "Sign it by this key of yours, with gpg") {
                $0[keyPath: path].gpgKey = $1
            } write: {
                $0[keyPath: path].gpgKey
            },
            .value("sign-by-sigstore-private-key", "FILE", "Sign it by this key of sigstore's") {
                $0[keyPath: path].sigstoreKey = $1
            } write: {
                $0[keyPath: path].sigstoreKey
            }.completing(.file),
            .value("sign-by-sigstore", "FILE", "Sign it as this file of parameters says") {
                $0[keyPath: path].parameterFile = $1
            } write: {
                $0[keyPath: path].parameterFile
            }.completing(.file),
            passphraseFile(path),
            .notBuilt("sign-by-sq-fingerprint"),
            .flag("remove-signatures", "Leave signatures behind; they are never copied") {
                _, _ in
            } write: { _ in
                false
            },
        ]
    }

    private static func passphraseFile(_ path: SigningPath) -> Field {
        .value("sign-passphrase-file", "FILE", "Read the key's passphrase from this file") {
            $0[keyPath: path].passphraseFile = $1
        } write: {
            $0[keyPath: path].passphraseFile
        }.completing(.file)
    }

    /// `--sign-identity`
    package static func signIdentity(_ path: SigningPath) -> Field {
        .value("sign-identity", "NAME", "Sign it for this name in place of the target's") {
            (request, text) throws(Problem) in
            let name = try ImageReference(text)
            guard !name.isShort, name.tag != nil || name.digest != nil else {
                throw Problem(
                    .badValue, "\"\(text.printable)\" is no name to sign for",
                    why: "it needs a registry and a tag")
            }
            request[keyPath: path].identity = name
        } write: {
            $0[keyPath: path].identity?.description
        }
    }
}
