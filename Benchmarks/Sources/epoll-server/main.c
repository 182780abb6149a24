// The least a server can do: epoll-server ANSWER_FILE sends the file for every request, whatever it asks.
//
// One process, one listening socket, level-triggered epoll. A request ends with a blank line; nothing else of it is
// looked at, so a request with a body would be misread.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 1024, EVENTS_MAX = 256, BUFFER_BYTES = 4096, ANSWER_BYTES_MAX = 4096 };

typedef struct {
    size_t filled;
    char bytes[BUFFER_BYTES];
} Connection;

static Connection connections[CONNECTIONS_MAX];  // by descriptor
static char answer[ANSWER_BYTES_MAX];
static size_t answer_bytes;

static void read_answer(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) err(1, "%s", path);
    answer_bytes = fread(answer, 1, sizeof answer, file);
    fclose(file);
}

static int listening(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, size) || listen(listener, 1024) ||
        getsockname(listener, (struct sockaddr *)&address, &size))
        err(1, "listen");
    printf("epoll listening on http://127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

static void watch(int epoll, int descriptor) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event)) err(1, "epoll_ctl");
}

static void welcome(int epoll, int listener) {
    int socket = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    if (socket < 0) return;
    if (socket >= CONNECTIONS_MAX) errx(1, "more than %d connections", CONNECTIONS_MAX);
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    connections[socket].filled = 0;
    watch(epoll, socket);
}

// Answers each whole request and keeps what is begun; false when the client cannot be answered.
static bool answer_requests(int socket, Connection *connection) {
    char *end;
    while ((end = memmem(connection->bytes, connection->filled, "\r\n\r\n", 4))) {
        if (write(socket, answer, answer_bytes) != (ssize_t)answer_bytes) return false;
        size_t used = (size_t)(end - connection->bytes) + 4;
        connection->filled -= used;
        memmove(connection->bytes, connection->bytes + used, connection->filled);
    }
    return connection->filled < BUFFER_BYTES;
}

static void serve(int socket) {
    Connection *connection = &connections[socket];
    ssize_t got = read(socket, connection->bytes + connection->filled, BUFFER_BYTES - connection->filled);
    if (got < 0 && errno == EAGAIN) return;
    connection->filled += got > 0 ? (size_t)got : 0;
    if (got <= 0 || !answer_requests(socket, connection)) close(socket);
}

int main(int count, char **words) {
    if (count != 2) errx(2, "usage: epoll-server ANSWER_FILE");
    read_answer(words[1]);
    int listener = listening(), epoll = epoll_create1(0);
    watch(epoll, listener);
    for (;;) {
        struct epoll_event events[EVENTS_MAX];
        int ready = epoll_wait(epoll, events, EVENTS_MAX, -1);
        for (int index = 0; index < ready; index++) {
            int descriptor = events[index].data.fd;
            if (descriptor == listener) welcome(epoll, listener);
            else serve(descriptor);
        }
    }
}
