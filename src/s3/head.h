// HeadObject: what is stored under a key, without its bytes.
#pragma once

#include <string_view>

#include "objectstore/bucket.h"
#include "s3/send.h"

namespace objectstore::s3 {

/// Arguments are checked already; `options.call` is in `call`. Errors still lack their context. Errors: corrupt (Content-Length is missing or no
/// number, a malformed header), those of Sender::send; not_found has no service code, for the reply has no body.
Result<ObjectInfo> head(Sender& sender, Call& call, std::string_view bucket, std::string_view key, const HeadOptions& options);

}  // namespace objectstore::s3
