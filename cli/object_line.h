// Objects, prefixes, buckets and finished transfers as JSON lines: the names are a contract with scripts.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "objectstore/bucket.h"
#include "objectstore/client.h"

namespace objectstore::cli {

/// {"bucket","key","etag","size","contentType","lastModified","versionId","storageClass"}, absent where unknown.
std::string object_json(const ObjectInfo& object);
/// The same, and everything else that is stored with it.
std::string object_details_json(const ObjectInfo& object);
/// {"bucket","prefix"}
std::string prefix_json(std::string_view bucket, std::string_view prefix);
/// {"bucket","created"}
std::string bucket_json(const BucketInfo& bucket);
std::string bucket_json(std::string_view name);

/// A finished transfer: an object line and {"source","target","seconds","resumed"}.
struct Transfer {
  std::string source;
  std::string target;
  std::chrono::steady_clock::duration took{};
  bool resumed = false;  ///< an earlier run had brought a part of it
};
std::string transfer_json(const ObjectInfo& object, const Transfer& transfer);

}  // namespace objectstore::cli
