import Base
import Kernel
import Specs
import Testing

@testable import Runtimes

/// A bundle of one test in a directory of its own, and the runtime as a program of its own: the
/// test
/// runner has threads and may not enter namespaces.
final class Bench {
    let path: String
    let rootfs: String
    var config: RuntimeConfig
    private let name: String
    /// A number of seconds by which a sleeping program of this bench is told from others.
    var mark: String { "\(900_000 + name.utf8.reduce(0) { ($0 * 31 + Int($1)) % 99_999 })" }
    static let program = runtimeProgram()
    /// Why containers cannot be run here, or nil.
    static let lack: String? =
        !Files.exists("/bin/busybox")
        ? "busybox is missing" : (program == nil ? "martlet-runtime is not built" : nil)

    init() throws {
        name = "martlet-bench-\(try Randomness.identifier().prefix(12))"
        path = "/tmp/" + name
        rootfs = path + "/rootfs"
        for directory in ["bin", "tmp", "proc", "etc"] {
            _ = try Files.ensureDirectory("\(rootfs)/\(directory)", permissions: 0o755)
        }
        let busybox = try Files.read("/bin/busybox", limit: 16 << 20)
        try Files.open(rootfs + "/bin/busybox", [.write, .create], permissions: 0o755).writeAll(
            busybox)
        let bin = try Files.open(rootfs + "/bin", [.read, .directory])
        for tool in ["sh", "true", "cat", "ls", "id", "sleep", "mount", "echo", "grep"] {
            try Files.link(at: bin, tool, to: "busybox")
        }
        config = SpecCommand.example(isRootless: true)
        config.root = .init(path: rootfs)
        config.process?.terminal = false
        config.hostname = nil
        config.linux?.namespaces?.append(.init(.network))
        // Every bench calls its container "c1", which would be the cgroup's name, too.
        if Processes.user == 0 { config.linux?.cgroupsPath = "/" + name }
    }

    deinit {
        // Whatever a failed test left behind goes with its directory.
        try? Files.removeTree(at: Files.open("/tmp", [.read, .directory]), name)
    }

    /// Runs the runtime with these words and returns what it printed and its exit code.
    func runtime(_ words: [String]) throws -> (text: String, code: Int) {
        try Bench.run(Bench.program ?? "", ["--root", path + "/state"] + words, in: path)
    }

    /// Runs the container with a shell script in it.
    func run(_ script: String) throws -> (text: String, code: Int) {
        config.process?.args = ["/bin/sh", "-c", script]
        try save()
        return try runtime(["run", "--bundle", path, "c1"])
    }

    func save() throws {
        try Files.open(path + "/config.json", [.write, .create, .truncate], permissions: 0o644)
            .writeAll(JSON(encoding: config).text(indent: 1))
    }

    /// Puts a file into the image.
    func put(_ name: String, _ text: String, permissions: UInt32 = 0o644) throws {
        try Files.open(rootfs + "/" + name, [.write, .create, .truncate], permissions: permissions)
            .writeAll(text)
    }

    func link(_ name: String, to target: String) throws {
        let (parent, last) = Places.split("/" + name)
        try Files.link(at: Files.open(rootfs + parent, [.read, .directory]), last, to: target)
    }

    static func run(
        _ program: String, _ words: [String], in directory: String, variables: [String] = []
    ) throws -> (text: String, code: Int) {
        // A file, not a pipe: a container left behind would hold a pipe open for ever.
        let output = try MemoryFile.open(name: "output")
        var spawn = Spawn(program, [program] + words)
        spawn.environment = [
            "PATH=/usr/bin:/bin", "HOME=\(directory)", "XDG_RUNTIME_DIR=\(directory)",
        ]
        spawn.environment += variables
        spawn.descriptors = [.init(output, as: 1), .init(output, as: 2)]
        let process = try spawn.start()
        if try !process.hasEnded(within: 30_000) {
            Issue.record("\(program) \(words) hangs")
            try process.send(signal: 9)
        }
        let code = try process.wait().exitCode
        try output.seek(to: 0)
        return (String(decoding: try output.readAll(limit: 1 << 20), as: UTF8.self), code)
    }

    private static func runtimeProgram() -> String? {
        // The test bundle lies beside the programs of the same build.
        let own = (try? Caller.program()) ?? ""
        for kind in ["release", "debug"] {
            for argument in CommandLine.arguments + [own] where argument.contains("/\(kind)/") {
                let base = argument.split(separator: "/\(kind)/", maxSplits: 1)[0]
                let candidate = "\(base)/\(kind)/martlet-runtime"
                if Files.exists(candidate) { return candidate }
            }
            let usual = "\((try? Caller.directory()) ?? "")/.build/\(kind)/martlet-runtime"
            if Files.exists(usual) { return usual }
        }
        return nil
    }
}
