// Finds the object of a key: its file and what is known of it, always of one and the same version.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bucket/directory_folder.h"
#include "bucket/directory_sidecar.h"
#include "bucket/verb.h"
#include "io/file_descriptor.h"
#include "objectstore/result.h"

namespace objectstore::directory {

enum class Place : std::uint8_t { ordinary, mapped };

/// A key with what is derived from it.
struct Address {
  explicit Address(std::string_view name);
  std::string key;
  std::string hash;
  unsigned shard;
  bool ordinary;  ///< may be stored at its ordinary path
  [[nodiscard]] std::string path(Place place) const;
};

struct FoundObject {
  Place place = Place::ordinary;
  io::FileDescriptor file;
  Version version;
};

/// Without a lock, unless writers are so busy with this key that only a lock gives a quiet moment. `flags`: O_RDONLY, or O_PATH where the
/// bytes are not needed. nothing: there is no such object. Errors: corrupt (the sidecar), permission_denied, others of open(2).
Result<std::optional<FoundObject>> find_object(const BucketFolder& bucket, const Address& address, int flags, const Verb& verb);

/// All that an open regular file holds, in `text`.
Status read_whole(io::FileDescriptor& file, std::string& text);
/// The sidecar's text; nothing: there is none.
Result<std::optional<std::string>> read_sidecar(const BucketFolder& bucket, std::string_view hash);

/// What stands in a key's two places, for one who holds the key's lock.
struct InForce {
  std::optional<Version> ordinary;
  std::optional<Version> mapped;
  /// The object as readers see it.
  [[nodiscard]] const Version* object() const { return ordinary ? &*ordinary : (mapped ? &*mapped : nullptr); }
};
/// A sidecar that cannot be read counts as none here, so that an object can be overwritten or deleted whatever became of it.
/// Errors: unsupported (a sidecar of a newer format), others of open(2).
Result<InForce> find_in_force(const BucketFolder& bucket, const Address& address);

}  // namespace objectstore::directory
