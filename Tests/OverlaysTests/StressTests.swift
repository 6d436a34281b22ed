import Glibc
import Kernel
import Testing

/// The built helper against a plain directory and the kernel's overlay.
@Suite struct StressTests {
    private static let checkout = #filePath.split(separator: "/").dropLast(3)
        .reduce(into: "") { $0 += "/\($1)" }

    private static var canMount: Bool {
        guard open("/dev/fuse", O_RDWR) >= 0 else { return false }
        let words = ["unshare", "--user", "--map-root-user", "--mount", "true"]
        return (try? Spawn("/usr/bin/unshare", words).start().wait()) == .code(0)
    }

    /// Goal: whatever two programs do to an overlay ends as it does in a plain directory, and the
    /// kernel's overlay reads what ours has written, and the other way round.
    /// Method: a fixed seed and number of calls; see Tests/Rigs/overlay-stress.
    @Test(.enabled(if: canMount, "SKIPPED: no /dev/fuse or user namespaces (MARTLET_REQUIRE=fuse)"))
    func nothingDiffersFromAPlainDirectory() throws {
        let output = try MemoryFile.open(name: "output")
        let python = "\(Self.checkout)/Tests/Rigs/overlay-stress"
        var spawn = Spawn(
            "/usr/bin/unshare",
            [
                "unshare", "--user", "--map-root-user", "--mount", python, "--seed", "20261125",
                "--calls", "2000",
            ])
        spawn.environment = [
            "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
            "MARTLET_FUSE=\(Self.checkout)/.build/release/martlet-fuse",
        ]
        spawn.descriptors = [Spawn.Handing(output, as: 1), Spawn.Handing(output, as: 2)]
        let end = try spawn.start().wait()
        try output.seek(to: 0)
        let said = String(decoding: try output.readAll(limit: 1 << 20), as: UTF8.self)
        #expect(end == .code(0), "\(said)")
        #expect(said.contains("no difference"), "\(said)")
    }
}
