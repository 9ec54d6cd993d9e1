// The ETag of an object of parts.
#include "base/parts_etag.h"

#include <span>

#include "base/digest.h"
#include "base/encoding.h"

namespace objectstore::base {

bool PartsEtag::add(std::string_view etag) {
  const auto digest = unhex(etag);
  if (!digest || digest->size() != Md5Digest{}.size()) return false;
  digests_ += *digest;
  ++count_;
  return true;
}

std::string PartsEtag::text() const {
  return hex(md5(std::as_bytes(std::span(digests_)))) + "-" + std::to_string(count_);
}

}  // namespace objectstore::base
