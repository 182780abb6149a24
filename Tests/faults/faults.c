// Stands before the C library and lets calls on files below one directory fail, and writes down each of them.
//
//   TANDEM_FAULTS_DIR     the directory; paths below it, and descriptors opened there, are looked at, nothing else
//   TANDEM_FAULTS_LOG     a file that gets one JSON line a call; FILE.bytes beside it gets what was written
//   TANDEM_FAULTS_AT      the number of the call that fails, from 1 on
//   TANDEM_FAULTS_ERRNO   with what: EIO (else), ENOSPC, EMFILE, ENOENT
//   TANDEM_FAULTS_KIND    fail (else): nothing is done; short: half the bytes are done, and told so;
//                         torn: half the bytes are written, and the error is told
//   TANDEM_FAULTS_STICKY  1: every later call that changes something fails too
//   TANDEM_FAULTS_RUN     how many later calls fail too, of those that change something and write nothing; what lets
//                         room go may be one of them, as on file systems that need room for that
//   TANDEM_FAULTS_SYNC_MS how long each sync takes at least, so that a fast disk too lets batches gather
//
// A lock is held from a call's number to its line in the log, so the log's order is the order in which the calls took
// effect. What is sent to a socket is logged as well, without a number: a write counts as answered from there on.
// System calls are made raw, so that the shim never meets itself.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { OPENS = 1, CHANGES = 2, MOVES_BYTES = 4, FREES_ROOM = 8 };
enum fate { DONE, FAILED, SHORT, TORN };
enum { DESCRIPTORS = 4096 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char *path_of[DESCRIPTORS];
static char directory[PATH_MAX];
static size_t directory_length;
static int log_fd = -1, bytes_fd = -1;
static long number, at, bytes_logged;
static int code = EIO, sticky, run, sync_ms;
static enum fate kind = FAILED;

// MARK: Settings

static int open_log(const char *path) {
    int fd = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0) return -1;
    // Out of the way, so that the server's descriptors have the numbers they always have.
    int high = syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 900);
    if (high < 0) return fd;
    syscall(SYS_close, fd);
    return high;
}

static int code_named(const char *name) {
    if (!strcmp(name, "ENOSPC")) return ENOSPC;
    if (!strcmp(name, "EMFILE")) return EMFILE;
    if (!strcmp(name, "ENOENT")) return ENOENT;
    return EIO;
}

__attribute__((constructor)) static void read_settings(void) {
    const char *value = getenv("TANDEM_FAULTS_DIR");
    if (!value || value[0] != '/' || strlen(value) >= sizeof directory) return;
    strcpy(directory, value);
    directory_length = strlen(directory);
    if ((value = getenv("TANDEM_FAULTS_AT"))) at = atol(value);
    if ((value = getenv("TANDEM_FAULTS_ERRNO"))) code = code_named(value);
    if ((value = getenv("TANDEM_FAULTS_STICKY"))) sticky = !strcmp(value, "1");
    if ((value = getenv("TANDEM_FAULTS_RUN"))) run = atoi(value);
    if ((value = getenv("TANDEM_FAULTS_SYNC_MS"))) sync_ms = atoi(value);
    if ((value = getenv("TANDEM_FAULTS_KIND"))) {
        if (!strcmp(value, "short")) kind = SHORT;
        if (!strcmp(value, "torn")) kind = TORN;
    }
    if ((value = getenv("TANDEM_FAULTS_LOG"))) {
        char name[PATH_MAX];
        log_fd = open_log(value);
        snprintf(name, sizeof name, "%s.bytes", value);
        bytes_fd = open_log(name);
        bytes_logged = syscall(SYS_lseek, bytes_fd, 0, SEEK_END);
    }
}

// MARK: What is looked at

static int is_below(const char *path) {
    return directory_length && path && !strncmp(path, directory, directory_length)
        && (path[directory_length] == '/' || path[directory_length] == 0);
}

