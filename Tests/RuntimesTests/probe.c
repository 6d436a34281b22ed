// Runs inside a container and tries what must not work; prints one "name errno" a line.
#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

static void tell(const char *name, long result) { printf("%s %d\n", name, result < 0 ? errno : 0); }

#ifdef __x86_64__
// The 32-bit entry: the kernel takes i386 numbers from any process that comes this way.
static long old(long number, long a, long b, long c) {
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c) : "memory", "r8", "r9", "r10", "r11");
    if (result < 0) { errno = -result; return -1; }
    return result;
}
#endif

int main(void) {
    static char room[256];
    tell("alg", syscall(SYS_socket, 38, 5, 0));
    tell("alg-high", syscall(SYS_socket, 0x100000026L, 5, 0));
    tell("vsock", syscall(SYS_socket, 40, 1, 0));
    tell("io_uring", syscall(SYS_io_uring_setup, 4, room));
    tell("userfaultfd", syscall(SYS_userfaultfd, 1));
    tell("kexec", syscall(SYS_kexec_load, 0, 0, 0, 0));
    tell("bpf", syscall(SYS_bpf, 0, room, sizeof room));
    tell("perf", syscall(SYS_perf_event_open, room, 0, -1, -1, 0));
    tell("add_key", syscall(SYS_add_key, "user", "x", "y", 1, -3));
    tell("unknown", syscall(2000));
    tell("unix", syscall(SYS_socket, 1, 1, 0));
    tell("netlink", syscall(SYS_socket, 16, 3, 0));
    tell("inet", syscall(SYS_socket, 2, 1, 0));
#ifdef __x86_64__
    tell("i386-alg", old(359, 38, 5, 0));
    tell("i386-socketcall", old(102, 1, (long)room, 0));
    tell("i386-bpf", old(357, 0, 0, 0));
    tell("i386-add_key", old(286, 0, 0, 0));
#endif
    return 0;
}
