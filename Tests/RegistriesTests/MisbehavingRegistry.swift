import Base
import Engine
import Foundation
import Kernel
import Specs
import Synchronization

/// The script beside this file, running for as long as the tests do, and the program under test.
final class MisbehavingRegistry: Sendable {
    struct Description: Decodable {
        let ports: [String: Int]
        let trusted: String
        let good: String
        let layer: String
        let manifest: String
    }

    static let shared = Result { try MisbehavingRegistry() }

    let description: Description
    let directory: String
    let layer: Digest
    private let input: Descriptor

    private init() throws {
        directory = try Scratch.make("martlet-registry-tests")
        let script = #filePath.replacing(
            "MisbehavingRegistry.swift", with: "misbehaving_registry.py")
        let input = try Descriptor.pipe().ends()
        let output = try Descriptor.pipe().ends()
        let (reading, feeding) = (input.reading, output.writing)
        var spawn = Spawn("/usr/bin/python3", ["python3", script])
        let theirInput = Descriptor(owning: reading)
        let theirOutput = Descriptor(owning: feeding)
        spawn.environment = ["PATH=/usr/bin:/bin"]
        spawn.descriptors = [.init(theirInput, as: 0), .init(theirOutput, as: 1), .standard(2)]
        _ = try spawn.start()
        self.input = Descriptor(owning: input.writing)
        try theirOutput.close()
        let listening = Descriptor(owning: output.reading)
        var line: [UInt8] = []
        while !line.contains(0x0A) {
            let more = try listening.read(upTo: 4096)
            guard !more.isEmpty else { throw Problem(.helper, "the registry did not start") }
            line += more
        }
        description = try JSON(parsing: line, name: "registry").decode(
            Description.self, name: "registry")
        layer = try Digest(description.layer)
    }

    func host(_ kind: String, name: String = "127.0.0.1") -> String {
        "\(name):\(description.ports[kind] ?? 0)"
    }

    /// What came of a pull.
    struct Outcome {
        var image: RegistryClient.PulledImage?
        var problem: Problem?
        var events: [RegistryEvent] = []
        var files: [String] = []

        var retries: Int {
            events.count { if case .retrying = $0 { true } else { false } }
        }
        var warnings: [String] {
            events.compactMap { if case .warning(let text) = $0 { text } else { nil } }
        }
    }

    /// Pulls `repository` into a directory of its own, or into `directory`.
    func pull(
        _ repository: String, from kind: String = "plain", into path: String? = nil,
        environment: [String: String] = [:], _ change: (inout RegistryRequest) -> Void = { _ in }
    ) throws -> Outcome {
        var request = RegistryRequest(
            .pull,
            [
                try ImageReference(
                    "\(host(kind))/\(repository.contains("@") ? repository : repository + ":latest")"
                )
            ])
        request.verifiesTLS = kind.hasPrefix("tls") ? nil : false
        request.retries = 2
        request.retryPauseMilliseconds = 10
        request.platform = try Platform("linux/amd64")
        request.stallSeconds = 5
        change(&request)
        return try run(request, into: path ?? Scratch.make("blobs", in: directory), environment)
    }

    func run(_ request: RegistryRequest, into path: String, _ environment: [String: String] = [:])
        throws -> Outcome
    {
        let blobs = try Files.open(path, [.read, .directory])
        var outcome = Outcome()
        let client = try client(environment)
        do throws(Problem) {
            outcome.image = try client.pull(request, into: blobs) {
                outcome.events.append($0)
            }
        } catch {
            outcome.problem = error
        }
        outcome.files = try Files.names(in: blobs)
        return outcome
    }

    func client(_ environment: [String: String] = [:]) throws -> RegistryClient {
        let empty = "\(directory)/empty"
        if !Files.exists(empty) { try Files.open(empty, [.write, .create]).writeAll("") }
        let usual = [
            "HOME": directory, "PATH": "/usr/bin:/bin", "XDG_RUNTIME_DIR": directory,
            "CONTAINERS_REGISTRIES_CONF": empty,
        ]
        return RegistryClient(
            program: try Scratch.program("martlet-registry"),
            environment: usual.merging(environment) { $1 })
    }

    struct Request: Decodable {
        let method: String
        let path: String
        let port: Int
        let authorization: String?
        let range: String?
        let cookie: String?
    }

    /// Returns what was asked of a repository so far.
    func log(_ repository: String) throws -> [Request] {
        let url = "http://\(host("plain"))/_log/\(repository)"
        let curl = try Scratch.output("/usr/bin/curl", ["-s", url])
        return try JSON(parsing: curl, name: "log").decode([Request].self, name: "log")
    }
}

/// Directories that go away with the tests, and programs.
enum Scratch {
    private static let count = Atomic<Int>(0)

    static func make(_ name: String, in parent: String = "/tmp") throws -> String {
        let number = count.wrappingAdd(1, ordering: .relaxed).newValue
        let path = "\(parent)/\(name).\(getpid()).\(number)"
        _ = try Files.ensureDirectory(path)
        if parent == "/tmp" { cleaning.withLock { $0.append(path) } }
        return path
    }

    private static let cleaning = Mutex<[String]>([])
    private static let atExit: Void = {
        atexit {
            for path in Scratch.cleaning.withLock({ $0 }) {
                try? FileManager.default.removeItem(atPath: path)
            }
        }
    }()

    /// Arranges for the directories to be removed at the end.
    static func cleanUp() { _ = atExit }

    /// A program of ours, beside the tests.
    static func program(_ name: String) throws -> String {
        let here = try Caller.program()
        let directories = [
            String(here.prefix(upTo: here.lastIndex(of: "/") ?? here.endIndex)),
            CommandLine.arguments.first.map {
                String($0.prefix(upTo: $0.lastIndex(of: "/") ?? $0.endIndex))
            } ?? "",
        ]
        for argument in CommandLine.arguments + directories {
            var path = argument
            while let slash = path.lastIndex(of: "/") {
                path = String(path[..<slash])
                if Files.exists("\(path)/\(name)") { return "\(path)/\(name)" }
                if path.isEmpty { break }
            }
        }
        throw Problem(.missingOnMachine, "there is no \(name) beside the tests")
    }

    static func output(_ program: String, _ arguments: [String]) throws -> [UInt8] {
        let ends = try Descriptor.pipe().ends()
        let reading = Descriptor(owning: ends.reading)
        let writing = Descriptor(owning: ends.writing)
        var spawn = Spawn(program, [program] + arguments)
        spawn.environment = ["PATH=/usr/bin:/bin", "HOME=/tmp"]
        spawn.descriptors = [.init(writing, as: 1), .standard(2)]
        let child = try spawn.start()
        try writing.close()
        let bytes = try reading.readAll(limit: 1 << 26)
        _ = try child.wait()
        return bytes
    }
}
