// What a hostile program in or beside a container does, over and over, until it is killed.
//   foe swap A B      exchanges two names of the present directory
//   foe peek          looks into every process of the runtime that it can see, prints what it got
//   foe key           prints whether the caller's session keyring has the key "martlet-test"
//   foe withkey PROGRAM...  puts that key into a session keyring of its own and becomes PROGRAM
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int is_runtime(int proc, const char *pid) {
    char path[64], name[32] = "";
    snprintf(path, sizeof path, "%s/comm", pid);
    int file = openat(proc, path, O_RDONLY);
    if (file < 0) return 0;
    long count = read(file, name, sizeof name - 1);
    close(file);
    return count > 0 && !strncmp(name, "martlet-runtime", 15);
}

static int reached(int proc, const char *pid, const char *name) {
    char path[64], text[256];
    snprintf(path, sizeof path, "%s/%s", pid, name);
    if (!strcmp(name, "exe") || !strcmp(name, "cwd") || !strcmp(name, "root"))
        return readlinkat(proc, path, text, sizeof text) >= 0;
    int file = openat(proc, path, O_RDONLY);
    if (file < 0) return 0;
    int got = !strcmp(name, "fd") ? faccessat(proc, strcat(path, "/0"), R_OK, 0) == 0
                                  : read(file, text, sizeof text) > 0;
    close(file);
    return got;
}

static void peek(void) {
    static const char *names[] = {"exe", "fd", "cwd", "root", "environ", "mem"};
    int proc = open("/proc", O_RDONLY | O_DIRECTORY), seen = 0;
    for (;;) {
        DIR *list = fdopendir(openat(proc, ".", O_RDONLY | O_DIRECTORY));
        for (struct dirent *entry; list && (entry = readdir(list));) {
            if (entry->d_name[0] < '1' || entry->d_name[0] > '9') continue;
            if (atoi(entry->d_name) == getpid() || !is_runtime(proc, entry->d_name)) continue;
            if (!seen++) { puts("met"); fflush(stdout); }
            for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
                if (reached(proc, entry->d_name, names[i]) && is_runtime(proc, entry->d_name)) {
                    printf("reached %s\n", names[i]);
                    fflush(stdout);
                }
        }
        if (list) closedir(list);
    }
}

int main(int count, char **words) {
    if (count == 4 && !strcmp(words[1], "swap"))
        for (;;) syscall(SYS_renameat2, AT_FDCWD, words[2], AT_FDCWD, words[3], 2);
    if (count == 2 && !strcmp(words[1], "peek")) peek();
    if (count == 2 && !strcmp(words[1], "key")) {
        long key = syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, "user", "martlet-test", 0);
        puts(key < 0 ? "none" : "found");
        return 0;
    }
    if (count > 2 && !strcmp(words[1], "withkey")) {
        if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0) return 77;
        if (syscall(SYS_add_key, "user", "martlet-test", "x", 1, KEY_SPEC_SESSION_KEYRING) < 0) return 77;
        execv(words[2], words + 2);
    }
    return 1;
}
