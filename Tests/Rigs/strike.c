// strike HOW N SET LOG COMMAND...: runs the command and all it starts, counts their system calls,
// and does something at the N-th, or at many.  Static; for tests.
//
//   HOW    count           nothing
//          kill            kills the process that makes the call, before it is made
//          kill-all        kills every process of the command
//          errno NUMBER's  refuses the call with that error (5: EIO, 28: ENOSPC, 122: EDQUOT);
//                          close(2) closes all the same, as Linux does whatever it answers
//          short           cuts every read and write of files and pipes to half of its length; N is 0
//          interrupt       answers each call that may wait with EINTR, once; N is 0
//                          (both with Martlet's programs alone: those of others need not bear it)
//   SET    all             every call is counted
//          changes         those that change files or make changes lasting
//          flushes         those alone that make changes lasting
//   LOG    a file that gets "CALLS NUMBER": how many were counted, and the N-th one's number
//
// Ends as the command did, with 128 + N where a signal ended it, once every process of it has
// ended; with 99 where one still runs 30 s after the command's end. With STRIKE_LEAVES in the
// environment it ends with the command, and lets go of what still runs.  Calls are counted in the order
// they are made, so the same N is the same call as long as the command works on one thing at a time.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __aarch64__
#include <elf.h>
#endif

enum { none, kill_one, kill_all, refuse, cut_short, interrupt };

static struct {
    pid_t pid;
    long answer;      // what its present call answers in place of the kernel's answer, or 0
    long interrupted; // the number of the call that it was told to repeat, or -1
} tracees[4096];
static size_t tracee_count;
static volatile sig_atomic_t late;

static void is_late(int signal) {
    (void)signal;
    late = 1;
}

static void die(const char *what) {
    perror(what);
    exit(98);
}

static int flushes(const struct __ptrace_syscall_info *info) {
    return info->entry.nr == SYS_fsync || info->entry.nr == SYS_fdatasync ||
        info->entry.nr == SYS_syncfs;
}

static int changes(const struct __ptrace_syscall_info *info) {
    switch (info->entry.nr) {
    case SYS_write: case SYS_writev: case SYS_pwrite64: case SYS_pwritev: case SYS_fsync:
    case SYS_fdatasync: case SYS_syncfs: case SYS_sync_file_range: case SYS_ftruncate:
    case SYS_fallocate: case SYS_close: case SYS_renameat2: case SYS_mkdirat: case SYS_unlinkat:
    case SYS_linkat: case SYS_symlinkat: case SYS_mknodat: case SYS_fchown: case SYS_fchownat:
    case SYS_fchmod: case SYS_fchmodat: case SYS_fsetxattr: case SYS_lsetxattr:
    case SYS_setxattr: case SYS_utimensat: case SYS_copy_file_range: case SYS_sendfile:
        return 1;
#ifdef __x86_64__
    case SYS_rename: case SYS_mkdir: case SYS_unlink: case SYS_rmdir: case SYS_link:
    case SYS_symlink: case SYS_chmod: case SYS_open: case SYS_creat:
        return 1;
#endif
    case SYS_openat:
        return (info->entry.args[2] & O_CREAT) != 0;
    default:
        return 0;
    }
}

// The call becomes one that does not exist; at its return the answer is replaced.
static void skip(pid_t pid) {
#if defined(__x86_64__)
    if (ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, orig_rax), -1L)) die("skip");
#elif defined(__aarch64__)
    int number = -1;
    struct iovec piece = {&number, sizeof number};
    if (ptrace(PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, &piece)) die("skip");
#else
#error "which register has the number of a system call?"
#endif
}

// Writes one register: on x86_64 that at an offset, on aarch64 that of a number.
static void put(pid_t pid, size_t x86_64, size_t aarch64, unsigned long value) {
#if defined(__x86_64__)
    (void)aarch64;
    if (ptrace(PTRACE_POKEUSER, pid, x86_64, value)) die("put");
#elif defined(__aarch64__)
    (void)x86_64;
    struct user_regs_struct registers;
    struct iovec piece = {&registers, sizeof registers};
    if (ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &piece)) die("put");
    registers.regs[aarch64] = value;
    if (ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &piece)) die("put");
#endif
}

#ifdef __x86_64__
enum { result = offsetof(struct user_regs_struct, rax), third = offsetof(struct user_regs_struct, rdx) };
#else
enum { result, third };
#endif

