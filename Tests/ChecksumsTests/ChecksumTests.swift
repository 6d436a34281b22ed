import Checksums
import Specs
import Testing

@Suite struct ChecksumTests {
    @Test func knownAnswersHold() throws {
        #expect(
            "\(Checksum.of(Array("abc".utf8)))"
                == "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            "\(Checksum.of([]))"
                == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(
            Checksum.of(Array("abc".utf8), .sha512).hex.hasPrefix(
                "ddaf35a193617abacc417349ae204131"))
    }

    @Test func piecesMakeTheSameDigestAsTheWhole() {
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var checksum = Checksum()
        for start in stride(from: 0, to: bytes.count, by: 777) {
            checksum.update(bytes[start..<min(start + 777, bytes.count)])
        }
        #expect(checksum.count == 100_000)
        #expect(checksum.finish() == Checksum.of(bytes))
    }
}
