// One object in parts that are uploaded beside each other.
#pragma once

#include <string_view>

#include "objectstore/transfer.h"
#include "transfer/resources.h"

namespace objectstore::transfer {

/// `size` is what the body said; nothing = unknown, the body is read to its end. See TransferManager::upload.
Result<Uploaded> upload_in_parts(Resources& resources, Bucket& bucket, std::string_view key, BodySource& source,
                                 std::optional<std::uint64_t> size, const TransferUploadOptions& options);

}  // namespace objectstore::transfer
