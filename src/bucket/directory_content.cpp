// Holds the bytes of an object against its ETag.
#include "bucket/directory_content.h"

#include <algorithm>
#include <string_view>

#include "base/encoding.h"

namespace objectstore::directory {

namespace {

std::string hex_of(std::string_view digest) {
  return base::hex({reinterpret_cast<const std::uint8_t*>(digest.data()), digest.size()});
}

}  // namespace

ContentCheck::ContentCheck(const Version& version)
    : etag_(version.etag),
      runs_(version.part_sizes),
      in_parts_(!version.part_sizes.empty()),
      possible_(in_parts_ || is_content_etag(version.etag)),
      hasher_(base::Hasher::Algorithm::md5) {
  std::reverse(runs_.begin(), runs_.end());
  begin_part();
}

void ContentCheck::begin_part() {
  while (!runs_.empty() && runs_.back().count == 0) runs_.pop_back();
  if (runs_.empty()) return;
  --runs_.back().count;
  left_ = runs_.back().size;
}

void ContentCheck::end_part() {
  parts_.add(hex_of(hasher_.finish()));
  hasher_ = base::Hasher(base::Hasher::Algorithm::md5);
}

void ContentCheck::update(std::span<const std::byte> bytes) {
  if (!in_parts_) return hasher_.update(bytes);
  while (!bytes.empty()) {
    if (left_ == 0) {
      end_part();
      begin_part();
      if (left_ == 0) {  // more bytes than the parts have
        etag_.clear();
        return;
      }
    }
    const auto piece = bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size())));
    hasher_.update(piece);
    left_ -= piece.size();
    bytes = bytes.subspan(piece.size());
  }
}

bool ContentCheck::holds() {
  if (!in_parts_) return hex_of(hasher_.finish()) == etag_;
  end_part();
  return left_ == 0 && parts_.text() == etag_;
}

}  // namespace objectstore::directory