static const char *path_below(int fd) { return fd >= 0 && fd < DESCRIPTORS ? path_of[fd] : NULL; }

/// The path that a call `…at` means, in `buffer` where it is put together; `NULL` when it is not looked at.
static const char *path_at(int fd, const char *path, char *buffer) {
    if (!path || path[0] == '/' || fd == AT_FDCWD) return is_below(path) ? path : NULL;
    const char *parent = path_below(fd);
    if (!parent) return NULL;
    snprintf(buffer, PATH_MAX, "%s/%s", parent, path);
    return buffer;
}

static void remember(int fd, const char *path) {
    if (fd >= 0 && fd < DESCRIPTORS) path_of[fd] = strdup(path);
}

static void forget(int fd) {
    if (fd < 0 || fd >= DESCRIPTORS) return;
    free(path_of[fd]);
    path_of[fd] = NULL;
}

// MARK: Number, fate and log

/// Takes the lock, gives the call its number, and says what is to become of it.
static enum fate begin(int traits) {
    pthread_mutex_lock(&lock);
    number++;
    if (at && number > at && run > 0 && (traits & CHANGES) && !(traits & MOVES_BYTES)) {
        run--;
        return FAILED;
    }
    if (!at || number < at || (number > at && !sticky)) return DONE;
    if (number > at && !(traits & CHANGES)) return DONE;
    // A fault that no disk has is not played: a full disk can be read and can let go, descriptors lack in opening.
    if (code == ENOSPC && (!(traits & CHANGES) || (traits & FREES_ROOM))) return DONE;
    if (code == EMFILE && !(traits & OPENS)) return DONE;
    if (kind == SHORT) return traits & MOVES_BYTES ? SHORT : DONE;
    if (kind == TORN && number == at) return (traits & CHANGES) && (traits & MOVES_BYTES) ? TORN : DONE;
    return FAILED;
}

static void log_raw(int fd, const void *bytes, size_t count) {
    const char *next = bytes;
    while (count) {
        long written = syscall(SYS_write, fd, next, count);
        if (written <= 0) return;
        next += written;
        count -= written;
    }
}

static int quoted(char *to, size_t room, const char *text) {
    size_t count = 0;
    for (; *text && count + 8 < room; text++) {
        unsigned char byte = *text;
        if (byte < 0x20) count += snprintf(to + count, room - count, "\\u%04x", byte);
        else {
            if (byte == '"' || byte == '\\') to[count++] = '\\';
            to[count++] = byte;
        }
    }
    to[count] = 0;
    return count;
}

/// Logs the call and its further members, given as JSON, and lets go of the lock; `errno` is as the call left it.
static void finish(const char *call, const char *path, enum fate fate, long result, const void *bytes, long count,
                   const char *members, ...) {
    int failed = errno;
    if (log_fd >= 0) {
        char name[PATH_MAX], more[PATH_MAX], line[3 * PATH_MAX];
        va_list list;
        va_start(list, members);
        vsnprintf(more, sizeof more, members, list);
        va_end(list);
        quoted(name, sizeof name, path);
        int length = snprintf(line, sizeof line,
                              "{\"n\":%ld,\"call\":\"%s\",\"path\":\"%s\",\"result\":%ld,\"errno\":%d",
                              number, call, name, result, result < 0 ? failed : 0);
        if (fate != DONE) length += snprintf(line + length, sizeof line - length, ",\"fault\":true");
        if (count > 0) {
            log_raw(bytes_fd, bytes, count);
            length += snprintf(line + length, sizeof line - length, ",\"bytes\":[%ld,%ld]", bytes_logged, count);
            bytes_logged += count;
        }
        length += snprintf(line + length, sizeof line - length, "%s}\n", more);
        log_raw(log_fd, line, length);
    }
    pthread_mutex_unlock(&lock);
    errno = failed;
}

static long refuse(void) {
    errno = code;
    return -1;
}

