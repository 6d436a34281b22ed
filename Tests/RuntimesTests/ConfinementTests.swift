import Base
import Kernel
import Specs
import Testing

@testable import Runtimes

/// Cases of the threat list that a configuration or a command line can bring about.
@Suite(.serialized, .enabled(if: Bench.lack == nil, "\(Bench.lack ?? "")"))
struct ConfinementTests {
    /// T-USER-1, T-USER-2
    @Test(arguments: [
        "2147483648000", "4294967295", "4294967296", "-1", "+0", "0x0", " 0", "1:99999999999", "",
        ":", "1:", ":1", "1:1:1", "root", "0 ",
    ])
    func aUserThatIsNoNumberInRangeIsRefused(_ user: String) throws {
        let bench = try Bench()
        bench.config.process?.args = ["/bin/sleep", "1000"]
        try bench.save()
        _ = try bench.runtime(["create", "--bundle", bench.path, "c1"])
        _ = try bench.runtime(["start", "c1"])
        let (text, code) = try bench.runtime(["exec", "--user", user, "c1", "/bin/id"])
        _ = try bench.runtime(["delete", "--force", "c1"])
        #expect(code != 0)
        #expect(!text.contains("uid=0"))
    }

    /// T-PROCSYS-1, T-PROCSYS-2
    @Test func masksAndReadOnlyPathsHold() throws {
        let bench = try Bench()
        try bench.put(
            "probe.sh",
            """
            for file in kcore keys timer_list interrupts; do
                test -e /proc/$file && cat /proc/$file
            done
            for directory in acpi scsi; do test -d /proc/$directory && ls /proc/$directory; done
            for file in sys/kernel/domainname sysrq-trigger irq/default_smp_affinity; do
                { echo x > /proc/$file; } 2>/dev/null && echo wrote $file
            done
            mount -o remount,rw /proc/sys 2>/dev/null && echo remounted
            exit 0
            """)
        bench.config.process?.args = ["/bin/sh", "/probe.sh"]
        try bench.save()
        let (text, code) = try bench.runtime(["run", "--bundle", bench.path, "c1"])
        #expect(text == "")
        #expect(code == 0)
    }

    /// T-PROCSYS-4
    @Test func aLabelThatCannotBeHadEndsTheStart() throws {
        let bench = try Bench()
        bench.config.process?.apparmorProfile = "no-such-profile-\(bench.mark)"
        let (text, code) = try bench.run("echo ran")
        #expect(code != 0)
        #expect(text.contains("cannot set the security label"))
        #expect(!text.contains("ran"))
    }

    /// T-NS-1
    @Test func namespacesThatContradictAreRefused() throws {
        let bench = try Bench()
        bench.config.linux?.namespaces?.append(.init(.ipc))
        let (twice, code) = try bench.run("echo ran")
        #expect(code != 0)
        #expect(twice.contains("linux.namespaces has \"ipc\" twice"))
        bench.config.linux?.namespaces?.removeLast()
        bench.config.linux?.uidMappings = (0..<10_000).map {
            .init(containerID: $0, hostID: $0, size: 1)
        }
        let (many, status) = try bench.run("echo ran")
        #expect(status != 0)
        #expect(many.contains("more than 340 lines"))
    }

    /// T-NS-1
    @Test func everyNamespaceAskedForIsNew() throws {
        let bench = try Bench()
        let names = ["mnt", "pid", "ipc", "uts", "net", "cgroup", "user"]
        let (text, code) = try bench.run(
            "for n in \(names.joined(separator: " ")); do ls -l /proc/self/ns/$n; done")
        #expect(code == 0)
        let inside = text.split(separator: "\n").compactMap { $0.split(separator: " ").last }
        #expect(inside.count == names.count)
        for (name, link) in zip(names, inside) {
            #expect(try Files.target("/proc/self/ns/\(name)") != link, "\(name)")
        }
    }

    /// T-CODE-3
    @Test func variablesOfTheProgramMeanNothingToTheRuntime() throws {
        let bench = try Bench()
        bench.config.process?.env = [
            "PATH=/bin", "LD_PRELOAD=/nothing.so", "LD_LIBRARY_PATH=/tmp", "MALLOC_CHECK_=3",
            "SWIFT_BACKTRACE=enable=yes,swift-backtrace=/bin/true", "GCONV_PATH=/tmp",
        ]
        let (text, code) = try bench.run("echo $LD_PRELOAD")
        #expect(code == 0)
        #expect(text == "/nothing.so\n")
        let (_, status) = try Bench.run(
            Bench.program ?? "",
            ["--root", bench.path + "/state", "run", "--bundle", bench.path, "c1"], in: bench.path,
            variables: ["LD_PRELOAD=/nothing.so", "SWIFT_BACKTRACE=enable=yes"])
        #expect(status == 0)
    }

    /// Malformed documents are refused with the path of the fault.
    @Test(arguments: [
        (#"{"ociVersion":"1.2.0","process":{"cwd":7}}"#, "process.cwd"),
        (#"{"ociVersion":"1.2.0","process":{"cwd":"/","args":["a",{}]}}"#, "process.args[1]"),
        (
            #"{"ociVersion":"1.2.0","linux":{"resources":{"memory":{"limit":"x"}}}}"#,
            "linux.resources.memory.limit"
        ),
        (#"{"ociVersion":"1.2.0","mounts":[{"type":"bind"}]}"#, "mounts[0].destination"),
        (#"{"ociVersion":"1.2.0","process":{"cwd":"/","user":{"uid":-1}}}"#, "process.user.uid"),
        (#"{"process":{"cwd":"/"}}"#, "ociVersion"),
    ])
    func aMalformedConfigurationIsRefusedByItsPath(_ text: String, _ path: String) throws {
        let bench = try Bench()
        try Files.open(bench.path + "/config.json", [.write, .create, .truncate]).writeAll(text)
        let (answer, code) = try bench.runtime(["create", "--bundle", bench.path, "c1"])
        #expect(code == 1)
        #expect(answer.contains(path), "\(answer)")
        #expect(
            try Files.names(in: Files.open(bench.path, [.read, .directory])).sorted()
                == ["config.json", "rootfs"])
    }

    /// Two containers in one cgroup would be limited, counted and killed as one.
    @Test(.enabled(if: Processes.user == 0, "only root has cgroups without a manager"))
    func aCgroupWithProcessesIsAnotherContainers() throws {
        let (one, other) = (try Bench(), try Bench())
        try one.save()
        #expect(try one.runtime(["create", "--bundle", one.path, "c1"]).code == 0)
        let path = one.config.linux?.cgroupsPath ?? ""
        other.config.linux?.cgroupsPath = path
        let (text, code) = try other.run("echo ran")
        #expect(code != 0 && !text.contains("ran"))
        #expect(text.contains("\(path)\" is another container's"), "\(text)")
        #expect(try one.runtime(["state", "c1"]).text.contains("created"))
        #expect(try one.runtime(["delete", "--force", "c1"]).code == 0)
        #expect(try other.run("echo ran").text == "ran\n")
    }
}
