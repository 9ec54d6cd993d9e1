// What a backend implements behind Client: it makes Bucket handles and manages buckets.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "objectstore/client.h"

namespace objectstore {

/// Thread-safety: every member may be called concurrently. Error::operation and bucket are filled by the backend.
class ClientBackend : public std::enable_shared_from_this<ClientBackend> {
 public:
  virtual ~ClientBackend() = default;
  virtual std::shared_ptr<Bucket> bucket(std::string_view name) = 0;
  virtual Status create_bucket(std::string_view name, const CreateBucketOptions& options) = 0;
  virtual Status delete_bucket(std::string_view name, const CallOptions& options) = 0;
  virtual Result<std::vector<BucketInfo>> list_buckets(const CallOptions& options) = 0;
  virtual Result<bool> bucket_exists(std::string_view name, const CallOptions& options) = 0;
  [[nodiscard]] virtual std::string describe() const = 0;
};

}  // namespace objectstore
