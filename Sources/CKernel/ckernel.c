#include "ckernel.h"
#include "network.h"
#include "raw.h"

// A network namespace takes the kernel most of a millisecond. The process that makes it shares this
// one's memory, so that it costs no copy of it: it may touch nothing but its stack and `ahead`, and
// not errno, which is the other's, too.
static struct {
    int is_begun;
    volatile long answer;
    _Alignas(16) char stack[4096];
} ahead;

static int make_network(void *unused) {
    (void)unused;
    long answer = ck_raw(SYS_unshare, CLONE_NEWNET, 0, 0, 0, 0, 0);
    if (answer == 0)
        answer = ck_raw(SYS_openat, AT_FDCWD, (long)"/proc/self/ns/net", O_RDONLY | O_CLOEXEC, 0, 0, 0);
    ahead.answer = answer;
    for (;;) ck_raw(SYS_exit, 0, 0, 0, 0, 0, 0);
}

// Some schedulers leave a new process where its parent runs until that one waits.
static void run_elsewhere(int pid) {
    cpu_set_t processors;
    int here = sched_getcpu();
    if (here < 0 || here >= CPU_SETSIZE) return;
    if (sched_getaffinity(0, sizeof processors, &processors)) return;
    CPU_CLR((unsigned)here, &processors);
    // It is as well where it is, if there is no other.
    if (CPU_COUNT(&processors)) sched_setaffinity(pid, sizeof processors, &processors);
}

int ck_network_begin(void) {
    if (ahead.is_begun) {
        errno = EBUSY;
        return -1;
    }
    // A handler of this process's must not run in the other one.
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    ahead.answer = -EIO;
    int pid = clone(make_network, ahead.stack + sizeof ahead.stack, CLONE_VM | CLONE_FILES, NULL);
    int error = errno;
    sigprocmask(SIG_SETMASK, &before, NULL);
    ahead.is_begun = pid > 0;
    if (pid > 0) run_elsewhere(pid);
    errno = error;
    return pid;
}

int ck_network_end(int pid) {
    int status, ended;
    do ended = waitpid(pid, &status, __WALL);
    while (ended < 0 && errno == EINTR);
    if (ended < 0) return -1;
    ahead.is_begun = 0;
    if (ahead.answer >= 0) return (int)ahead.answer;
    errno = (int)-ahead.answer;
    return -1;
}
