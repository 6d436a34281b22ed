package import Base

/// What a signature says: that this digest is the image of that name. See containers-signature(5).
package struct SignedClaim: Equatable, Sendable {
    /// The two families of signatures, which say the same in almost the same words.
    package enum Kind: String, Sendable {
        case simple = "atomic container signature"
        case sigstore = "cosign container image signature"
    }

    package var digest: Digest
    package var name: String

    package init(digest: Digest, name: String) {
        self.digest = digest
        self.name = name
    }

    /// Reads a claim whose signature has been checked; anything unknown in it refuses it.
    package init(parsing bytes: [UInt8], _ kind: Kind) throws(Problem) {
        let json = try JSON(parsing: bytes, name: "signature", limit: Limits.answerBytes)
        func members(_ json: JSON?, _ names: [String], _ what: String) throws(Problem) {
            guard case .object(let members)? = json else {
                throw SignedClaim.refuse("\(what) is no object")
            }
            guard Set(members.map(\.name)) == Set(names) else {
                throw SignedClaim.refuse("\(what) has other members than \(names)")
            }
        }
        try members(json, ["critical", "optional"], "it")
        let critical = json["critical"]
        try members(critical, ["identity", "image", "type"], "\"critical\"")
        try members(critical?["image"], ["docker-manifest-digest"], "\"image\"")
        try members(critical?["identity"], ["docker-reference"], "\"identity\"")
        guard critical?["type"]?.text == kind.rawValue else {
            throw SignedClaim.refuse("it is no \"\(kind.rawValue)\"")
        }
        switch json["optional"] {
        case .null where kind == .sigstore: break
        case .object: break
        default: throw SignedClaim.refuse("\"optional\" is no object")
        }
        guard let digest = critical?["image"]?["docker-manifest-digest"]?.text,
            let name = critical?["identity"]?["docker-reference"]?.text
        else { throw SignedClaim.refuse("it names no image") }
        self.digest = try Digest(digest)
        self.name = name
    }

    /// Returns the text that is signed.
    package func bytes(_ kind: Kind, creator: String, seconds: Int64) -> [UInt8] {
        JSON.object([
            .init(
                "critical",
                .object([
                    .init("identity", .object([.init("docker-reference", .string(name))])),
                    .init(
                        "image",
                        .object([.init("docker-manifest-digest", .string("\(digest)"))])),
                    .init("type", .string(kind.rawValue)),
                ])),
            .init(
                "optional",
                .object([
                    .init("creator", .string(creator)), .init("timestamp", .integer(seconds)),
                ])),
        ]).bytes()
    }

    private static func refuse(_ why: String) -> Problem {
        Problem(.notVerified, "a signature cannot be understood", why: why)
    }
}
