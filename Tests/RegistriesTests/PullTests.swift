import Base
import Engine
import Kernel
import Specs
import Testing

/// Pulls from the misbehaving registry, by the program as the engine starts it.
@Suite struct PullTests {
    let registry: MisbehavingRegistry

    init() throws {
        Scratch.cleanUp()
        registry = try MisbehavingRegistry.shared.get()
    }

    /// F-42, F-44, F-46: what can be mended is mended, and what arrives is whole.
    @Test(arguments: [
        "ok", "index", "type-html", "busy-seconds", "busy-negative", "busy-words", "busy-date",
        "busy-past",
        "cut-manifest", "cut-at-0", "cut-at-1", "cut-at-half", "cut-at-last", "cut-norange",
        "cut-wrongrange",
        "cut-416", "cut-chunk", "redirect-port", "redirect-name", "redirect-relative",
        "redirect-ten", "token",
    ])
    func mendableFaultIsMended(repository: String) throws {
        let outcome = try registry.pull(repository)
        #expect(outcome.problem == nil)
        #expect(outcome.files.contains("\(registry.layer)"))
        #expect(!outcome.files.contains { $0.hasSuffix(".part") })
        #expect(outcome.image?.manifest.digest.description == registry.description.manifest)
        #expect(outcome.image?.layers.map(\.digest) == [registry.layer])
    }

    /// F-42 to F-47, T-BOMB-1, T-DIGEST-1 to 4, T-CRED-2: what cannot be mended is refused in words.
    @Test(arguments: [
        (
            "403", Problem.Code.noPermission,
            "answered with 403 Forbidden: as you ordered\\u{1b}[31m"
        ),
        ("404", .noSuchImage, "answered with 404"), ("500", .remote, "answered with 500"),
        ("502-html", .remote, "answered with 502 Bad Gateway"),
        ("big-manifest", .remote, "it has more than the 4194304 bytes that are allowed"),
        ("big-config", .badDocument, "8388608 are allowed"),
        ("big-head", .remote, "65536 are allowed"),
        ("big-error", .remote, "answered with 500"),
        ("announced-lies", .notVerified, "announced sha256:"),
        ("type-lies", .badDocument, "it was announced as"),
        ("two-things", .badDocument, "it has members of both a manifest and an index"),
        ("not-json", .badDocument, "a value was expected"),
        ("short-config-list", .badDocument, "it lists 2 layers"),
        ("size-lies", .notVerified, "were announced instead of 300005"),
        ("traversal", .badValue, "digits"),
        ("length-big", .notVerified, "300010 bytes were announced"),
        ("length-small", .notVerified, "299990 bytes were announced"),
        ("wrong-bytes", .notVerified, "what arrived has the digest"),
        ("one-bit", .notVerified, "what arrived has the digest"),
        ("too-long", .notVerified, "more than its 300000 bytes arrived"),
        ("cut-always", .remote, "connection"),
        ("blob-404", .noSuchImage, "answered with 404"),
        ("redirect-loop", .remote, "it redirects in a circle"),
        ("redirect-many", .remote, "it redirects more than 10 times"),
        ("redirect-dead", .remote, "127.0.0.1:1/sha256:"),
        ("redirect-file", .remote, "no address of the web"),
        ("redirect-user", .remote, "no address of the web"),
        ("redirect-none", .remote, "it redirects to nowhere"),
        ("redirect-wrong", .notVerified, "what arrived has the digest"),
        ("token-loop", .noPermission, "answered with 401"),
        ("token-big", .remote, "more than 1048576 bytes"),
        ("token-newline", .remote, "sent no token"),
        ("realm-file", .remote, "names no token server"),
        ("realm-none", .remote, "names no token server"),
        ("realm-user", .remote, "names no token server"),
        ("nonsense-challenge", .remote, "offers no way that is known here"),
        ("basic", .noPermission, "wants a name and a password"),
    ])
    func hopelessFaultIsRefused(repository: String, code: Problem.Code, why: String) throws {
        let outcome = try registry.pull(repository)
        let problem = try #require(outcome.problem)
        #expect(problem.code == code)
        #expect(problem.why?.contains(why) == true, "\(problem)")
        #expect(!outcome.files.contains("\(registry.layer)"))
        #expect(!problem.description.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
        #expect(try registry.log(repository).count < 40)
    }

