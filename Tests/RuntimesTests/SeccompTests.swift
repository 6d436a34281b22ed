import Base
import Kernel
import Specs
import Testing

@testable import Runtimes

@Suite struct SeccompTests {
    private let usual = ["CAP_CHOWN", "CAP_SETUID", "CAP_SYS_CHROOT"]

    @Test func theDefaultProfileCompiles() throws {
        let program = try FilterCompiler.compile(DefaultSeccomp.profile(capabilities: usual))
        #expect(program.count % 8 == 0)
        #expect(program.count > 800)
    }

    @Test func callsThatTakeACapabilityFollowIt() {
        func allowed(_ capabilities: [String]) -> Set<String> {
            Set(
                (DefaultSeccomp.profile(capabilities: capabilities).syscalls ?? [])
                    .filter { $0.action == .allow && $0.args == nil }.flatMap(\.names))
        }
        #expect(allowed(usual).contains("chroot"))
        #expect(!allowed(usual).contains("mount"))
        #expect(allowed(["CAP_SYS_ADMIN"]).contains("mount"))
        for call in ["io_uring_setup", "userfaultfd", "kexec_load", "add_key", "socketcall"] {
            #expect(!allowed(Capabilities.names).contains(call))
        }
    }

    /// T-SECCOMP-5
    @Test func aProfileThatCannotBeEnforcedIsRefused() {
        var profile = RuntimeConfig.Linux.Seccomp(defaultAction: .allow)
        profile.syscalls = [
            .init(["write"], .errno, args: [.init(index: 6, value: 0, op: .equal)])
        ]
        #expect(throws: Problem.self) { try FilterCompiler.compile(profile) }
        profile.syscalls = nil
        profile.architectures = ["SCMP_ARCH_PDP11"]
        #expect(throws: Problem.self) { try FilterCompiler.compile(profile) }
        profile.architectures = nil
        profile.flags = ["SECCOMP_FILTER_FLAG_NOSUCH"]
        #expect(throws: Problem.self) { try FilterProgram(profile, cache: nil, isStrict: false) }
    }

    @Test func aCachedProgramIsUsedOnlyWhereItIsOursAlone() throws {
        let name = "/tmp/martlet-test-\(try Randomness.identifier().prefix(12))"
        let directory = try Files.ensureDirectory(name)
        defer {
            try? Files.removeTree(
                at: Files.open("/tmp", [.read, .directory]), String(name.dropFirst(5)))
        }
        let profile = DefaultSeccomp.profile(capabilities: usual)
        let compiled = try FilterProgram(profile, cache: name, isStrict: false)
        let cache = FilterCache(directory: name, profile: profile)
        #expect(cache.load() == compiled.instructions)
        try Files.open(at: directory, cache.name, .read).setPermissions(0o644)
        #expect(cache.load() == nil)
        #expect(
            FilterCache(directory: name, profile: DefaultSeccomp.profile(capabilities: [])).load()
                == nil)
    }

    /// T-SECCOMP-1: the program kept for the default filter is that of the default profile, for
    /// these capabilities alone.
    @Test func theDefaultFilterIsKeptByItsCapabilities() throws {
        let name = "/tmp/martlet-test-\(try Randomness.identifier().prefix(12))"
        _ = try Files.ensureDirectory(name)
        defer {
            try? Files.removeTree(
                at: Files.open("/tmp", [.read, .directory]), String(name.dropFirst(5)))
        }
        for capabilities in [usual, [], Capabilities.names] {
            let whole = try FilterProgram(
                DefaultSeccomp.profile(capabilities: capabilities), cache: nil, isStrict: false)
            for _ in 0..<2 {
                #expect(try FilterProgram.usual(capabilities, cache: name) == whole)
            }
        }
        #expect(
            try FilterProgram.usual(usual.reversed(), cache: name)
                == FilterProgram.usual(usual, cache: name))
        #expect(try Files.names(in: Files.open(name, [.read, .directory])).count == 3)
    }

    /// What podman's profile of 2025 does not allow, and some that it does, without a capability.
    @Test func theDefaultProfileIsNoWiderThanPodmans() {
        let profile = DefaultSeccomp.profile(capabilities: [])
        let allowed = Set(
            (profile.syscalls ?? []).filter { $0.action == .allow && $0.args == nil }
                .flatMap(\.names))
        for name in [
            "vmsplice", "ustat", "sysfs", "io_pgetevents", "io_uring_setup", "bpf", "mount",
            "umount2", "setns", "clone", "clone3", "unshare", "keyctl", "add_key", "userfaultfd",
            "socket", "socketcall", "open_by_handle_at", "perf_event_open", "kexec_load",
            "move_pages", "personality", "pivot_root", "fsopen", "open_tree_attr", "statmount",
        ] { #expect(!allowed.contains(name), "\(name)") }
    }
}