static void answer(pid_t pid, long value) { put(pid, result, 0, (unsigned long)value); }

// The length of a read or write is its third argument.
static void shorten(pid_t pid, unsigned long length) { put(pid, third, 2, length); }

static const char *target_of(const char *link) {
    static char target[512];
    ssize_t length = readlink(link, target, sizeof target - 1);
    target[length > 0 ? length : 0] = 0;
    return target;
}

// What /proc has of the file of a call: a path, "pipe:[…]", "socket:[…]" or "anon_inode:…".
static const char *file_of(pid_t pid, const struct __ptrace_syscall_info *info) {
    char link[64];
    snprintf(link, sizeof link, "/proc/%d/fd/%d", pid, (int)info->entry.args[0]);
    return target_of(link);
}

static int is_ours(pid_t pid) {
    char link[64];
    snprintf(link, sizeof link, "/proc/%d/exe", pid);
    return strstr(target_of(link), "/martlet") != NULL;
}

static int begins(const char *text, const char *with) { return !strncmp(text, with, strlen(with)); }

// Files that the kernel makes up are read and written in one piece, and what the C library's loader
// reads is its own.
static int may_be_short(pid_t pid, const struct __ptrace_syscall_info *info) {
    switch (info->entry.nr) {
    case SYS_read: case SYS_write: case SYS_pread64: case SYS_pwrite64: break;
    default: return 0;
    }
    const char *file = file_of(pid, info);
    static const char *const others[] = {"/proc/", "/sys/", "/dev/", "/lib", "/usr/lib", "/etc/ld.so"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (begins(file, others[i])) return 0;
    return info->entry.args[2] > 1 && (*file == '/' || begins(file, "pipe:"));
}

static int may_wait(pid_t pid, const struct __ptrace_syscall_info *info) {
    switch (info->entry.nr) {
    case SYS_read: case SYS_write:
        return begins(file_of(pid, info), "pipe:") || begins(file_of(pid, info), "socket:");
    case SYS_fcntl:
        return info->entry.args[1] == F_SETLKW || info->entry.args[1] == F_OFD_SETLKW;
    case SYS_wait4: return !(info->entry.args[2] & WNOHANG);
    case SYS_waitid: return !(info->entry.args[3] & WNOHANG);
    case SYS_recvmsg: case SYS_sendmsg: case SYS_recvfrom: case SYS_sendto: case SYS_accept4:
    case SYS_flock: case SYS_ppoll: case SYS_pselect6: case SYS_epoll_pwait: case SYS_nanosleep:
        return 1;
#ifdef __x86_64__
    case SYS_poll: case SYS_select: case SYS_epoll_wait: case SYS_accept:
        return 1;
#endif
    default: return 0;
    }
}

// Where a process has its place; a new one gets one.
static size_t place_of(pid_t pid) {
    for (size_t i = 0; i < tracee_count; i++)
        if (tracees[i].pid == pid) return i;
    if (tracee_count == sizeof tracees / sizeof *tracees) die("too many processes");
    tracees[tracee_count].pid = pid;
    tracees[tracee_count].answer = 0;
    tracees[tracee_count].interrupted = -1;
    return tracee_count++;
}

static void forget(pid_t pid) { tracees[place_of(pid)] = tracees[tracee_count - 1], tracee_count--; }

static void kill_everything(void) {
    for (size_t i = 0; i < tracee_count; i++) kill(tracees[i].pid, SIGKILL);
}

static pid_t launch(char **words) {
    int gate[2];
    if (pipe2(gate, O_CLOEXEC)) die("pipe2");
    pid_t child = fork();
    if (child < 0) die("fork");
    if (child == 0) {
        char byte;
        if (read(gate[0], &byte, 1) != 1) _exit(98);
        execvp(words[0], words);
        _exit(127);
    }
    long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
        PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
    if (ptrace(PTRACE_SEIZE, child, 0L, options)) die("PTRACE_SEIZE");
    place_of(child);
    if (write(gate[1], "x", 1) != 1) die("write");
    // It stops at its own execve; calls are counted from there.
    int status;
    if (waitpid(child, &status, __WALL) != child || !WIFSTOPPED(status) ||
        status >> 16 != PTRACE_EVENT_EXEC)
        die(words[0]);
    ptrace(PTRACE_SYSCALL, child, 0L, 0L);
    return child;
}

int main(int argc, char **argv) {
    if (argc < 6) {
        fputs("usage: strike count|kill|kill-all|ERRNO|short|interrupt N all|changes|flushes LOG COMMAND...\n", stderr);
        return 2;
    }
    long number = atol(argv[1]), wanted = atol(argv[2]), calls = 0, struck = -1;
    int only_changes = !strcmp(argv[3], "changes"), only_flushes = !strcmp(argv[3], "flushes");
    int deed = !strcmp(argv[1], "count") ? none : !strcmp(argv[1], "kill") ? kill_one
        : !strcmp(argv[1], "kill-all") ? kill_all : !strcmp(argv[1], "short") ? cut_short
        : !strcmp(argv[1], "interrupt") ? interrupt : refuse;
    struct sigaction action = {.sa_handler = is_late};
    sigaction(SIGALRM, &action, NULL);
    pid_t first = launch(argv + 5);
    int end = 99, leaves = getenv("STRIKE_LEAVES") != NULL, leaving = 0;
    while (!leaving || tracee_count > 0) {
        int status;
        pid_t pid = waitpid(-1, &status, __WALL);
        if (pid < 0 && errno == ECHILD) break;
        if (pid < 0 && errno == EINTR && late) {
            fputs("strike: still running after 30 s:", stderr);
            for (size_t i = 0; i < tracee_count; i++) fprintf(stderr, " %d", tracees[i].pid);
            fputs("\n", stderr);
            kill_everything();
            late = 0;
            first = -1, end = 99;
            continue;
        }
        if (pid < 0) continue;
        size_t place = place_of(pid);
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            forget(pid);
            if (pid == first) {
                end = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
                leaving = leaves;
                for (size_t i = 0; leaving && i < tracee_count; i++)
                    ptrace(PTRACE_INTERRUPT, tracees[i].pid, 0L, 0L);
                alarm(30);
            }
            continue;
        }
        int signal = WSTOPSIG(status), event = status >> 16;
        long delivered = 0;
        if (leaving) {
            ptrace(PTRACE_DETACH, pid, 0L, event == 0 && signal != (SIGTRAP | 0x80) ? (long)signal : 0L);
            forget(pid);
            continue;
        }
        if (event == PTRACE_EVENT_STOP && signal != SIGTRAP) {
            ptrace(PTRACE_LISTEN, pid, 0L, 0L);
            continue;
        }
        if (event == 0 && signal == (SIGTRAP | 0x80)) {
            struct __ptrace_syscall_info info;
            if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info) > 0) {
                if (info.op == PTRACE_SYSCALL_INFO_EXIT && tracees[place].answer) {
                    answer(pid, tracees[place].answer);
                    tracees[place].answer = 0;
                }
                if (info.op == PTRACE_SYSCALL_INFO_ENTRY && deed == cut_short &&
                    may_be_short(pid, &info) && is_ours(pid))
                    shorten(pid, (info.entry.args[2] + 1) / 2);
                if (info.op == PTRACE_SYSCALL_INFO_ENTRY && deed == interrupt &&
                    may_wait(pid, &info) && is_ours(pid)) {
                    int again = tracees[place].interrupted == (long)info.entry.nr;
                    tracees[place].interrupted = again ? -1 : (long)info.entry.nr;
                    if (!again) {
                        skip(pid);
                        tracees[place].answer = -EINTR;
                    }
                }
                if (info.op == PTRACE_SYSCALL_INFO_ENTRY && (!only_changes || changes(&info)) &&
                    (!only_flushes || flushes(&info)) && ++calls == wanted) {
                    struck = (long)info.entry.nr;
                    switch (deed) {
                    case kill_one: kill(pid, SIGKILL); break;
                    case kill_all: kill_everything(); break;
                    case refuse:
                        if (info.entry.nr != SYS_close) skip(pid);
                        tracees[place].answer = -number;
                        break;
                    default: break;
                    }
                }
            }
        } else if (event == 0) {
            delivered = signal;
        }
        ptrace(PTRACE_SYSCALL, pid, 0L, delivered);
    }
    FILE *log = fopen(argv[4], "w");
    if (!log) die(argv[4]);
    fprintf(log, "%ld %ld\n", calls, struck);
    fclose(log);
    return end;
}
