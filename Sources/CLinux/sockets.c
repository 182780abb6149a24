#define _GNU_SOURCE
#include "CLinux.h"
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int64_t tandem_receive(int socket, void *bytes, int64_t count) {
    return syscall(SYS_recvfrom, socket, bytes, (size_t)count, 0, NULL, NULL);
}

int64_t tandem_send(int socket, const void *bytes, int64_t count) {
    return syscall(SYS_sendto, socket, bytes, (size_t)count, MSG_NOSIGNAL, NULL, 0);
}
