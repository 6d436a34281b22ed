import CKernel
import Glibc

/// A list of the system calls that a process needs, as a program for the kernel's filter; every
/// other call fails with EPERM. See seccomp(2).
///
/// It is for our own small programs, whose calls we know; containers get theirs from libseccomp.
package struct SyscallFilter: Sendable {
    private var rules: [Rule] = []

    package init() {}

    private struct Rule {
        let number: UInt32
        /// Values one argument may have: those whose bits below `mask` are one of `values`.
        var argument: (index: Int, mask: UInt32, values: [UInt32])?
    }

    /// Allows calls whatever their arguments.
    package mutating func allow(_ calls: [Int]) {
        for call in calls { rules.append(Rule(number: UInt32(truncatingIfNeeded: call))) }
    }

    /// Allows a call where `argument`, of its lower 32 bits those in `mask`, is one of `values`.
    package mutating func allow(_ call: Int, argument: Int, mask: UInt32 = .max, values: [UInt32]) {
        rules.append(
            Rule(number: UInt32(truncatingIfNeeded: call), argument: (argument, mask, values)))
    }

    #if arch(x86_64)
        private static let architecture: UInt32 = 0xC000_003E
    #elseif arch(arm64)
        private static let architecture: UInt32 = 0xC000_00B7
    #endif
    private static let allowed: UInt32 = 0x7FFF_0000
    private static let refused: UInt32 = 0x0005_0000 | UInt32(EPERM)
    private static let kill: UInt32 = 0x8000_0000

    /// The program: instructions of classic BPF, 8 bytes each.
    package var program: [UInt8] {
        // A call in another architecture's numbering is no slip of ours.
        var code: [Instruction] = [
            .load(offset: 4), .ifEqual(Self.architecture, skip: 1, otherwise: 0),
            .answer(Self.kill), .load(offset: 0),
        ]
        for rule in rules {
            guard let (index, mask, values) = rule.argument else {
                code += [.ifEqual(rule.number, skip: 0, otherwise: 1), .answer(Self.allowed)]
                continue
            }
            // Every end of this stretch is an answer, so the number need not be loaded again.
            var body: [Instruction] = [.load(offset: UInt32(16 + 8 * index)), .and(mask)]
            for value in values {
                body += [.ifEqual(value, skip: 0, otherwise: 1), .answer(Self.allowed)]
            }
            body.append(.answer(Self.refused))
            code.append(.ifEqual(rule.number, skip: 0, otherwise: UInt8(body.count)))
            code += body
        }
        code.append(.answer(Self.refused))
        return code.flatMap(\.bytes)
    }

    private struct Instruction {
        let code: UInt16
        let yes: UInt8
        let no: UInt8
        let value: UInt32

        // BPF_LD | BPF_W | BPF_ABS
        static func load(offset: UInt32) -> Self { Self(code: 0x20, yes: 0, no: 0, value: offset) }
        // BPF_ALU | BPF_AND | BPF_K
        static func and(_ mask: UInt32) -> Self { Self(code: 0x54, yes: 0, no: 0, value: mask) }
        // BPF_JMP | BPF_JEQ | BPF_K
        static func ifEqual(_ value: UInt32, skip: UInt8, otherwise: UInt8) -> Self {
            Self(code: 0x15, yes: skip, no: otherwise, value: value)
        }
        // BPF_RET | BPF_K
        static func answer(_ action: UInt32) -> Self {
            Self(code: 0x06, yes: 0, no: 0, value: action)
        }

        var bytes: [UInt8] {
            Kernel.bytes(of: code) + [yes, no] + Kernel.bytes(of: value)
        }
    }
}

extension SyscallFilter {
    /// What a program of ours needs to wait, to keep memory, and to end.
    package mutating func allowLiving() {
        allow([
            Int(SYS_read), Int(SYS_write), Int(SYS_readv), Int(SYS_writev), Int(SYS_close),
            Int(SYS_brk), Int(SYS_munmap), Int(SYS_mremap), Int(SYS_madvise), Int(SYS_futex),
            Int(SYS_clock_gettime), Int(SYS_gettimeofday), Int(SYS_getpid), Int(SYS_gettid),
            Int(SYS_rt_sigreturn), Int(SYS_rt_sigprocmask), Int(SYS_restart_syscall),
            Int(SYS_exit), Int(SYS_exit_group), Int(SYS_getrandom), Int(SYS_ppoll),
        ])
        #if arch(x86_64)
            allow([Int(SYS_poll)])
        #endif
        // Never memory that can be executed.
        allow(Int(SYS_mmap), argument: 2, mask: UInt32(PROT_EXEC), values: [0])
        allow(Int(SYS_mprotect), argument: 2, mask: UInt32(PROT_EXEC), values: [0])
    }

    /// What moving bytes between sockets, pipes and epoll needs; sockets of IPv4 and IPv6 alone.
    package mutating func allowInternet() {
        allow([
            Int(SYS_accept4), Int(SYS_accept), Int(SYS_connect), Int(SYS_bind), Int(SYS_listen),
            Int(SYS_getsockname), Int(SYS_getpeername), Int(SYS_setsockopt), Int(SYS_getsockopt),
            Int(SYS_shutdown), Int(SYS_sendto), Int(SYS_recvfrom), Int(SYS_sendmsg),
            Int(SYS_recvmsg), Int(SYS_splice), Int(SYS_pipe2), Int(SYS_epoll_ctl),
            Int(SYS_epoll_pwait), Int(SYS_ioctl), Int(SYS_fcntl),
        ])
        #if arch(x86_64)
            allow([Int(SYS_epoll_wait)])
        #endif
        allow(Int(SYS_socket), argument: 0, values: [UInt32(AF_INET), UInt32(AF_INET6)])
    }

    /// What making a socket in the present namespace needs.
    package mutating func allowMakingSockets() {
        allow([Int(SYS_setsockopt), Int(SYS_recvmsg), Int(SYS_sendmsg)])
        allow(Int(SYS_socket), argument: 0, values: [UInt32(AF_INET), UInt32(AF_INET6)])
    }

    /// Reading files, and nothing that could change one.
    package mutating func allowReadingFiles() {
        allow([Int(SYS_newfstatat), Int(SYS_fstat), Int(SYS_lseek)])
        let writing = UInt32(O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)
        allow(Int(SYS_openat), argument: 2, mask: writing, values: [0])
    }
}
