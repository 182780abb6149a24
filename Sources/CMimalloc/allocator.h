#pragma once

#include <mimalloc.h>

/// Has memory that was let go stay at hand for some milliseconds before the system has it back; not where the
/// environment says otherwise (MIMALLOC_DECOMMIT_DELAY, MIMALLOC_PURGE_DELAY since 2.1).
static inline void tandem_keep_freed(long milliseconds) {
#if MI_MALLOC_VERSION < 210
    mi_option_set_default(mi_option_decommit_delay, milliseconds);
#else
    mi_option_set_default(mi_option_purge_delay, milliseconds);
#endif
}

/// Says whether memory comes in pages of 2 MiB from now on, where the system has them; not where the environment says
/// otherwise (MIMALLOC_LARGE_OS_PAGES, MIMALLOC_ALLOW_LARGE_OS_PAGES since 2.1).
static inline void tandem_use_large_pages(bool is_wanted) {
    mi_option_set_enabled_default(mi_option_large_os_pages, is_wanted);
}
