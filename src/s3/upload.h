// PutObject.
#pragma once

#include <string_view>

#include "objectstore/bucket.h"
#include "s3/send.h"

namespace objectstore::s3 {

/// Arguments are checked already. Errors: as Bucket::upload.
/// A conditional upload carries a fresh id in its metadata, the same over all attempts (settle.h).
Result<Uploaded> upload(Sender& sender, std::string_view bucket, std::string_view key, BodySource& source, const UploadOptions& options);

}  // namespace objectstore::s3
