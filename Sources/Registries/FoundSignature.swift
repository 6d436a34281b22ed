import Base
import Signatures

/// A signature that came with an image; nothing of it is checked.
enum FoundSignature: Sendable {
    /// In GnuPG's format.
    case simple([UInt8])
    case sigstore(SigstoreSignature)
    /// Of a form that is not known; it vouches for nothing.
    case unknown

    /// Reads a file of signatures, whose first bytes tell what it is.
    init(file bytes: [UInt8]) {
        guard bytes.first == 0 else {
            // Whether it is OpenPGP, GnuPG says.
            self = .simple(bytes)
            return
        }
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else {
            self = .unknown
            return
        }
        let rest = Array(bytes[(end + 1)...])
        switch String(decoding: bytes[1..<end], as: UTF8.self) {
        case "simple-signing": self = .simple(rest)
        case "sigstore-json":
            self = (try? SigstoreSignature(parsing: rest)).map { .sigstore($0) } ?? .unknown
        default: self = .unknown
        }
    }
}
