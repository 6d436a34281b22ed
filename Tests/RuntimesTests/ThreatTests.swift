import Base
import Kernel
import Specs
import Testing

@testable import Runtimes

@Suite(.serialized, .enabled(if: Bench.lack == nil, "\(Bench.lack ?? "")"))
struct ThreatTests {
    /// T-CAPS-1, T-CAPS-2, T-SECCOMP-1
    @Test func rootHasTheConfiguredCapabilitiesAndNoInheritableOnes() throws {
        let bench = try Bench()
        bench.config.linux?.seccomp = DefaultSeccomp.profile(capabilities: [])
        let (text, code) = try bench.run("grep -E '^(Cap|Seccomp:|NoNew)' /proc/self/status")
        #expect(code == 0)
        #expect(text.contains("CapInh:\t0000000000000000"))
        #expect(text.contains("CapAmb:\t0000000000000000"))
        // CAP_KILL, CAP_NET_BIND_SERVICE, CAP_AUDIT_WRITE
        #expect(text.contains("CapEff:\t0000000020000420"))
        #expect(text.contains("CapBnd:\t0000000020000420"))
        #expect(text.contains("Seccomp:\t2"))
        #expect(text.contains("NoNewPrivs:\t1"))
    }

    /// T-FD-1
    @Test func noDescriptorOfTheCallersReachesTheProgram() throws {
        let bench = try Bench()
        bench.config.process?.args = ["/bin/sh", "-c", "ls /proc/self/fd | grep -v 3"]
        try bench.save()
        let open = (4...60).map { "exec \($0)</etc;" }.joined()
        let line =
            "\(open) exec \(Bench.program ?? "") --root \(bench.path)/state run --bundle \(bench.path) c1"
        let (text, _) = try Bench.run("/bin/bash", ["-c", line], in: bench.path)
        // 3 is the directory that ls itself reads.
        #expect(text == "0\n1\n2\n")
    }

    /// T-ROOTFS-1, T-ROOTFS-2
    @Test(arguments: ["/tmp", "../../../tmp", "/proc/../tmp"])
    func procThroughALinkIsRefused(_ target: String) throws {
        let bench = try Bench()
        try Files.remove(
            at: Files.open(bench.rootfs, [.read, .directory]), "proc", isDirectory: true)
        try bench.link("proc", to: target)
        let (text, code) = try bench.run("echo ran")
        #expect(code != 0)
        #expect(text.contains("cannot mount proc on \"/proc\""))
        #expect(!text.contains("ran"))
    }

    /// T-ROOTFS-3
    @Test func devThroughALinkStaysInsideTheRoot() throws {
        let bench = try Bench()
        let decoy = bench.path + "/decoy"
        _ = try Files.ensureDirectory(decoy)
        try Files.open(decoy + "/ptmx", [.write, .create]).writeAll("mine")
        try bench.link("dev", to: decoy)
        _ = try bench.run("true")
        let place = try Files.open(decoy, [.read, .directory])
        #expect(try Files.names(in: place) == ["ptmx"])
        #expect(try Files.readText(decoy + "/ptmx") == "mine")
    }

    /// T-ROOTFS-4
    @Test(arguments: ["/a/b/target", "/a/../a/link/x", "/dangling/y"])
    func destinationsThroughLinksLandInsideTheRoot(_ destination: String) throws {
        let bench = try Bench()
        let outside = bench.path + "/outside"
        _ = try Files.ensureDirectory(outside)
        _ = try Files.ensureDirectory(bench.rootfs + "/a", permissions: 0o755)
        try bench.link("a/b", to: "../../../../../../.." + outside)
        try bench.link("a/link", to: outside)
        try bench.link("dangling", to: outside + "/nowhere")
        bench.config.mounts?.append(
            .init(destination: destination, type: "tmpfs", source: "tmpfs", options: ["size=64k"]))
        let before = try Files.readText("/proc/self/mountinfo")
        let (text, code) = try bench.run("mount | grep 'size=64k' || mount")
        #expect(code == 0 && text.contains("size=64k"), "\(text)")
        #expect(try Files.names(in: Files.open(outside, [.read, .directory])) == [])
        #expect(try Files.readText("/proc/self/mountinfo") == before)
    }

    /// T-FD-2
    @Test func aWorkingDirectoryThroughADescriptorIsRefused() throws {
        let bench = try Bench()
        for number in 3...12 {
            bench.config.process?.cwd = "/proc/self/fd/\(number)"
            let (text, code) = try bench.run("echo ran")
            #expect(code != 0)
            #expect(!text.contains("ran"))
        }
    }

