import Base
import Ciphers
import Specs
import Testing

@Suite struct SealedLayerTests {
    private let digest: Digest

    init() throws { digest = try Digest(Material.digest) }

    /// Whatever is encrypted for several keys opens with each, and with no other.
    @Test(arguments: [Material.rsa, Material.p256, Material.p384, Material.p521])
    func aLayerOpensWithItsKeys(_ pair: Material) throws {
        let (sealed, encrypted, plain) = try seal(for: [pair])
        #expect(encrypted != plain && encrypted.count == plain.count)
        #expect(sealed.content.mediaType == MediaType.ociLayerGzip + "+encrypted")
        let opened = try SealedLayer(sealed.content, keys: [try pair.privateKey()])
        #expect(opened.plain(digest).mediaType == MediaType.ociLayerGzip)
        let cipher = try opened.cipher()
        #expect(try cipher.next(encrypted) == plain)
        try opened.check(try cipher.finish())
        for other in [Material.rsa, .p256, .p384, .p521] where other.secret != pair.secret {
            let problem = #expect(throws: Problem.self) {
                try SealedLayer(sealed.content, keys: [try other.privateKey()])
            }
            #expect(problem?.code == .noPermission)
        }
    }

    @Test func eachOfSeveralKeysOpens() throws {
        let pairs = [Material.rsa, .p384]
        let (sealed, _, _) = try seal(for: pairs)
        for pair in pairs {
            let opened = try SealedLayer(
                sealed.content, keys: [try Material.p256.privateKey(), try pair.privateKey()])
            #expect(opened == sealed)
        }
    }

    /// No two layers have the same key, and other annotations stay.
    @Test func keysAreDrawnAnew() throws {
        let (one, first, _) = try seal(for: [.rsa])
        let (_, second, _) = try seal(for: [.rsa])
        #expect(first != second)
        #expect(one.content.annotations?["other"] == "kept")
        let opened = try SealedLayer(one.content, keys: [try Material.rsa.privateKey()])
        #expect(opened.plain(digest).annotations == ["other": "kept"])
    }

    @Test func aChangedByteIsNoticed() throws {
        var (sealed, encrypted, _) = try seal(for: [.p256])
        encrypted[7] ^= 1
        let cipher = try sealed.cipher()
        _ = try cipher.next(encrypted)
        let hmac = try cipher.finish()
        #expect(throws: Problem.self) { try sealed.check(hmac) }
        #expect(throws: Problem.self) { try sealed.check([]) }
    }

    /// A descriptor comes from a stranger: whatever is changed in it is an error, never a layer.
    @Test func aChangedDescriptorIsRefused() throws {
        let (sealed, encrypted, plain) = try seal(for: [.rsa])
        let key = try Material.rsa.privateKey()
        let names = [
            "org.opencontainers.image.enc.keys.jwe", "org.opencontainers.image.enc.pubopts",
        ]
        var refused = 0
        for name in names {
            let said = try #require(sealed.content.annotations?[name])
            let bytes = try #require(Base64.decode(said))
            for place in stride(from: 0, to: bytes.count, by: 7) {
                for change: UInt8 in [0x01, 0x20, 0x80] {
                    var changed = bytes
                    changed[place] ^= change
                    var content = sealed.content
                    content.annotations?[name] = Base64.encode(changed)
                    do {
                        let opened = try SealedLayer(content, keys: [key])
                        // What decrypts is the same, or else the HMAC is another one.
                        let cipher = try opened.cipher()
                        let same = try cipher.next(encrypted) == plain
                        let isWhole = (try? opened.check(try cipher.finish())) != nil
                        #expect(same || !isWhole)
                    } catch {
                        refused += 1
                    }
                }
            }
            var content = sealed.content
            for text in ["", "!", "e30=", Base64.encode(Array("[]".utf8))] {
                content.annotations?[name] = text
                #expect(throws: Problem.self) { try SealedLayer(content, keys: [key]) }
            }
            content.annotations?[name] = nil
            #expect(throws: Problem.self) { try SealedLayer(content, keys: [key]) }
        }
        #expect(refused > 200)
    }

    @Test func whatSkopeoWroteOpens() throws {
        for (said, pairs) in [
            (Material.skopeosKey, [Material.p256]), (Material.skopeosKeys, [.p256, .rsa]),
        ] {
            var content = ContentDescriptor(
                mediaType: MediaType.ociLayerGzip + "+encrypted",
                digest: try Digest(Material.digest), size: 1)
            content.annotations = [
                "org.opencontainers.image.enc.keys.jwe": said,
                "org.opencontainers.image.enc.pubopts": Material.skopeosCipher,
            ]
            for pair in pairs {
                let opened = try SealedLayer(content, keys: [try pair.privateKey()])
                #expect(opened.plain(digest).mediaType == MediaType.ociLayerGzip)
            }
        }
    }

    @Test func otherKindsOfKeysAreNamed() throws {
        let content = ContentDescriptor(
            mediaType: MediaType.ociLayer + "+encrypted", digest: try Digest(Material.digest),
            size: 1, annotations: ["org.opencontainers.image.enc.keys.pgp": "e30="])
        let problem = #expect(throws: Problem.self) { try SealedLayer(content, keys: []) }
        #expect(problem?.code == .notBuilt && problem?.why?.contains("pgp") == true)
    }

    @Test func aPassphraseOpensAKey() throws {
        let bytes = Array(Material.locked.utf8)
        _ = try DecryptionKey(bytes, passphrase: "open", name: "key")
        for passphrase in [nil, "", "shut"] {
            let problem = #expect(throws: Problem.self) {
                try DecryptionKey(bytes, passphrase: passphrase, name: "key")
            }
            #expect(problem?.code == .noPermission)
        }
        for text in ["", "no key", Material.rsa.open] {
            let problem = #expect(throws: Problem.self) {
                try DecryptionKey(Array(text.utf8), passphrase: nil, name: "key")
            }
            #expect(problem?.code == .badDocument)
        }
        for text in ["", "no key", Material.rsa.secret] {
            #expect(throws: Problem.self) { try EncryptionKey(Array(text.utf8), name: "key") }
        }
    }

    private func seal(for pairs: [Material]) throws -> (SealedLayer, [UInt8], [UInt8]) {
        let plain = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let secret = try LayerSecret()
        let cipher = try LayerCipher(secret, encrypts: true)
        // In two parts, the first of which ends within a block.
        let encrypted = try cipher.next(Array(plain[..<37])) + cipher.next(Array(plain[37...]))
        let descriptor = ContentDescriptor(
            mediaType: MediaType.ociLayerGzip, digest: try Digest(Material.digest), size: 1000,
            annotations: ["other": "kept"])
        let sealed = try SealedLayer(
            descriptor, as: try Digest("sha256:" + String(repeating: "b", count: 64)), secret,
            hmac: cipher.finish(), for: try pairs.map { try $0.publicKey() })
        return (sealed, encrypted, plain)
    }
}
