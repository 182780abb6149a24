#define _GNU_SOURCE
#include "CLinux.h"
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

int tandem_accept(int listener, uint64_t peer[2]) {
    struct sockaddr_storage address = {0};
    socklen_t length = sizeof address;
    int accepted = accept4(listener, (struct sockaddr *)&address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    peer[0] = peer[1] = 0;
    if (accepted < 0) return accepted;
    if (address.ss_family == AF_INET) {
        peer[1] = 0xffff00000000 | ntohl(((struct sockaddr_in *)&address)->sin_addr.s_addr);
    } else if (address.ss_family == AF_INET6) {
        const struct in6_addr *host = &((struct sockaddr_in6 *)&address)->sin6_addr;
        uint32_t mapped;
        memcpy(&mapped, (const char *)host + 12, 4);
        // A socket of both families, as another process may hand over, has IPv4 addresses within those of IPv6.
        if (IN6_IS_ADDR_V4MAPPED(host)) peer[1] = 0xffff00000000 | ntohl(mapped);
        // The machine itself is one client, by whichever of its two addresses.
        else if (IN6_IS_ADDR_LOOPBACK(host)) peer[1] = 0xffff00000000 | INADDR_LOOPBACK;
        else memcpy(peer, host, 8);
    }
    return accepted;
}
