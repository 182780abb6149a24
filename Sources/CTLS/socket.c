// OpenSSL's own socket BIO calls write(), and a host that does not ignore SIGPIPE would die of a client's leaving.
#include <errno.h>
#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/socket.h>

#include "CTLS.h"

static int socket_of(BIO *bio) { return (int)(intptr_t)BIO_get_data(bio); }

static int write_socket(BIO *bio, const char *bytes, int count) {
    ssize_t sent;
    BIO_clear_retry_flags(bio);
    do sent = send(socket_of(bio), bytes, (size_t)count, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent < 0 && errno == EAGAIN) BIO_set_retry_write(bio);
    return (int)sent;
}

static int read_socket(BIO *bio, char *bytes, int count) {
    ssize_t received;
    BIO_clear_retry_flags(bio);
    do received = recv(socket_of(bio), bytes, (size_t)count, 0);
    while (received < 0 && errno == EINTR);
    if (received < 0 && errno == EAGAIN) BIO_set_retry_read(bio);
    if (received == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
    return (int)received;
}

static long control_socket(BIO *bio, int command, long number, void *pointer) {
    (void)number;
    (void)pointer;
    switch (command) {
    case BIO_CTRL_FLUSH: return 1;
    // By this OpenSSL tells an end without a close_notify from other errors.
    case BIO_CTRL_EOF: return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
    default: return 0;
    }
}

static BIO_METHOD *method;

static void make_method(void) {
    BIO_METHOD *made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket without SIGPIPE");
    if (!made) return;
    BIO_meth_set_write(made, write_socket);
    BIO_meth_set_read(made, read_socket);
    BIO_meth_set_ctrl(made, control_socket);
    method = made;
}

int tandem_attach_socket(SSL *session, int socket) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_method);
    BIO *bio = method ? BIO_new(method) : NULL;
    if (!bio) return 0;
    BIO_set_data(bio, (void *)(intptr_t)socket);
    BIO_set_init(bio, 1);
    SSL_set_bio(session, bio, bio);
    return 1;
}
