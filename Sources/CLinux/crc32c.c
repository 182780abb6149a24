#include <string.h>

#include "CLinux.h"

#if defined(__x86_64__)
#include <nmmintrin.h>

int tandem_has_crc32c(void) { return __builtin_cpu_supports("sse4.2"); }

__attribute__((target("sse4.2"))) uint32_t tandem_crc32c(uint32_t state, const void *bytes, int64_t count) {
    const unsigned char *place = bytes;
    uint64_t crc = state;
    for (; count >= 8; count -= 8, place += 8) {
        uint64_t word;
        memcpy(&word, place, 8);
        crc = _mm_crc32_u64(crc, word);
    }
    for (; count > 0; count--, place++) crc = _mm_crc32_u8((uint32_t)crc, *place);
    return (uint32_t)crc;
}
#else
int tandem_has_crc32c(void) { return 0; }

uint32_t tandem_crc32c(uint32_t state, const void *bytes, int64_t count) { return state; }
#endif
