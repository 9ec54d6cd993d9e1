// The replaced libc functions: they ask the thread's SyscallFaults, then make the system call themselves.
#include "support/syscall_faults.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <utility>

namespace objectstore::testing {
namespace {

thread_local SyscallFaults* active = nullptr;

/// True when the operation must fail; errno is set then.
bool refused(const char* operation) noexcept {
  if (active == nullptr) return false;
  SyscallFaults* faults = std::exchange(active, nullptr);  // what asking itself does is not counted
  int error_number = faults->ask(operation);
  active = faults;
  if (error_number == 0) return false;
  errno = error_number;
  return true;
}

template <class... Arguments>
long call(long number, Arguments... arguments) noexcept {
  return ::syscall(number, arguments...);
}

int call_int(const char* operation, long number, auto... arguments) noexcept {
  if (refused(operation)) return -1;
  return static_cast<int>(call(number, arguments...));
}

}  // namespace

SyscallFaults::SyscallFaults() {
  active = this;
}
SyscallFaults::~SyscallFaults() {
  active = nullptr;
}

void SyscallFaults::fail_at(int nth, int error_number) {
  fail_at("", nth, error_number);
}

void SyscallFaults::fail_at(std::string operation, int nth, int error_number) {
  mode_ = Mode::fail;
  only_ = std::move(operation);
  left_ = nth;
  error_number_ = error_number;
}

void SyscallFaults::fail_from(int nth, int error_number) {
  fail_at(nth, error_number);
  mode_ = Mode::fail_on;
}

void SyscallFaults::die_at(int nth) {
  mode_ = Mode::die;
  only_.clear();
  left_ = nth;
}

int SyscallFaults::ask(const char* operation) {
  operations_.emplace_back(operation);
  if (mode_ == Mode::off || (!only_.empty() && only_ != operation)) return 0;
  if (mode_ == Mode::fail_on && happened_) return error_number_;
  if (left_ == 0 || --left_ > 0) return 0;
  happened_ = true;
  if (mode_ == Mode::die) ::kill(::getpid(), SIGKILL);
  if (mode_ == Mode::fail_on) only_ = operation;
  return error_number_;
}

}  // namespace objectstore::testing

using objectstore::testing::call;
using objectstore::testing::call_int;
using objectstore::testing::refused;

extern "C" {

int open(const char* path, int flags, ...) {
  mode_t mode = 0;
  if ((flags & O_CREAT) != 0) {
    va_list arguments;
    va_start(arguments, flags);
    mode = va_arg(arguments, mode_t);
    va_end(arguments);
  }
  return call_int((flags & O_CREAT) != 0 ? "create" : "open", SYS_openat, AT_FDCWD, path, flags, mode);
}

int close(int fd) {
  bool fails = refused("close");
  int error_number = errno;
  long result = call(SYS_close, fd);
  if (!fails) return static_cast<int>(result);
  errno = error_number;
  return -1;
}

ssize_t write(int fd, const void* bytes, size_t size) {
  return refused("write") ? -1 : call(SYS_write, fd, bytes, size);
}
ssize_t pwrite(int fd, const void* bytes, size_t size, off_t offset) {
  return refused("pwrite") ? -1 : call(SYS_pwrite64, fd, bytes, size, offset);
}
int fsync(int fd) {
  return call_int("fsync", SYS_fsync, fd);
}
int fdatasync(int fd) {
  return call_int("fdatasync", SYS_fdatasync, fd);
}
int rename(const char* from, const char* to) noexcept {
  return call_int("rename", SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}
int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) noexcept {
  return call_int("renameat2", SYS_renameat2, from_folder, from, to_folder, to, flags);
}
int link(const char* from, const char* to) noexcept {
  return call_int("link", SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}
int linkat(int from_folder, const char* from, int to_folder, const char* to, int flags) noexcept {
  return call_int("linkat", SYS_linkat, from_folder, from, to_folder, to, flags);
}
int unlink(const char* path) noexcept {
  return call_int("unlink", SYS_unlinkat, AT_FDCWD, path, 0);
}
int mkdir(const char* path, mode_t mode) noexcept {
  return call_int("mkdir", SYS_mkdirat, AT_FDCWD, path, mode);
}
int fchmod(int fd, mode_t mode) noexcept {
  return call_int("fchmod", SYS_fchmod, fd, mode);
}
int ftruncate(int fd, off_t size) noexcept {
  return call_int("ftruncate", SYS_ftruncate, fd, size);
}
int fsetxattr(int fd, const char* name, const void* value, size_t size, int flags) noexcept {
  return call_int("fsetxattr", SYS_fsetxattr, fd, name, value, size, flags);
}

}  // extern "C"
