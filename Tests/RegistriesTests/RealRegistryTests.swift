import Base
import Engine
import Kernel
import Registries
import Specs
import Testing

/// Against Debian's docker-registry, with TLS and a name and password.
@Suite struct RealRegistryTests {
    static let program = "/usr/bin/docker-registry"
    let registry: MisbehavingRegistry

    init() throws {
        Scratch.cleanUp()
        registry = try MisbehavingRegistry.shared.get()
    }

    /// Starts it on a port that was free a moment ago, and waits until it answers.
    private func start() throws -> ProcessHandle {
        let directory = try Scratch.make("real", in: registry.directory)
        func write(_ name: String, _ text: String) throws {
            try Files.open("\(directory)/\(name)", [.write, .create]).writeAll(text)
        }
        try write("htpasswd", "me:$2b$04$iFGLy/4wgmzRjArkObjADu7qiUGAnoFF8zYvfC84vy7W6zDs5EYle\n")
        try write(
            "config.yml",
            """
            version: 0.1
            log: {level: error, accesslog: {disabled: true}}
            storage: {filesystem: {rootdirectory: \(directory)/data}, delete: {enabled: true}}
            auth: {htpasswd: {realm: here, path: \(directory)/htpasswd}}
            http:
              addr: "\(registry.host("free"))"
              tls: {certificate: \(registry.description.good), key: \(registry.description.good)}
            """)
        var spawn = Spawn(Self.program, [Self.program, "serve", "\(directory)/config.yml"])
        spawn.environment = ["PATH=/usr/bin:/bin", "HOME=\(directory)"]
        let child = try spawn.start()
        _ = try Scratch.output(
            "/usr/bin/curl",
            [
                "-sk", "--retry", "20", "--retry-connrefused", "--retry-delay", "1",
                "https://\(registry.host("free"))/v2/",
            ])
        return child
    }

    private func request(_ verb: RegistryRequest.Verb, _ name: String) throws -> RegistryRequest {
        var request = RegistryRequest(
            verb, [try ImageReference("\(registry.host("free"))/\(name)")])
        request.certificateDirectory = registry.description.trusted
        request.credentials = RegistryCredentials(user: "me", password: "secret")
        request.platform = try Platform("linux/amd64")
        return request
    }

    @Test(.enabled(if: Files.exists(program), "docker-registry is not installed"))
    func imageTravelsThereAndBack() throws {
        let child = try start()
        defer {
            try? child.send(signal: 15)
            _ = try? child.wait()
        }
        let client = try registry.client()
        let path = try Scratch.make("blobs", in: registry.directory)
        let original = try #require(try registry.pull("ok", into: path).image)

        var push = try request(.push, "team/image:1")
        push.manifest = original.manifest.digest
        let blobs = try Files.open(path, [.read, .directory])
        #expect(try client.push(push, from: blobs) { _ in } == original.manifest.digest)
        var skipped = 0
        _ = try client.push(push, from: blobs) { if case .blobSkipped = $0 { skipped += 1 } }
        #expect(skipped == 2)

        let back = try registry.run(
            request(.pull, "team/image:1"), into: Scratch.make("blobs", in: registry.directory))
        #expect(back.problem == nil)
        #expect(back.image?.manifestBytes == original.manifestBytes)
        #expect(back.files.contains("\(registry.layer)"))

        var tags: [String] = []
        try client.ask(request(.listTags, "team/image")) {
            if case .tags(let some) = $0 { tags += some }
        }
        #expect(tags == ["1"])

        var search = try request(.search, "x")
        search.registry = registry.host("free")
        search.query = "image"
        var found: [String] = []
        try client.ask(search) {
            if case .found(let results) = $0 { found += results.map(\.name) }
        }
        #expect(found == ["\(registry.host("free"))/team/image"])

        try client.ask(request(.delete, "team/image:1")) { _ in }
        let gone = try registry.run(
            request(.pull, "team/image:1"), into: Scratch.make("blobs", in: registry.directory))
        #expect(gone.problem?.code == .noSuchImage)

        var wrong = try request(.pull, "team/image:1")
        wrong.credentials = RegistryCredentials(user: "me", password: "wrong")
        let refused = try registry.run(wrong, into: Scratch.make("blobs", in: registry.directory))
        #expect(refused.problem?.code == .noPermission)
    }
}
