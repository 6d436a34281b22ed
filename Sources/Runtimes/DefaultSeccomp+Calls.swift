/// The calls themselves, by what they are for. See syscalls(2).
extension DefaultSeccomp {
    /// What every program may do.
    static let groups: [[String]] = [
        files, names, status, events, memory, waiting, processes, signals, identities, schedules,
        clocks, network, other,
    ]

    private static let files = words(
        """
        open openat openat2 creat close close_range read write readv writev pread64 pwrite64 preadv
        pwritev preadv2 pwritev2 lseek _llseek dup dup2 dup3 fcntl fcntl64 flock fsync fdatasync sync
        syncfs sync_file_range sync_file_range2 arm_sync_file_range truncate truncate64 ftruncate
        ftruncate64 fallocate fadvise64 fadvise64_64 arm_fadvise64_64 readahead sendfile sendfile64
        copy_file_range splice tee cachestat io_setup io_destroy io_submit io_cancel
        io_getevents ioctl
        """)

    private static let names = words(
        """
        link linkat unlink unlinkat rename renameat renameat2 mkdir mkdirat rmdir symlink symlinkat
        readlink readlinkat mknod mknodat chdir fchdir getcwd umask chmod fchmod fchmodat fchmodat2
        chown chown32 fchown fchown32 lchown lchown32 fchownat utime utimes utimensat
        utimensat_time64 futimesat getdents getdents64 name_to_handle_at
        """)

    private static let status = words(
        """
        access faccessat faccessat2 stat stat64 lstat lstat64 fstat fstat64 fstatat64 newfstatat
        statx statfs statfs64 fstatfs fstatfs64 getxattr lgetxattr
        fgetxattr setxattr lsetxattr fsetxattr listxattr llistxattr flistxattr removexattr
        lremovexattr fremovexattr getxattrat setxattrat listxattrat removexattrat inotify_init
        inotify_init1 inotify_add_watch inotify_rm_watch
        """)

    private static let events = words(
        """
        epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_wait epoll_wait_old epoll_pwait
        epoll_pwait2 poll ppoll ppoll_time64 select _newselect pselect6 pselect6_time64 eventfd
        eventfd2 signalfd signalfd4 timerfd_create timerfd_settime timerfd_settime64 timerfd_gettime
        timerfd_gettime64 pipe pipe2
        """)

    private static let memory = words(
        """
        brk mmap mmap2 munmap mremap mprotect madvise mincore msync mlock mlock2 mlockall munlock
        munlockall remap_file_pages pkey_alloc pkey_free pkey_mprotect map_shadow_stack membarrier
        memfd_create memfd_secret mseal shmget shmat shmctl shmdt cacheflush
        """)

    private static let waiting = words(
        """
        futex futex_time64 futex_waitv futex_wake futex_wait futex_requeue get_robust_list
        set_robust_list semget semop semtimedop semtimedop_time64 semctl msgget msgsnd msgrcv msgctl
        ipc mq_open mq_unlink mq_timedsend mq_timedsend_time64 mq_timedreceive
        mq_timedreceive_time64 mq_notify mq_getsetattr rseq restart_syscall
        """)

    private static let processes = words(
        """
        fork vfork execve execveat exit exit_group wait4 waitid waitpid pidfd_open pidfd_send_signal
        getpid getppid gettid getpgid getpgrp setpgid getsid setsid set_tid_address prctl arch_prctl
        ptrace process_vm_readv process_vm_writev process_mrelease modify_ldt set_thread_area
        get_thread_area set_tls breakpoint getcpu capget capset seccomp landlock_create_ruleset
        landlock_add_rule landlock_restrict_self
        """)

    private static let signals = words(
        """
        kill tkill tgkill pause alarm sigaltstack signal sigprocmask
        sigreturn rt_sigaction rt_sigprocmask rt_sigpending rt_sigsuspend rt_sigreturn
        rt_sigqueueinfo rt_tgsigqueueinfo rt_sigtimedwait rt_sigtimedwait_time64
        """)

