// What OpenSSL calls back, in C.
#pragma once

struct ssl_ctx_st;
struct ssl_st;

/// Has a session read and write a socket, which stays the caller's to close; 0 without memory.
///
/// Unlike `SSL_set_fd` it raises no SIGPIPE where the client has gone, whatever the process does with signals.
int tandem_attach_socket(struct ssl_st *session, int socket);

/// Selects "http/1.1" where a client offers protocols (ALPN), and ends the handshake where that is not among them.
void tandem_select_http11(struct ssl_ctx_st *context);

/// Refuses a key that is encrypted, which OpenSSL would ask the terminal for the password of.
void tandem_refuse_passwords(struct ssl_ctx_st *context);
