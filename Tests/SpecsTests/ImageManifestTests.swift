import Base
import Specs
import Testing

@Suite struct ImageManifestTests {
    static let digest = "sha256:" + String(repeating: "0a", count: 32)
    static let part =
        #"{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"\#(digest)","size":2}"#

    func parse(_ text: String, announced: String? = nil) throws -> ManifestDocument {
        try ManifestDocument(parsing: Array(text.utf8), announced: announced, name: "m")
    }

    @Test func manifestsAndIndexesAreToldApart() throws {
        let image = try parse(#"{"schemaVersion":2,"config":\#(Self.part),"layers":[],"x":1}"#)
        guard case .image(let manifest) = image else { throw Problem(.badValue, "no image") }
        #expect(manifest.isImage)
        let index = try parse(
            #"{"schemaVersion":2,"manifests":[\#(Self.part)]}"#,
            announced: MediaType.ociIndex + "; charset=utf-8")
        guard case .index = index else { throw Problem(.badValue, "no index") }
    }

    /// T-DIGEST-1
    @Test func documentThatIsTwoThingsIsRefused() {
        let both = #"{"schemaVersion":2,"config":\#(Self.part),"layers":[],"manifests":[]}"#
        let lie =
            #"{"schemaVersion":2,"mediaType":"\#(MediaType.ociIndex)","config":\#(Self.part),"layers":[]}"#
        let plain = #"{"schemaVersion":2,"config":\#(Self.part),"layers":[]}"#
        let old = #"{"schemaVersion":1,"fsLayers":[]}"#
        let negative = plain.replacing(#""size":2"#, with: #""size":-2"#)
        #expect(throws: Problem.self) { try parse(both) }
        #expect(throws: Problem.self) { try parse(lie) }
        #expect(throws: Problem.self) { try parse(plain, announced: MediaType.dockerList) }
        #expect(throws: Problem.self) {
            try parse(
                lie.replacing(MediaType.ociIndex, with: MediaType.ociManifest),
                announced: MediaType.dockerManifest)
        }
        #expect(throws: Problem.self) { try parse(old) }
        #expect(throws: Problem.self) { try parse(negative) }
        #expect(throws: Problem.self) { try parse(#"{"schemaVersion":2}"#) }
    }

    @Test func platformIsChosenWithItsVariant() throws {
        func entry(_ platform: String, _ digit: String) throws -> ContentDescriptor {
            ContentDescriptor(
                mediaType: MediaType.ociManifest,
                digest: try Digest("sha256:" + String(repeating: digit, count: 64)), size: 1,
                platform: try Platform(platform))
        }
        let index = ImageIndex(manifests: [
            try entry("linux/amd64", "1"), try entry("linux/arm/v6", "2"),
            try entry("linux/arm/v7", "3"),
            try entry("linux/arm64", "4"), try entry("windows/amd64", "5"),
        ])
        #expect(try index.choose(for: Platform("linux/arm/v7"), name: "x").digest.hex.first == "3")
        #expect(try index.choose(for: Platform("linux/arm/v8"), name: "x").digest.hex.first == "3")
        #expect(
            try index.choose(for: Platform("linux/arm64/v8"), name: "x").digest.hex.first == "4")
        #expect(try index.choose(for: Platform("linux/x86_64"), name: "x").digest.hex.first == "1")
        #expect {
            try index.choose(for: Platform("linux/s390x"), name: "x")
        } throws: {
            ($0 as? Problem)?.why
                == "it has linux/amd64, linux/arm/v6, linux/arm/v7, linux/arm64/v8, windows/amd64"
        }
    }

    @Test func configurationOfDockerIsRead() throws {
        let text = #"""
            {"architecture":"amd64","os":"linux","container":"x","config":{"Hostname":"","Env":["A=b"],"Cmd":null,
            "Entrypoint":["/x"],"ExposedPorts":{"80/tcp":{}},"Volumes":null,"Labels":{"a":"b"},"OnBuild":null},
            "rootfs":{"type":"layers","diff_ids":["\#(Self.digest)"]},"history":[{"created_by":"x","empty_layer":true}]}
            """#
        let config = try ImageConfig(parsing: Array(text.utf8), layers: 1, name: "c")
        #expect(config.config?.entrypoint == ["/x"])
        #expect(config.config?.exposedPorts?.keys.first == "80/tcp")
        #expect(try JSON(encoding: config).decode(ImageConfig.self, name: "again") == config)
        #expect(throws: Problem.self) {
            try ImageConfig(parsing: Array(text.utf8), layers: 2, name: "c")
        }
    }

    @Test func messagesSurviveTheWay() throws {
        var request = RegistryRequest(.pull, [try ImageReference("quay.io/a/b")])
        request.platform = .host
        request.known = [try Digest(Self.digest)]
        let back = try JSON(encoding: request).decode(RegistryRequest.self, name: "r")
        #expect(back.candidates == request.candidates && back.known == request.known)
        let event = RegistryEvent.failed(Problem(.remote, "x", why: "y").during("z"))
        guard
            case .failed(let problem) = try JSON(encoding: event).decode(
                RegistryEvent.self, name: "e")
        else { throw Problem(.badValue, "another event") }
        #expect(problem.context == ["z"])
    }
}
