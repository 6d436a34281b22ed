import Base
import Specs
import Testing

@Suite struct SyncListTests {
    private func read(_ text: String) throws -> SyncList {
        try SyncList(parsing: Array(text.utf8), name: "list.yaml")
    }

    @Test func registriesImagesAndAccessAreRead() throws {
        let list = try read(
            """
            registry.example.com:
              images:
                busybox: []
                redis: ["1.0", 1.10, "sha256:\(String(repeating: "0", count: 64))"]
              credentials: {username: ada, password: secret}
              tls-verify: false
              cert-dir: /certs
            quay.io:
              images:
                a/b: [latest]
            """)
        #expect(list.registries.map(\.host) == ["registry.example.com", "quay.io"])
        let first = list.registries[0]
        #expect(first.images[0] == .init(path: "busybox", versions: []))
        #expect(first.images[1].versions.prefix(2) == ["1.0", "1.10"])
        #expect(first.credentials == RegistryCredentials(user: "ada", password: "secret"))
        #expect(first.verifiesTLS == false)
        #expect(first.certificateDirectory == "/certs")
    }

    @Test(arguments: [
        ("[a]", "is no list of registries"), ("a: 1", "it is no table"),
        ("a: {images: {b: 7}}", "a.images.b"), ("a: {image: {}}", "a.image"),
        ("a: {images-by-semver: {b: '> 1'}}", "not chosen by"),
        ("a: {credentials: {username: x}}", "username and password"),
    ])
    func whatIsWrongIsNamed(_ text: String, _ part: String) throws {
        let problem = #expect(throws: Problem.self) { try read(text) }
        #expect("\(try #require(problem))".contains(part))
    }
}
