// Walks unfinished multipart uploads, for the commands uploads ls, abort and resume.
#pragma once

#include <functional>
#include <string_view>

#include "addresses.h"
#include "arguments.h"
#include "objectstore/bucket.h"
#include "session.h"

namespace objectstore::cli {

/// Calls `visit` for each unfinished upload of a key that begins with `prefix`, a page at a time; an error of it ends the walk.
/// Errors: those of Bucket::list_multipart_uploads, and of `visit`.
Status each_upload(Session& session, Bucket& bucket, std::string_view prefix, const std::function<Status(const MultipartUpload&)>& visit);

}  // namespace objectstore::cli
