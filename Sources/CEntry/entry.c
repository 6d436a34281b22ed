// Where martlet-runtime begins: before the C library, whose start costs a tenth of a run.
//
// A runtime that root uses must not be executed from a file that a container could write to
// (T-EXE-1), so it maps itself again from a read-only mount of its file, which then is the one that
// /proc/PID/exe shows. That can be done only while nothing has been written to its memory: before
// the libraries begin. Where it does not succeed the program executes itself again from that mount,
// and what fails then is left to `Sealing.ensure`, which tries again, and says what is wrong.
//
// No function of the C library may be called, nor anything that the compiler turns into one: they
// are found through a table that is filled only later.
#include "raw.h"
#include <elf.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/statfs.h>
#include <sys/syscall.h>

// The stack's guard is set up by the C library, too, and no loop may become a call of strlen(3).
#define ALONE __attribute__((no_stack_protector, no_builtin))
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
#endif

ALONE static int same(const char *word, const char *other) {
    while (*word && *word == *other) word++, other++;
    return *word == *other;
}

/// The commands that make a process in a container, as `RuntimeCommandLine.sealing` has them, and
/// not the parts of the engine that begin with a word of their own.
ALONE static int makes_a_process(char **words) {
    if (!words[0] || !words[1] || same(words[1], "monitor")) return 0;
    for (char **word = words + 1; *word; word++)
        if (same(*word, "run") || same(*word, "exec") || same(*word, "create")) return 1;
    return 0;
}

// The program's own head, as the linker names it.
extern const Elf64_Ehdr __ehdr_start __attribute__((visibility("hidden")));
ALONE static inline const Elf64_Phdr *parts(void) {
    return (const Elf64_Phdr *)((const char *)&__ehdr_start + __ehdr_start.e_phoff);
}

ALONE static inline long open_again(long descriptor) {
    char path[40];
    const char *start = "/proc/self/fd/";
    int length = 0;
    while (*start) path[length++] = *start++;
    long unit = 1;
    while (descriptor / unit > 9) unit *= 10;
    for (; unit; unit /= 10) path[length++] = (char)('0' + descriptor / unit % 10);
    path[length] = 0;
    return ck_raw(SYS_openat, AT_FDCWD, (long)path, O_RDONLY | O_CLOEXEC, 0, 0, 0);
}

ALONE static inline const char *end_of(const char *word) {
    while (*word) word++;
    return word + 1;
}

/// Makes `file` the one that /proc/PID/exe shows: prctl(2), PR_SET_MM_MAP. All else stays as it is,
/// but has to be said once more.
ALONE static inline int show(long file, char **words, char **variables) {
    const char *middle = words[0], *end;
    for (char **word = words; *word; word++) middle = end_of(*word);
    end = middle;
    for (char **variable = variables; *variable; variable++) end = end_of(*variable);
    uint64_t break_now = (uint64_t)ck_raw(SYS_brk, 0, 0, 0, 0, 0, 0);
    struct prctl_mm_map map;
    map.start_code = map.end_code = map.start_data = map.end_data = 0;
    for (int i = 0; i < __ehdr_start.e_phnum; i++) {
        const Elf64_Phdr *part = &parts()[i];
        if (part->p_type != PT_LOAD) continue;
        map.start_data = part->p_vaddr;
        map.end_data = part->p_vaddr + part->p_filesz;
        if (!(part->p_flags & PF_X)) continue;
        map.start_code = map.start_data;
        map.end_code = map.end_data;
    }
    map.start_brk = map.brk = break_now;
    map.start_stack = (uint64_t)(words - 1);
    map.arg_start = (uint64_t)words[0];
    map.arg_end = map.env_start = (uint64_t)middle;
    map.env_end = (uint64_t)end;
    map.auxv = NULL;
    map.auxv_size = 0;
    map.exe_fd = (uint32_t)file;
    return ck_raw(SYS_prctl, PR_SET_MM, PR_SET_MM_MAP, (long)&map, sizeof map, 0, 0) == 0;
}

/// Maps the program anew from a file of its own content; whether that was done.
ALONE static inline int map_again(long file, uintptr_t page) {
    if (__ehdr_start.e_type != ET_EXEC) return 0;
    for (int i = 0; i < __ehdr_start.e_phnum; i++) {
        const Elf64_Phdr *part = &parts()[i];
        if (part->p_type != PT_LOAD || !part->p_filesz) continue;
        uintptr_t start = part->p_vaddr & -page, end = part->p_vaddr + part->p_filesz;
        int protection = (part->p_flags & PF_R ? PROT_READ : 0) | (part->p_flags & PF_W ? PROT_WRITE : 0) |
                         (part->p_flags & PF_X ? PROT_EXEC : 0);
        long mapped = ck_raw(SYS_mmap, (long)start, (long)(end - start), protection,
                             MAP_PRIVATE | MAP_FIXED, file, (long)(part->p_offset & -page));
        if (mapped < 0) return 0;
        // What follows in the last page of the file is not the program's.
        if (part->p_flags & PF_W && part->p_memsz > part->p_filesz)
            for (volatile char *byte = (volatile char *)end; (uintptr_t)byte & (page - 1); byte++) *byte = 0;
    }
    return 1;
}

/// Seals the program; executes it again where that cannot be done in place, and returns where it is
/// not needed, or did not succeed.
///
/// - Parameter stack: what the kernel hands to a new program: the number of its words, the words,
///   and its variables, each list ended by a null.
ALONE __attribute__((used)) void ce_seal(long *stack) {
    char **words = (char **)(stack + 1), **variables = words + stack[0] + 1;
    if (!makes_a_process(words) || ck_raw(SYS_geteuid, 0, 0, 0, 0, 0, 0) != 0) return;
    struct statfs facts;
    if (ck_raw(SYS_statfs, (long)"/proc/self/exe", (long)&facts, 0, 0, 0, 0) < 0) return;
    if (facts.f_flags & READ_ONLY_MOUNT) return;
    // From here on nobody inside a container may look at this process.
    ck_raw(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0, 0);
    long tree = ck_raw(SYS_open_tree, AT_FDCWD, (long)"/proc/self/exe",
                       OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC, 0, 0, 0);
    if (tree < 0) return;
    struct mount_attr attributes;
    attributes.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID;
    attributes.attr_clr = attributes.propagation = attributes.userns_fd = 0;
    if (ck_raw(SYS_mount_setattr, tree, (long)"", AT_EMPTY_PATH, (long)&attributes,
               sizeof attributes, 0) == 0) {
        char **end = variables;
        while (*end) end++;
        uintptr_t page = 0;
        for (Elf64_auxv_t *facts = (Elf64_auxv_t *)(end + 1); facts->a_type != AT_NULL; facts++)
            if (facts->a_type == AT_PAGESZ) page = facts->a_un.a_val;
        long file = page ? open_again(tree) : -1;
        int is_sealed = file >= 0 && map_again(file, page) && show(file, words, variables);
        if (file >= 0) ck_raw(SYS_close, file, 0, 0, 0, 0, 0);
        if (!is_sealed)
            ck_raw(SYS_execveat, tree, (long)"", (long)words, (long)variables, AT_EMPTY_PATH, 0);
    }
    ck_raw(SYS_close, tree, 0, 0, 0, 0, 0);
}
