// Calls around the start of a container that glibc does not wrap, or wraps with variadic functions.
// One call a function; -1 with errno on failure; no policy.
#pragma once
#include "ckernel.h"
#include <linux/bpf.h>
#include <linux/keyctl.h>
#include <sys/personality.h>

#pragma clang assume_nonnull begin

static inline int ck_open_tree(int dir, const char *path, unsigned flags) {
    return (int)syscall(SYS_open_tree, dir, path, flags);
}
static inline int ck_move_mount(int from, const char *from_path, int to, const char *to_path, unsigned flags) {
    return (int)syscall(SYS_move_mount, from, from_path, to, to_path, flags);
}
static inline int ck_fsopen(const char *name, unsigned flags) { return (int)syscall(SYS_fsopen, name, flags); }
static inline int ck_fsconfig(int fd, unsigned command, const char *_Nullable key,
                              const char *_Nullable value, int number) {
    return (int)syscall(SYS_fsconfig, fd, command, key, value, number);
}
static inline int ck_fsmount(int fd, unsigned flags, unsigned attributes) {
    return (int)syscall(SYS_fsmount, fd, flags, attributes);
}
static inline int ck_mount_setattr(int fd, const char *path, unsigned flags, unsigned long long set,
                                   unsigned long long clear, unsigned long long propagation, int user) {
    struct mount_attr attributes = {.attr_set = set, .attr_clr = clear, .propagation = propagation,
                                    .userns_fd = (unsigned long long)user};
    return (int)syscall(SYS_mount_setattr, fd, path, flags, &attributes, sizeof attributes);
}
static inline int ck_mount(const char *_Nullable source, const char *target, const char *_Nullable type,
                           unsigned long flags, const char *_Nullable data) {
    return mount(source, target, type, flags, data);
}
static inline int ck_capset(unsigned long long effective, unsigned long long permitted,
                            unsigned long long inheritable) {
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {
        {(unsigned)effective, (unsigned)permitted, (unsigned)inheritable},
        {(unsigned)(effective >> 32), (unsigned)(permitted >> 32), (unsigned)(inheritable >> 32)}};
    return (int)syscall(SYS_capset, &head, data);
}
static inline int ck_capget(unsigned long long *effective) {
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{0, 0, 0}, {0, 0, 0}};
    int result = (int)syscall(SYS_capget, &head, data);
    *effective = data[0].effective | (unsigned long long)data[1].effective << 32;
    return result;
}
static inline int ck_seccomp_filter(unsigned flags, const void *program, unsigned short count) {
    struct sock_fprog filter = {.len = count, .filter = (struct sock_filter *)program};
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter);
}
static inline long ck_keyring_join(const char *_Nullable name) {
    return syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name, 0, 0, 0);
}
static inline int ck_setgroups(size_t count, const gid_t *_Nullable groups) {
    return (int)syscall(SYS_setgroups, count, groups);
}
static inline int ck_setresuid(uid_t id) { return (int)syscall(SYS_setresuid, id, id, id); }
static inline int ck_setresgid(gid_t id) { return (int)syscall(SYS_setresgid, id, id, id); }
// The kernel's own header of this structure cannot stand beside the C library's.
struct ck_sched_attr {
    unsigned size, policy;
    unsigned long long flags;
    int nice;
    unsigned priority;
    unsigned long long runtime, deadline, period;
};
static inline int ck_sched_setattr(const struct ck_sched_attr *attributes) {
    return (int)syscall(SYS_sched_setattr, 0, attributes, 0);
}
static inline int ck_ioprio_set(int value) { return (int)syscall(SYS_ioprio_set, 1, 0, value); }
static inline int ck_sched_setaffinity(const unsigned char *mask, size_t bytes) {
    return (int)syscall(SYS_sched_setaffinity, 0, bytes, mask);
}
static inline int ck_prlimit(int pid, int resource, unsigned long long soft, unsigned long long hard) {
    struct rlimit64 limit = {.rlim_cur = soft, .rlim_max = hard};
    return (int)syscall(SYS_prlimit64, pid, resource, &limit, NULL);
}
static inline int ck_bpf_load_device(const void *program, unsigned count) {
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
    attributes.insn_cnt = count;
    attributes.insns = (unsigned long long)(unsigned long)program;
    attributes.license = (unsigned long long)(unsigned long)"";
    return (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof attributes);
}
static inline int ck_bpf_attach_device(int cgroup, int program) {
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.target_fd = (unsigned)cgroup;
    attributes.attach_bpf_fd = (unsigned)program;
    attributes.attach_type = BPF_CGROUP_DEVICE;
    attributes.attach_flags = BPF_F_ALLOW_MULTI;
    return (int)syscall(SYS_bpf, BPF_PROG_ATTACH, &attributes, sizeof attributes);
}
static inline int ck_set_mempolicy(int mode, const unsigned long *_Nullable nodes, unsigned long bits) {
    return (int)syscall(SYS_set_mempolicy, mode, nodes, bits);
}
static inline int ck_setns(int fd, int kinds) { return setns(fd, kinds); }
static inline int ck_unshare(int kinds) { return unshare(kinds); }

#pragma clang assume_nonnull end
