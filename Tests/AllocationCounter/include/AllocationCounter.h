#pragma once
#include <stdbool.h>

/// Whether allocations are counted: not under a sanitizer, which has an allocator of its own.
bool tandem_counts_allocations(void);

/// How often this thread has asked for memory.
long tandem_allocations(void);
