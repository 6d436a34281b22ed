import Base

// The reader of what a registry asks for before it answers, under libFuzzer.
//
// Rooms: Base
// Files: Sources/Registries/Challenge.swift
// Memory: 64

/// libFuzzer's entry: one input, one try. See llvm.org/docs/LibFuzzer.html, "Fuzz Target".
@_cdecl("LLVMFuzzerTestOneInput")
public func attempt(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let bytes = unsafe bytes, count > 0 else { return 0 }
    let input = unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
    // A header is one line; several of them may come.
    let headers = input.split(separator: UInt8(ascii: "\n")).map {
        String(decoding: $0, as: UTF8.self)
    }
    let found = Challenge.parse(headers)
    precondition(found.allSatisfy { !$0.scheme.isEmpty && $0.scheme == $0.scheme.lowercased() })
    precondition(found.reduce(0) { $0 + $1.parameters.count } <= 64 * max(1, headers.count))
    precondition(found.allSatisfy { $0.parameters.keys.allSatisfy { $0 == $0.lowercased() } })
    // Each header is read by itself.
    precondition(found == headers.flatMap { Challenge.parse([$0]) })
    return 0
}
