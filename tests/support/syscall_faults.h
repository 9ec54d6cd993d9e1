// Makes the n-th file operation of a test fail, or kills the process at it.
//
// This replaces libc's open, write, fsync, rename and the like in test programs by functions that do the same, but ask the running
// SyscallFaults first. Without one nothing changes.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace objectstore::testing {

/// While it lives, it counts and may fail the file operations of the thread that made it; at most one per thread.
/// Counted are: open, openat and openat2 with O_CREAT ("create"), the same without ("open"), write, pwrite, copy_file_range, fsync, fdatasync,
/// rename, renameat, renameat2, link, linkat, unlink, unlinkat, mkdir, mkdirat, fchmod, ftruncate, futimens, fsetxattr, readdir, fstatat, fcntl
/// with F_OFD_SETLK or F_OFD_SETLKW ("lock"), close. A failing close closes all the same.
///   for (int n = 1;; ++n) {
///     SyscallFaults faults;
///     faults.fail_at(n, ENOSPC);
///     run the operation
///     if (!faults.happened()) break;
///   }
class SyscallFaults {
 public:
  SyscallFaults();
  ~SyscallFaults();
  SyscallFaults(const SyscallFaults&) = delete;
  SyscallFaults& operator=(const SyscallFaults&) = delete;

  /// The `nth` counted operation from here (1 = the next) fails with `error_number`; those after it work again.
  void fail_at(int nth, int error_number);
  /// As fail_at, but only operations of this name count.
  void fail_at(std::string operation, int nth, int error_number);
  /// From the `nth` counted operation on every operation of that operation's name fails (a disk that stays full).
  void fail_from(int nth, int error_number);
  /// The process ends by SIGKILL in place of the `nth` counted operation: for a forked child.
  void die_at(int nth);

  /// readdir tells no entry's type from here on, as on some file systems.
  void hide_types() { types_hidden_ = true; }

  [[nodiscard]] bool happened() const { return happened_; }
  [[nodiscard]] bool types_hidden() const { return types_hidden_; }
  /// The names of the operations so far, in order, e.g. {"create", "write", "fsync", "rename", "open", "fsync", "close"}.
  [[nodiscard]] const std::vector<std::string>& operations() const { return operations_; }

  /// For the replaced functions: 0 = go on, otherwise the errno to fail with.
  int ask(const char* operation);

 private:
  enum class Mode : unsigned char { off, fail, fail_on, die };

  Mode mode_ = Mode::off;
  std::string only_;  ///< empty = every operation counts
  int left_ = 0;
  int error_number_ = 0;
  bool happened_ = false;
  bool types_hidden_ = false;
  std::vector<std::string> operations_;
};

}  // namespace objectstore::testing
