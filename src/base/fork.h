// Whether this is still the process in which something was made.
#pragma once

#include <cstdint>

namespace objectstore::base {

/// A number that differs between a process and those that were forked from it: who keeps it and finds another one later is in a child,
/// where threads, connections and locks of its parent are not its own. No system call, but for the first time in a process.
///
/// The kernel marks the change (MADV_WIPEONFORK, Linux 4.14), so that every kind of fork is seen, with or without the C library's handlers.
/// Only a child that shares its parent's memory looks the same (vfork, clone with CLONE_VM): it may do nothing but call exec. Where the
/// kernel cannot do that it is the process id, as getpid says it.
/// Thread-safety: any thread.
std::uint64_t fork_generation() noexcept;

}  // namespace objectstore::base
