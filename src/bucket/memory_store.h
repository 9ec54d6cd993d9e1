// What the memory backend holds: buckets of objects, shared by the client's handles.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>

#include "bucket/attributes.h"
#include "objectstore/clock.h"

namespace objectstore {

/// Never changed once it is in a bucket, so readers keep it without a lock.
struct MemoryObject {
  std::string content;
  std::string etag;
  SystemTime last_modified;
  Attributes attributes;
};

struct MemoryContents {
  SystemTime created;
  std::map<std::string, std::shared_ptr<const MemoryObject>, std::less<>> objects;  // std::string compares bytes as unsigned
};

/// Thread-safety: hold `mutex` (shared to read) while touching `buckets`; `clock` is constant.
struct MemoryStore {
  std::shared_ptr<Clock> clock;
  std::shared_mutex mutex;
  std::map<std::string, MemoryContents, std::less<>> buckets;
};

std::shared_ptr<Bucket> make_memory_bucket(std::shared_ptr<MemoryStore> store, std::string name);

}  // namespace objectstore
