// DeleteObjects: any number of keys in batches, one outcome per key.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "objectstore/bucket.h"
#include "s3/send.h"

namespace objectstore::s3 {

inline constexpr std::size_t kMaxDeleteBatch = 1000;

/// One key by its own request. Errors: as Bucket::delete_object, without context.
Status delete_one(Sender& sender, Call& call, std::string_view key, std::string_view version_id);

/// Keys that `check_key` refuses get its error; keys that XML cannot carry, and all keys on a server without DeleteObjects, go one by one.
/// Errors: as Bucket::delete_objects.
Result<std::vector<DeleteOutcome>> delete_objects(Sender& sender, std::string_view bucket, std::span<const std::string> keys,
                                                  const CallOptions& options);

}  // namespace objectstore::s3
