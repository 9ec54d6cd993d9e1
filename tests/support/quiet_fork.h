// fork() for tests whose process has threads.
#pragma once

#include <sys/types.h>

namespace objectstore::testing {

#if defined(__SANITIZE_THREAD__)
#define OBJECTSTORE_TEST_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define OBJECTSTORE_TEST_TSAN 1
#endif
#endif

/// The thread sanitizer ends a child of a process with threads when it starts a thread of its own.
#if defined(OBJECTSTORE_TEST_TSAN)
inline constexpr bool kForkedChildMayStartThreads = false;
#else
inline constexpr bool kForkedChildMayStartThreads = true;
#endif

/// fork() while every other thread of the process sleeps in the kernel. A lock that another thread holds at that moment is held in the child for
/// ever. malloc sees to its own locks; the allocators of the sanitizers (g++ 12's) do not, so the child hangs at its first allocation when
/// another thread was in the middle of one. The test sees to it that the threads, once asleep, stay so.
/// As fork; -1 also when they do not come to rest within ten seconds.
pid_t fork_while_others_sleep();

}  // namespace objectstore::testing
