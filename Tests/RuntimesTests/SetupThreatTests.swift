import Base
import Kernel
import Specs
import Testing

@testable import Runtimes

private let callerIsRoot = Caller.user == 0

/// Cases of the threat list about what an image puts in the way of the set-up.
@Suite(.serialized, .enabled(if: Bench.lack == nil, "\(Bench.lack ?? "")"))
struct SetupThreatTests {
    /// A directory over /dev, as a volume would be, with decoys in it.
    private func volumeOverDev(_ bench: Bench) throws -> String {
        let volume = bench.path + "/volume"
        _ = try Files.ensureDirectory(volume + "/pts", permissions: 0o755)
        bench.config.mounts?.removeAll { $0.destination.hasPrefix("/dev") }
        bench.config.mounts?.append(
            .init(destination: "/dev", type: "bind", source: volume, options: ["bind"]))
        return volume
    }

    private func shell(_ line: String) throws {
        let (text, code) = try Bench.run("/bin/sh", ["-c", line], in: "/")
        try #require(code == 0, "\(line): \(text)")
    }

    /// T-ROOTFS-6
    @Test(arguments: ["ln -s ../../decoy", "cp ../decoy", "mkfifo", "ln -s /nowhere"])
    func aMaskIsTheHostsOwnNullWhateverTheImageHas(_ command: String) throws {
        let bench = try Bench()
        let volume = try volumeOverDev(bench)
        try shell("cd \(volume); echo decoy > ../decoy; \(command) null")
        try bench.put("etc/secret", "hidden\n")
        bench.config.linux?.maskedPaths = ["/etc/secret"]
        let (text, code) = try bench.run("cat /etc/secret; ls -ln /etc/secret")
        #expect(code == 0, "\(text)")
        #expect(text.hasPrefix("crw-rw-rw-") && text.contains("1,   3"), "\(text)")
        #expect(try Files.readText(bench.path + "/decoy") == "decoy\n")
    }

    /// T-ROOTFS-7
    @Test func aTerminalIsTakenFromADevptsAlone() throws {
        let bench = try Bench()
        let volume = try volumeOverDev(bench)
        try shell("cd \(volume); echo decoy > pts/ptmx; echo decoy > console")
        bench.config.process?.terminal = true
        let (text, code) = try bench.run("echo ran")
        #expect(code != 0)
        #expect(text.contains("/dev/pts of the container is no devpts"), "\(text)")
        #expect(!text.contains("ran"))
        #expect(try Files.readText(volume + "/pts/ptmx") == "decoy\n")
    }

    /// T-ROOTFS-7
    @Test func theConsoleIsTheTerminalsOwnInode() throws {
        let bench = try Bench()
        let volume = try volumeOverDev(bench)
        try shell("cd \(volume); echo decoy > ../decoy; ln -s \(bench.path)/decoy console")
        bench.config.mounts?.append(
            .init(
                destination: "/dev/pts", type: "devpts", source: "devpts",
                options: ["newinstance", "ptmxmode=0666", "mode=0620"]))
        bench.config.process?.terminal = true
        let (text, code) = try bench.run("ls -lnL /dev/console; mount | grep decoy")
        // The link is followed inside the root, and what is bound there is the terminal.
        #expect(text.hasPrefix("crw"), "\(code) \(text)")
        #expect(text.contains("136,"), "\(text)")
        #expect(try Files.readText(bench.path + "/decoy") == "decoy\n")
    }

    /// T-ROOTFS-8: whichever part misses its procfs first, the program does not begin.
    @Test func withProcfsCoveredNothingStarts() throws {
        let bench = try Bench()
        bench.config.process?.args = ["/bin/echo", "ran"]
        bench.config.process?.oomScoreAdj = 500
        try bench.save()
        let runtime =
            "\(Bench.program ?? "") --root \(bench.path)/state run --bundle \(bench.path) c1"
        let (text, code) = try Bench.run(
            "/usr/bin/unshare",
            ["-rm", "/bin/sh", "-c", "mount -t tmpfs tmpfs /proc && exec \(runtime)"],
            in: bench.path)
        #expect(code != 0, "\(text)")
        #expect(text.contains("there is no procfs on /proc"), "\(text)")
        #expect(!text.contains("ran\n"), "\(text)")
    }

