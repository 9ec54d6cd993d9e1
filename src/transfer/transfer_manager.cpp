// TransferManager: hands its verbs on, with what its transfers share.
#include "objectstore/transfer.h"

#include <utility>

#include "transfer/resources.h"
#include "transfer/transfers.h"

namespace objectstore {

class TransferManager::Impl {
 public:
  explicit Impl(const TransferOptions& options) : resources(options) {}
  transfer::Resources resources;
};

TransferManager::TransferManager(const TransferOptions& options) : impl_(std::make_unique<Impl>(options)) {}
TransferManager::~TransferManager() = default;

Result<Uploaded> TransferManager::upload(Bucket& bucket, std::string_view key, Body body, const TransferUploadOptions& options) {
  return transfer::upload(impl_->resources, bucket, key, std::move(body), options);
}

Result<Downloaded> TransferManager::download(Bucket& bucket, std::string_view key, Sink sink, const TransferDownloadOptions& options) {
  return transfer::download(impl_->resources, bucket, key, std::move(sink), options);
}

Result<Downloaded> TransferManager::download_file(Bucket& bucket, std::string_view key, const std::filesystem::path& path,
                                                  const TransferFileOptions& options) {
  return transfer::download_file(impl_->resources, bucket, key, path, options);
}

Result<Copied> TransferManager::copy(Bucket& from, const CopySource& source, Bucket& to, std::string_view key,
                                     const TransferCopyOptions& options) {
  return transfer::copy(impl_->resources, from, source, to, key, options);
}

}  // namespace objectstore
