#pragma once
#include <openssl/evp.h>

/// SHA-256 as it is looked up once: the one-shot calls look it up each time, which costs more than a short digest.
static inline const EVP_MD *tandem_sha256(void) { return EVP_MD_fetch(NULL, "SHA256", NULL); }
