import Base
import Specs
import Testing

@Suite struct ManifestListTests {
    private func image(_ digit: Character) throws -> ContentDescriptor {
        ContentDescriptor(
            mediaType: MediaType.ociManifest,
            digest: try Digest("sha256:" + String(repeating: digit, count: 64)), size: 7)
    }

    @Test func anImageIsOnTheListOnce() throws {
        var list = ManifestList(name: "localhost/web:1", id: "0", created: 0)
        list.add(try image("a"), from: "martlet-storage:1")
        list.add(try image("b"), from: "martlet-storage:2")
        var again = try image("a")
        again.platform = Platform(os: "linux", architecture: "arm64")
        list.add(again, from: "docker://a.b/c:1")
        #expect(list.index.manifests == [again, try image("b")])
        #expect("\(try list.source(of: again))" == "docker://a.b/c:1")
        try list.remove(again.digest)
        #expect(list.index.manifests == [try image("b")])
        #expect(list.sources.count == 1)
        #expect(throws: Problem.self) { try list.remove(again.digest) }
    }

    @Test func whatAPlatformNeedsIsKept() throws {
        let text = """
            {"os":"windows","architecture":"amd64","os.version":"10.0","os.features":["win32k"],\
            "features":["sse4"]}
            """
        let platform = try JSON(parsing: Array(text.utf8), name: "platform")
            .decode(Platform.self, name: "platform")
        #expect(platform.osVersion == "10.0")
        #expect(platform.features == ["sse4"])
        let again = try JSON(encoding: platform).decode(Platform.self, name: "platform")
        #expect(again == platform)
        #expect(again.osFeatures == ["win32k"])
    }
}
