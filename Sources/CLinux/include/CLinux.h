// What Linux has and Swift's Glibc module does not export.
#pragma once
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

/// `accept4` with SOCK_NONBLOCK and SOCK_CLOEXEC; -1 and errno as the call itself.
///
/// `peer` is the client's IPv4 address, or the network of its IPv6 address (the first 64 bits, which one host can have
/// all of); zero where it has neither.
int tandem_accept(int listener, uint64_t peer[2]);

/// The 64-bit tag of an event, out of the union that Swift reads field by field.
static inline uint64_t tandem_event_tag(struct epoll_event event) { return event.data.u64; }

/// An event mask with its tag.
static inline struct epoll_event tandem_event(uint32_t mask, uint64_t tag) {
    struct epoll_event event = {.events = mask, .data = {.u64 = tag}};
    return event;
}

/// `fallocate` with FALLOC_FL_KEEP_SIZE: room for `count` bytes from `start` on, the size as it was.
int tandem_reserve(int file, int64_t start, int64_t count);

/// Whether another descriptor of the file is open, in this process or another; also where the system cannot tell.
int tandem_is_open_elsewhere(int file);

/// `memmem`: where the text first stands in the bytes, or NULL.
const void *tandem_find(const void *bytes, int64_t count, const void *text, int64_t text_count);

/// Whether the processor computes CRC-32C itself.
int tandem_has_crc32c(void);

/// Goes on with a CRC-32C over some bytes; only where `tandem_has_crc32c()`.
uint32_t tandem_crc32c(uint32_t state, const void *bytes, int64_t count);

/// Has the processor fetch some memory that is read soon, all of it at once.
static inline void tandem_prefetch(const void *start, int64_t bytes) {
    for (int64_t place = 0; place < bytes; place += 64) __builtin_prefetch((const char *)start + place);
}

/// Has all descriptors from `first` on close when another program takes this process's place; -1 and errno where it fails.
int tandem_close_on_exec(int first);

/// What tells a file or folder from every other: its number, and when it was made; and when it was last written to.
struct tandem_identity {
    uint64_t number;
    int64_t born_seconds;
    int64_t born_nanoseconds;
    int64_t written_seconds;
    int64_t written_nanoseconds;
};

/// Reads what tells a path's file or folder from every other; -1 and errno where that fails.
int tandem_identify(const char *path, struct tandem_identity *identity);
