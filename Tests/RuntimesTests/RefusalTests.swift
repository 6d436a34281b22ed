import Base
import Kernel
import Specs
import Testing

@testable import Runtimes

/// Goal: no refused system call, wherever it falls, leaves anything behind or goes without a name.
/// Method: refuse call 0, 1, 2, … of a command, first in the runtime, then in the processes it
/// makes, until fewer calls are made.
@Suite(.serialized, .enabled(if: Refusing.lack == nil, "\(Refusing.lack ?? "")"))
struct RefusalTests {
    /// Runs a command with a call refused.
    private func refuse(
        _ count: Int, _ words: [String], _ bench: Bench, inCopies: Bool = false
    ) throws -> (text: String, code: Int, reached: Bool) {
        let variable = inCopies ? "MARTLET_REFUSE_COPY" : "MARTLET_REFUSE"
        let (text, code) = try Bench.run(
            Refusing.program ?? "", ["--root", bench.path + "/state"] + words, in: bench.path,
            variables: ["\(variable)=\(count)"])
        if code != 0 {
            // A process that cannot speak any more leaves its name to the other side.
            let named =
                text.contains("failed with EIO") || text == ""
                || (inCopies && text.contains("ended before its program began"))
            #expect(named, "call \(count): \(text)")
        }
        return (text, code, code != 0 || !text.contains("no such call"))
    }

    /// Returns the command lines of processes that this bundle's containers left.
    private func processes(of bench: Bench) throws -> [String] {
        try Files.names(in: Files.open("/proc", [.read, .directory])).compactMap { name in
            guard Int32(name) != nil,
                let line = try? Files.readText("/proc/\(name)/cmdline"),
                line.contains(bench.path) || line.contains("sleep\0" + bench.mark)
            else { return nil }
            return "\(name) \(line.replacing("\0", with: " "))"
        }
    }

    /// The first process ends a moment after its socket closes.
    private func expectNothingLeft(_ bench: Bench, _ count: Int) throws {
        let ids = try Files.names(in: Files.open(bench.path + "/state", [.read, .directory]))
        #expect(ids == [], "call \(count)")
        let deadline = Clock.monotonic() + 5_000_000_000
        while try !processes(of: bench).isEmpty, Clock.monotonic() < deadline {}
        #expect(try processes(of: bench) == [], "call \(count)")
    }

    /// Runs `job` for every call until 30 in a row were never made.
    private func sweep(_ job: (Int) throws -> Bool) throws -> Int {
        var (count, missed) = (0, 0)
        while missed < 30 {
            missed = try job(count) ? 0 : missed + 1
            count += 1
            try #require(count < 2000)
        }
        return count - 30
    }

    private func bench() throws -> Bench {
        let bench = try Bench()
        bench.config.process?.args = ["/bin/sleep", bench.mark]
        bench.config.linux?.seccomp = DefaultSeccomp.profile(capabilities: [])
        try bench.save()
        _ = try Files.ensureDirectory(bench.path + "/state")
        return bench
    }

    @Test(arguments: [false, true])
    func create(inCopies: Bool) throws {
        let bench = try bench()
        let calls = try sweep { count in
            let (_, code, reached) = try refuse(
                count, ["create", "--bundle", bench.path, "c1"], bench, inCopies: inCopies)
            if code == 0 {
                // What was refused was not needed, or the first process comes to it at the start.
                let (started, status) = try bench.runtime(["start", "c1"])
                let isSaid = [
                    "failed with E", "it is stopped", "ended before its program began",
                ].contains { started.contains($0) }
                #expect(status == 0 || inCopies && isSaid, "call \(count): \(started)")
                _ = try bench.runtime(["delete", "--force", "c1"])
            }
            try expectNothingLeft(bench, count)
            return reached
        }
        #expect(calls > 45)
    }

    @Test func start() throws {
        let bench = try bench()
        let calls = try sweep { count in
            _ = try bench.runtime(["create", "--bundle", bench.path, "c1"])
            let (_, _, reached) = try refuse(count, ["start", "c1"], bench)
            _ = try bench.runtime(["delete", "--force", "c1"])
            try expectNothingLeft(bench, count)
            return reached
        }
        #expect(calls > 10)
    }

    @Test(arguments: [false, true])
    func exec(inCopies: Bool) throws {
        let bench = try bench()
        _ = try bench.runtime(["create", "--bundle", bench.path, "c1"])
        _ = try bench.runtime(["start", "c1"])
        let before = try processes(of: bench)
        let calls = try sweep { count in
            let (_, _, reached) = try refuse(
                count, ["exec", "c1", "/bin/true"], bench, inCopies: inCopies)
            let deadline = Clock.monotonic() + 5_000_000_000
            while try processes(of: bench) != before, Clock.monotonic() < deadline {}
            #expect(try processes(of: bench) == before, "call \(count)")
            return reached
        }
        #expect(calls > 20)
        _ = try bench.runtime(["delete", "--force", "c1"])
        try expectNothingLeft(bench, calls)
    }

    @Test func delete() throws {
        let bench = try bench()
        let calls = try sweep { count in
            _ = try bench.runtime(["create", "--bundle", bench.path, "c1"])
            let (_, code, reached) = try refuse(count, ["delete", "--force", "c1"], bench)
            if code != 0 {
                // A second attempt finishes what the first could not.
                let (again, status) = try bench.runtime(["delete", "--force", "c1"])
                #expect(status == 0, "call \(count): \(again)")
            }
            try expectNothingLeft(bench, count)
            return reached
        }
        #expect(calls > 10)
    }
}

/// The runtime that refuses a call, as a program of its own.
private enum Refusing {
    static let program = Bench.program.map {
        $0.replacing("martlet-runtime", with: "refusing-runtime")
    }
    static let lack =
        Bench.lack
        ?? (Files.exists(program ?? "") ? nil : "the program refusing-runtime is not built")
}
