import Base
import Testing

@testable import Specs

/// containers-policy.json(5) and containers-registries.d(5).
@Suite struct TrustPolicyTests {
    private func policy(_ text: String) throws -> TrustPolicy {
        try TrustPolicy(parsing: Array(text.utf8), name: "policy.json")
    }

    @Test func mostSpecificScopeDecides() throws {
        let policy = try policy(
            #"""
            {"default":[{"type":"reject"}],"transports":{"docker":{
            "quay.io":[{"type":"insecureAcceptAnything"}],"quay.io/bad":[{"type":"reject"}],
            "quay.io/bad/but:good":[{"type":"insecureAcceptAnything"}],
            "*.example.com":[{"type":"insecureAcceptAnything"}],
            "x.example.com:5000":[{"type":"reject"}],
            "signed.io":[{"type":"signedBy","keyType":"GPGKeys","keyPath":"/k"}]},
            "oci":{"":[{"type":"insecureAcceptAnything"}],"/a/b":[{"type":"reject"}],
            "/a/b/c:1":[{"type":"insecureAcceptAnything"}]}}}
            """#)
        func required(_ name: String) throws -> [TrustRequirement] {
            policy.requirements(for: try ImageReference(name))
        }
        #expect(try required("quay.io/a/b:1") == [.accept])
        #expect(try required("quay.io/bad/b:1") == [.reject])
        #expect(try required("quay.io/bad/but:good") == [.accept])
        #expect(try required("quay.io/bad/but:other") == [.reject])
        #expect(try required("docker.io/x") == [.reject])
        #expect(try required("a.b.example.com/x") == [.accept])
        #expect(try required("x.example.com:5000/x") == [.reject])
        #expect(try required("x.example.com:5001/x") == [.accept])
        #expect(try required("signed.io/x").first?.wantsSignature == true)
        #expect(policy.requirements("dir", scopes: ["/x"]) == [.reject])
        func oci(_ path: String, _ name: String?) -> [TrustRequirement] {
            policy.requirements("oci", scopes: TrustPolicy.scopes(ofPath: path, name: name))
        }
        #expect(oci("/a/c", "1") == [.accept])
        #expect(oci("/a/b/c", "2") == [.reject])
        #expect(oci("/a/b/c", "1") == [.accept])
    }

    static let key = #""keyPath":"/k""#
    @Test(arguments: [
        "{}", "[]", #"{"default":[]}"#, #"{"default":[{"type":"acceptEverything"}]}"#,
        #"{"default":[{}]}"#,
        #"{"default":[{"type":"reject"}],"extra":1}"#,
        #"{"default":[{"type":"reject","keyPath":"/k"}]}"#,
        #"{"default":[{"type":"signedBy"}]}"#,
        #"{"default":[{"type":"signedBy","keyType":"GPGKeys"}]}"#,
        #"{"default":[{"type":"signedBy","keyType":"X509","keyPath":"/k"}]}"#,
        #"{"default":[{"type":"signedBy","keyType":"GPGKeys","keyPath":"/k","keyData":"aGk="}]}"#,
        #"{"default":[{"type":"signedBy","keyType":"GPGKeys","keyData":"?"}]}"#,
        #"{"default":[{"type":"sigstoreSigned"}]}"#,
        #"{"default":[{"type":"sigstoreSigned","keyPath":"/k","fulcio":{}}]}"#,
        #"{"default":[{"type":"sigstoreSigned","fulcio":{"caPath":"/c","oidcIssuer":"i"}}]}"#,
        #"""
        {"default":[{"type":"sigstoreSigned","fulcio":{"caPath":"/c","oidcIssuer":"i",
        "subjectEmail":"e"}}]}
        """#,
        #"{"default":[{"type":"sigstoreSigned","keyPath":"/k","rekorKey":"/r"}]}"#,
        #"""
        {"default":[{"type":"sigstoreSigned","keyPath":"/k",
        "signedIdentity":{"type":"matchAnything"}}]}
        """#,
        #"""
        {"default":[{"type":"sigstoreSigned","keyPath":"/k",
        "signedIdentity":{"type":"exactReference","dockerReference":"quay.io/a"}}]}
        """#,
        #"""
        {"default":[{"type":"sigstoreSigned","keyPath":"/k",
        "signedIdentity":{"type":"remapIdentity","prefix":"quay.io"}}]}
        """#,
    ])
    func policyThatCannotBeTrustedIsRefused(text: String) {
        #expect(throws: Problem.self) { try policy(text) }
    }

    @Test func allKindsOfKeysAreRead() throws {
        let policy = try policy(
            #"""
            {"default":[
            {"type":"signedBy","keyType":"GPGKeys","keyPaths":["/a","/b"]},
            {"type":"sigstoreSigned","keyDatas":["aGk=","aG8="],"rekorPublicKeyPaths":["/r"],
            "signedIdentity":{"type":"remapIdentity","prefix":"a.io/x","signedPrefix":"b.io"}},
            {"type":"sigstoreSigned","fulcio":{"caData":"aGk=","oidcIssuer":"i","subjectEmail":"e"},
            "rekorPublicKeyData":"aGk="},
            {"type":"sigstoreSigned","pki":{"caRootsPath":"/c","subjectHostname":"h"}}]}
            """#)
        let found = policy.requirements("docker", scopes: [])
        #expect(found.count == 4)
        #expect(
            found[0]
                == .signedBy(.init(keys: .files(["/a", "/b"]), identity: .repositoryOrExact)))
        #expect(
            found[1]
                == .sigstoreSigned(
                    .init(
                        signer: .keys(.inline([Array("hi".utf8), Array("ho".utf8)])),
                        log: .files(["/r"]), identity: .remapped(prefix: "a.io/x", to: "b.io"))))
    }

    @Test(arguments: [
        (SignedIdentity.exact, "q.io/a:1", "q.io/a:1", true),
        (.exact, "q.io/a:1", "q.io/a:2", false), (.exact, "q.io/a", "q.io/a:latest", false),
        (.repositoryOrExact, "q.io/a:1", "q.io/a:1", true),
        (.repositoryOrExact, "q.io/a:1", "q.io/a@sha256:\(String(repeating: "0", count: 64))", true),
        (.repositoryOrExact, "q.io/a:2", "q.io/a:1", false),
        (.repositoryOrExact, "q.io/b:1", "q.io/a:1", false),
        (.repository, "q.io/a:2", "q.io/a:1", true), (.repository, "q.io/b:1", "q.io/a:1", false),
        (.remapped(prefix: "m.io/copy", to: "q.io"), "q.io/a:1", "m.io/copy/a:1", true),
        (.remapped(prefix: "m.io/copy", to: "q.io"), "q.io/a:1", "m.io/copycat/a:1", false),
        (.remapped(prefix: "m.io/copy", to: "q.io"), "m.io/other/a:1", "m.io/other/a:1", true),
    ])
    func identitiesMatchAsThePageSays(
        identity: SignedIdentity, signed: String, wanted: String, expected: Bool
    ) throws {
        #expect(identity.accepts(signed, for: try ImageReference(wanted)) == expected)
    }

    @Test func identitiesOfAPolicyItselfNeedNoNameOfTheImage() throws {
        let name = try ImageReference("q.io/a:1")
        #expect(SignedIdentity.thisReference(name).accepts("q.io/a:1", for: nil))
        #expect(!SignedIdentity.thisReference(name).accepts("q.io/a:2", for: nil))
        #expect(SignedIdentity.thisRepository(name).accepts("q.io/a:2", for: nil))
        #expect(!SignedIdentity.repositoryOrExact.accepts("q.io/a:1", for: nil))
        // Short names in signatures are Docker Hub's.
        let hub = try ImageReference("docker.io/library/busybox:1")
        #expect(SignedIdentity.exact.accepts("busybox:1", for: hub))
    }

    @Test func claimsAreReadStrictly() throws {
        let digest = try Digest("sha256:" + String(repeating: "a", count: 64))
        let claim = SignedClaim(digest: digest, name: "q.io/a:1")
        for kind in [SignedClaim.Kind.simple, .sigstore] {
            let bytes = claim.bytes(kind, creator: "martlet", seconds: 7)
            #expect(try SignedClaim(parsing: bytes, kind) == claim)
            let other: SignedClaim.Kind = kind == .simple ? .sigstore : .simple
            #expect(throws: Problem.self) { try SignedClaim(parsing: bytes, other) }
            let text = String(decoding: bytes, as: UTF8.self)
            let more = text.replacing("\"identity\":", with: "\"more\":1,\"identity\":")
            #expect(throws: Problem.self) { try SignedClaim(parsing: Array(more.utf8), kind) }
        }
    }

    @Test func placesOfSignaturesFollowTheirScopes() throws {
        let files = ConfigurationFiles(environment: ["HOME": "/home/ada"], uid: 1000)
        let view = FileView([
            "/etc/containers/registries.d/a.yaml": """
            # a comment
            default-docker:
              lookaside: https://all.example/sigs
              sigstore-staging: "file:///stage"
            docker:
              quay.io:
                use-sigstore-attachments: true
              quay.io/me/web:
                lookaside: 'file:///here' # and another
            """,
            "/etc/containers/registries.d/b.yaml": "docker:\n  x.io:5000:\n    lookaside: http://x\n",
        ])
        let places = try SignaturePlaces(files, in: view)
        let web = try ImageReference("quay.io/me/web:1")
        #expect(places.reading(web) == "file:///here/me/web")
        #expect(places.writing(web) == "file:///here/me/web")
        #expect(places.attaches(web))
        let other = try ImageReference("docker.io/library/busybox")
        #expect(places.reading(other) == "https://all.example/sigs/library/busybox")
        #expect(places.writing(other) == "file:///stage/library/busybox")
        #expect(!places.attaches(other))
        #expect(places.reading(try ImageReference("x.io:5000/y")) == "http://x/y")
        let none = try SignaturePlaces(files, in: FileView([:]))
        #expect(
            none.reading(web) == "file:///home/ada/.local/share/containers/sigstore/me/web")
        for text in ["docker:\n\tquay.io: x\n", "other: 1\n", "docker:\n  q.io:\n    look: x\n", "- a\n"] {
            let view = FileView(["/etc/containers/registries.d/a.yaml": text])
            #expect(throws: Problem.self, "\(text)") { try SignaturePlaces(files, in: view) }
        }
    }
}