// MARK: Opening and closing

static int open_path(const char *call, int at_fd, const char *path, int flags, mode_t mode) {
    char buffer[PATH_MAX];
    const char *below = path_at(at_fd, path, buffer);
    if (!below) return syscall(SYS_openat, at_fd, path, flags, mode);
    enum fate fate = begin(OPENS | (flags & (O_CREAT | O_TRUNC) ? CHANGES : 0));
    int fd = fate == DONE ? syscall(SYS_openat, at_fd, path, flags, mode) : refuse();
    if (fd >= 0) remember(fd, below);
    finish(call, below, fate, fd, NULL, 0, ",\"creates\":%s,\"truncates\":%s",
           flags & O_CREAT ? "true" : "false",
           flags & O_TRUNC ? "true" : "false");
    return fd;
}

static mode_t mode_after(int flags, va_list list) { return flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0; }

int open(const char *path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    mode_t mode = mode_after(flags, list);
    va_end(list);
    return open_path("open", AT_FDCWD, path, flags, mode);
}

int openat(int fd, const char *path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    mode_t mode = mode_after(flags, list);
    va_end(list);
    return open_path("open", fd, path, flags, mode);
}

int close(int fd) {
    if (!path_below(fd)) return syscall(SYS_close, fd);
    enum fate fate = begin(0);
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s", path_of[fd]);
    forget(fd);
    // Linux closes the descriptor whatever close says.
    int result = syscall(SYS_close, fd);
    if (fate != DONE) result = refuse();
    finish("close", path, fate, result, NULL, 0, ",\"fd\":%d", fd);
    return result;
}

// MARK: Bytes

static size_t part(enum fate fate, size_t count) { return fate == DONE ? count : (count + 1) / 2; }

ssize_t read(int fd, void *buffer, size_t count) {
    const char *path = path_below(fd);
    if (!path) return syscall(SYS_read, fd, buffer, count);
    enum fate fate = begin(MOVES_BYTES);
    ssize_t result = fate == FAILED ? refuse() : syscall(SYS_read, fd, buffer, part(fate, count));
    finish("read", path, fate, result, NULL, 0, ",\"fd\":%d,\"count\":%zu", fd, count);
    return result;
}

ssize_t pread(int fd, void *buffer, size_t count, off_t place) {
    const char *path = path_below(fd);
    if (!path) return syscall(SYS_pread64, fd, buffer, count, place);
    enum fate fate = begin(MOVES_BYTES);
    ssize_t result = fate == FAILED ? refuse() : syscall(SYS_pread64, fd, buffer, part(fate, count), place);
    finish("pread", path, fate, result, NULL, 0, ",\"fd\":%d,\"count\":%zu,\"place\":%ld", fd, count,
           (long)place);
    return result;
}

/// A write at `place`, or where the descriptor stands when that is negative.
static ssize_t put(const char *call, int fd, const void *bytes, size_t count, off_t place) {
    const char *path = path_below(fd);
    enum fate fate = begin(CHANGES | MOVES_BYTES);
    ssize_t written = -1;
    if (fate == FAILED) refuse();
    else if (place < 0) written = syscall(SYS_write, fd, bytes, part(fate, count));
    else written = syscall(SYS_pwrite64, fd, bytes, part(fate, count), place);
    int failed = errno;
    if (place < 0 && written >= 0) place = syscall(SYS_lseek, fd, 0, SEEK_CUR) - written;
    errno = failed;
    ssize_t result = fate == TORN ? refuse() : written;
    finish(call, path, fate, result, bytes, written, ",\"fd\":%d,\"count\":%zu,\"place\":%ld", fd, count,
           (long)place);
    return result;
}

