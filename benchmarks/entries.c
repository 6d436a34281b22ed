// entries: which functions of a program are entered, in the order of the first time.
//
//   entries PROGRAM FUNCTIONS NAMES COMMAND...
//
// COMMAND and its children are traced. Wherever one has executed PROGRAM, a breakpoint stands at
// each function until it is met; what the program executes goes on alone. FUNCTIONS has lines
// "ADDRESS NAME", sorted by address, of a program that is loaded where it was linked. The names go
// into the file NAMES. With the capability cap_sys_ptrace set-uid programs keep their rights.
// ptrace(2). x86_64 only.

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

struct function {
    uint64_t address;
    char *name;
    uint8_t first; // the byte where the breakpoint stands
    int entered;
};

static struct function *functions;
static size_t count;
static struct stat program;
static FILE *names;

enum { PROCESSES = 1 << 22, UNKNOWN = 0, OTHER, OURS };
static char processes[PROCESSES];
static const uint8_t breakpoint = 0xcc;

static void fail(const char *words) {
    perror(words);
    exit(1);
}

static void read_functions(const char *path) {
    FILE *file = fopen(path, "r");
    if (!file) fail(path);
    size_t room = 0, size = 0;
    char *line = NULL;
    while (getline(&line, &size, file) > 0) {
        char *name = strchr(line, ' ');
        if (!name) continue;
        *name++ = 0;
        name[strcspn(name, "\n")] = 0;
        uint64_t address = strtoull(line, NULL, 16);
        if (count > 0 && functions[count - 1].address == address) continue;
        if (count == room) {
            room = room ? room * 2 : 4096;
            functions = realloc(functions, room * sizeof *functions);
            if (!functions) fail("memory");
        }
        functions[count++] = (struct function){address, strdup(name), 0, 0};
    }
    fclose(file);
}

static struct function *find(uint64_t address) {
    size_t from = 0, to = count;
    while (from < to) {
        size_t middle = (from + to) / 2;
        if (functions[middle].address < address) from = middle + 1; else to = middle;
    }
    return from < count && functions[from].address == address ? &functions[from] : NULL;
}

/// Writes a byte of a process's program and returns the one that stood there.
static uint8_t exchange(pid_t pid, uint64_t address, uint8_t byte) {
    errno = 0;
    long word = ptrace(PTRACE_PEEKTEXT, pid, address, 0);
    if (errno) fail("reading a function");
    if (ptrace(PTRACE_POKETEXT, pid, address, (word & ~0xffL) | byte)) fail("writing a breakpoint");
    return word & 0xff;
}

static int is_ours(pid_t pid) {
    char path[64];
    struct stat found;
    snprintf(path, sizeof path, "/proc/%d/exe", pid);
    return stat(path, &found) == 0 && found.st_ino == program.st_ino && found.st_dev == program.st_dev;
}

static void set_breakpoints(pid_t pid) {
    for (size_t i = 0; i < count; i++) {
        functions[i].first = exchange(pid, functions[i].address, breakpoint);
    }
}

/// Whether the process stands behind one of our breakpoints, which then is gone.
static int meet(pid_t pid) {
    struct user_regs_struct registers;
    if (ptrace(PTRACE_GETREGS, pid, 0, &registers)) return 0;
    struct function *function = find(registers.rip - 1);
    if (!function) return 0;
    if (!function->entered) fprintf(names, "%s\n", function->name);
    function->entered = 1;
    exchange(pid, function->address, function->first);
    registers.rip -= 1;
    return ptrace(PTRACE_SETREGS, pid, 0, &registers) == 0;
}

int main(int argc, char **argv) {
    if (argc < 5) {
        fprintf(stderr, "usage: entries PROGRAM FUNCTIONS NAMES COMMAND...\n");
        return 2;
    }
    if (stat(argv[1], &program)) fail(argv[1]);
    read_functions(argv[2]);
    names = fopen(argv[3], "we");
    if (!names) fail(argv[3]);
    pid_t first = fork();
    if (first == 0) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        execvp(argv[4], argv + 4);
        fail(argv[4]);
    }
    int status, result = 0;
    waitpid(first, &status, 0);
    ptrace(PTRACE_SETOPTIONS, first, 0,
           PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC);
    ptrace(PTRACE_CONT, first, 0, 0);
    pid_t pid;
    while ((pid = waitpid(-1, &status, __WALL)) > 0) {
        char *kind = &processes[pid & (PROCESSES - 1)];
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            if (pid == first) result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            *kind = UNKNOWN;
            continue;
        }
        int signal = WSTOPSIG(status), event = status >> 16;
        if (event == PTRACE_EVENT_EXEC) {
            char before = *kind;
            *kind = is_ours(pid) ? OURS : OTHER;
            if (*kind == OURS) set_breakpoints(pid);
            if (before == OURS && *kind == OTHER && pid != first) {
                *kind = UNKNOWN;
                ptrace(PTRACE_DETACH, pid, 0, 0);
                continue;
            }
        } else if (*kind == UNKNOWN) {
            *kind = is_ours(pid) ? OURS : OTHER;
        }
        if (event == 0 && signal == SIGTRAP && *kind == OURS && meet(pid)) signal = 0;
        // Stops of tracing are ours; every other signal is the program's.
        if (event != 0 || signal == SIGSTOP) signal = 0;
        ptrace(PTRACE_CONT, pid, 0, signal);
    }
    if (fclose(names)) fail(argv[3]);
    return result;
}
