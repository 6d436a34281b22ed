package import Base
import Documents
import Kernel

/// A file of parameters for signatures of sigstore's: what `--sign-by-sigstore` names. See
/// containers-sigstore-signing-params.yaml(5).
package struct SigningParameters: Equatable, Sendable {
    package let keyFile: String
    package let passphraseFile: String?

    /// Reads a file.
    ///
    /// - Throws: `notBuilt` where it wants a certificate of Fulcio's or an entry in a log of Rekor's.
    package init(reading path: String) throws(Problem) {
        let what = "cannot sign by \"\(path.printable)\""
        let bytes = try explaining(what) { () throws(KernelFault) in
            try Files.read(path, limit: Limits.documentBytes)
        }
        let documents = try YAML.parse(bytes, name: path)
        guard documents.count == 1, case .object(let members) = documents[0] else {
            throw Problem(.badDocument, what, why: "it is no list of parameters")
        }
        var words: [String: String] = [:]
        for member in members {
            switch member.name {
            case "privateKeyFile", "privateKeyPassphraseFile":
                guard let text = member.value.text, !text.isEmpty else {
                    throw Problem(.badDocument, what, why: "its \(member.name) is no path")
                }
                words[member.name] = text
            case "fulcio", "rekorURL":
                throw Problem(
                    .notBuilt, what,
                    why: "\(member.name) asks for a service of sigstore's, which is not built",
                    next: "sign by a key of your own: privateKeyFile")
            default:
                throw Problem(
                    .badDocument, what, why: "it has no parameter \"\(member.name.printable)\"",
                    next: "use privateKeyFile and privateKeyPassphraseFile")
            }
        }
        guard let key = words["privateKeyFile"] else {
            throw Problem(.badDocument, what, why: "it names no privateKeyFile")
        }
        keyFile = key
        passphraseFile = words["privateKeyPassphraseFile"]
    }
}
