import Base
import Checksums
import Engine
import Kernel
import Specs
import Testing

/// Sends to the misbehaving registry, by the program as the engine starts it.
@Suite struct PushTests {
    let registry: MisbehavingRegistry

    init() throws {
        Scratch.cleanUp()
        registry = try MisbehavingRegistry.shared.get()
    }

    /// What came of a push.
    private struct Outcome {
        var digest: Digest?
        var problem: Problem?
        var log: [MisbehavingRegistry.Request] = []

        func count(_ method: String, _ part: String = "") -> Int {
            log.count {
                $0.method == method && (part.isEmpty || $0.path.contains(part))
            }
        }
    }

    /// Sends an image of a layer with so many bytes and of so many small ones.
    private func push(
        _ repository: String, layer size: Int = 300_000, small count: Int = 0,
        subject: ContentDescriptor? = nil, _ change: (inout RegistryRequest) -> Void = { _ in }
    ) throws -> Outcome {
        let path = try Scratch.make("blobs", in: registry.directory)
        let blobs = try Files.open(path, [.read, .directory])
        func keep(_ type: String, _ bytes: [UInt8]) throws -> ContentDescriptor {
            let digest = Checksum.of(bytes)
            try Files.replace(at: blobs, "\(digest)", with: bytes)
            return ContentDescriptor(mediaType: type, digest: digest, size: Int64(bytes.count))
        }
        let layer = try keep(MediaType.ociLayer, (0..<size).map { UInt8(truncatingIfNeeded: $0) })
        let config = try keep(MediaType.ociConfig, Array("{}".utf8))
        var layers = [layer]
        for number in 0..<count {
            layers.append(try keep(MediaType.ociLayer, Array("\(number)".utf8)))
        }
        var document = ImageManifest(config: config, layers: layers)
        document.subject = subject
        let manifest = try keep(MediaType.ociManifest, JSON(encoding: document).bytes())
        var request = RegistryRequest(
            .push, [try ImageReference("\(registry.host("plain"))/\(repository):1")])
        request.manifest = manifest.digest
        request.verifiesTLS = false
        request.retries = 2
        request.retryPauseMilliseconds = 10
        request.stallSeconds = 5
        change(&request)
        let client = try registry.client()
        var outcome = Outcome()
        do throws(Problem) {
            outcome.digest = try client.push(request, from: blobs) { _ in }
        } catch {
            outcome.problem = error
        }
        outcome.log = try registry.log(repository)
        if outcome.problem == nil { #expect(outcome.digest == manifest.digest) }
        return outcome
    }

    @Test func everythingIsSentOnceAndTheManifestLast() throws {
        let outcome = try push("up-ok")
        #expect(outcome.problem == nil)
        // The configuration is small and comes with the end of its upload.
        #expect(outcome.count("PATCH") == 1)
        #expect(outcome.log.last?.method == "PUT")
        #expect(outcome.log.last?.path == "/v2/up-ok/manifests/1")
    }

    /// To ask for a small blob costs as much as to send it, where the registry has nothing of the image.
    @Test func registryThatHasNothingIsNotAskedForEachSmallBlob() throws {
        let first = try push("up-small", small: 40)
        #expect(first.problem == nil)
        #expect(first.count("HEAD") == 1 + Limits.parallelSmallBlobs)
        #expect(first.count("PUT", "/upload/") == 42)
        // It has everything then, and nothing is sent.
        let second = try push("up-small", small: 40)
        #expect(second.problem == nil)
        #expect(second.count("HEAD") == first.count("HEAD") + 42)
        #expect(second.count("PUT", "/upload/") == 42)
    }

    /// F-42: an upload that breaks goes on where the registry says that it is.
    @Test func brokenUploadGoesOn() throws {
        let outcome = try push("up-cut")
        #expect(outcome.problem == nil)
        let ranges = outcome.log.filter { $0.method == "PATCH" }.compactMap(\.range)
        #expect(ranges == ["150000-299999"])
    }

    /// F-42, F-45: what the registry has forgotten, or could not take, is sent from its beginning.
    @Test(arguments: ["up-cut-forgotten", "up-500"])
    func lostUploadBeginsAnew(repository: String) throws {
        let outcome = try push(repository)
        #expect(outcome.problem == nil)
        #expect(outcome.count("POST") == 3)
    }

    /// F-45: attempts are bounded, and the reason is told.
    @Test(arguments: [
        ("up-cut-always", Problem.Code.remote, "connection"),
        ("up-denied", .remote, "answered with 400 Bad Request: as you ordered"),
    ])
    func hopelessUploadIsRefused(repository: String, code: Problem.Code, why: String) throws {
        let outcome = try push(repository)
        #expect(outcome.problem?.code == code)
        #expect(outcome.problem?.why?.contains(why) == true, "\(outcome.problem?.why ?? "")")
        #expect(outcome.count("PUT", "manifests") == 0)
        #expect(outcome.log.count < 60)
    }

    @Test func registryThatRefusesLargeRequestsGetsParts() throws {
        let outcome = try push("up-413", layer: 20 << 20)
        #expect(outcome.problem == nil)
        let ranges = outcome.log.filter { $0.method == "PATCH" }.compactMap(\.range)
        #expect(ranges == ["0-8388607", "8388608-16777215", "16777216-20971519"])
    }

    @Test func blobOfAnotherRepositoryIsMounted() throws {
        let outcome = try push("up-mount") { $0.mountFrom = ["other/image"] }
        #expect(outcome.problem == nil)
        #expect(outcome.count("PATCH") == 0)
        #expect(outcome.count("POST", "from=other%2Fimage") == 2)
    }

    /// What the index of referrers lists in a repository, as its digests.
    private func listed(_ repository: String, _ tag: String) throws -> [String] {
        let address = "http://\(registry.host("plain"))/v2/\(repository)/manifests/\(tag)"
        let json = try JSON(
            parsing: try Scratch.output("/usr/bin/curl", ["-s", address]), name: "list")
        return json["manifests"]?.elements?.compactMap { $0["digest"]?.text } ?? []
    }

    /// Where the registry keeps no lists of referrers, the index under the subject's tag does.
    @Test func whatRefersToAnImageIsListedBelowItsTag() throws {
        let subject = ContentDescriptor(
            mediaType: MediaType.ociManifest, digest: Checksum.of(Array("subject".utf8)), size: 7)
        let tag = "sha256-\(subject.digest.hex)"
        let first = try push("referrers", subject: subject)
        #expect(first.problem == nil)
        #expect(try listed("referrers", tag) == ["\(try #require(first.digest))"])
        // Another one is added, and one that is listed stays once.
        let second = try push("referrers", layer: 200_000, subject: subject)
        _ = try push("referrers", subject: subject)
        #expect(
            try listed("referrers", tag)
                == ["\(try #require(first.digest))", "\(try #require(second.digest))"])
    }

