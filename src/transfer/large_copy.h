// A server-side copy of an object that is too large for one copy request.
#pragma once

#include <string_view>

#include "objectstore/transfer.h"
#include "transfer/resources.h"

namespace objectstore::transfer {

/// One request, in a place of its own. `size` is the source's, as far as is known.
Result<Copied> copy_in_one_request(Resources& resources, Bucket& to, const CopySource& source, std::uint64_t size, std::string_view key,
                                   CopyOptions options);

/// `source` with its bucket filled in; `object` is what a HEAD told of it, and pins it. See TransferManager::copy.
Result<Copied> copy_in_parts(Resources& resources, Bucket& to, const CopySource& source, const ObjectInfo& object, std::string_view key,
                             const TransferCopyOptions& options);

}  // namespace objectstore::transfer
