import Base
import Testing

@testable import Specs

/// What `image trust` shows of policy.json and changes in it.
@Suite struct TrustDocumentTests {
    private func document(_ text: String) throws -> TrustDocument {
        try TrustDocument(parsing: Array(text.utf8), name: "policy.json")
    }

    @Test func whatIsNotChangedStaysAsItWas() throws {
        var document = try document(
            #"""
            {"default":[{"type":"reject"}],"transports":{"oci":{"/a":[{"type":"reject"}]},
            "docker":{"quay.io":[{"type":"signedBy","keyType":"GPGKeys","keyData":"AAAA"}]}}}
            """#)
        try document.set("default", .accept, keyFiles: [])
        try document.set("quay.io/me", .signedBy, keyFiles: ["/k1", "/k2"])
        try document.set("quay.io/you", .sigstoreSigned, keyFiles: ["/k3"])
        let text = try JSON(parsing: Array(document.text.utf8), name: "policy.json").text()
        #expect(
            text == #"{"default":[{"type":"insecureAcceptAnything"}],"#
                + #""transports":{"oci":{"/a":[{"type":"reject"}]},"#
                + #""docker":{"quay.io":[{"type":"signedBy","keyType":"GPGKeys","keyData":"AAAA"}],"#
                + #""quay.io/me":[{"type":"signedBy","keyType":"GPGKeys","keyPath":"/k1"},"#
                + #"{"type":"signedBy","keyType":"GPGKeys","keyPath":"/k2"}],"#
                + #""quay.io/you":[{"type":"sigstoreSigned","keyPath":"/k3"}]}}}"#)
        try document.set("quay.io/me", .reject, keyFiles: [])
        #expect(document.rows(deciding: "quay.io/me/web:1").map(\.type) == ["reject"])
    }

    @Test func nothingIsWrittenThatWouldNotBeRead() throws {
        var document = TrustDocument()
        #expect(throws: Problem.self) { try document.set("q.io", .signedBy, keyFiles: []) }
        #expect(throws: Problem.self) { try self.document(#"{"default":[{"type":"x"}]}"#) }
    }

    @Test(arguments: [
        ("quay.io/me/web:1", "quay.io/me/web"), ("quay.io/me/web@sha256:00", "quay.io/me/web"),
        ("quay.io/me", "quay.io"), ("quay.io", "quay.io"),
        ("x.example.com:5000/a", "*.example.com"),
        ("other.org/a", ""),
    ])
    func theMostSpecificScopeDecides(name: String, scope: String) throws {
        var document = TrustDocument()
        for scope in ["quay.io", "quay.io/me/web", "*.example.com", ""] {
            try document.set(scope, .reject, keyFiles: [])
        }
        #expect(document.rows(deciding: name).map(\.scope) == [scope])
    }

    @Test func theDefaultDecidesOverTheRest() {
        let rows = TrustDocument().rows(deciding: "quay.io/me/web")
        #expect(rows == TrustDocument().rows)
        #expect(rows.map(\.type) == ["insecureAcceptAnything"])
        #expect(rows.map(\.transport) == [nil])
    }
}

/// RFC 9580, "Packet Headers".
@Suite struct OpenPGPNamesTests {
    private func read(_ bytes: [UInt8]) -> [String] { OpenPGPNames.read(bytes, name: "key") }

    @Test func bothFormsOfPacketsAreRead() {
        let key: [UInt8] = [0x98, 2, 4, 0]
        let old = [0xB4, 10] + Array("Me <m@q.o>".utf8)
        let new = [0xCD, 7] + Array("Someone".utf8)
        #expect(read(key + old + new) == ["m@q.o", "Someone"])
        let long = [0xCD, 192, 8] + [UInt8](repeating: 0x61, count: 200)
        #expect(read(long) == [String(repeating: "a", count: 200)])
    }

    @Test func armorIsTakenOff() {
        let packet = [0xB4, 10] + Array("Me <m@q.o>".utf8)
        let text = ArmoredText.write(packet, label: "PGP PUBLIC KEY BLOCK")
        #expect(read(Array(text.utf8)) == ["m@q.o"])
    }

    @Test(
        arguments: [
            [], [0x34, 1, 0x61], [0xB4], [0xB4, 5, 0x61], [0xB7, 0x61], [0xCD, 230, 0x61],
            [0xCD, 255, 0xFF, 0xFF, 0xFF, 0xFF, 0x61],
        ] as [[UInt8]])
    func whatIsNoKeyNamesNobody(bytes: [UInt8]) {
        #expect(read(bytes) == [])
    }
}
