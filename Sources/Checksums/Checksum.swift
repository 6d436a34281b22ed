import CCrypto
package import Specs

/// A digest in the making: bytes go in, piece by piece, and the digest comes out.
///
/// Uses OpenSSL's plain functions (SHA256_Update(3)), which take the processor's SHA instructions
/// and load neither configuration nor providers.
package struct Checksum: ~Copyable {
    private enum State {
        case sha256(SHA256_CTX)
        case sha512(SHA512_CTX)
    }

    private var state: State
    /// How many bytes went in so far.
    package private(set) var count: Int64 = 0

    package init(_ algorithm: Digest.Algorithm = .sha256) {
        switch algorithm {
        case .sha256:
            var context = SHA256_CTX()
            // Init and Update return 1, always: they have nothing that could fail.
            _ = unsafe SHA256_Init(&context)
            state = .sha256(context)
        case .sha512:
            var context = SHA512_CTX()
            _ = unsafe SHA512_Init(&context)
            state = .sha512(context)
        }
    }

    /// Takes in the bytes of `span`.
    package mutating func update(_ span: Span<UInt8>) {
        unsafe span.withUnsafeBytes { unsafe update($0) }
    }

    /// Takes in `bytes`.
    package mutating func update(_ bytes: ArraySlice<UInt8>) {
        unsafe bytes.withUnsafeBytes { unsafe update($0) }
    }

    /// Takes in `bytes`.
    package mutating func update(_ bytes: [UInt8]) { update(bytes[...]) }

    /// Takes in the bytes of `buffer`, which need only live during the call.
    package mutating func update(_ buffer: UnsafeRawBufferPointer) {
        count += Int64(buffer.count)
        // Safety: the functions read exactly `count` bytes, none where the buffer has no address.
        switch state {
        case .sha256(var context):
            _ = unsafe SHA256_Update(&context, buffer.baseAddress, buffer.count)
            state = .sha256(context)
        case .sha512(var context):
            _ = unsafe SHA512_Update(&context, buffer.baseAddress, buffer.count)
            state = .sha512(context)
        }
    }

    /// Returns the digest of all that went in.
    package consuming func finish() -> Digest { digest }

    /// The digest of all that went in so far.
    package var digest: Digest {
        switch state {
        case .sha256(var context):
            var bytes = [UInt8](repeating: 0, count: 32)
            _ = unsafe SHA256_Final(&bytes, &context)
            return Digest(.sha256, bytes: bytes)
        case .sha512(var context):
            var bytes = [UInt8](repeating: 0, count: 64)
            _ = unsafe SHA512_Final(&bytes, &context)
            return Digest(.sha512, bytes: bytes)
        }
    }

    /// Returns the digest of `bytes`.
    package static func of(_ bytes: [UInt8], _ algorithm: Digest.Algorithm = .sha256) -> Digest {
        var checksum = Checksum(algorithm)
        checksum.update(bytes)
        return checksum.finish()
    }
}
