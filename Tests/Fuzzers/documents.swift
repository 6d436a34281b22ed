import Base
import Checksums
import Specs

// The readers of manifests, indexes and configurations under libFuzzer.
//
// Rooms: Base Kernel Documents Specs Checksums
// Libraries: -lcrypto -lyaml
// Memory: 64

/// What was read can be written, and is read again as the same.
private func read(_ bytes: [UInt8]) {
    for announced in [nil, MediaType.ociManifest, MediaType.dockerList] {
        guard
            let document = try? ManifestDocument(parsing: bytes, announced: announced, name: "x")
        else { continue }
        switch document {
        case .image(let image):
            precondition(([image.config] + image.layers).allSatisfy { $0.size >= 0 })
            precondition(!image.isImage || image.layers.count <= Limits.layers)
            again(JSON(encoding: image).bytes(), announced) {
                if case .image(let found) = $0 { found == image } else { false }
            }
        case .index(let index):
            for platform in [Platform.host, Platform(os: "linux", architecture: "arm")] {
                guard let found = try? index.choose(for: platform, name: "x") else { continue }
                precondition(index.manifests.contains(found))
            }
            again(JSON(encoding: index).bytes(), announced) {
                if case .index(let found) = $0 { found == index } else { false }
            }
        }
    }
}

private func again(
    _ bytes: [UInt8], _ announced: String?, _ isSame: (ManifestDocument) -> Bool
) {
    guard let found = try? ManifestDocument(parsing: bytes, announced: announced, name: "x") else {
        preconditionFailure("what was written is refused")
    }
    precondition(isSame(found), "what was written is another document")
}

private func configure(_ bytes: [UInt8]) {
    for layers in [0, 1, 2] {
        guard let config = try? ImageConfig(parsing: bytes, layers: layers, name: "x") else {
            continue
        }
        precondition(config.rootfs.diffIDs.count == layers)
        let written = JSON(encoding: config).bytes()
        precondition((try? ImageConfig(parsing: written, layers: layers, name: "x")) != nil)
    }
}

/// libFuzzer's entry: one input, one try. See llvm.org/docs/LibFuzzer.html, "Fuzz Target".
@_cdecl("LLVMFuzzerTestOneInput")
public func attempt(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let bytes = unsafe bytes, count > 0 else { return 0 }
    let input = unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
    read(input)
    configure(input)
    return 0
}
