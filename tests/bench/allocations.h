// Counts what the process allocates, its shared libraries included. Linked into programs of their own: counting costs time.
#pragma once

#include <cstdint>

namespace objectstore::bench {

/// Calls of malloc, calloc and realloc so far, by any thread; operator new, libcurl and OpenSSL among the callers.
/// Thread-safety: may be called concurrently.
std::uint64_t allocations() noexcept;

}  // namespace objectstore::bench
