// A small value that names one stored object, to be passed around instead of its bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "objectstore/export.h"
#include "objectstore/result.h"

namespace objectstore {

struct ObjectRef {
  std::string bucket;
  std::string key;
  std::string etag;  ///< without quotes
  std::uint64_t size = 0;
  std::string content_type;
  bool operator==(const ObjectRef&) const = default;
};

/// {"bucket","key","etag","size","contentType"}, compact, in this order.
OBJECTSTORE_EXPORT std::string to_json(const ObjectRef& ref);
/// Unknown members are ignored. Errors: invalid_argument with the member that is missing or of the wrong type.
OBJECTSTORE_EXPORT Result<ObjectRef> parse_object_ref(std::string_view json);

}  // namespace objectstore