    /// F-43: what stands still, or nearly so, ends in time.
    @Test(arguments: ["stall-manifest", "never-answers", "stall", "drip"])
    func standstillEndsInTime(repository: String) throws {
        let start = Clock.monotonic()
        let outcome = try registry.pull(repository) {
            $0.stallSeconds = 1
            $0.retries = 1
        }
        #expect(outcome.problem?.code == .remote)
        #expect(Clock.monotonic() - start < 12_000_000_000)
        #expect(!outcome.files.contains("\(registry.layer)"))
    }

    /// F-43: a server that takes the connection and never begins TLS.
    @Test func silenceInTLSEndsInTime() throws {
        let outcome = try registry.pull("x", from: "silent") {
            $0.verifiesTLS = true
            $0.stallSeconds = 1
            $0.retries = 0
        }
        #expect(outcome.problem?.code == .remote)
    }

    /// F-48
    @Test func nameThatDoesNotResolveIsTold() throws {
        var request = RegistryRequest(.pull, [try ImageReference("no-such-host.invalid/a:b")])
        request.retries = 0
        let outcome = try registry.run(
            request, into: try Scratch.make("blobs", in: registry.directory))
        #expect(outcome.problem?.why == "the name \"no-such-host.invalid\" does not resolve")
    }

    /// T-DIGEST-3
    @Test func otherBytesThanTheDigestAskedForAreRefused() throws {
        let outcome = try registry.pull("other-bytes@\(registry.description.manifest)")
        #expect(outcome.problem?.code == .notVerified)
        #expect(outcome.files.isEmpty)
    }

    @Test func platformThatIsNotThereIsTold() throws {
        let outcome = try registry.pull("index") { $0.platform = try? Platform("linux/riscv64") }
        #expect(outcome.problem?.why == "it has linux/s390x, linux/amd64")
    }

    @Test func knownBlobsAreNotFetched() throws {
        let outcome = try registry.pull("known") { $0.known = [registry.layer] }
        #expect(outcome.problem == nil)
        #expect(!outcome.files.contains("\(registry.layer)"))
        #expect(try !registry.log("known").contains { $0.path.contains("\(registry.layer)") })
    }

    /// A pull that died goes on where it ended; what it left behind may be wrong.
    @Test(arguments: [("resumed", true), ("resumed-wrong", false)])
    func deadPullIsResumed(repository: String, good: Bool) throws {
        let whole = try registry.pull("ok")
        #expect(whole.problem == nil)
        let path = try Scratch.make("blobs", in: registry.directory)
        let first = try registry.run(
            {
                var request = RegistryRequest(
                    .pull, [try ImageReference("\(registry.host("plain"))/ok:1")])
                request.verifiesTLS = false
                request.platform = try Platform("linux/amd64")
                return request
            }(), into: path)
        #expect(first.problem == nil)
        let directory = try Files.open(path, [.read, .directory])
        let bytes = try Files.read("\(path)/\(registry.layer)", limit: 1 << 20)
        let half = good ? Array(bytes[..<100_000]) : [UInt8](repeating: 1, count: 100_000)
        try Files.remove(at: directory, "\(registry.layer)")
        try Files.open(at: directory, ".\(registry.layer).part", [.write, .create]).writeAll(half)
        let outcome = try registry.pull(repository, into: path)
        #expect(outcome.problem == nil)
        #expect(try Files.read("\(path)/\(registry.layer)", limit: 1 << 20) == bytes)
        let requests = try registry.log(repository).filter { $0.path.contains("\(registry.layer)") }
        #expect(requests.map(\.range) == (good ? ["bytes=100000-"] : ["bytes=100000-", nil]))
    }

