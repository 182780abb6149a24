// OpenSSL's hashes and TLS, and as functions what it has as macros, which Swift does not see.
#pragma once
// SHA-256 on the stack: the calls that replaced it look the digest up and allocate, which costs more than a short one.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <stdint.h>

/// The SHA-256 of some bytes, 32 of them put at `digest`.
static inline void tandem_sha256(const void *bytes, int64_t count, void *digest) {
    SHA256_CTX state;
    SHA256_Init(&state);
    SHA256_Update(&state, bytes, (size_t)count);
    SHA256_Final((unsigned char *)digest, &state);
}

static const uint64_t tandem_op_no_renegotiation = SSL_OP_NO_RENEGOTIATION;
static const uint64_t tandem_op_no_compression = SSL_OP_NO_COMPRESSION;
static const uint64_t tandem_op_cipher_server_preference = SSL_OP_CIPHER_SERVER_PREFERENCE;
static const uint64_t tandem_op_prioritize_chacha = SSL_OP_PRIORITIZE_CHACHA;

static inline int tandem_set_min_proto_version(SSL_CTX *context, int version) {
    return (int)SSL_CTX_set_min_proto_version(context, version);
}

static inline int tandem_set_max_proto_version(SSL_CTX *context, int version) {
    return (int)SSL_CTX_set_max_proto_version(context, version);
}

static inline int tandem_set_groups(SSL_CTX *context, const char *names) {
    return (int)SSL_CTX_set1_groups_list(context, names);
}

static inline void tandem_set_mode(SSL_CTX *context, long mode) { SSL_CTX_set_mode(context, mode); }

static inline void tandem_set_read_ahead(SSL_CTX *context, int is_on) { SSL_CTX_set_read_ahead(context, is_on); }

static inline void tandem_set_session_cache_mode(SSL_CTX *context, long mode) {
    SSL_CTX_set_session_cache_mode(context, mode);
}

/// Has one context read the session tickets of another, and write the like; 0 where it cannot.
static inline int tandem_carry_ticket_keys(SSL_CTX *from, SSL_CTX *to) {
    unsigned char keys[128];
    long size = SSL_CTX_get_tlsext_ticket_keys(from, NULL, 0);
    if (size <= 0 || size > (long)sizeof keys) return 0;
    int is_carried =
        SSL_CTX_get_tlsext_ticket_keys(from, keys, size) == 1 && SSL_CTX_set_tlsext_ticket_keys(to, keys, size) == 1;
    OPENSSL_cleanse(keys, sizeof keys);
    return is_carried;
}
