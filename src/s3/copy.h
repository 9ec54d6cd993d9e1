// CopyObject: a 200 that may turn out an error, or empty.
#pragma once

#include <string_view>

#include "objectstore/bucket.h"
#include "s3/send.h"

namespace objectstore::s3 {

/// Arguments are checked already, and `source.bucket` is filled. Errors: as Bucket::copy, and outcome_unknown (the server said 200 and
/// nothing else, and source and target do not show that the copy happened).
Result<Copied> copy(Sender& sender, std::string_view bucket, const CopySource& source, std::string_view key, const CopyOptions& options);

}  // namespace objectstore::s3