    /// What an earlier pull left whole is not fetched again; what a power cut spoilt is.
    @Test func blobThatIsThereIsCheckedAndKept() throws {
        let path = try Scratch.make("blobs", in: registry.directory)
        #expect(try registry.pull("kept", into: path).problem == nil)
        #expect(try registry.pull("kept", into: path).problem == nil)
        func fetches() throws -> Int {
            try registry.log("kept").count { $0.path.contains("\(registry.layer)") }
        }
        #expect(try fetches() == 1)
        let directory = try Files.open(path, [.read, .directory])
        try Files.replace(
            at: directory, "\(registry.layer)", with: [UInt8](repeating: 0, count: 300_000))
        #expect(try registry.pull("kept", into: path).problem == nil)
        #expect(try fetches() == 2)
    }

    /// Pulls of one image at the same time share the work.
    @Test func pullsAtTheSameTimeShareTheWork() async throws {
        let path = try Scratch.make("blobs", in: registry.directory)
        let problems = try await withThrowingTaskGroup(of: Problem?.self) { group in
            for _ in 0..<3 {
                group.addTask { try registry.pull("shared", into: path).problem }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(problems.allSatisfy { $0 == nil })
        #expect(try registry.log("shared").count { $0.path.contains("\(registry.layer)") } == 1)
    }

    @Test func nextCandidateIsTried() throws {
        let host = registry.host("plain")
        let outcome = try registry.pull("404") {
            $0.candidates += [ImageReference(registry: host, path: "ok", tag: "latest")]
        }
        #expect(outcome.image?.reference.path == "ok")
    }

    @Test func mirrorIsTriedFirstAndTheRegistryAfterIt() throws {
        let host = registry.host("plain")
        let path = try Scratch.make("conf", in: registry.directory) + "/registries.conf"
        try Files.open(path, [.write, .create]).writeAll(
            """
            [[registry]]
            prefix = "made.up.example/team"
            location = "\(host)"
            insecure = true
            [[registry.mirror]]
            location = "\(host)/mirror"
            insecure = true
            [[registry]]
            prefix = "made.up.example/blocked"
            blocked = true
            """)
        func pull(_ name: String) throws -> MisbehavingRegistry.Outcome {
            var request = RegistryRequest(.pull, [try ImageReference(name)])
            request.retries = 0
            request.platform = try Platform("linux/amd64")
            return try registry.run(
                request, into: try Scratch.make("blobs", in: registry.directory),
                ["CONTAINERS_REGISTRIES_CONF": path])
        }
        let outcome = try pull("made.up.example/team/mirrored:1")
        #expect(outcome.problem == nil)
        #expect(
            "\(outcome.image?.reference.description ?? "")" == "made.up.example/team/mirrored:1")
        #expect(try registry.log("mirror").count == 1)
        #expect(try pull("made.up.example/blocked/x").problem?.code == .refused)
    }

    @Test func tagsAreListedPageByPage() throws {
        var request = RegistryRequest(
            .listTags, [try ImageReference("\(registry.host("plain"))/listed")])
        request.verifiesTLS = false
        var tags: [String] = []
        try registry.client().ask(request) { if case .tags(let some) = $0 { tags += some } }
        #expect(tags == ["a", "b", "c"])
    }

    @Test func pagesThatLeadInACircleAreNoList() throws {
        var request = RegistryRequest(
            .listTags, [try ImageReference("\(registry.host("plain"))/circle")])
        request.verifiesTLS = false
        let problem = #expect(throws: Problem.self) { try registry.client().ask(request) { _ in } }
        #expect(problem?.why == "its pages have no end")
        #expect(try registry.log("circle").count == 3)
    }
}
