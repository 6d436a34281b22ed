import Base
import Kernel
import Specs
import Testing

@testable import Runtimes

/// Threats that take a second process, and the rounds the list asks for.
@Suite(.serialized, .enabled(if: Bench.lack == nil, "\(Bench.lack ?? "")"))
struct RaceTests {
    private func foe(at path: String) throws {
        let source = #filePath.replacing("RaceTests.swift", with: "foe.c")
        let (errors, made) = try Bench.run(
            "/usr/bin/cc", ["-static", "-O1", "-w", "-o", path, source], in: "/tmp")
        try #require(made == 0, "cc: \(errors)")
    }

    /// T-ROOTFS-5: a mount's destination flips between a directory and a link to the host.
    @Test func aDestinationThatFlipsNeverLeavesTheRoot() throws {
        let bench = try Bench()
        let (outside, shared) = (bench.path + "/outside", bench.path + "/shared")
        _ = try Files.ensureDirectory(outside)
        _ = try Files.ensureDirectory(shared + "/place", permissions: 0o755)
        let volume = try Files.open(shared, [.read, .directory])
        try Files.link(at: volume, "link", to: outside)
        try foe(at: bench.path + "/foe")
        bench.config.mounts?.append(
            .init(destination: "/volume", type: "bind", source: shared, options: ["bind"]))
        bench.config.mounts?.append(
            .init(
                destination: "/volume/place/deep", type: "tmpfs", source: "tmpfs",
                options: ["size=64k"]))
        bench.config.process?.args = ["/bin/true"]
        try bench.save()
        var spawn = Spawn(
            "/bin/sh", ["sh", "-c", "cd \(shared); exec \(bench.path)/foe swap place link"])
        spawn.descriptors = []
        let swapper = try spawn.start()
        defer {
            try? swapper.send(signal: 9)
            _ = try? swapper.wait()
        }
        let before = try Files.readText("/proc/self/mountinfo")
        var started = 0
        for _ in 0..<1000 {
            let (_, code) = try bench.runtime(["run", "--bundle", bench.path, "c1"])
            if code == 0 { started += 1 }
        }
        // Failures are allowed, escapes are not.
        #expect(started > 0)
        #expect(try Files.names(in: Files.open(outside, [.read, .directory])) == [])
        #expect(try Files.readText("/proc/self/mountinfo") == before)
    }

    /// T-EXE-2: with the pid namespace shared, nothing of a joining process can be looked at.
    @Test func nothingCanBeSeenOfAJoiningProcess() throws {
        let bench = try Bench()
        try foe(at: bench.rootfs + "/bin/foe")
        var sets = RuntimeConfig.Capabilities()
        (sets.bounding, sets.effective, sets.permitted) = (
            ["CAP_SYS_PTRACE"], ["CAP_SYS_PTRACE"], ["CAP_SYS_PTRACE"]
        )
        bench.config.process?.capabilities = sets
        bench.config.process?.args = ["/bin/sh", "-c", "exec /bin/foe peek > /tmp/seen"]
        try bench.save()
        _ = try bench.runtime(["create", "--bundle", bench.path, "c1"])
        _ = try bench.runtime(["start", "c1"])
        var rounds = 0
        let seen = bench.rootfs + "/tmp/seen"
        // Until it has met one of them, and 200 rounds at least.
        while rounds < 200 || (rounds < 5000 && (try? Files.readText(seen))?.isEmpty != false) {
            _ = try bench.runtime(["exec", "c1", "/bin/true"])
            rounds += 1
        }
        _ = try bench.runtime(["delete", "--force", "c1"])
        #expect(try Files.readText(seen) == "met\n")
    }

    /// T-KEYRING-1
    @Test func theCallersKeysStayTheCallers() throws {
        let bench = try Bench()
        try foe(at: bench.rootfs + "/bin/foe")
        let foe = bench.rootfs + "/bin/foe"
        let (own, code) = try Bench.run(foe, ["withkey", foe, "key"], in: bench.path)
        try #require(code == 0, "this kernel has no keyrings")
        #expect(own == "found\n")
        bench.config.process?.args = ["/bin/foe", "key"]
        try bench.save()
        let words = ["--root", bench.path + "/state", "run", "--bundle", bench.path, "c1"]
        let (text, _) = try Bench.run(
            foe, ["withkey", Bench.program ?? ""] + words, in: bench.path)
        #expect(text == "none\n")
    }

    /// T-EXE-1: the entry point is the runtime itself, by a link and as an interpreter.
    @Test func aProgramThatIsTheRuntimeIsNotWritten() throws {
        let bench = try Bench()
        let before = try Files.status(Bench.program ?? "")
        try bench.link("self", to: "/proc/self/exe")
        try bench.put("script", "#!/proc/self/exe\n", permissions: 0o755)
        for program in ["/self", "/script"] {
            bench.config.process?.args = [program, "--version"]
            try bench.save()
            for _ in 0..<200 { _ = try bench.runtime(["run", "--bundle", bench.path, "c1"]) }
        }
        #expect(try Files.status(Bench.program ?? "") == before)
    }
}
