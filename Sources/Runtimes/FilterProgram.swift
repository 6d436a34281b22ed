import Base
import CSeccomp
import Kernel
import Specs

/// A compiled system-call filter, ready to be loaded. See seccomp(2).
struct FilterProgram: Equatable {
    /// Classic BPF, 8 bytes an instruction.
    let instructions: [UInt8]
    /// SECCOMP_FILTER_FLAG_… bits.
    let flags: UInt32
    /// The socket of the program that decides notified calls, and what it is told.
    let listenerPath: String?
    private let metadata: String?

    /// Compiles a profile, or takes the program compiled earlier from the cache.
    ///
    /// - Throws: a Problem for a profile that cannot be enforced whole; nothing ever starts with
    ///   less
    ///   than was asked for (T-SECCOMP-5).
    init(_ profile: RuntimeConfig.Linux.Seccomp, cache: String?, isStrict: Bool) throws(Problem) {
        flags = try Self.flags(profile)
        listenerPath = profile.listenerPath.flatMap { $0.isEmpty ? nil : $0 }
        metadata = profile.listenerMetadata
        try Self.checkNotices(profile, listenerPath)
        guard let cache, !isStrict else {
            instructions = try FilterCompiler.compile(profile, isStrict: isStrict)
            return
        }
        let store = FilterCache(directory: cache, profile: profile)
        if let kept = store.load() {
            instructions = kept
        } else {
            instructions = try FilterCompiler.compile(profile, isStrict: false)
            store.save(instructions)
        }
    }

    /// A program that was compiled before, for a profile without notices.
    init(_ instructions: [UInt8]) {
        self.instructions = instructions
        flags = 0
        listenerPath = nil
        metadata = nil
    }

    /// What the listener is told. See runtime-spec config-linux.md, "The Container Process State".
    func notice(_ launch: Launch, pid: Int32) -> [UInt8] {
        guard listenerPath != nil else { return [] }
        let state = HookState(launch: launch, status: launch.status, pid: pid).state
        var members: [JSON.Member] = [
            .init("ociVersion", .string("0.2.0")), .init("fds", .array([.string("seccompFd")])),
            .init("pid", .integer(pid)), .init("state", JSON(encoding: state)),
        ]
        if let metadata { members.append(.init("metadata", .string(metadata))) }
        return Array(JSON.object(members).text().utf8)
    }

    /// The process hands its listener over after the filter is loaded: a call it needs for that
    /// would wait for an answer that nobody can give.
    private static func checkNotices(_ profile: RuntimeConfig.Linux.Seccomp, _ path: String?)
        throws(Problem)
    {
        guard profile.usesNotify else { return }
        guard path != nil else {
            throw Problem(
                .badValue, "linux.seccomp uses SCMP_ACT_NOTIFY and has no listenerPath")
        }
        guard profile.defaultAction != .notify else {
            throw Problem(
                .badValue, "linux.seccomp.defaultAction cannot be SCMP_ACT_NOTIFY",
                why: "the start of the program would wait for its own listener")
        }
        for rule in profile.syscalls ?? [] where rule.action == .notify {
            if let name = rule.names.first(where: { $0 == "sendmsg" || $0 == "close" }) {
                throw Problem(
                    .badValue, "SCMP_ACT_NOTIFY cannot be used for \(name)",
                    why: "the listener is handed over with it")
            }
        }
    }

    private static func flags(_ profile: RuntimeConfig.Linux.Seccomp) throws(Problem) -> UInt32 {
        // SECCOMP_FILTER_FLAG_NEW_LISTENER
        var bits: UInt32 = profile.listenerPath?.isEmpty == false ? 8 : 0
        for flag in profile.flags ?? [] {
            guard let bit = flagNames[flag] else {
                throw Problem(
                    .badValue, "\"\(flag.printable)\" in linux.seccomp.flags is unknown")
            }
            bits |= bit
        }
        return bits
    }

    /// See seccomp(2). TSYNC says nothing of one thread: there is nobody to keep in step.
    static let flagNames: [String: UInt32] = [
        "SECCOMP_FILTER_FLAG_TSYNC": 0, "SECCOMP_FILTER_FLAG_LOG": 2,
        "SECCOMP_FILTER_FLAG_SPEC_ALLOW": 4, "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV": 32,
    ]
}

extension RuntimeConfig.Linux.Seccomp {
    var usesNotify: Bool {
        defaultAction == .notify || (syscalls ?? []).contains { $0.action == .notify }
    }
}

/// Programs compiled earlier, one file each, in a directory of the user's own.
///
/// The file's name is a digest of everything that enters the compilation, so a changed profile
/// never
/// finds an old program. A file that is not ours alone is never believed.
struct FilterCache {
    let directory: String
    let name: String

    init(directory: String, profile: RuntimeConfig.Linux.Seccomp) {
        self.directory = directory
        let version =
            "martlet filter 2, libseccomp \(FilterCompiler.libraryVersion), \(FilterCompiler.machine)\n"
        name = "seccomp-" + Fingerprint.text(Array((version + JSON(encoding: profile).text()).utf8))
    }

    func load() -> [UInt8]? {
        guard let place = try? Files.open(directory, [.place, .directory, .noFollow]),
            let file = try? Files.open(at: place, name, [.read, .noFollow, .nonBlocking]),
            let status = try? file.status(), status.kind == .regular, status.uid == Caller.user,
            status.permissions == 0o600,
            let bytes = try? file.readAll(limit: 1 << 19), !bytes.isEmpty, bytes.count % 8 == 0
        else { return nil }
        return bytes
    }

    /// A cache that cannot be written only costs time, so faults are of no interest.
    func save(_ instructions: [UInt8]) {
        guard let place = try? Files.ensureDirectory(directory) else { return }
        try? Files.replace(at: place, name, with: instructions, permissions: 0o600)
    }
}

/// A 128-bit fingerprint (FNV-1a in two lanes) that names cache files.
///
/// It only has to tell honest inputs apart: a file is believed for who owns it, not for its name.
enum Fingerprint {
    static func text(_ bytes: [UInt8]) -> String {
        var (low, high): (UInt64, UInt64) = (0xcbf2_9ce4_8422_2325, 0x9e37_79b9_7f4a_7c15)
        for byte in bytes {
            low = (low ^ UInt64(byte)) &* 0x100_0000_01b3
            high = (high ^ UInt64(byte) ^ (low >> 32)) &* 0x100_0000_01b3
        }
        func hex(_ word: UInt64) -> String {
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.utf8.count) + digits
        }
        return hex(low) + hex(high)
    }
}
