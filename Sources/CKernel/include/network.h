// What network namespaces, links and forwarded ports need beyond ckernel.h. One call a function.
#pragma once
#include <errno.h>
#include <link.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <malloc.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#pragma clang assume_nonnull begin

// A datagram's other end, and the address of ours it came to or goes out from: ipv6(7), IPV6_PKTINFO.
struct ck_datagram {
    struct sockaddr_in6 peer;
    struct in6_addr local;
    unsigned interface;
    int has_local;
};
static inline ssize_t ck_receive_datagram(int socket, void *bytes, size_t count,
                                          struct ck_datagram *datagram) {
    struct iovec io = {.iov_base = bytes, .iov_len = count};
    union { char room[CMSG_SPACE(sizeof(struct in6_pktinfo)) * 2]; struct cmsghdr align; } control;
    struct msghdr message = {.msg_name = &datagram->peer, .msg_namelen = sizeof datagram->peer,
                             .msg_iov = &io, .msg_iovlen = 1,
                             .msg_control = control.room, .msg_controllen = sizeof control.room};
    ssize_t got = recvmsg(socket, &message, MSG_DONTWAIT | MSG_TRUNC);
    datagram->has_local = 0;
    if (got < 0) return got;
    for (struct cmsghdr *head = CMSG_FIRSTHDR(&message); head; head = CMSG_NXTHDR(&message, head)) {
        struct in6_pktinfo info;
        if (head->cmsg_level != IPPROTO_IPV6 || head->cmsg_type != IPV6_PKTINFO) continue;
        memcpy(&info, CMSG_DATA(head), sizeof info);
        datagram->local = info.ipi6_addr;
        datagram->interface = info.ipi6_ifindex;
        datagram->has_local = 1;
    }
    return got;
}
static inline ssize_t ck_send_datagram(int socket, const void *bytes, size_t count,
                                       const struct ck_datagram *datagram) {
    struct iovec io = {.iov_base = (void *)bytes, .iov_len = count};
    union { char room[CMSG_SPACE(sizeof(struct in6_pktinfo))]; struct cmsghdr align; } control;
    struct sockaddr_in6 peer = datagram->peer;
    struct msghdr message = {.msg_name = &peer, .msg_iov = &io, .msg_iovlen = 1};
    message.msg_namelen = peer.sin6_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof peer;
    if (datagram->has_local) {
        struct in6_pktinfo info = {.ipi6_addr = datagram->local};
        // The link is named only where the address means nothing without it.
        if (IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr)) info.ipi6_ifindex = datagram->interface;
        memset(&control, 0, sizeof control);
        message.msg_control = control.room;
        message.msg_controllen = sizeof control.room;
        struct cmsghdr *head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = IPPROTO_IPV6;
        head->cmsg_type = IPV6_PKTINFO;
        head->cmsg_len = CMSG_LEN(sizeof info);
        memcpy(CMSG_DATA(head), &info, sizeof info);
    }
    return sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}
static inline int ck_accept_from(int socket, struct sockaddr_in6 *peer) {
    socklen_t length = sizeof *peer;
    return accept4(socket, (struct sockaddr *)peer, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
}
static inline int ck_local_end(int socket, struct sockaddr_in6 *end) {
    socklen_t length = sizeof *end;
    return getsockname(socket, (struct sockaddr *)end, &length);
}
static inline ssize_t ck_splice(int from, int to, size_t count, unsigned flags) {
    return splice(from, NULL, to, NULL, count, flags);
}

// Makes a network namespace in a process of its own meanwhile, one at a time; the process's number.
int ck_network_begin(void);
// Waits for that process; the namespace's descriptor.
int ck_network_end(int pid);

#pragma clang assume_nonnull end
