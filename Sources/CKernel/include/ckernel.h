// The system calls and macros that Swift cannot reach: variadic functions, function-like macros,
// and calls that glibc does not wrap. One call a function; -1 with errno on failure; no policy.
#pragma once
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/if_tun.h>
#include <linux/mount.h>
#include <linux/netlink.h>
#include <linux/nsfs.h>
#include <linux/openat2.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#pragma clang assume_nonnull begin

static inline long ck_syscall(long n, long a, long b, long c, long d, long e, long f) {
    return syscall(n, a, b, c, d, e, f);
}
// Never inlined: the address of errno is a thread's own, and compilers keep it across the points
// where a task of Swift may go on with another thread.
__attribute__((noinline, unused)) static int ck_errno(void) { return errno; }
static inline void ck_set_errno(int value) { errno = value; }
static inline int ck_openat(int dir, const char *path, int flags, unsigned mode) {
    return openat(dir, path, flags, mode);
}
static inline int ck_openat2(int dir, const char *path, unsigned long long flags,
                             unsigned long long mode, unsigned long long resolve) {
    struct open_how how = {.flags = flags, .mode = mode, .resolve = resolve};
    return (int)syscall(SYS_openat2, dir, path, &how, sizeof how);
}
static inline int ck_ioctl(int fd, unsigned long request, void *_Nullable argument) {
    return ioctl(fd, request, argument);
}
static inline int ck_ioctl_number(int fd, unsigned long request, long argument) {
    return ioctl(fd, request, argument);
}
static inline int ck_fcntl(int fd, int command, long argument) { return fcntl(fd, command, argument); }
static inline int ck_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d) {
    return prctl(option, a, b, c, d);
}
static inline int ck_fork(void) { return fork(); }
static inline int ck_clone3(struct clone_args *arguments) {
    return (int)syscall(SYS_clone3, arguments, sizeof *arguments);
}
static inline int ck_pivot_root(const char *new_root, const char *put_old) {
    return (int)syscall(SYS_pivot_root, new_root, put_old);
}
static inline int ck_pidfd_open(int pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }
static inline int ck_pidfd_send_signal(int fd, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, fd, signal, 0, 0);
}
static inline int ck_execveat(int fd, const char *path, char *_Nullable const *_Nonnull argv,
                              char *_Nullable const *_Nonnull envp, int flags) {
    return (int)syscall(SYS_execveat, fd, path, argv, envp, flags);
}
static inline int ck_close_range(unsigned first, unsigned last, unsigned flags) {
    return (int)syscall(SYS_close_range, first, last, flags);
}
static inline int ck_renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags) {
    return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
}
static inline int ck_wifexited(int status) { return WIFEXITED(status); }
static inline int ck_wexitstatus(int status) { return WEXITSTATUS(status); }
static inline int ck_wtermsig(int status) { return WTERMSIG(status); }
static inline dev_t ck_makedev(unsigned major_number, unsigned minor_number) {
    return makedev(major_number, minor_number);
}
static inline unsigned ck_major(dev_t device) { return major(device); }
static inline unsigned ck_minor(dev_t device) { return minor(device); }

// One descriptor beside the bytes of a message, and none or one back (unix(7), SCM_RIGHTS).
static inline ssize_t ck_sendmsg_fds(int socket, const void *bytes, size_t count,
                                     const int *_Nullable fds, size_t fd_count, int flags) {
    struct iovec io = {.iov_base = (void *)bytes, .iov_len = count};
    union { char room[CMSG_SPACE(sizeof(int) * 16)]; struct cmsghdr align; } control;
    struct msghdr message = {.msg_iov = &io, .msg_iovlen = 1};
    if (fd_count > 16) { errno = EINVAL; return -1; }
    if (fd_count > 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = control.room;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
        struct cmsghdr *head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(sizeof(int) * fd_count);
        memcpy(CMSG_DATA(head), fds, sizeof(int) * fd_count);
    }
    return sendmsg(socket, &message, flags);
}
// Descriptors arrive close-on-exec; `*fd_count` is the room on entry and the number on return.
// `*truncated` tells that bytes or descriptors did not fit.
static inline ssize_t ck_recvmsg_fds(int socket, void *bytes, size_t count, int *fds,
                                     size_t *fd_count, int flags, int *truncated) {
    struct iovec io = {.iov_base = bytes, .iov_len = count};
    union { char room[CMSG_SPACE(sizeof(int) * 16)]; struct cmsghdr align; } control;
    struct msghdr message = {.msg_iov = &io, .msg_iovlen = 1, .msg_control = control.room,
                             .msg_controllen = sizeof control.room};
    size_t capacity = *fd_count, found = 0;
    ssize_t got = recvmsg(socket, &message, flags | MSG_CMSG_CLOEXEC);
    *fd_count = 0;
    *truncated = 0;
    if (got < 0) return got;
    *truncated = (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
    for (struct cmsghdr *head = CMSG_FIRSTHDR(&message); head; head = CMSG_NXTHDR(&message, head)) {
        if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) continue;
        size_t here = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < here; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(head) + i * sizeof(int), sizeof(int));
            if (found < capacity) fds[found++] = fd;
            else { close(fd); *truncated = 1; }
        }
    }
    *fd_count = found;
    return got;
}

static inline int ck_bind(int socket, const void *address, unsigned length) {
    return bind(socket, (const struct sockaddr *)address, length);
}
static inline int ck_connect(int socket, const void *address, unsigned length) {
    return connect(socket, (const struct sockaddr *)address, length);
}
static inline char *_Nullable *_Nullable ck_environment(void) { return environ; }
static inline ssize_t ck_getrandom(void *bytes, size_t count) { return getrandom(bytes, count, 0); }
static inline int ck_accept4(int socket) { return accept4(socket, NULL, NULL, SOCK_CLOEXEC); }

// One datagram and who sent it (SCM_CREDENTIALS; the socket has SO_PASSCRED). Descriptors that come
// with it are closed. `*sender` is 0 where the kernel names nobody.
static inline ssize_t ck_recvmsg_sender(int socket, void *bytes, size_t count, int *sender) {
    struct iovec io = {.iov_base = bytes, .iov_len = count};
    union { char room[CMSG_SPACE(sizeof(int) * 64) + CMSG_SPACE(sizeof(struct ucred))]; struct cmsghdr align; } control;
    struct msghdr message = {.msg_iov = &io, .msg_iovlen = 1, .msg_control = control.room,
                             .msg_controllen = sizeof control.room};
    ssize_t got = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    *sender = 0;
    if (got < 0) return got;
    for (struct cmsghdr *head = CMSG_FIRSTHDR(&message); head; head = CMSG_NXTHDR(&message, head)) {
        if (head->cmsg_level != SOL_SOCKET) continue;
        if (head->cmsg_type == SCM_CREDENTIALS) {
            struct ucred who;
            memcpy(&who, CMSG_DATA(head), sizeof who);
            *sender = who.pid;
        }
        if (head->cmsg_type == SCM_RIGHTS) {
            size_t here = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
            for (size_t i = 0; i < here; i++) {
                int fd;
                memcpy(&fd, CMSG_DATA(head) + i * sizeof(int), sizeof(int));
                close(fd);
            }
        }
    }
    return got;
}

#pragma clang assume_nonnull end
