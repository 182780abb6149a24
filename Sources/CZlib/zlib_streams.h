#pragma once
#include <zlib.h>

// What zlib offers as macros, which Swift does not see. 16 on top of the window's bits asks for gzip's frame (RFC 1952)
// instead of zlib's: its header, its CRC and its length are then written, or read and checked, by the library.

/// Makes a stream ready to encode gzip.
static inline int tandem_gzip_encode_init(z_stream *stream, int level, int window_bits, int memory_level) {
    return deflateInit2(stream, level, Z_DEFLATED, window_bits + 16, memory_level, Z_DEFAULT_STRATEGY);
}

/// Makes a stream ready to decode gzip.
static inline int tandem_gzip_decode_init(z_stream *stream) { return inflateInit2(stream, MAX_WBITS + 16); }