ssize_t write(int fd, const void *bytes, size_t count) {
    return path_below(fd) ? put("write", fd, bytes, count, -1) : syscall(SYS_write, fd, bytes, count);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t place) {
    return path_below(fd) ? put("pwrite", fd, bytes, count, place) : syscall(SYS_pwrite64, fd, bytes, count, place);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    if (!path_below(fd)) return syscall(SYS_writev, fd, parts, count);
    size_t size = 0;
    for (int i = 0; i < count; i++) size += parts[i].iov_len;
    char *bytes = malloc(size), *next = bytes;
    for (int i = 0; i < count; i++) next = mempcpy(next, parts[i].iov_base, parts[i].iov_len);
    ssize_t result = put("writev", fd, bytes, size, -1);
    int failed = errno;
    free(bytes);
    errno = failed;
    return result;
}

// MARK: Sync, size and lock

#define ON_DESCRIPTOR(name, traits, real, members, ...)                                             \
    const char *path = path_below(fd);                                                              \
    if (!path) return real;                                                                         \
    enum fate fate = begin(traits);                                                                 \
    int result = fate == DONE ? real : refuse();                                                    \
    finish(name, path, fate, result, NULL, 0, ",\"fd\":%d" members, fd __VA_OPT__(, ) __VA_ARGS__); \
    return result;

/// Waits before the lock is taken: what others do meanwhile comes before the sync in the log, as it does on disk.
static void wait_as_a_disk(int fd) {
    if (sync_ms && path_below(fd)) usleep(sync_ms * 1000);
}

int fdatasync(int fd) {
    wait_as_a_disk(fd);
    ON_DESCRIPTOR("fdatasync", CHANGES, syscall(SYS_fdatasync, fd), "")
}

int fsync(int fd) {
    wait_as_a_disk(fd);
    ON_DESCRIPTOR("fsync", CHANGES, syscall(SYS_fsync, fd), "")
}

int sync_file_range(int fd, off_t place, off_t count, unsigned flags) {
    ON_DESCRIPTOR("sync_file_range", CHANGES, syscall(SYS_sync_file_range, fd, place, count, flags), "")
}

int ftruncate(int fd, off_t size) {
    ON_DESCRIPTOR("ftruncate", CHANGES | FREES_ROOM, syscall(SYS_ftruncate, fd, size), ",\"size\":%ld", (long)size)
}

int fallocate(int fd, int mode, off_t place, off_t count) {
    ON_DESCRIPTOR("fallocate", CHANGES, syscall(SYS_fallocate, fd, mode, place, count),
                  ",\"mode\":%d,\"place\":%ld,\"count\":%ld", mode, (long)place, (long)count)
}

int fstat(int fd, struct stat *status) { ON_DESCRIPTOR("fstat", 0, syscall(SYS_fstat, fd, status), "") }

int flock(int fd, int operation) { ON_DESCRIPTOR("flock", 0, syscall(SYS_flock, fd, operation), "") }

// MARK: Names

#define ON_PATH(name, at_fd, named, traits, real)          \
    char buffer[PATH_MAX];                                 \
    const char *path = path_at(at_fd, named, buffer);      \
    if (!path) return real;                                \
    enum fate fate = begin(traits);                        \
    int result = fate == DONE ? real : refuse();           \
    finish(name, path, fate, result, NULL, 0, "");         \
    return result;

int mkdirat(int fd, const char *name, mode_t mode) {
    ON_PATH("mkdir", fd, name, CHANGES, syscall(SYS_mkdirat, fd, name, mode))
}

int mkdir(const char *name, mode_t mode) { return mkdirat(AT_FDCWD, name, mode); }

int unlinkat(int fd, const char *name, int flags) {
    ON_PATH("unlink", fd, name, CHANGES | FREES_ROOM, syscall(SYS_unlinkat, fd, name, flags))
}

int unlink(const char *name) { return unlinkat(AT_FDCWD, name, 0); }

int rmdir(const char *name) { return unlinkat(AT_FDCWD, name, AT_REMOVEDIR); }

int fstatat(int fd, const char *name, struct stat *status, int flags) {
    ON_PATH("stat", fd, name, 0, syscall(SYS_newfstatat, fd, name, status, flags))
}

