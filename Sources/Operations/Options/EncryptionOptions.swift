package import Base
import Engine
package import Specs

/// For whom layers are encrypted.
package struct EncryptionChoices: Equatable, Sendable {
    /// Files with public keys.
    package var keys: [String] = []
    package var layers: [Int] = []

    package init() {}

    /// Returns the request for martlet-registry; nil where nothing is to be encrypted.
    package func wish() throws(Problem) -> EncryptionWish? {
        if keys.isEmpty { return nil }
        var paths: [String] = []
        for key in keys { paths.append(try SigningChoices.absolute(key)) }
        return EncryptionWish(keys: paths, layers: layers.isEmpty ? nil : layers)
    }

    /// Refuses what contradicts itself.
    package func check(_ form: FormChoices) throws(Problem) {
        if keys.isEmpty {
            guard layers.isEmpty else {
                throw Problem(.badUsage, "--encrypt-layer is for --encryption-key")
            }
            return
        }
        guard form.form != "v2s2" else {
            throw Problem(
                .badUsage, "Docker's form has no encrypted layers", next: "leave --format out")
        }
        guard !form.keepsDigests else {
            throw Problem(
                .badUsage, "--encryption-key and --preserve-digests exclude each other",
                why: "an encrypted image has another digest")
        }
    }

    /// Reads `jwe:FILE`. See skopeo-copy(1).
    static func key(_ text: String) throws(Problem) -> String {
        let kinds = ["pgp", "pkcs7", "pkcs11", "provider", "experimental"]
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        if parts.count == 2, parts[0] == "jwe" { return parts[1] }
        if parts.count == 2, kinds.contains(parts[0]) {
            throw Problem(
                .notBuilt, "layers are not encrypted by \(parts[0])",
                next: "use a public key of RSA or of an elliptic curve: jwe:FILE")
        }
        throw Problem(
            .badValue, "\"\(text.printable)\" is no key to encrypt for",
            next: "write it as jwe:FILE, with a public key in the file")
    }
}

/// Reads `FILE[:PASSPHRASE]`, as skopeo-copy(1) has it.
enum DecryptionKeyWord {
    static func parse(_ text: String) throws(Problem) -> DecryptionWish {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            .map(String.init)
        guard !parts[0].isEmpty else {
            throw Problem(
                .badValue, "\"\(text.printable)\" is no private key",
                next: "write it as FILE or FILE:PASSPHRASE")
        }
        var wish = DecryptionWish(key: parts[0])
        guard parts.count == 2 else { return wish }
        let word = parts[1]
        if word.hasPrefix("file=") {
            wish.passphrase = try SigningChoices.passphrase(in: String(word.dropFirst(5)))
        } else if word.hasPrefix("fd=") {
            throw Problem(
                .notBuilt, "passphrases are not read from descriptors",
                next: "use FILE:file=PASSPHRASEFILE")
        } else {
            wish.passphrase = word.hasPrefix("pass=") ? String(word.dropFirst(5)) : word
        }
        return wish
    }

    /// Returns the requests for martlet-registry: passphrases are read, and paths are whole.
    static func wishes(_ words: [String]) throws(Problem) -> [DecryptionWish] {
        var wishes: [DecryptionWish] = []
        for word in words {
            var wish = try parse(word)
            wish.key = try SigningChoices.absolute(wish.key)
            wishes.append(wish)
        }
        return wishes
    }
}

extension Field {
    /// `--encryption-key` and `--encrypt-layer`
    package static func encryption(
        _ path: any (WritableKeyPath<Request, EncryptionChoices> & Sendable)
    ) -> [Field] {
        [
            .repeated("encryption-key", "jwe:FILE", "Encrypt layers for this public key") {
                (request, text) throws(Problem) in
                request[keyPath: path].keys.append(try EncryptionChoices.key(text))
            } write: {
                $0[keyPath: path].keys.map { "jwe:\($0)" }
            },
            .repeated(
                "encrypt-layer", "NUMBER",
                "Encrypt this layer alone: 0 is the lowest, -1 the highest"
            ) {
                (request, text) throws(Problem) in
                for word in text.split(separator: ",", omittingEmptySubsequences: false) {
                    guard let number = Int(word) else {
                        throw Problem(
                            .badValue, "\"\(text.printable)\" is no number of a layer",
                            next: "count from 0, the lowest, or down from -1, the highest")
                    }
                    request[keyPath: path].layers.append(number)
                }
            } write: {
                $0[keyPath: path].layers.map { "\($0)" }
            },
        ]
    }

    /// `--decryption-key`
    package static func decryptionKey(
        _ path: any (WritableKeyPath<Request, [String]> & Sendable)
    ) -> Field {
        .repeated(
            "decryption-key", "FILE[:PASSPHRASE]", "Decrypt layers by the private key in this file"
        ) {
            $0[keyPath: path].append($1)
        } write: {
            $0[keyPath: path]
        }.completing(.file)
    }
}
