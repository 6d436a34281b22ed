// libfuse's low-level interface, and the few lines that fill its structures: bit fields, struct
// stat and the kernel's own messages are laid out by C alone. No policy, no allocation.
#pragma once
#define FUSE_USE_VERSION 314
#include <fuse3/fuse_lowlevel.h>
#include <linux/fuse.h>
#include <string.h>

struct mf_attributes {
    uint64_t inode, links, device;
    uint32_t mode, uid, gid;
    int64_t size, block_size, blocks;
    int64_t seconds[3], nanoseconds[3]; // accessed, modified, changed
};
static inline void mf_fill(struct stat *to, const struct mf_attributes *from) {
    memset(to, 0, sizeof *to);
    to->st_ino = from->inode;
    to->st_nlink = from->links;
    to->st_rdev = from->device;
    to->st_mode = from->mode;
    to->st_uid = from->uid;
    to->st_gid = from->gid;
    to->st_size = from->size;
    to->st_blksize = from->block_size;
    to->st_blocks = from->blocks;
    to->st_atim.tv_sec = from->seconds[0];
    to->st_atim.tv_nsec = from->nanoseconds[0];
    to->st_mtim.tv_sec = from->seconds[1];
    to->st_mtim.tv_nsec = from->nanoseconds[1];
    to->st_ctim.tv_sec = from->seconds[2];
    to->st_ctim.tv_nsec = from->nanoseconds[2];
}
static inline void mf_take(struct mf_attributes *to, const struct stat *from) {
    memset(to, 0, sizeof *to);
    to->mode = from->st_mode;
    to->uid = from->st_uid;
    to->gid = from->st_gid;
    to->size = from->st_size;
    to->seconds[0] = from->st_atim.tv_sec;
    to->nanoseconds[0] = from->st_atim.tv_nsec;
    to->seconds[1] = from->st_mtim.tv_sec;
    to->nanoseconds[1] = from->st_mtim.tv_nsec;
}
static inline void mf_reply_attributes(fuse_req_t request, const struct mf_attributes *from,
                                       double seconds) {
    struct stat raw;
    mf_fill(&raw, from);
    fuse_reply_attr(request, &raw, seconds);
}
static inline void mf_fill_entry(struct fuse_entry_param *to, uint64_t node, uint64_t generation,
                                 const struct mf_attributes *from, double seconds) {
    memset(to, 0, sizeof *to);
    to->ino = node;
    to->generation = generation;
    to->attr_timeout = seconds;
    to->entry_timeout = seconds;
    mf_fill(&to->attr, from);
}
// The kernel may keep what it has cached of a file: nobody changes it behind this mount.
static inline void mf_open(struct fuse_file_info *to) {
    to->fh = 0;
    to->keep_cache = 1;
}
static inline size_t mf_entry_size(fuse_req_t request, const char *name) {
    return fuse_add_direntry(request, NULL, 0, name, NULL, 0);
}
static inline size_t mf_entry_plus_size(fuse_req_t request, const char *name) {
    return fuse_add_direntry_plus(request, NULL, 0, name, NULL, 0);
}
static inline void mf_add_entry(fuse_req_t request, char *to, size_t room, const char *name,
                                uint64_t inode, uint32_t mode, off_t next) {
    struct stat raw;
    memset(&raw, 0, sizeof raw);
    raw.st_ino = inode;
    raw.st_mode = mode;
    fuse_add_direntry(request, to, room, name, &raw, next);
}
static inline uint32_t mf_mask(fuse_req_t request) { return fuse_req_ctx(request)->umask; }
static inline uint32_t mf_uid(fuse_req_t request) { return fuse_req_ctx(request)->uid; }
static inline uint32_t mf_gid(fuse_req_t request) { return fuse_req_ctx(request)->gid; }

// What the kernel says beyond what this version of libfuse passes on.
#define MF_KILLS_SET_ID 1 // the request takes the set-id bits away
static inline int mf_look(void *message, size_t size, uint32_t *initial_flags) {
    struct fuse_in_header *head = message;
    void *body = head + 1;
    if (size < sizeof *head) return 0;
    size -= sizeof *head;
    switch (head->opcode) {
    case FUSE_INIT:
        if (size >= 16) *initial_flags = ((struct fuse_init_in *)body)->flags;
        return 0;
    case FUSE_TMPFILE: // the same message as a creation, of the name "/"
        head->opcode = FUSE_CREATE;
        return 0;
    case FUSE_WRITE:
        return size >= sizeof(struct fuse_write_in) &&
               ((struct fuse_write_in *)body)->write_flags & FUSE_WRITE_KILL_SUIDGID;
    case FUSE_OPEN:
        return size >= sizeof(struct fuse_open_in) &&
               ((struct fuse_open_in *)body)->open_flags & FUSE_OPEN_KILL_SUIDGID;
    case FUSE_SETATTR:
        return size >= sizeof(struct fuse_setattr_in) &&
               ((struct fuse_setattr_in *)body)->valid & FATTR_KILL_SUIDGID;
    }
    return 0;
}
// Takes over killing set-id bits in the answer to INIT: otherwise the kernel asks for the file's
// capabilities before each write.
static inline void mf_amend_initial(struct iovec *parts, int count, uint32_t offered) {
    if (count < 2 || parts[1].iov_len < 16) return;
    struct fuse_init_out *answer = parts[1].iov_base;
    if (offered & FUSE_HANDLE_KILLPRIV_V2) answer->flags |= FUSE_HANDLE_KILLPRIV_V2;
}
struct mf_room {
    unsigned long block_size, fragment_size, blocks, free_blocks, available_blocks, files,
        free_files, name_length;
};
static inline void mf_reply_room(fuse_req_t request, const struct mf_room *room) {
    struct statvfs raw;
    memset(&raw, 0, sizeof raw);
    raw.f_bsize = room->block_size;
    raw.f_frsize = room->fragment_size;
    raw.f_blocks = room->blocks;
    raw.f_bfree = room->free_blocks;
    raw.f_bavail = room->available_blocks;
    raw.f_files = room->files;
    raw.f_ffree = raw.f_favail = room->free_files;
    raw.f_namemax = room->name_length;
    fuse_reply_statfs(request, &raw);
}
// `.` and `..`: shown, not looked up.
static inline void mf_name_entry(struct fuse_entry_param *to, uint64_t inode, uint32_t mode) {
    memset(to, 0, sizeof *to);
    to->attr.st_ino = inode;
    to->attr.st_mode = mode;
}
