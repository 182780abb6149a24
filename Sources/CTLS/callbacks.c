#include <openssl/ssl.h>
#include <string.h>

#include "CTLS.h"

static int select_http11(
    SSL *session, const unsigned char **selected, unsigned char *selected_size, const unsigned char *offered,
    unsigned int offered_size, void *unused) {
    static const char http11[] = "http/1.1";
    (void)session;
    (void)unused;
    // Each name has its length before it; OpenSSL has checked that they add up.
    for (unsigned int place = 0; place < offered_size; place += 1 + offered[place]) {
        if (offered[place] != sizeof http11 - 1 || memcmp(offered + place + 1, http11, sizeof http11 - 1)) continue;
        *selected = offered + place + 1;
        *selected_size = offered[place];
        return SSL_TLSEXT_ERR_OK;
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

void tandem_select_http11(SSL_CTX *context) { SSL_CTX_set_alpn_select_cb(context, select_http11, NULL); }

static int refuse_password(char *buffer, int size, int is_writing, void *unused) {
    (void)buffer;
    (void)size;
    (void)is_writing;
    (void)unused;
    return -1;
}

void tandem_refuse_passwords(SSL_CTX *context) { SSL_CTX_set_default_passwd_cb(context, refuse_password); }
