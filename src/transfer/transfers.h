// What TransferManager does, over resources that others use as well.
#pragma once

#include <filesystem>
#include <string_view>

#include "objectstore/transfer.h"
#include "transfer/resources.h"

namespace objectstore::transfer {

// Each as the member of TransferManager that has its name. May be called concurrently.

Result<Uploaded> upload(Resources& resources, Bucket& bucket, std::string_view key, Body body, const TransferUploadOptions& options);
Result<Downloaded> download(Resources& resources, Bucket& bucket, std::string_view key, Sink sink, const TransferDownloadOptions& options);
Result<Downloaded> download_file(Resources& resources, Bucket& bucket, std::string_view key, const std::filesystem::path& path,
                                 const TransferFileOptions& options);
Result<Copied> copy(Resources& resources, Bucket& from, const CopySource& source, Bucket& to, std::string_view key,
                    const TransferCopyOptions& options);

}  // namespace objectstore::transfer