    @Test func registryThatListsReferrersIsNotHelped() throws {
        let subject = ContentDescriptor(
            mediaType: MediaType.ociManifest, digest: Checksum.of(Array("subject".utf8)), size: 7)
        let outcome = try push("referrers-known", subject: subject)
        #expect(outcome.problem == nil)
        #expect(outcome.log.last?.path == "/v2/referrers-known/manifests/1")
    }

    /// Another client's list took the place of ours: both are in it at the end.
    @Test func listThatAnotherClientWroteMeanwhileIsCompleted() throws {
        let subject = ContentDescriptor(
            mediaType: MediaType.ociManifest, digest: Checksum.of(Array("subject".utf8)), size: 7)
        let outcome = try push("referrers-race", subject: subject)
        #expect(outcome.problem == nil)
        let list = try listed("referrers-race", "sha256-\(subject.digest.hex)")
        #expect(list.count == 2)
        #expect(list.last == "\(try #require(outcome.digest))")
    }

    /// What `list-referrers` is told: the types of the artifacts, and the digests.
    private func referrers(_ repository: String, _ subject: Digest, type: String? = nil) throws
        -> [[String]]
    {
        var name = try ImageReference("\(registry.host("plain"))/\(repository)")
        name.digest = subject
        var request = RegistryRequest(.listReferrers, [name])
        request.verifiesTLS = false
        request.artifactType = type
        var text = ""
        try registry.client().ask(request) { if case .text(let piece) = $0 { text += piece } }
        let json = try JSON(parsing: Array(text.utf8), name: "referrers")
        return (json["manifests"]?.elements ?? []).map {
            [$0["artifactType"]?.text ?? "", $0["digest"]?.text ?? ""]
        }
    }

    @Test func whatRefersToAnImageIsToldPageByPage() throws {
        let subject = Checksum.of(Array("told".utf8))
        let all = [["a/one", "\(subject)"], ["a/two", "\(subject)"]]
        #expect(try referrers("referrers-known", subject) == all)
        // This registry tells of all of them, whatever it is asked for.
        #expect(try referrers("referrers-known", subject, type: "a/two") == [all[1]])
    }

    @Test func whatClientsListIsToldWhereTheRegistryListsNothing() throws {
        let bytes = Array("told by clients".utf8)
        let subject = ContentDescriptor(
            mediaType: MediaType.ociManifest, digest: Checksum.of(bytes), size: Int64(bytes.count))
        #expect(try referrers("referrers", subject.digest) == [])
        let pushed = try push("referrers", subject: subject)
        #expect(
            try referrers("referrers", subject.digest).map(\.[1])
                == ["\(try #require(pushed.digest))"])
    }
}
