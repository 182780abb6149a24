#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/close_range.h>
#include <string.h>
#include <sys/stat.h>
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

int tandem_identify(const char *path, struct tandem_identity *identity) {
    struct statx status;
    if (statx(AT_FDCWD, path, 0, STATX_INO | STATX_BTIME | STATX_MTIME, &status) != 0) return -1;
    identity->number = status.stx_ino;
    // Not every file system knows when; the number alone then tells folders apart.
    int knows = (status.stx_mask & STATX_BTIME) != 0;
    identity->born_seconds = knows ? status.stx_btime.tv_sec : 0;
    identity->born_nanoseconds = knows ? status.stx_btime.tv_nsec : 0;
    identity->written_seconds = status.stx_mtime.tv_sec;
    identity->written_nanoseconds = status.stx_mtime.tv_nsec;
    return 0;
}