    /// T-SECCOMP-2, T-SECCOMP-3, T-SECCOMP-4
    @Test func theDefaultFilterDeniesWhatItMustThroughEveryEntry() throws {
        let bench = try Bench()
        let source = #filePath.replacing("ThreatTests.swift", with: "probe.c")
        let (errors, made) = try Bench.run(
            "/usr/bin/cc", ["-static", "-O1", "-w", "-o", bench.rootfs + "/bin/probe", source],
            in: bench.path)
        try #require(made == 0, "cc: \(errors)")
        bench.config.linux?.seccomp = DefaultSeccomp.profile(capabilities: [])
        let (text, code) = try bench.run("/bin/probe")
        #expect(code == 0, "\(text)")
        var found: [String: Int] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2 { found[String(words[0])] = Int(words[1]) }
        }
        for name in ["alg", "alg-high", "vsock", "i386-alg", "unknown"] {
            #expect(found[name] == 38, "\(name)")
        }
        for name in [
            "io_uring", "userfaultfd", "kexec", "bpf", "perf", "add_key", "i386-bpf",
            "i386-add_key",
            "i386-socketcall",
        ] { #expect(found[name] == 1, "\(name)") }
        for name in ["netlink", "unix"] { #expect(found[name] == 0, "\(name)") }
        #expect(found["inet"] == 0)
    }

    /// A profile that was written before newer calls were is loaded before the user changes.
    @Test func aFilterThatKnowsNoNewerCallsLetsTheProgramStart() throws {
        let bench = try Bench()
        var profile = DefaultSeccomp.profile(capabilities: [])
        profile.defaultAction = .errno
        profile.defaultErrnoRet = 1
        let newer: Set = [
            "faccessat2", "openat2", "close_range", "statx", "clone3", "execveat", "getcwd",
        ]
        profile.syscalls = (profile.syscalls ?? []).map { rule in
            var rule = rule
            rule.names.removeAll { newer.contains($0) }
            return rule
        }.filter { !$0.names.isEmpty }
        bench.config.linux?.seccomp = profile
        bench.config.process?.noNewPrivileges = false
        let (text, code) = try bench.run("grep Seccomp: /proc/self/status")
        #expect(code == 0)
        #expect(text == "Seccomp:\t2\n")
        bench.config.process?.args = ["nothing-like-this"]
        try bench.save()
        #expect(try bench.runtime(["run", "--bundle", bench.path, "c1"]).code != 0)
    }

    /// T-EXE-1
    @Test func theRuntimesOwnFileCannotBeWrittenFromAContainer() throws {
        let bench = try Bench()
        let program = Bench.program ?? ""
        let before = try Files.status(program)
        // Every process but one's own shell is tried, the runtime's exec among them.
        bench.config.process?.args = [
            "/bin/sh", "-c",
            """
            end=$((`cat /proc/uptime | { IFS=. read a b; echo $a; }` + 8))
            while [ `{ IFS=. read a b; echo $a; } < /proc/uptime` -lt $end ]; do
              for p in /proc/[0-9]*; do { : >> $p/exe; } 2>/dev/null && echo opened $p; done
            done
            """,
        ]
        bench.config.linux?.namespaces?.removeAll { $0.type == .pid }
        bench.config.linux?.namespaces?.append(.init(.pid))
        try bench.save()
        _ = try bench.runtime(["create", "--bundle", bench.path, "c1"])
        _ = try bench.runtime(["start", "c1"])
        for _ in 0..<200 { _ = try bench.runtime(["exec", "c1", "/proc/self/exe", "--version"]) }
        _ = try bench.runtime(["delete", "--force", "c1"])
        let after = try Files.status(program)
        #expect(before == after)
    }

    /// T-CODE-2
    @Test func aCrashAfterTheChangeOfRootRunsNothingOfTheImages() throws {
        let bench = try Bench()
        for place in ["usr/libexec/swift/linux", "libexec/swift/linux", "usr/bin"] {
            _ = try Files.ensureDirectory("\(bench.rootfs)/\(place)", permissions: 0o755)
            for name in ["swift-backtrace", "swift-backtrace-static"] {
                try bench.put(
                    "\(place)/\(name)", "#!/bin/sh\necho ran > /tmp/marker\n", permissions: 0o755)
            }
        }
        // Without a pid namespace the process is an ordinary one, which a signal can end.
        bench.config.linux?.namespaces?.removeAll { $0.type == .pid }
        bench.config.process?.args = ["/bin/true"]
        try bench.save()
        let (text, code) = try bench.runtime(["create", "--bundle", bench.path, "c1"])
        #expect(code == 0, "\(text)")
        _ = try bench.runtime(["kill", "c1", "SEGV"])
        let (_, started) = try bench.runtime(["start", "c1"])
        #expect(started != 0)
        #expect(!Files.exists(bench.rootfs + "/tmp/marker"))
        _ = try bench.runtime(["delete", "--force", "c1"])
    }

    @Test func aMissingProgramIsNamed() throws {
        let bench = try Bench()
        bench.config.process?.args = ["nosuch"]
        try bench.save()
        let (text, code) = try bench.runtime(["run", "--bundle", bench.path, "c1"])
        #expect(code == 1)
        #expect(text.contains("there is no \"nosuch\" in the container"))
        #expect(try Files.names(in: Files.open(bench.path + "/state", [.read, .directory])) == [])
    }
}
