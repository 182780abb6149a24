#define _GNU_SOURCE
#include <fcntl.h>

#include "CLinux.h"

int tandem_reserve(int file, int64_t start, int64_t count) {
    return fallocate(file, FALLOC_FL_KEEP_SIZE, start, count);
}
