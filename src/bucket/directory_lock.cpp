// Byte-range locks on the lock file.
#include "bucket/directory_lock.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/scheduler.h"
#include "bucket/directory_keys.h"
#include "io/errno_error.h"

namespace objectstore::directory {

namespace {

constexpr std::chrono::milliseconds kLongestPause{20};

struct Range {
  short type;
  off_t first;
  off_t count;  ///< 0 = to the end
};

int set_lock(const io::FileDescriptor& file, int command, const Range& range) noexcept {
  struct flock lock {};
  lock.l_type = range.type;
  lock.l_whence = SEEK_SET;
  lock.l_start = range.first;
  lock.l_len = range.count;
  int result = 0;
  do {
    result = ::fcntl(file.get(), command, &lock);
  } while (result != 0 && errno == EINTR);
  return result;
}

bool is_held_elsewhere(int error_number) {
  return error_number == EAGAIN || error_number == EACCES;
}

Error lock_failed(const io::FileDescriptor& file, int error_number) {
  auto error = io::errno_error("lock", file.path(), error_number);
  if (error_number == ENOLCK || error_number == EINVAL || error_number == ENOTSUP) error.kind = ErrorKind::unsupported;
  return error;
}

/// Without bounds the kernel wakes us; with a deadline or a cancel token we ask again and again, and so does a fiber: the holder may be
/// another one of its thread.
Status wait_for(const io::FileDescriptor& file, const Range& range, const Verb& verb) {
  if (set_lock(file, F_OFD_SETLK, range) == 0) return {};
  if (!is_held_elsewhere(errno)) return lock_failed(file, errno);
  if (!verb.left() && verb.cancel() == nullptr && base::Scheduler::current() == nullptr) {
    if (set_lock(file, F_OFD_SETLKW, range) == 0) return {};
    return lock_failed(file, errno);
  }
  for (std::chrono::milliseconds pause{1};; pause = std::min(2 * pause, kLongestPause)) {
    if (auto go_on = verb.proceed(); !go_on) return go_on;
    verb.clock().sleep(std::min(pause, verb.left().value_or(pause)), verb.cancel());
    if (set_lock(file, F_OFD_SETLK, range) == 0) return {};
    if (!is_held_elsewhere(errno)) return lock_failed(file, errno);
  }
}

/// Who deletes the bucket takes the lock file away: a lock on it then protects nothing.
bool is_in_place(const BucketFolder& bucket, const io::FileDescriptor& file) {
  struct stat held {};
  struct stat current {};
  return ::fstat(file.get(), &held) == 0 && ::fstatat(bucket.get(), std::string(kLockPath).c_str(), &current, AT_SYMLINK_NOFOLLOW) == 0 &&
         held.st_ino == current.st_ino && held.st_dev == current.st_dev;
}

}  // namespace

Result<Lock> Lock::exclusive(const BucketFolder& bucket, off_t first, off_t count, const Verb& verb) {
  while (true) {
    auto file = bucket.open(std::string(kLockPath), O_RDWR | O_CREAT);
    if (!file && file.error().kind == ErrorKind::not_found) {
      if (auto prepared = bucket.prepare(); !prepared) return std::move(prepared).error();
      continue;
    }
    if (!file) return std::move(file).error();
    if (auto locked = wait_for(*file, {F_WRLCK, first, count}, verb); !locked) return std::move(locked).error();
    if (is_in_place(bucket, *file)) return Lock(std::move(*file));
  }
}

Result<Lock> Lock::shard(const BucketFolder& bucket, unsigned shard, const Verb& verb) {
  return exclusive(bucket, static_cast<off_t>(shard), 1, verb);
}

Result<Lock> Lock::whole_bucket(const BucketFolder& bucket, const Verb& verb) {
  return exclusive(bucket, 0, static_cast<off_t>(kShards), verb);
}

Result<std::optional<Lock>> Lock::shared_shard(const BucketFolder& bucket, unsigned shard, const Verb& verb) {
  auto file = bucket.open(std::string(kLockPath), O_RDONLY);
  if (!file) {
    if (file.error().kind == ErrorKind::not_found) return std::optional<Lock>();
    return std::move(file).error();
  }
  if (auto locked = wait_for(*file, {F_RDLCK, static_cast<off_t>(shard), 1}, verb); !locked) return std::move(locked).error();
  return std::optional(Lock(std::move(*file)));
}

std::optional<Lock> Lock::try_shard(const BucketFolder& bucket, unsigned shard) {
  auto file = bucket.open(std::string(kLockPath), O_RDWR | O_CREAT);
  if (!file || set_lock(*file, F_OFD_SETLK, {F_WRLCK, static_cast<off_t>(shard), 1}) != 0) return std::nullopt;
  if (!is_in_place(bucket, *file)) return std::nullopt;
  return Lock(std::move(*file));
}

Status mark_alive(const io::FileDescriptor& file) {
  if (set_lock(file, F_OFD_SETLK, {F_WRLCK, 0, 0}) == 0) return {};
  return lock_failed(file, errno);
}

bool take_mark(const io::FileDescriptor& file) noexcept {
  return set_lock(file, F_OFD_SETLK, {F_WRLCK, 0, 0}) == 0;
}

}  // namespace objectstore::directory
