// probe WHAT: tells, from inside a container, what the kernel lets it do.  Static; for tests.
//
//   probe calls        tries system calls that a filter should refuse: "NAME ERRNO", "NAME ok" or
//                      "NAME signal N", one a line
//   probe foreign      the same calls through the i386 and x32 doors
//   probe open PATH... opens each for writing: "PATH ERRNO" or "PATH ok"
//   probe echo PORT    sends each datagram back to where it came from
//   probe ready [TEXT] says READY=1, or TEXT, to $NOTIFY_SOCKET after half a second, and stays
//   probe crash NAME   ends by a signal: abort, trap or segv
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

struct attempt {
    const char *name;
    long number, i386, first, second, third;
};

static const struct attempt attempts[] = {
    {"socket(AF_ALG)", SYS_socket, 359, 38, SOCK_SEQPACKET, 0},
    {"socket(AF_VSOCK)", SYS_socket, 359, 40, SOCK_STREAM, 0},
    {"io_uring_setup", SYS_io_uring_setup, 425, 1, 0, 0},
    {"userfaultfd", SYS_userfaultfd, 374, 0, 0, 0},
    {"kexec_load", SYS_kexec_load, 283, 0, 0, 0},
    {"bpf", SYS_bpf, 357, 0, 0, 0},
    {"perf_event_open", SYS_perf_event_open, 336, 0, 0, 0},
    {"add_key", SYS_add_key, 286, 0, 0, 0},
    {"unknown call", 4000, 4000, 0, 0, 0},
};

static long native(const struct attempt *one) {
    return syscall(one->number, one->first, one->second, one->third, 0L, 0L, 0L);
}

#ifdef __x86_64__
static long compatible(const struct attempt *one) {
    long result;
    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "a"(one->i386), "b"(one->first), "c"(one->second), "d"(one->third), "S"(0), "D"(0)
                     : "memory", "r8", "r9", "r10", "r11");
    if (result >= 0) return result;
    errno = (int)-result;
    return -1;
}

static long x32(const struct attempt *one) {
    return syscall(one->number | 0x40000000, one->first, one->second, one->third, 0L, 0L, 0L);
}
#endif

// In a child, since a filter may answer with a signal.
static void try(const char *door, const struct attempt *one, long (*enter)(const struct attempt *)) {
    int status;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        if (enter(one) >= 0) printf("%s%s ok\n", door, one->name);
        else printf("%s%s %s\n", door, one->name, strerrorname_np(errno) ?: "?");
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) printf("%s%s signal %d\n", door, one->name, WTERMSIG(status));
}

static int echo(int port) {
    int server = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons(port)};
    if (bind(server, (struct sockaddr *)&place, sizeof place) != 0) return 1;
    for (;;) {
        char datagram[65536];
        struct sockaddr_in from;
        socklen_t size = sizeof from;
        ssize_t length =
            recvfrom(server, datagram, sizeof datagram, 0, (struct sockaddr *)&from, &size);
        if (length < 0) return 1;
        sendto(server, datagram, length, 0, (struct sockaddr *)&from, size);
    }
}

static int ready(const char *text) {
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un place = {.sun_family = AF_UNIX};
    if (!path || strlen(path) >= sizeof place.sun_path) return 9;
    memcpy(place.sun_path, path, strlen(path));
    if (*path == '@') place.sun_path[0] = 0;
    socklen_t size = offsetof(struct sockaddr_un, sun_path) + strlen(path);
    usleep(500000);
    int end = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ssize_t length = strlen(text);
    if (sendto(end, text, length, 0, (struct sockaddr *)&place, size) != length) return 8;
    for (;;) pause();
}

int main(int count, char **words) {
    const char *what = count > 1 ? words[1] : "";
    size_t number = sizeof attempts / sizeof *attempts;
    if (!strcmp(what, "calls")) {
        for (size_t i = 0; i < number; i++) try("", &attempts[i], native);
#ifdef __x86_64__
    } else if (!strcmp(what, "foreign")) {
        for (size_t i = 0; i < number; i++) try("i386 ", &attempts[i], compatible);
        for (size_t i = 0; i < number; i++) try("x32 ", &attempts[i], x32);
#endif
    } else if (!strcmp(what, "open")) {
        for (int i = 2; i < count; i++) {
            int descriptor = open(words[i], O_WRONLY | O_CLOEXEC);
            printf("%s %s\n", words[i], descriptor >= 0 ? "ok" : strerrorname_np(errno) ?: "?");
        }
    } else if (!strcmp(what, "echo") && count > 2) {
        return echo(atoi(words[2]));
    } else if (!strcmp(what, "ready")) {
        return ready(count > 2 ? words[2] : "READY=1");
    } else if (!strcmp(what, "crash") && count > 2) {
        if (!strcmp(words[2], "abort")) abort();
        if (!strcmp(words[2], "trap")) __builtin_trap();
        raise(SIGSEGV);
    } else {
        fprintf(stderr, "probe: calls, foreign, open PATH..., echo PORT, ready or crash NAME\n");
        return 2;
    }
    return 0;
}