    /// T-ROOTFS-9
    @Test func aWorkingDirectoryBehindALinkIsMadeInside() throws {
        let bench = try Bench()
        let outside = bench.path + "/outside"
        _ = try Files.ensureDirectory(outside)
        try bench.link("link", to: outside)
        bench.config.process?.cwd = "/link/new/deep"
        let (text, code) = try bench.run("pwd -P")
        #expect(code == 0, "\(text)")
        #expect(text == "\(outside)/new/deep\n")
        #expect(try Files.names(in: Files.open(outside, [.read, .directory])) == [])
        #expect(Files.exists(bench.rootfs + outside + "/new/deep"))
    }

    /// T-ROOTFS-10
    @Test(arguments: ["ln -s DECOY", "mkfifo"])
    func filesOfTheEnginesCoverWhatTheImageHas(_ command: String) throws {
        let bench = try Bench()
        let decoy = bench.path + "/decoy"
        let line = command.replacing("DECOY", with: decoy)
        try shell("cd \(bench.rootfs)/etc; echo decoy > \(decoy); \(line) hosts")
        try Files.open(bench.path + "/hosts", [.write, .create], permissions: 0o644)
            .writeAll("ours\n")
        bench.config.mounts?.append(
            .init(
                destination: "/etc/hosts", type: "bind", source: bench.path + "/hosts",
                options: ["bind", "ro"]))
        let (text, code) = try bench.run("cat /etc/hosts")
        #expect(code == 0, "\(text)")
        #expect(text == "ours\n")
        #expect(try Files.readText(decoy) == "decoy\n")
    }

    /// T-USER-3, T-USER-4: who a user is at home is read from the image, whatever that has there.
    @Test(arguments: [
        "mkfifo passwd", "mkdir passwd", "ln -s DECOY passwd", "ln -s /proc/kmsg passwd",
        "truncate -s 2G passwd", "truncate -s 100M passwd",
        "i=0; while [ $i -lt 30000 ]; do echo \"u$i:x:$i:$i::/home/of/$i:/bin/sh\"; "
            + "i=$((i + 1)); done > passwd",
    ])
    func anAccountFileOfAnyKindIsDecidedOnAtOnce(_ command: String) throws {
        let bench = try Bench()
        let decoy = bench.path + "/decoy"
        let line = command.replacing("DECOY", with: decoy)
        try shell("cd \(bench.rootfs)/etc; echo root:x:0:0::/decoy:/bin/sh > \(decoy); \(line)")
        let began = Clock.monotonic()
        let (text, code) = try bench.run("echo $HOME")
        #expect(Clock.monotonic() - began < 5_000_000_000)
        #expect(code == 0, "\(text)")
        // A list that is too long is not read in part.
        #expect(text == "/\n", "\(text)")
    }

    /// T-GROUPS-1
    @Test(.enabled(if: callerIsRoot, "only root has the ids for it"))
    func aGroupThatMayLessIsNotLeftOut() throws {
        let bench = try Bench()
        bench.config.linux?.uidMappings = [.init(containerID: 0, hostID: 0, size: 65_536)]
        bench.config.linux?.gidMappings = [.init(containerID: 0, hostID: 0, size: 65_536)]
        try bench.put("etc/less", "read\n")
        try shell("chmod 0707 \(bench.rootfs)/etc/less; chgrp 2000 \(bench.rootfs)/etc/less")
        for (gid, groups, isRead) in [
            (1000, [2000], false), (2000, [], false), (1000, [], true),
        ] as [(UInt32, [UInt32], Bool)] {
            bench.config.process?.user = .init(uid: 1000, gid: gid, additionalGids: groups)
            let (text, code) = try bench.run("cat /etc/less")
            #expect((code == 0) == isRead, "\(gid) \(groups): \(text)")
            #expect(text.contains("read\n") == isRead)
        }
    }

