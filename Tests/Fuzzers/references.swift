import Base
import Specs

// The readers of image names, places and digests under libFuzzer.
//
// Rooms: Base Kernel Documents Specs
// Libraries: -lyaml
// Memory: 64

private func refer(_ text: String) {
    guard let reference = try? ImageReference(text) else { return }
    precondition((try? ImageReference(reference.description)) == reference, "another name")
    let parts = reference.name.split(separator: "/", omittingEmptySubsequences: false)
    precondition(!parts.contains { $0 == ".." || $0 == "." || $0.isEmpty }, "a way out")
    precondition(reference.description.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
    let whole = reference.complete
    precondition(whole.tag != nil || whole.digest != nil)
    precondition((try? ImageReference(whole.description)) == whole)
}

private func locate(_ text: String) {
    if let location = try? ImageLocation(text) {
        precondition((try? ImageLocation("\(location)")) == location, "another place")
    }
    if let location = try? ImageLocation(orName: text) {
        precondition((try? ImageLocation("\(location)")) == location, "another place")
    }
}

/// libFuzzer's entry: one input, one try. See llvm.org/docs/LibFuzzer.html, "Fuzz Target".
@_cdecl("LLVMFuzzerTestOneInput")
public func attempt(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let bytes = unsafe bytes, count > 0 else { return 0 }
    let input = unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
    let text = String(decoding: input, as: UTF8.self)
    refer(text)
    locate(text)
    if let digest = try? Digest(text) { precondition("\(digest)" == text) }
    if let platform = try? Platform(text) {
        precondition((try? Platform("\(platform)")) == platform, "another platform")
    }
    return 0
}
