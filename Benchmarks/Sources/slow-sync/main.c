/// A disk that is slower to sync, for a server that is started with this in LD_PRELOAD: `fdatasync` does what it did and
/// then takes SLOW_SYNC_MICROSECONDS more.
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int fdatasync(int file) {
    const char *microseconds = getenv("SLOW_SYNC_MICROSECONDS");
    long nanoseconds = microseconds ? atol(microseconds) * 1000 : 0;
    struct timespec rest = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
    int result = (int)syscall(SYS_fdatasync, file);
    while (nanosleep(&rest, &rest) != 0) {
    }
    return result;
}
