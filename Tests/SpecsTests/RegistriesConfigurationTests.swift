import Base
import Specs
import Testing

@Suite struct RegistriesConfigurationTests {
    static let main = """
        unqualified-search-registries = ["docker.io", "quay.io"]
        [[registry]]
        prefix = "example.com"
        location = "inner.example:5000/all"
        insecure = true
        [[registry.mirror]]
        location = "mirror.example"
        pull-from-mirror = "digest-only"
        [[registry]]
        prefix = "example.com/secret"
        blocked = true
        [[registry]]
        prefix = "*.wild.example"
        location = "tame.example"
        [aliases]
        "fedora" = "registry.fedoraproject.org/fedora"
        """

    func read(_ files: [String: String], _ environment: [String: String] = ["HOME": "/h"]) throws
        -> RegistriesConfiguration
    {
        try RegistriesConfiguration(
            ConfigurationFiles(environment: environment, uid: 1000), in: FileView(files))
    }

    @Test func firstMainFileStandsAloneAndDropInsFollowByName() throws {
        let configuration = try read([
            "/etc/containers/registries.conf": Self.main,
            "/usr/share/containers/registries.conf": "unqualified-search-registries = ['x.io']",
            "/etc/containers/registries.conf.d/50-a.conf": "[aliases]\nfedora = ''\nb = 'b.io/b'",
            "/h/.config/containers/registries.conf.d/50-a.conf": "[aliases]\nb = 'b.io/c'",
            "/etc/containers/registries.rootless.conf.d/60.conf": "short-name-mode = 'enforcing'",
            "/h/.cache/containers/short-name-aliases.conf": "[aliases]\ncached = 'c.io/c'",
        ])
        #expect(configuration.unqualifiedSearch == ["docker.io", "quay.io"])
        #expect(configuration.aliases.keys.sorted() == ["b", "cached", "fedora"])
        #expect(configuration.aliases["b"]?.path == "c")
        #expect(configuration.shortNameMode == .enforcing)
    }

    @Test func fileNamedByTheEnvironmentMustExist() throws {
        let environment = ["HOME": "/h", "CONTAINERS_REGISTRIES_CONF": "/x.conf"]
        #expect(throws: Problem.self) { try read([:], environment) }
        let configuration = try read(
            ["/x.conf": "", "/etc/containers/registries.conf": Self.main], environment)
        #expect(configuration.unqualifiedSearch.isEmpty)
    }

    @Test func shortNamesBecomeCandidatesInOrder() throws {
        let configuration = try read(["/etc/containers/registries.conf": Self.main])
        let candidates = try configuration.candidates(for: ImageReference("nginx:1")).map(
            \.description)
        #expect(candidates == ["docker.io/library/nginx:1", "quay.io/nginx:1"])
        let alias = try configuration.candidates(for: ImageReference("fedora")).map(\.description)
        #expect(alias == ["registry.fedoraproject.org/fedora:latest"])
        let local = try configuration.localCandidates(for: ImageReference("fedora")).map(
            \.description)
        #expect(local.first == "localhost/fedora:latest" && local.count == 4)
        #expect {
            try RegistriesConfiguration().candidates(for: ImageReference("nginx"))
        } throws: {
            ($0 as? Problem)?.next == "write the full name, for example docker.io/library/nginx"
        }
    }

    @Test func mirrorsRemapsAndBlocksApply() throws {
        let configuration = try read(["/etc/containers/registries.conf": Self.main])
        let tagged = try configuration.endpoints(for: ImageReference("example.com/a:1"))
        #expect(tagged.map(\.reference.description) == ["inner.example:5000/all/a:1"])
        #expect(tagged[0].insecure)
        let digest = "sha256:" + String(repeating: "0", count: 64)
        let pinned = try configuration.endpoints(for: ImageReference("example.com/a@\(digest)"))
        #expect(pinned.map(\.reference.name) == ["mirror.example/a", "inner.example:5000/all/a"])
        #expect(pinned.map(\.insecure) == [false, true])
        #expect(throws: Problem.self) {
            try configuration.endpoints(for: ImageReference("example.com/secret/a"))
        }
        let near = try configuration.endpoints(for: ImageReference("example.company/a"))
        #expect(near.map(\.reference.name) == ["example.company/a"])
        let wild = try configuration.endpoints(for: ImageReference("a.b.wild.example/x"))
        #expect(wild.map(\.reference.name) == ["tame.example/x"])
    }

    @Test(arguments: [
        "unqualified-search-registries = ['http://x']", "[[registry]]\ninsecure = true",
        "[[registry]]\nlocation = 'a/../b'", "[aliases]\nx = 'short'",
        "[registries.search]\nregistries = []",
        "[[registry]]\nlocation = 'a.io'\n[[registry.mirror]]\nlocation = 'b.io'\npull-from-mirror = 'never'",
    ])
    func nonsenseIsRefused(text: String) {
        #expect(throws: Problem.self) { try read(["/etc/containers/registries.conf": text]) }
    }
}