    private static let identities = words(
        """
        getuid getuid32 geteuid geteuid32 getgid getgid32 getegid getegid32 getresuid getresuid32
        getresgid getresgid32 getgroups getgroups32 setuid setuid32 setgid setgid32 setreuid
        setreuid32 setregid setregid32 setresuid setresuid32 setresgid setresgid32 setfsuid
        setfsuid32 setfsgid setfsgid32 setgroups setgroups32
        """)

    private static let schedules = words(
        """
        getrlimit ugetrlimit setrlimit prlimit64 getrusage getpriority setpriority ioprio_get
        ioprio_set sched_yield sched_getparam sched_setparam sched_getscheduler sched_setscheduler
        sched_get_priority_max sched_get_priority_min sched_rr_get_interval
        sched_rr_get_interval_time64 sched_getaffinity sched_setaffinity sched_getattr sched_setattr
        times
        """)

    private static let clocks = words(
        """
        time gettimeofday clock_gettime clock_gettime64 clock_getres clock_getres_time64
        clock_nanosleep clock_nanosleep_time64 nanosleep getitimer setitimer timer_create
        timer_settime timer_settime64 timer_gettime timer_gettime64 timer_getoverrun timer_delete
        adjtimex
        """)

    /// `socketcall` of 32-bit programs is denied by name: it hides the family in memory, and the C
    /// library has not needed it since the single calls exist.
    private static let network = words(
        """
        socketpair bind connect listen accept accept4 getsockname getpeername sendto recvfrom send
        recv sendmsg recvmsg sendmmsg recvmmsg recvmmsg_time64 shutdown getsockopt setsockopt
        """)

    private static let other = words("uname sysinfo getrandom")

    /// Calls that no container of ours needs, and whose holes were many (T-SECCOMP-3).
    static let neverAllowed = words(
        """
        add_key request_key keyctl userfaultfd io_uring_setup io_uring_enter io_uring_register
        kexec_load kexec_file_load nfsservctl uselib _sysctl sysfs vm86 vm86old swapon swapoff
        get_kernel_syms query_module create_module move_pages migrate_pages vmsplice
        """)

    /// What takes a capability, and is refused without it.
    static let byCapability: [(String, [String])] = [
        (
            "CAP_SYS_ADMIN",
            words(
                """
                mount umount umount2 mount_setattr move_mount open_tree open_tree_attr fsopen
                fsconfig fsmount fspick pivot_root setns unshare clone clone3 sethostname
                setdomainname quotactl quotactl_fd fanotify_init fanotify_mark lookup_dcookie bpf
                perf_event_open syslog statmount listmount lsm_get_self_attr lsm_set_self_attr
                lsm_list_modules
                """)
        ),
        ("CAP_BPF", ["bpf"]), ("CAP_PERFMON", ["perf_event_open"]), ("CAP_SYSLOG", ["syslog"]),
        ("CAP_SYS_BOOT", ["reboot"]), ("CAP_SYS_CHROOT", ["chroot"]),
        ("CAP_SYS_MODULE", ["init_module", "finit_module", "delete_module"]),
        ("CAP_SYS_PACCT", ["acct"]), ("CAP_SYS_RAWIO", ["iopl", "ioperm"]),
        (
            "CAP_SYS_PTRACE",
            ["kcmp", "pidfd_getfd", "process_madvise"]
        ),
        (
            "CAP_SYS_TIME",
            [
                "settimeofday", "stime", "clock_settime", "clock_settime64", "clock_adjtime",
                "clock_adjtime64",
            ]
        ),
        ("CAP_SYS_TTY_CONFIG", ["vhangup"]),
        (
            "CAP_SYS_NICE",
            ["get_mempolicy", "set_mempolicy", "mbind", "set_mempolicy_home_node"]
        ), ("CAP_DAC_READ_SEARCH", ["open_by_handle_at"]),
    ]

    private static func words(_ text: String) -> [String] {
        text.split { $0 == " " || $0 == "\n" }.map(String.init)
    }
}
