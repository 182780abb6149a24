// Makes a snapshot, as docs/LEDGER.md says, of records' lines: snapshot SEQ < LINES > FILE.

#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

enum { BLOCK_BYTES = 1 << 20, POLYNOMIAL = 0x82F63B78 };

static uint32_t table[8][256];

static void make_table(void) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >> 1 ^ POLYNOMIAL : crc >> 1;
        table[0][byte] = crc;
    }
    for (int lane = 1; lane < 8; lane++)
        for (int byte = 0; byte < 256; byte++)
            table[lane][byte] = table[lane - 1][byte] >> 8 ^ table[0][table[lane - 1][byte] & 0xFF];
}

static uint32_t crc_add(uint32_t crc, const char *bytes, size_t count) {
    for (; count >= 8; count -= 8, bytes += 8) {
        uint64_t word, mixed;
        memcpy(&word, bytes, 8);
        mixed = word ^ crc;
        crc = 0;
        for (int lane = 0; lane < 8; lane++) crc ^= table[7 - lane][mixed >> lane * 8 & 0xFF];
    }
    while (count--) crc = crc >> 8 ^ table[0][(crc ^ (unsigned char)*bytes++) & 0xFF];
    return crc;
}

// Ends an object that lacks its closing brace.
static void put_sealed(const char *text) {
    printf("%s,\"crc\":\"%08x\"}\n", text, ~crc_add(~0u, text, strlen(text)));
}

static void put_seal(long lines, uint32_t crc, long end) {
    char text[128];
    int length = snprintf(text, sizeof text, "{\"lines\":%ld,\"lines_crc\":%u", lines, ~crc);
    if (end >= 0) snprintf(text + length, sizeof text - length, ",\"end\":%ld", end);
    put_sealed(text);
}

int main(int count, char **words) {
    if (count != 2) errx(2, "snapshot SEQ < LINES > FILE");
    make_table();
    char text[128], *line = NULL;
    snprintf(text, sizeof text, "{\"format\":\"tandem-snapshot\",\"version\":2,\"seq\":%s,\"erased\":0", words[1]);
    put_sealed(text);
    long lines = 0, all = 0;
    size_t bytes = 0, capacity = 0;
    uint32_t crc = ~0u;
    for (ssize_t length; (length = getline(&line, &capacity, stdin)) > 0;) {
        fwrite(line, 1, length, stdout);
        crc = crc_add(crc, line, length);
        lines++, all++;
        if ((bytes += length) < BLOCK_BYTES) continue;
        put_seal(lines, crc, -1);
        lines = 0, bytes = 0, crc = ~0u;
    }
    put_seal(lines, crc, all);
    if (ferror(stdin) || fflush(stdout)) err(1, "snapshot");
    return 0;
}
