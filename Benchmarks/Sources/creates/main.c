// Posts leads from some connections, one after the other on each: creates PORT SECONDS KEY TEMPLATE_FILE RUN CONNECTIONS.
//
// In the template @UNIQUE@ stands for what differs, RUN is a number below 100 that no other run has. Prints a RESULT line
// as the wrk scripts do; an answer other than 201 is a wrong one, one that has not come in ten seconds an error. What is
// answered after the last second does not count. It does as little as redis-benchmark does, since where both cores are
// free to server and load, what the load takes is missing to the server.

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
#include <time.h>
#include <unistd.h>

static const char MARKER[] = "@UNIQUE@";

enum {
    CONNECTIONS_MAX = 256,
    DIGITS = 9,
    RUNS_MAX = 100,
    CREATES_MAX = 10 * 1000 * 1000,  // of a run
    PLACES_MAX = 8,
    REQUEST_BYTES_MAX = 4096,
    ANSWER_BYTES_MAX = 65536,
    MICROSECONDS_MAX = 10 * 1000 * 1000,
};

typedef struct {
    char bytes[REQUEST_BYTES_MAX];
    size_t count;
    size_t places[PLACES_MAX];  // of what differs
    size_t place_count;
} Request;

typedef struct {
    int descriptor;
    long sent_at;  // in microseconds
    size_t filled;
    Request request;
    char answer[ANSWER_BYTES_MAX];
} Connection;

typedef struct {
    long run, made, waiting, answered, wrong;
    unsigned times[MICROSECONDS_MAX + 1];  // how many answers took so many microseconds
} Tally;

static long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000 * 1000 + time.tv_nsec / 1000;
}

// MARK: What is sent

static void read_template(char *body, size_t room, const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) err(1, "%s", path);
    size_t count = fread(body, 1, room, file);
    if (ferror(file) || count == room) errx(2, "%s cannot be read or has %zu bytes or more", path, room);
    body[count] = 0;
    fclose(file);
}

static void append(Request *request, const char *bytes, size_t count) {
    if (request->count + count > sizeof request->bytes) errx(2, "a request has more than %d bytes", REQUEST_BYTES_MAX);
    memcpy(request->bytes + request->count, bytes, count);
    request->count += count;
}

static void append_body(Request *request, const char *template) {
    const char *from = template, *marker;
    while ((marker = strstr(from, MARKER))) {
        append(request, from, (size_t)(marker - from));
        if (request->place_count == PLACES_MAX) errx(2, "more than %d places differ", PLACES_MAX);
        request->places[request->place_count++] = request->count;
        append(request, "000000000", DIGITS);
        from = marker + strlen(MARKER);
    }
    append(request, from, strlen(from));
}

static Request request_of(const char *port, const char *key, const char *template) {
    Request body = {.count = 0}, whole = {.count = 0};
    append_body(&body, template);
    char head[REQUEST_BYTES_MAX];
    int count = snprintf(head, sizeof head,
                         "POST /v1/leads HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nAuthorization: Bearer %s\r\n"
                         "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
                         port, key, body.count);
    append(&whole, head, (size_t)count);
    append_body(&whole, template);
    return whole;
}

static void make_different(Request *request, long number) {
    char digits[DIGITS];
    for (int place = DIGITS; place-- > 0; number /= 10) digits[place] = (char)('0' + number % 10);
    for (size_t place = 0; place < request->place_count; place++)
        memcpy(request->bytes + request->places[place], digits, DIGITS);
}

static void send_next(Connection *connection, Tally *tally) {
    Request *request = &connection->request;
    if (tally->made == CREATES_MAX) errx(2, "more than %d creates", CREATES_MAX);
    make_different(request, tally->run * CREATES_MAX + ++tally->made);
    connection->filled = 0;
    connection->sent_at = now();
    tally->waiting++;
    // A connection without an unanswered request has room for so few bytes.
    if (send(connection->descriptor, request->bytes, request->count, MSG_NOSIGNAL) != (ssize_t)request->count)
        err(1, "send");
}

