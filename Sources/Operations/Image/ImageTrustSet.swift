package import Base
package import Engine
import Kernel
package import Specs

/// `martlet image trust set`
package enum ImageTrustSet: Verb {
    package struct Request: Equatable, Sendable {
        package var scope = ""
        package var kind = TrustDocument.Kind.signedBy
        package var keyFiles: [String] = []
        package var policyFile: String?
    }

    /// Nothing is said.
    package typealias Reply = Batch

    package static var card: Card<Request> {
        Card(
            "image trust set", summary: "Say which images may be used, and who must have signed",
            .post("/trust"), blank: Request(), fields: fields
        ).checking { (request) throws(Problem) in
            let kind = request.kind.rawValue
            if request.kind.needsKeys, request.keyFiles.isEmpty {
                throw Problem(
                    .badUsage, "the type \"\(kind)\" needs a public key",
                    next: "give --pubkeysfile FILE, or another --type")
            }
            if !request.kind.needsKeys, !request.keyFiles.isEmpty {
                throw Problem(.badUsage, "the type \"\(kind)\" takes no public keys")
            }
        }.details(
            "Changed is the policy.json in force. Where that is the machine's, a user who is not "
                + "root gets a copy in ~/.config/containers, which counts from then on in its "
                + "place. With several keys, an image has to be signed by each of them."
        ).example("martlet image trust set --type reject default", "Refuse what is not named")
            .example(
                "martlet image trust set --pubkeysfile ~/keys/me.asc quay.io/me",
                "Ask for a signature by this key")
    }

    private static var fields: [Field<Request>] {
        [
            .repeated("pubkeysfile", short: "f", "FILE", "A public key that must have signed") {
                $0.keyFiles.append($1)
            } write: {
                $0.keyFiles
            }.completing(.file),
            .signaturePolicy(\.policyFile),
            .value(
                "type", short: "t", "TYPE", "What is required",
                Choice.of(TrustDocument.Kind.allCases.map(\.rawValue))
            ) {
                $0.kind = TrustDocument.Kind(rawValue: $1) ?? .signedBy
            } write: {
                $0.kind.rawValue
            }.standard("signedBy")
                .completing(.words(TrustDocument.Kind.allCases.map(\.rawValue))),
            .argument("registry", "The registry, repository or image, or \"default\"") {
                $0.scope = $1
            } write: {
                $0.scope
            },
        ]
    }

    package static func run(_ request: Request, in house: House) throws(Problem) -> Reply {
        let scope = request.scope
        let isPlain = scope.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
        guard isPlain, !scope.isEmpty, !scope.contains("://"), !scope.hasPrefix("/") else {
            throw Problem(
                .badValue, "\"\(scope.printable)\" is no registry or repository",
                next: "write it as in quay.io/me/web:1, or \"default\"")
        }
        var keys: [String] = []
        for file in request.keyFiles {
            let path = try SigningChoices.absolute(file)
            guard try FileView.disk.read(path) != nil else {
                throw Problem(.badValue, "there is no public key \"\(file.printable)\"")
            }
            keys.append(path)
        }
        try house.changeTrust(request.policyFile) { (document) throws(Problem) in
            try document.set(scope, request.kind, keyFiles: keys)
        }
        return Batch()
    }

    package static func view(of reply: Reply, for request: Request) -> View {
        View(problems: reply.problems)
    }
}
