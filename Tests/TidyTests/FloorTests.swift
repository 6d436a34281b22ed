import Testing

/// docs/architecture.md, "Floors and rooms".
@Suite struct FloorTests {
    /// The rooms, from the ground up; those of one line do not know each other.
    static let floors: [[String]] = [
        [
            "CKernel", "CSeccomp", "CSQLite", "CZstd", "CInflate", "CSlirp", "CCrypto", "CFuse3",
            "CYaml", "CEntry", "Glibc",
        ],
        ["Base"],
        ["Kernel", "Documents"],
        ["Specs", "UnitFiles"],
        ["Checksums"],
        ["Signatures", "Ciphers"],
        ["Runtimes", "Storages", "Networks", "Overlays", "Registries", "Systemd", "Records"],
        ["Monitors", "Builders"],
        ["Engine"],
        ["Operations"],
        ["Quadlet"],
        ["CommandLine", "Server"],
        ["martlet", "martlet-runtime", "martlet-net", "martlet-fuse", "martlet-registry"],
    ]

    /// Rooms that may import packages of others, and full Foundation.
    static let offTheHotPath: Set = ["Registries", "Builders", "Server", "martlet-registry"]

    static func floor(of room: String) -> Int? {
        floors.firstIndex { $0.contains(room) }
    }

    @Test func everyRoomHasItsFloor() {
        let homeless = Set(SourceTree.sources.map(\.room)).filter { Self.floor(of: $0) == nil }
        #expect(homeless.isEmpty)
    }

    @Test func roomsImportLowerFloorsOnly() {
        var wrong: [String] = []
        for file in SourceTree.sources {
            guard let own = Self.floor(of: file.room) else { continue }
            for module in file.imports where module != "Synchronization" {
                guard let theirs = Self.floor(of: module) else {
                    if !Self.offTheHotPath.contains(file.room) {
                        wrong.append("\(file): \(module) is not of this house")
                    }
                    continue
                }
                if theirs >= own { wrong.append("\(file): \(module) is no lower floor") }
            }
        }
        #expect(wrong.isEmpty)
    }

    @Test func kernelAloneMakesSystemCalls() {
        let wrong = SourceTree.sources.filter {
            $0.room != "Kernel" && !Self.offTheHotPath.contains($0.room)
                && $0.imports.contains { ["Glibc", "CKernel"].contains($0) }
        }
        #expect(wrong.map(\.path).isEmpty)
    }

    @Test func valuesAreMadeOfValues() {
        for file in SourceTree.sources where ["Specs", "UnitFiles"].contains(file.room) {
            #expect(file.imports.allSatisfy { ["Base", "Documents"].contains($0) }, "\(file)")
        }
        for file in SourceTree.sources where file.room == "Base" {
            #expect(file.imports.isEmpty, "\(file)")
        }
    }

    /// A process either serves or enters namespaces: one task makes it threaded.
    @Test func oneThreadOutsideTheRegistryClient() {
        let words = #"\b(async|await)\s|\bTask\s*[{(.<]|\bactor\s+\w|\bDispatch(Queue|Source)\b"#
        let wrong = SourceTree.sources.filter { !Self.offTheHotPath.contains($0.room) }
            .flatMap { $0.places(of: words) }
        #expect(wrong.isEmpty)
    }
}
