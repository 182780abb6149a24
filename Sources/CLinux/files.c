#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/close_range.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "CLinux.h"

int tandem_reserve(int file, int64_t start, int64_t count) {
    return fallocate(file, FALLOC_FL_KEEP_SIZE, start, count);
}

const void *tandem_find(const void *bytes, int64_t count, const void *text, int64_t text_count) {
    return memmem(bytes, count, text, text_count);
}

int tandem_is_open_elsewhere(int file) {
    // A lease to write is given to who has the only descriptor.
    if (fcntl(file, F_SETLEASE, F_WRLCK) != 0) return 1;
    fcntl(file, F_SETLEASE, F_UNLCK);
    return 0;
}

int tandem_close_on_exec(int first) {
    return (int)syscall(SYS_close_range, (unsigned)first, ~0u, CLOSE_RANGE_CLOEXEC);
}
