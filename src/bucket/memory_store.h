// What the memory backend holds: buckets of objects, shared by the client's handles.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>

#include "bucket/attributes.h"
#include "bucket/verb.h"
#include "objectstore/clock.h"

namespace objectstore {

/// Never changed once it is in a bucket, so readers keep it without a lock.
struct MemoryObject {
  std::string content;
  std::string etag;
  SystemTime last_modified;
  Attributes attributes;
  std::string upload_id = {};  ///< of the upload in parts that made it
};

struct MemoryPart {
  std::string content;
  UploadedPart described;
};

/// An upload in parts under way.
struct MemoryUpload {
  SystemTime initiated;
  Attributes attributes;
  std::map<std::uint32_t, std::shared_ptr<const MemoryPart>> parts = {};
};

struct MemoryContents {
  SystemTime created;
  std::map<std::string, std::shared_ptr<const MemoryObject>, std::less<>> objects;  // std::string compares bytes as unsigned
  std::map<std::pair<std::string, std::string>, MemoryUpload> uploads = {};         ///< by key and upload id; ids sort by age
};

/// Thread-safety: hold `mutex` (shared to read) while touching `buckets`; `clock`, `random` and `deadline` are constant.
struct MemoryStore {
  std::shared_ptr<Clock> clock;
  std::shared_ptr<Random> random;
  std::chrono::milliseconds deadline{0};  ///< of calls that set none
  std::shared_mutex mutex;
  std::map<std::string, MemoryContents, std::less<>> buckets;

  [[nodiscard]] Verb begin(std::string_view operation, std::string_view bucket, std::string_view key, const CallOptions& options) const {
    return {operation, bucket, key, options, *clock, deadline};
  }
};

std::shared_ptr<Bucket> make_memory_bucket(std::shared_ptr<MemoryStore> store, std::string name);

}  // namespace objectstore
