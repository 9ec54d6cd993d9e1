// The replaced libc functions: they ask the thread's SyscallFaults, then call what they replace.
#include "support/syscall_faults.h"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <atomic>
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

using objectstore::testing::active;
using objectstore::testing::refused;

// The function that would have been called: libc's, or a sanitizer's around it.
#define NEXT(name) static const auto next = reinterpret_cast<decltype(&::name)>(::dlsym(RTLD_NEXT, #name))

extern "C" {

int open(const char* path, int flags, ...) {
  NEXT(open);
  if ((flags & O_CREAT) == 0) return refused("open") ? -1 : next(path, flags);
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = va_arg(arguments, mode_t);
  va_end(arguments);
  return refused("create") ? -1 : next(path, flags, mode);
}

int openat(int folder, const char* path, int flags, ...) {
  NEXT(openat);
  if ((flags & O_CREAT) == 0) return refused("open") ? -1 : next(folder, path, flags);
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = va_arg(arguments, mode_t);
  va_end(arguments);
  return refused("create") ? -1 : next(folder, path, flags, mode);
}

// openat2 has no function of its own. Without a guarded static: waiting for one is itself a system call. Callers pass as many arguments as their
// call has; all six are handed on, as libc does, and no sanitizer may mind what lies behind the last.
__attribute__((no_sanitize("address"))) long syscall(long number, ...) noexcept {
  static std::atomic<decltype(&::syscall)> next{nullptr};
  if (next == nullptr) next = reinterpret_cast<decltype(&::syscall)>(::dlsym(RTLD_NEXT, "syscall"));
  va_list list;
  va_start(list, number);
  long arguments[6];
  for (long& argument : arguments) argument = va_arg(list, long);
  va_end(list);
  if (number == SYS_openat2) {
    const auto* how = reinterpret_cast<const struct open_how*>(arguments[2]);
    if (refused((how->flags & O_CREAT) != 0 ? "create" : "open")) return -1;
  }
  return next.load()(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
}

int fcntl(int fd, int command, ...) {
  NEXT(fcntl);
  va_list list;
  va_start(list, command);
  void* argument = va_arg(list, void*);
  va_end(list);
  if ((command == F_OFD_SETLK || command == F_OFD_SETLKW) && refused("lock")) return -1;
  return next(fd, command, argument);
}

int close(int fd) {
  NEXT(close);
  bool fails = refused("close");
  int error_number = errno;
  int result = next(fd);
  if (!fails) return result;
  errno = error_number;
  return -1;
}

ssize_t write(int fd, const void* bytes, size_t size) {
  NEXT(write);
  return refused("write") ? -1 : next(fd, bytes, size);
}
ssize_t pwrite(int fd, const void* bytes, size_t size, off_t offset) {
  NEXT(pwrite);
  return refused("pwrite") ? -1 : next(fd, bytes, size, offset);
}
ssize_t copy_file_range(int from, off64_t* from_at, int to, off64_t* to_at, size_t size, unsigned flags) {
  NEXT(copy_file_range);
  return refused("copy_file_range") ? -1 : next(from, from_at, to, to_at, size, flags);
}
int fsync(int fd) {
  NEXT(fsync);
  return refused("fsync") ? -1 : next(fd);
}
int fdatasync(int fd) {
  NEXT(fdatasync);
  return refused("fdatasync") ? -1 : next(fd);
}
int rename(const char* from, const char* to) noexcept {
  NEXT(rename);
  return refused("rename") ? -1 : next(from, to);
}
int renameat(int from_folder, const char* from, int to_folder, const char* to) noexcept {
  NEXT(renameat);
  return refused("renameat") ? -1 : next(from_folder, from, to_folder, to);
}
int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) noexcept {
  NEXT(renameat2);
  return refused("renameat2") ? -1 : next(from_folder, from, to_folder, to, flags);
}
int link(const char* from, const char* to) noexcept {
  NEXT(link);
  return refused("link") ? -1 : next(from, to);
}
int linkat(int from_folder, const char* from, int to_folder, const char* to, int flags) noexcept {
  NEXT(linkat);
  return refused("linkat") ? -1 : next(from_folder, from, to_folder, to, flags);
}
int unlink(const char* path) noexcept {
  NEXT(unlink);
  return refused("unlink") ? -1 : next(path);
}
int unlinkat(int folder, const char* path, int flags) noexcept {
  NEXT(unlinkat);
  return refused("unlinkat") ? -1 : next(folder, path, flags);
}
int mkdirat(int folder, const char* path, mode_t mode) noexcept {
  NEXT(mkdirat);
  return refused("mkdirat") ? -1 : next(folder, path, mode);
}
int futimens(int fd, const struct timespec times[2]) noexcept {
  NEXT(futimens);
  return refused("futimens") ? -1 : next(fd, times);
}
int mkdir(const char* path, mode_t mode) noexcept {
  NEXT(mkdir);
  return refused("mkdir") ? -1 : next(path, mode);
}
int fchmod(int fd, mode_t mode) noexcept {
  NEXT(fchmod);
  return refused("fchmod") ? -1 : next(fd, mode);
}
int ftruncate(int fd, off_t size) noexcept {
  NEXT(ftruncate);
  return refused("ftruncate") ? -1 : next(fd, size);
}
int fstatat(int folder, const char* path, struct stat* information, int flags) noexcept {
  NEXT(fstatat);
  return refused("fstatat") ? -1 : next(folder, path, information, flags);
}
struct dirent* readdir(DIR* stream) {
  NEXT(readdir);
  if (refused("readdir")) return nullptr;
  struct dirent* entry = next(stream);
  if (entry != nullptr && active != nullptr && active->types_hidden()) entry->d_type = DT_UNKNOWN;
  return entry;
}
int fsetxattr(int fd, const char* name, const void* value, size_t size, int flags) noexcept {
  NEXT(fsetxattr);
  return refused("fsetxattr") ? -1 : next(fd, name, value, size, flags);
}

}  // extern "C"