// MARK: What is answered

static bool is_whole(Connection *connection) {
    static const char LENGTH[] = "\r\nContent-Length: ";
    char *end = memmem(connection->answer, connection->filled, "\r\n\r\n", 4);
    if (!end) return false;
    size_t head_bytes = (size_t)(end + 4 - connection->answer);
    char *length = memmem(connection->answer, head_bytes, LENGTH, sizeof LENGTH - 1);
    if (!length) errx(1, "an answer without a length");
    return connection->filled >= head_bytes + strtoul(length + sizeof LENGTH - 1, NULL, 10);
}

static bool receive(Connection *connection) {
    ssize_t got = recv(connection->descriptor, connection->answer + connection->filled,
                       sizeof connection->answer - connection->filled, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return false;
    if (got <= 0) errx(1, "the server closed a connection, or an answer has %d bytes or more", ANSWER_BYTES_MAX);
    connection->filled += (size_t)got;
    return is_whole(connection);
}

static void count(Connection *connection, Tally *tally) {
    long took = now() - connection->sent_at;
    tally->times[took < MICROSECONDS_MAX ? took : MICROSECONDS_MAX]++;
    tally->answered++;
    if (memcmp(connection->answer, "HTTP/1.1 201 ", 13) != 0) tally->wrong++;
}

static long percentile(const Tally *tally, int percent) {
    long rank = (tally->answered * percent + 99) / 100, seen = 0, took = 0;
    while (took < MICROSECONDS_MAX && (seen += tally->times[took]) < rank) took++;
    return took;
}

// MARK: The run

static void connect_all(Connection *connections, int count, int events, const char *port, const Request *request) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    for (Connection *each = connections; each < connections + count; each++) {
        each->request = *request;
        each->descriptor = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(each->descriptor, (struct sockaddr *)&address, sizeof address) != 0) err(1, "connect");
        setsockopt(each->descriptor, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = each};
        epoll_ctl(events, EPOLL_CTL_ADD, each->descriptor, &event);
    }
}

// Goes on until `ends`, and then until the last is answered or ten seconds have gone.
static void converse(Connection *connections, int connection_count, int events, Tally *tally, long ends) {
    for (int place = 0; place < connection_count; place++) send_next(&connections[place], tally);
    while (tally->waiting > 0 && now() < ends + MICROSECONDS_MAX) {
        struct epoll_event ready[CONNECTIONS_MAX];
        int ready_count = epoll_wait(events, ready, CONNECTIONS_MAX, 100);
        for (int place = 0; place < ready_count; place++) {
            Connection *connection = ready[place].data.ptr;
            if (!receive(connection)) continue;
            tally->waiting--;
            if (now() >= ends) continue;
            count(connection, tally);
            send_next(connection, tally);
        }
    }
}

int main(int words_count, char **words) {
    static Connection connections[CONNECTIONS_MAX];
    static Tally tally;
    static char template[REQUEST_BYTES_MAX];
    if (words_count != 7) errx(2, "usage: creates PORT SECONDS KEY TEMPLATE_FILE RUN CONNECTIONS");
    read_template(template, sizeof template, words[4]);
    Request request = request_of(words[1], words[3], template);
    tally.run = atol(words[5]);
    int connection_count = atoi(words[6]), events = epoll_create1(0);
    if (tally.run >= RUNS_MAX || connection_count > CONNECTIONS_MAX) errx(2, "RUN or CONNECTIONS is too great");
    connect_all(connections, connection_count, events, words[1], &request);
    long started = now(), lasts = (long)(atof(words[2]) * 1e6);
    converse(connections, connection_count, events, &tally, started + lasts);
    printf("RESULT {\"requests\": %ld, \"microseconds\": %ld, \"wrong\": %ld, \"errors\": %ld, \"p50\": %ld, "
           "\"p99\": %ld}\n",
           tally.answered, lasts, tally.wrong, tally.waiting, percentile(&tally, 50), percentile(&tally, 99));
}
