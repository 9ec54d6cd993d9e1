// Changes objects: writes go through a staged file and one rename, deletes through one rename, both under the key's lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "base/digest.h"
#include "bucket/directory_folder.h"
#include "bucket/directory_object.h"
#include "bucket/directory_sidecar.h"
#include "bucket/verb.h"
#include "io/file_descriptor.h"
#include "objectstore/bucket.h"
#include "objectstore/clock.h"
#include "objectstore/result.h"

namespace objectstore::directory {

/// The bytes of an upload in a temporary file, marked as alive; removed with the object unless it was stored.
/// Move-only. Thread-safety: one instance, one thread. `bucket` must outlive it.
class StagedFile {
 public:
  static Result<StagedFile> create(const BucketFolder& bucket, const Address& address, Random& random);
  ~StagedFile();
  StagedFile(StagedFile&& other) noexcept;
  StagedFile& operator=(StagedFile&&) = delete;

  Status write(std::span<const std::byte> bytes);
  /// Adds `size` bytes from the start of `file`, without reading them where the file system can share or copy them by itself.
  Status append(const io::FileDescriptor& file, std::uint64_t size, const Verb& verb);
  /// The MD5 of what was written so far, 16 bytes. What is written after it is not part of any sum.
  std::string take_md5();
  /// Gives the file its modification time and syncs it. The version's stamp and time are filled, and its ETag where all was written in one
  /// piece; its attributes are the caller's.
  Result<Version> finish(Clock& clock, Random& random);

  /// Shows the file under its key, with `version` as its description, if `condition` holds at that moment.
  /// Errors: outcome_unknown (the object shows, but its folder could not be synced); after all others the object is as it was:
  /// already_exists, precondition_failed, not_found (the condition, or the bucket is gone), others of the file system.
  /// `still_wanted` is asked under the key's lock, before anything is changed, and sees the object in force (null: there is none); its error
  /// ends the call.
  Status publish(const Address& address, Version version, const WriteCondition& condition, Random& random, const Verb& verb,
                 const std::function<Status(const Version*)>& still_wanted = nullptr);

  /// Moves the synced file to a path in the reserved folder, replacing what is there. Errors: not_found (its folder is gone).
  Status move_to(const std::string& path);

 private:
  StagedFile(const BucketFolder& bucket, std::string path, io::FileDescriptor file);
  Status set_mtime(std::int64_t mtime, Stamp& stamp);

  const BucketFolder* bucket_;
  std::string path_;  ///< below the bucket's folder; empty = stored
  io::FileDescriptor file_;
  std::optional<base::Hasher> hasher_;
};

/// Deletes the object; there may be none.
Status erase(const BucketFolder& bucket, const Address& address, Random& random, const Verb& verb);

}  // namespace objectstore::directory
