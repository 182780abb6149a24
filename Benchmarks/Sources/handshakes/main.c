// Opens one TLS 1.3 connection after the other: handshakes PORT SECONDS new|resumed BODY_FILE.
//
// Each does a handshake, one GET /health with Connection: close, and reads to the end. Prints a RESULT line as the
// wrk scripts do; an answer other than 200 with the body, or a handshake of the other kind, is a wrong one.

#include <arpa/inet.h>
#include <err.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

// So that both servers do the same work whatever they would prefer.
static const char *const CIPHER = "TLS_AES_128_GCM_SHA256", *const CURVE = "X25519";
static const char REQUEST[] = "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

enum { TIMES_MAX = 1 << 20, ANSWER_BYTES_MAX = 65536, TIMEOUT_SECONDS = 10 };

typedef struct {
    struct sockaddr_in address;
    bool resumes;
    char body[ANSWER_BYTES_MAX];
    size_t body_bytes;
} Plan;

typedef struct {
    long wrong, errors;
    size_t count;
    double times[TIMES_MAX];  // in microseconds
} Tally;

// The newest ticket: RFC 8446, C.4, advises to use each once.
static SSL_SESSION *session;

static int keep(SSL *tls, SSL_SESSION *newest) {
    (void)tls;
    SSL_SESSION_free(session);
    session = newest;
    return 1;
}

static SSL_CTX *configured(bool resumes) {
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (!context || !SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) ||
        !SSL_CTX_set_ciphersuites(context, CIPHER) || !SSL_CTX_set1_groups_list(context, CURVE))
        errx(1, "no TLS 1.3 with %s and %s", CIPHER, CURVE);
    if (resumes) {
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(context, keep);
    }
    return context;
}

static int connected(const struct sockaddr_in *address) {
    int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    struct timeval patience = {.tv_sec = TIMEOUT_SECONDS};
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    if (connect(descriptor, (const struct sockaddr *)address, sizeof *address) == 0) return descriptor;
    close(descriptor);
    return -1;
}

static size_t read_to_end(SSL *tls, char *answer, size_t room) {
    size_t filled = 0;
    int got;
    while (filled < room && (got = SSL_read(tls, answer + filled, (int)(room - filled))) > 0) filled += (size_t)got;
    return filled;
}

static bool is_right(const Plan *plan, const char *answer, size_t bytes) {
    return bytes > plan->body_bytes + 4 && memcmp(answer, "HTTP/1.1 200 ", 13) == 0 &&
           memcmp(answer + bytes - plan->body_bytes - 4, "\r\n\r\n", 4) == 0 &&
           memcmp(answer + bytes - plan->body_bytes, plan->body, plan->body_bytes) == 0;
}

static void converse(SSL *tls, const Plan *plan, Tally *tally) {
    static char answer[ANSWER_BYTES_MAX];
    // The first has no ticket yet; a server that sends none is found out by the second.
    bool should_resume = plan->resumes && tally->count > 0;
    if (session) SSL_set_session(tls, session);
    if (SSL_connect(tls) != 1 || SSL_write(tls, REQUEST, sizeof REQUEST - 1) <= 0) {
        tally->errors++;
        return;
    }
    size_t bytes = read_to_end(tls, answer, sizeof answer);
    if (!is_right(plan, answer, bytes) || SSL_session_reused(tls) != should_resume) tally->wrong++;
    // Without it OpenSSL would not use the session again.
    SSL_shutdown(tls);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static void visit(SSL_CTX *context, const Plan *plan, Tally *tally) {
    double started = now();
    int descriptor = connected(&plan->address);
    if (descriptor < 0) {
        tally->errors++;
        return;
    }
    SSL *tls = SSL_new(context);
    SSL_set_fd(tls, descriptor);
    converse(tls, plan, tally);
    SSL_free(tls);
    close(descriptor);
    tally->times[tally->count++ % TIMES_MAX] = now() - started;
}

static int by_time(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static void report(Tally *tally, double elapsed) {
    size_t count = tally->count < TIMES_MAX ? tally->count : TIMES_MAX;
    qsort(tally->times, count, sizeof *tally->times, by_time);
    printf("RESULT {\"requests\": %zu, \"microseconds\": %.0f, \"wrong\": %ld, \"errors\": %ld, \"p50\": %.0f, "
           "\"p99\": %.0f}\n",
           tally->count, elapsed, tally->wrong, tally->errors, tally->times[count / 2], tally->times[count * 99 / 100]);
}

static void read_body(Plan *plan, const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) err(1, "%s", path);
    plan->body_bytes = fread(plan->body, 1, sizeof plan->body, file);
    fclose(file);
}

int main(int count, char **words) {
    static Plan plan;
    static Tally tally;
    if (count != 5) errx(2, "usage: handshakes PORT SECONDS new|resumed BODY_FILE");
    plan.address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(words[1])),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    plan.resumes = strcmp(words[3], "resumed") == 0;
    read_body(&plan, words[4]);
    // A server may have closed when the last goodbye is sent.
    signal(SIGPIPE, SIG_IGN);
    SSL_CTX *context = configured(plan.resumes);
    double started = now(), ends = started + atof(words[2]) * 1e6;
    while (now() < ends && tally.errors == 0) visit(context, &plan, &tally);
    report(&tally, now() - started);
}
