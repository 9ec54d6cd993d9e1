// ListObjectsV2, one page.
#pragma once

#include <string_view>

#include "objectstore/bucket.h"
#include "s3/send.h"

namespace objectstore::s3 {

/// Arguments are checked already; `options.call` is in `call`. Errors still lack their context. Errors: those of parse_list and Sender::send.
Result<ListPage> list(Sender& sender, Call& call, std::string_view bucket, const ListOptions& options);

}  // namespace objectstore::s3
