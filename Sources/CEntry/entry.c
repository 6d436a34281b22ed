// Where martlet-runtime begins: before the C library, whose start costs a tenth of a run.
//
// A runtime that root uses must not be executed from a file that a container could write to
// (T-EXE-1), so it executes itself again from a read-only mount of its file. Nothing of the
// libraries is needed for that, so their start is paid for once. Whatever does not succeed here is
// left to `Sealing.ensure`, which finds the program not sealed, tries again, and says what is wrong.
//
// No function of the C library may be called, nor anything that the compiler turns into one: they
// are found through a table that is filled only later.
#include <fcntl.h>
#include <linux/mount.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/statfs.h>
#include <sys/syscall.h>

#define READ_ONLY_MOUNT 1 // ST_RDONLY, statfs(2)

#if defined(__x86_64__)
__asm__(".text\n"
        ".globl ce_begin\n"
        ".type ce_begin, @function\n"
        "ce_begin:\n"
        "    mov %rdx, %rbx\n"
        "    mov %rsp, %rdi\n"
        "    call ce_seal\n"
        "    mov %rbx, %rdx\n"
        "    jmp _start\n"
        ".size ce_begin, . - ce_begin\n");

static inline long call(long number, long a, long b, long c, long d, long e) {
    register long fourth __asm__("r10") = d, fifth __asm__("r8") = e;
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth), "r"(fifth)
                     : "rcx", "r11", "memory");
    return result;
}
#elif defined(__aarch64__)
__asm__(".text\n"
        ".globl ce_begin\n"
        ".type ce_begin, %function\n"
        "ce_begin:\n"
        "    mov x19, x0\n"
        "    mov x0, sp\n"
        "    bl ce_seal\n"
        "    mov x0, x19\n"
        "    b _start\n"
        ".size ce_begin, . - ce_begin\n");

static inline long call(long number, long a, long b, long c, long d, long e) {
    register long x8 __asm__("x8") = number, x0 __asm__("x0") = a, x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c, x3 __asm__("x3") = d, x4 __asm__("x4") = e;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
    return x0;
}
#else
#error "martlet-runtime begins on x86_64 and aarch64 alone"
#endif

static int same(const char *word, const char *other) {
    while (*word && *word == *other) word++, other++;
    return *word == *other;
}

/// The commands that make a process in a container, as `RuntimeCommandLine.sealing` has them, and
/// not the parts of the engine that begin with a word of their own.
static int makes_a_process(char **words) {
    if (!words[0] || !words[1] || same(words[1], "monitor")) return 0;
    for (char **word = words + 1; *word; word++)
        if (same(*word, "run") || same(*word, "exec") || same(*word, "create")) return 1;
    return 0;
}

/// Executes the program again, sealed; returns where that is not needed, or did not succeed.
///
/// - Parameter stack: what the kernel hands to a new program: the number of its words, the words,
///   and its variables, each list ended by a null.
__attribute__((used, no_stack_protector)) void ce_seal(long *stack) {
    char **words = (char **)(stack + 1), **variables = words + stack[0] + 1;
    if (!makes_a_process(words) || call(SYS_geteuid, 0, 0, 0, 0, 0) != 0) return;
    struct statfs facts;
    if (call(SYS_statfs, (long)"/proc/self/exe", (long)&facts, 0, 0, 0) < 0) return;
    if (facts.f_flags & READ_ONLY_MOUNT) return;
    // From here on nobody inside a container may look at this process.
    call(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
    long tree = call(SYS_open_tree, AT_FDCWD, (long)"/proc/self/exe",
                     OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC, 0, 0);
    if (tree < 0) return;
    struct mount_attr attributes;
    attributes.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID;
    attributes.attr_clr = attributes.propagation = attributes.userns_fd = 0;
    if (call(SYS_mount_setattr, tree, (long)"", AT_EMPTY_PATH, (long)&attributes,
             sizeof attributes) == 0)
        call(SYS_execveat, tree, (long)"", (long)words, (long)variables, AT_EMPTY_PATH);
    call(SYS_close, tree, 0, 0, 0, 0);
}
