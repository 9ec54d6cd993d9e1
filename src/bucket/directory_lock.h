// Locks between processes (and threads) that change one bucket: by shard of the key's hash, or the whole bucket.
#pragma once

#include "bucket/directory_folder.h"
#include "bucket/verb.h"
#include "io/file_descriptor.h"
#include "objectstore/result.h"

namespace objectstore::directory {

/// An open-file-description lock (fcntl F_OFD_SETLK) on bytes of the bucket's lock file, released with the object or with the process.
/// Move-only. Thread-safety: one instance, one thread.
class Lock {
 public:
  /// Waits for whoever changes a key of this shard. Errors: not_found (the bucket is gone), timeout, cancelled, unsupported (the file
  /// system has no locks).
  static Result<Lock> shard(const BucketFolder& bucket, unsigned shard, const Verb& verb);
  /// The same for reading: shared with other readers. nothing: there is no lock file, so nobody has ever written here.
  static Result<std::optional<Lock>> shared_shard(const BucketFolder& bucket, unsigned shard, const Verb& verb);
  /// Does not wait; nothing when another holds it. Makes the lock file where a writer died before it came to that.
  static std::optional<Lock> try_shard(const BucketFolder& bucket, unsigned shard);
  /// Excludes all who hold a shard.
  static Result<Lock> whole_bucket(const BucketFolder& bucket, const Verb& verb);

 private:
  static Result<Lock> exclusive(const BucketFolder& bucket, off_t first, off_t count, const Verb& verb);
  explicit Lock(io::FileDescriptor file) : file_(std::move(file)) {}
  io::FileDescriptor file_;
};

/// Marks a temporary file as that of a living writer, as long as its description is open. Errors: unsupported.
Status mark_alive(const io::FileDescriptor& file);
/// True when nobody alive holds the mark; takes it.
bool take_mark(const io::FileDescriptor& file) noexcept;

}  // namespace objectstore::directory
