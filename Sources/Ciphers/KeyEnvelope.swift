package import Base
package import Specs

/// A secret for those who have one of several private keys: a JSON Web Encryption.
///
/// See RFC 7516, section 7.2: a general one for several keys, a flattened one for one key. Contents
/// are encrypted by AES-GCM.
package struct KeyEnvelope {
    /// One way in: what is said of it, and the wrapped key.
    private struct Entry {
        let header: JSON
        let key: [UInt8]
    }

    private let entries: [Entry]
    private let shared: [JSON]
    private let nonce: [UInt8]
    private let content: [UInt8]
    private let tag: [UInt8]
    private let bound: [UInt8]

    /// Reads an envelope, which belongs to the layer with that digest.
    package init(_ bytes: [UInt8], of layer: Digest) throws(Problem) {
        let name = "key of the layer \(layer.short)"
        func refuse(_ why: String) -> Problem {
            Problem(.badDocument, "the \(name) cannot be read", why: why)
        }
        func decoded(_ json: JSON?, _ member: String) throws(Problem) -> [UInt8] {
            guard let bytes = json?.text.flatMap({ Base64URL.decode($0) }) else {
                throw refuse("\"\(member)\" is missing or no base64url")
            }
            return bytes
        }
        let json = try JSON(parsing: bytes, name: name, limit: 256 << 10)
        let protected = json["protected"]?.text ?? ""
        var shared: [JSON] = []
        if !protected.isEmpty {
            shared.append(
                try JSON(
                    parsing: try decoded(json["protected"], "protected"), name: name,
                    limit: 64 << 10))
        }
        if let more = json["unprotected"] { shared.append(more) }
        var bound = protected
        if let more = json["aad"]?.text { bound += "." + more }
        var entries: [Entry] = []
        for one in json["recipients"]?.elements ?? [json] {
            entries.append(
                Entry(
                    header: one["header"] ?? .object([]),
                    key: try decoded(one["encrypted_key"], "encrypted_key")))
        }
        guard !entries.isEmpty, entries.count <= Self.mostKeys else {
            throw refuse("it is for \(entries.count) keys, and 1 to \(Self.mostKeys) are read")
        }
        self.shared = shared
        self.entries = entries
        self.bound = Array(bound.utf8)
        nonce = try decoded(json["iv"], "iv")
        content = try decoded(json["ciphertext"], "ciphertext")
        tag = try decoded(json["tag"], "tag")
        guard nonce.count == GCM.nonceBytes, tag.count == GCM.tagBytes else {
            throw refuse("its nonce or its tag has the wrong size")
        }
    }

    /// Each key costs an operation with each of those that are given.
    private static let mostKeys = 100

    /// Returns what is inside, or nil where it is for none of these keys.
    package func open(_ keys: [DecryptionKey]) throws(Problem) -> [UInt8]? {
        for entry in entries {
            let header = Header(parts: shared + [entry.header])
            guard let words = header.text("alg"), let wrapping = KeyWrapping(rawValue: words),
                let contents = header.text("enc").flatMap({ GCM(rawValue: $0) })
            else { continue }
            for key in keys {
                guard let inner = key.unwrap(entry.key, wrapping, header),
                    inner.count == contents.keyBytes,
                    let opened = contents.open(content, inner, nonce, tag: tag, bound: bound)
                else { continue }
                return opened
            }
        }
        return nil
    }

    /// Writes an envelope for all of these keys.
    static func seal(_ bytes: [UInt8], for keys: [EncryptionKey]) throws(Problem) -> [UInt8] {
        let inner = try Random.bytes(GCM.a256.keyBytes)
        let nonce = try Random.bytes(GCM.nonceBytes)
        var wrapped: [(header: [JSON.Member], key: [UInt8])] = []
        for key in keys { wrapped.append(try key.wrap(inner)) }
        var header: [JSON.Member] = []
        if wrapped.count == 1 { header = wrapped[0].header }
        header.append(.init("enc", .string(GCM.a256.rawValue)))
        let protected = Base64URL.encode(JSON.object(header).bytes())
        guard let closed = GCM.a256.close(bytes, inner, nonce, bound: Array(protected.utf8)) else {
            throw LayerCipher.failed
        }
        var members: [JSON.Member] = [.init("protected", .string(protected))]
        if wrapped.count == 1 {
            members.append(.init("encrypted_key", .string(Base64URL.encode(wrapped[0].key))))
        } else {
            let entries = wrapped.map { one in
                JSON.object([
                    .init("header", .object(one.header)),
                    .init("encrypted_key", .string(Base64URL.encode(one.key))),
                ])
            }
            members.append(.init("recipients", .array(entries)))
        }
        members.append(.init("iv", .string(Base64URL.encode(nonce))))
        members.append(.init("ciphertext", .string(Base64URL.encode(closed.content))))
        members.append(.init("tag", .string(Base64URL.encode(closed.tag))))
        return JSON.object(members).bytes()
    }

    /// What is said of a wrapped key, wherever in the envelope.
    struct Header {
        let parts: [JSON]

        subscript(name: String) -> JSON? {
            for part in parts {
                if let value = part[name] { return value }
            }
            return nil
        }

        func text(_ name: String) -> String? { self[name]?.text }

        /// Bytes in base64url; none where there is no such member.
        func bytes(_ name: String) -> [UInt8]? {
            guard let value = self[name] else { return [] }
            return value.text.flatMap { Base64URL.decode($0) }
        }
    }
}

/// How the key of an envelope's content is wrapped. See RFC 7518, section 4.1.
enum KeyWrapping: String {
    case oaep = "RSA-OAEP"
    case oaep256 = "RSA-OAEP-256"
    case agreed128 = "ECDH-ES+A128KW"
    case agreed192 = "ECDH-ES+A192KW"
    case agreed256 = "ECDH-ES+A256KW"

    /// How many bytes the agreed key has; nil where none is agreed.
    var agreedBytes: Int? {
        switch self {
        case .oaep, .oaep256: nil
        case .agreed128: 16
        case .agreed192: 24
        case .agreed256: 32
        }
    }
}

/// Base64 for addresses, without padding. See RFC 4648, section 5.
enum Base64URL {
    static func decode(_ text: String) -> [UInt8]? {
        var plain = ""
        for character in text {
            switch character {
            case "-": plain += "+"
            case "_": plain += "/"
            case "+", "/", "=": return nil
            default: plain.append(character)
            }
        }
        return Base64.decode(plain + String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4))
    }

    static func encode(_ bytes: [UInt8]) -> String {
        var text = ""
        for character in Base64.encode(bytes) where character != "=" {
            text.append(character == "+" ? "-" : character == "/" ? "_" : character)
        }
        return text
    }
}
