package import Base
import Checksums
import Specs

/// A Rekor's word that a signature was in its log at a time: the "bundle" beside a signature.
package struct LogEntry {
    private let promise: [UInt8]
    private let body: [UInt8]
    /// When it was logged, in seconds of 1970.
    package let seconds: Int64
    /// What the Rekor signed: the payload in the form of RFC 8785.
    private let signed: [UInt8]

    package init(parsing text: String) throws(Problem) {
        let json = try JSON(
            parsing: Array(text.utf8), name: "bundle", limit: Limits.manifestBytes)
        let top = try LogEntry.members(json, ["SignedEntryTimestamp", "Payload"])
        let payload = try LogEntry.members(
            top["Payload"], ["body", "integratedTime", "logID", "logIndex"])
        guard let promise = top["SignedEntryTimestamp"]?.text.flatMap({ Base64.decode($0) }),
            let encoded = payload["body"]?.text, let body = Base64.decode(encoded),
            case .number(let time)? = payload["integratedTime"], let seconds = Int64(time),
            case .number(let index)? = payload["logIndex"], let index = Int64(index),
            let log = payload["logID"]?.text
        else { throw LogEntry.refuse("a part of it is malformed") }
        (self.promise, self.body, self.seconds) = (promise, body, seconds)
        // Members in the order of their names and integers as they are: RFC 8785 for what this holds.
        guard [encoded, log].allSatisfy(LogEntry.isPlain) else {
            throw LogEntry.refuse("it has characters that none has")
        }
        signed = JSON.object([
            .init("body", .string(encoded)), .init("integratedTime", .integer(seconds)),
            .init("logID", .string(log)), .init("logIndex", .integer(index)),
        ]).bytes()
    }

    /// Makes sure that one of `keys` signed the entry, and that it is about this signature.
    ///
    /// - Parameter signer: the DER of the key or the certificate that made the signature.
    package func check(
        _ keys: [PublicKey], signer: [UInt8], signature: [UInt8], payload: [UInt8]
    ) throws(Problem) {
        guard keys.contains(where: { $0.verifies(promise, of: signed) }) else {
            throw LogEntry.refuse("no trusted log signed it")
        }
        let json = try JSON(parsing: body, name: "log entry", limit: Limits.manifestBytes)
        guard json["kind"]?.text == "hashedrekord", json["apiVersion"]?.text == "0.0.1" else {
            throw LogEntry.refuse("it is no hashedrekord of version 0.0.1")
        }
        let spec = json["spec"]
        guard
            let content = spec?["signature"]?["publicKey"]?["content"]?.text
                .flatMap({ Base64.decode($0) }),
            case let blocks = try ArmoredText.blocks(content, name: "log entry"), blocks.count == 1,
            blocks[0].bytes == signer
        else { throw LogEntry.refuse("it is about another signer") }
        guard
            spec?["signature"]?["content"]?.text.flatMap({ Base64.decode($0) }) == signature
        else { throw LogEntry.refuse("it is about another signature") }
        guard spec?["data"]?["hash"]?["algorithm"]?.text == "sha256",
            spec?["data"]?["hash"]?["value"]?.text == Checksum.of(payload).hex
        else { throw LogEntry.refuse("it is about another content") }
    }

    private static func isPlain(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0.isLetterOrDigit || "+/=-_".utf8.contains($0) }
    }

    private static func members(_ json: JSON?, _ names: Set<String>)
        throws(Problem) -> [String: JSON]
    {
        guard case .object(let members)? = json, Set(members.map(\.name)) == names else {
            throw refuse("its members are not \(names.sorted())")
        }
        return Dictionary(members.map { ($0.name, $0.value) }) { one, _ in one }
    }

    private static func refuse(_ why: String) -> Problem {
        Problem(.notVerified, "the log entry of a signature does not hold", why: why)
    }
}