int stat(const char *name, struct stat *status) { return fstatat(AT_FDCWD, name, status, 0); }

int lstat(const char *name, struct stat *status) { return fstatat(AT_FDCWD, name, status, AT_SYMLINK_NOFOLLOW); }

int access(const char *name, int mode) {
    ON_PATH("access", AT_FDCWD, name, 0, syscall(SYS_faccessat, AT_FDCWD, name, mode))
}

int renameat(int from_fd, const char *from, int to_fd, const char *to) {
    char buffer[PATH_MAX], to_buffer[PATH_MAX], to_name[PATH_MAX];
    const char *path = path_at(from_fd, from, buffer), *target = path_at(to_fd, to, to_buffer);
    if (!path || !target) return syscall(SYS_renameat2, from_fd, from, to_fd, to, 0);
    enum fate fate = begin(CHANGES);
    int result = fate == DONE ? syscall(SYS_renameat2, from_fd, from, to_fd, to, 0) : refuse();
    quoted(to_name, sizeof to_name, target);
    finish("rename", path, fate, result, NULL, 0, ",\"to\":\"%.3900s\"", to_name);
    return result;
}

int rename(const char *from, const char *to) { return renameat(AT_FDCWD, from, AT_FDCWD, to); }

// MARK: Directories

DIR *opendir(const char *name) {
    DIR *(*real)(const char *) = (DIR * (*)(const char *)) dlsym(RTLD_NEXT, "opendir");
    if (!is_below(name)) return real(name);
    enum fate fate = begin(OPENS);
    DIR *result = NULL;
    if (fate == DONE) result = real(name);
    else refuse();
    if (result) remember(dirfd(result), name);
    finish("opendir", name, fate, result ? dirfd(result) : -1, NULL, 0, "");
    return result;
}

struct dirent *readdir(DIR *stream) {
    struct dirent *(*real)(DIR *) = (struct dirent * (*)(DIR *)) dlsym(RTLD_NEXT, "readdir");
    const char *path = path_below(dirfd(stream));
    if (!path) return real(stream);
    enum fate fate = begin(0);
    struct dirent *result = NULL;
    if (fate == DONE) result = real(stream);
    else refuse();
    finish("readdir", path, fate, fate == DONE ? (result != NULL) : -1, NULL, 0, ",\"fd\":%d", dirfd(stream));
    return result;
}

int closedir(DIR *stream) {
    int (*real)(DIR *) = (int (*)(DIR *))dlsym(RTLD_NEXT, "closedir");
    int fd = dirfd(stream);
    if (!path_below(fd)) return real(stream);
    enum fate fate = begin(0);
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s", path_of[fd]);
    forget(fd);
    int result = real(stream);
    if (fate != DONE) result = refuse();
    finish("close", path, fate, result, NULL, 0, ",\"fd\":%d", fd);
    return result;
}

// MARK: Answers

ssize_t sendto(int fd, const void *bytes, size_t count, int flags, const struct sockaddr *to, socklen_t size) {
    if (log_fd < 0 || !directory_length) return syscall(SYS_sendto, fd, bytes, count, flags, to, size);
    pthread_mutex_lock(&lock);
    ssize_t result = syscall(SYS_sendto, fd, bytes, count, flags, to, size);
    finish("send", "", DONE, result, bytes, result, ",\"fd\":%d", fd);
    return result;
}

ssize_t send(int fd, const void *bytes, size_t count, int flags) { return sendto(fd, bytes, count, flags, NULL, 0); }

// MARK: The same by their other names

#define ALSO(name, alias_name) extern __typeof(name) alias_name __attribute__((alias(#name)))
ALSO(open, open64);
ALSO(openat, openat64);
ALSO(pread, pread64);
ALSO(pwrite, pwrite64);
ALSO(ftruncate, ftruncate64);
ALSO(fallocate, fallocate64);
