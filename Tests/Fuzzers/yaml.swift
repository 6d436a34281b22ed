import Base
import Documents
import Specs

// The reader of YAML, and of what vendors say of their devices, under libFuzzer.
//
// Rooms: Base Documents Specs
// Libraries: -lyaml
// Memory: 64

/// Whatever comes out can be written as JSON, and is read again as the same.
private func read(_ bytes: [UInt8]) {
    guard let documents = try? YAML.parse(bytes, name: "x") else { return }
    for document in documents {
        guard let again = try? JSON(parsing: Array(document.text().utf8), name: "x") else {
            // Only the size may be against it: aliases are written out.
            precondition(document.text().utf8.count > Limits.documentBytes)
            continue
        }
        precondition(again == document, "what was written is another document")
        _ = try? DeviceInterface(document, name: "x")
    }
}

/// libFuzzer's entry: one input, one try. See llvm.org/docs/LibFuzzer.html, "Fuzz Target".
@_cdecl("LLVMFuzzerTestOneInput")
public func attempt(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let bytes = unsafe bytes, count > 0 else { return 0 }
    read(unsafe Array(UnsafeBufferPointer(start: bytes, count: count)))
    return 0
}