    /// T-GROUPS-2
    @Test(
        .enabled(if: callerIsRoot, "only root may take groups for the test"),
        arguments: [false, true])
    func theCallersGroupsStayOutUnlessTheyAreKept(_ keeps: Bool) throws {
        let bench = try Bench()
        if keeps { bench.config.annotations = ["run.oci.keep_original_groups": "1"] }
        bench.config.process?.args = ["/bin/grep", "^Groups", "/proc/self/status"]
        try bench.save()
        let (text, code) = try Bench.run(
            "/usr/bin/setpriv",
            [
                "--groups", "3001,3002,3003", Bench.program ?? "", "--root",
                bench.path + "/state", "run", "--bundle", bench.path, "c1",
            ], in: bench.path)
        #expect(code == 0, "\(text)")
        let groups = text.split(separator: ":").last?.split { " \t\n".contains($0) } ?? []
        #expect(groups == (keeps ? ["65534", "65534", "65534"] : []), "\(text)")
    }

    /// T-CGROUP-1
    @Test func theContainersCgroupIsSeenAloneAndNeverWritten() throws {
        let bench = try Bench()
        let (text, code) = try bench.run(
            """
            grep '^0::' /proc/self/cgroup
            cd /sys/fs/cgroup || exit 0
            for file in cgroup.procs memory.max cgroup.subtree_control cgroup.kill ../cgroup.procs
            do { echo 0 > $file; } 2>/dev/null && echo wrote $file; done
            mount -o remount,rw /sys/fs/cgroup 2>/dev/null && echo remounted
            exit 0
            """)
        #expect(code == 0, "\(text)")
        #expect(text == "0::/\n", "\(text)")
    }

    /// T-CODE-1
    @Test func nothingTheImageBringsIsRunByTheRuntime() throws {
        let bench = try Bench()
        let script = "#!/bin/sh\necho ran >> /tmp/marker\n"
        for place in ["usr/bin", "usr/sbin", "sbin", "lib/x86_64-linux-gnu", "usr/lib/gconv"] {
            _ = try Files.ensureDirectory("\(bench.rootfs)/\(place)", permissions: 0o755)
        }
        let programs = [
            "usr/bin/newuidmap", "usr/bin/newgidmap", "bin/ps", "usr/bin/nsenter", "usr/bin/tar",
            "usr/bin/systemctl", "sbin/init", "usr/bin/swift-backtrace",
            "lib/x86_64-linux-gnu/libnss_files.so.2", "lib/x86_64-linux-gnu/libc.so.6",
            "usr/lib/gconv/UTF-16.so", "etc/ld.so.preload", "etc/nsswitch.conf", "etc/ld.so.cache",
        ]
        for program in programs { try bench.put(program, script, permissions: 0o755) }
        bench.config.process?.args = ["/bin/sleep", "1000"]
        try bench.save()
        let steps = [
            ["run", "--detach", "--bundle", bench.path, "c1"], ["state", "c1"],
            ["exec", "c1", "true"], ["exec", "--user", "0:0", "c1", "/bin/true"],
            ["exec", "--tty", "c1", "true"], ["ps", "c1"], ["list"],
            ["events", "--stats", "c1"], ["pause", "c1"], ["resume", "c1"], ["kill", "c1", "KILL"],
            ["delete", "--force", "c1"],
        ]
        for step in steps {
            let (text, code) = try bench.runtime(step)
            // Without a cgroup of its own a container cannot be counted or paused.
            let needsGroup = ["events", "pause", "resume"].contains(step[0])
            #expect(code == 0 || needsGroup, "\(step): \(text)")
        }
        #expect(!Files.exists(bench.rootfs + "/tmp/marker"))
    }
}

@Suite struct AnnotationTests {
    /// T-CGROUP-2: what an image says of itself changes nothing that is done for it.
    @Test func annotationsOfOthersChangeNothing() throws {
        var config = plainConfig()
        let before = try LaunchPlan(Launch(config: config, root: .directory("/r")), in: .init())
        let limits = try CgroupResources.properties(config.linux?.resources)
        config.annotations = [
            "org.systemd.property.MemoryMax": "1", "org.systemd.property.ExecStartPre": "/bin/sh",
            "run.oci.systemd.subgroup": "../..",
            "run.oci.systemd.force_cgroup_v1": "/sys/fs/cgroup",
            "io.kubernetes.cri-o.Devices": "/dev/mem", "run.oci.delegate-cgroup": "/",
            "cgroup-parent": "/", "run.oci.mount_context_type": "none",
        ]
        let after = try LaunchPlan(Launch(config: config, root: .directory("/r")), in: .init())
        #expect(before == after)
        #expect(try CgroupResources.properties(config.linux?.resources) == limits)
    }
}
