import Base
import Engine
import Kernel
import Registries
import Specs
import Testing

/// T-CRED: what is sent to whom.
@Suite struct CredentialTests {
    let registry: MisbehavingRegistry
    static let mine = RegistryCredentials(user: "me", password: "secret")
    static let basic = "Basic bWU6c2VjcmV0"

    init() throws {
        Scratch.cleanUp()
        registry = try MisbehavingRegistry.shared.get()
    }

    @Test(arguments: ["basic-good", "token-secret"])
    func credentialsOpenTheDoor(repository: String) throws {
        #expect(try registry.pull(repository).problem?.code == .noPermission)
        #expect(try registry.pull(repository) { $0.credentials = Self.mine }.problem == nil)
    }

    /// T-CRED-1: another port or host is another party.
    @Test(arguments: ["redirect-port", "redirect-name"])
    func redirectTargetGetsNoCredentials(repository: String) throws {
        _ = try registry.pull(repository) { $0.credentials = Self.mine }
        let elsewhere = try registry.log(repository).filter { $0.path.hasPrefix("/elsewhere") }
        #expect(!elsewhere.isEmpty)
        #expect(elsewhere.allSatisfy { $0.authorization == nil && $0.cookie == nil })
    }

    /// T-CRED-2
    @Test func redirectFromTLSToPlainIsRefused() throws {
        let outcome = try registry.pull("redirect-plain", from: "tls-good") {
            $0.certificateDirectory = registry.description.trusted
        }
        #expect(outcome.problem?.why?.contains("from https to http") == true)
        #expect(try !registry.log("redirect-plain").contains { $0.path.hasPrefix("/elsewhere") })
    }

    /// T-CRED-3: over TLS, a token server without TLS is not asked at all.
    @Test func plainTokenServerIsNotAsked() throws {
        let outcome = try registry.pull("realm-plain", from: "tls-good") {
            $0.certificateDirectory = registry.description.trusted
            $0.credentials = Self.mine
        }
        #expect(outcome.problem?.code == .refused)
        #expect(try !registry.log("realm-plain").contains { $0.path.hasPrefix("/token") })
    }

