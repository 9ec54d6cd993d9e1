// A server-side copy of an object that is too large for one copy request.
#pragma once

#include <string_view>

#include "objectstore/transfer.h"
#include "transfer/resources.h"

namespace objectstore::transfer {

/// `source` with its bucket filled in; `object` is what a HEAD told of it, and pins it. See TransferManager::copy.
Result<Copied> copy_in_parts(Resources& resources, Bucket& to, const CopySource& source, const ObjectInfo& object, std::string_view key,
                             const TransferCopyOptions& options);

}  // namespace objectstore::transfer
