import Base
import Ciphers
import Specs

// What a descriptor says of an encrypted layer, under libFuzzer: its wrapped key.
//
// Rooms: Base Kernel Documents Specs Ciphers
// Files: Tests/CiphersTests/Material.swift
// Libraries: -lcrypto -lyaml
// Memory: 64

private let keys = [try! Material.p256.privateKey(), try! Material.rsa.privateKey()]

/// libFuzzer's entry: one input, one try. See llvm.org/docs/LibFuzzer.html, "Fuzz Target".
@_cdecl("LLVMFuzzerTestOneInput")
public func attempt(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let bytes = unsafe bytes, count > 0 else { return 0 }
    let input = unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
    var content = ContentDescriptor(
        mediaType: MediaType.ociLayer + "+encrypted", digest: try! Digest(Material.digest), size: 7)
    content.annotations = [
        "org.opencontainers.image.enc.keys.jwe": Base64.encode(input),
        "org.opencontainers.image.enc.pubopts": Material.skopeosCipher,
    ]
    guard let opened = try? SealedLayer(content, keys: keys) else { return 0 }
    let plain = opened.plain(content.digest)
    precondition(plain.size == 7 && plain.annotations == nil)
    precondition(plain.mediaType == MediaType.ociLayer)
    return 0
}