    /// T-CRED-3: a token server with another name gets no credentials, and the user is told.
    @Test func foreignTokenServerGetsNoCredentials() throws {
        let outcome = try registry.pull("realm-other") { $0.credentials = Self.mine }
        #expect(outcome.problem == nil)
        #expect(outcome.warnings.contains { $0.contains("are not sent to localhost") })
        let asked = try registry.log("realm-other").filter { $0.path.hasPrefix("/token") }
        #expect(
            !asked.isEmpty
                && asked.allSatisfy { $0.authorization == nil && !$0.path.contains("account") })
    }

    /// T-CRED-4: out of date, another's name, nobody's signature, no TLS: refused, and never plain.
    @Test(arguments: ["tls-old", "tls-name", "tls-self", "plain"])
    func badTLSIsRefused(kind: String) throws {
        let repository = "refused-\(kind)"
        let outcome = try registry.pull(repository, from: kind) {
            $0.verifiesTLS = true
            $0.certificateDirectory = registry.description.trusted
            $0.credentials = Self.mine
        }
        #expect(outcome.problem?.code == .notVerified)
        #expect(try registry.log(repository).isEmpty)
    }

    @Test func trustedAndInsecureRegistriesAreServed() throws {
        let trusted = try registry.pull("ok", from: "tls-good") {
            $0.certificateDirectory = registry.description.trusted
        }
        #expect(trusted.problem == nil)
        #expect(try registry.pull("ok", from: "tls-good").problem?.code == .notVerified)
        #expect(try registry.pull("ok", from: "tls-self") { $0.verifiesTLS = false }.problem == nil)
    }

    /// T-CRED-6: messages and events never show a password.
    @Test func passwordIsInNoMessage() throws {
        let secret = RegistryCredentials(user: "me", password: "hunter2-hunter2")
        for repository in ["basic", "token-loop", "token-secret", "403"] {
            let outcome = try registry.pull(repository) { $0.credentials = secret }
            let problem = try #require(outcome.problem)
            #expect(!"\(problem)\(outcome.events)".contains("hunter2"))
        }
    }

    /// T-CRED-6: the file of credentials is its owner's alone, and other entries stay.
    @Test func loginIsKeptAndForgotten() throws {
        let path = try Scratch.make("login", in: registry.directory) + "/auth.json"
        try Files.open(path, [.write, .create], permissions: 0o644).writeAll(
            #"{"auths":{"a.example":{"auth":"YTpi"}},"credHelpers":{"b.example":"x"}}"#)
        var request = RegistryRequest(.login, [])
        request.registry = registry.host("plain")
        request.verifiesTLS = false
        request.authFile = path
        request.credentials = Self.mine
        try registry.client().ask(request) { _ in }
        #expect(try Files.status(path).permissions == 0o600)
        let text = try Files.readText(path)
        #expect(
            text.contains("YTpi") && text.contains("credHelpers") && text.contains("bWU6c2VjcmV0"))
        let kept = try registry.pull("basic-kept") { $0.authFile = path }
        #expect(kept.problem == nil)
        request.verb = .logout
        try registry.client().ask(request) { _ in }
        #expect(try !Files.readText(path).contains("bWU6c2VjcmV0"))
        #expect(throws: Problem.self) { try registry.client().ask(request) { _ in } }
    }

    /// What docker looks for on behalf of Docker Hub.
    @Test func dockersFileHasDockersKeys() throws {
        let path = try Scratch.make("docker", in: registry.directory) + "/config.json"
        let store = CredentialStore(
            files: ConfigurationFiles(environment: [:], uid: 1000), view: .disk, explicit: path,
            writesDockerKeys: true
        ) { _, _ in nil }
        try store.save(Self.mine, for: "docker.io")
        #expect(try Files.readText(path).contains(#""https://index.docker.io/v1/": {"#))
        #expect(throws: Problem.self) { try store.save(Self.mine, for: "quay.io/team") }
        #expect(try store.remove("docker.io"))
        #expect(try !store.remove("docker.io"))
    }

    /// A file that lies elsewhere is changed there, and no login loses another's.
    @Test func loginsAtOnceAreAllKept() async throws {
        let directory = try Scratch.make("logins", in: registry.directory)
        try Files.open("\(directory)/kept.json", [.write, .create]).writeAll("{}")
        let path = "\(directory)/auth.json"
        try Files.link(
            at: Files.open(directory, [.read, .directory]), "auth.json", to: "kept.json")
        let host = registry.host("plain")
        let client = try registry.client()
        try await withThrowingTaskGroup { group in
            for number in 0..<8 {
                group.addTask {
                    var request = RegistryRequest(.login, [])
                    request.registry = "\(host)/\(number)"
                    request.verifiesTLS = false
                    request.authFile = path
                    request.credentials = Self.mine
                    try client.ask(request) { _ in }
                }
            }
            try await group.waitForAll()
        }
        #expect(try Files.target(path) == "kept.json")
        let json = try JSON(
            parsing: Array(Files.readText("\(directory)/kept.json").utf8), name: "kept")
        guard case .object(let entries)? = json["auths"] else { Issue.record("no entries"); return }
        #expect(entries.count == 8)
    }

    @Test func helperIsAsked() throws {
        let directory = try Scratch.make("helper", in: registry.directory)
        try Files.open(
            "\(directory)/docker-credential-test", [.write, .create], permissions: 0o755
        ).writeAll(
            """
            #!/bin/sh
            read -r server || :
            echo "{\\"ServerURL\\":\\"$server\\",\\"Username\\":\\"me\\",\\"Secret\\":\\"secret\\"}"
            """)
        let path = "\(directory)/auth.json"
        try Files.open(path, [.write, .create]).writeAll(
            #"{"credHelpers":{"\#(registry.host("plain"))":"test"}}"#)
        let outcome = try registry.pull(
            "basic-helper", environment: ["PATH": "\(directory):/usr/bin:/bin"]
        ) { $0.authFile = path }
        #expect(outcome.problem == nil)
    }

    /// T-CRED-5: the longest path wins, and no host's entry is used for another.
    @Test func entryIsFoundByItsLongestPath() throws {
        let file = #"""
            {"auths":{"quay.io":{"auth":"YTox"},"quay.io/team":{"auth":"Yjoy"},
            "https://index.docker.io/v1/":{"auth":"Yzoz"},"quay.io/team/x":{}}}
            """#
        let store = CredentialStore(
            files: ConfigurationFiles(
                environment: ["HOME": "/h", "XDG_RUNTIME_DIR": "/r"], uid: 1),
            view: FileView(["/h/.config/containers/auth.json": file])
        ) { _, _ in nil }
        func user(_ name: String) throws -> String? {
            try store.credentials(for: ImageReference(name))?.user
        }
        #expect(try user("quay.io/other/x") == "a")
        #expect(try user("quay.io/team/x") == "b")
        #expect(try user("docker.io/x") == "c")
        #expect(try user("evil-quay.io/team/x") == nil)
        #expect(try user("quay.io.evil.example/team/x") == nil)
        #expect(store.paths.first == "/r/containers/auth.json")
    }
}
