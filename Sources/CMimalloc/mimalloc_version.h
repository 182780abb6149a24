#pragma once

/// The version of mimalloc, which takes the place of the system's `malloc` for being linked; 209 is 2.0.9.
int mi_version(void);
