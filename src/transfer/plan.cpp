// What is to be done with each path.
#include "transfer/plan.h"

#include <chrono>
#include <utility>

#include "base/encoding.h"

namespace objectstore::transfer {

Result<std::optional<Pair>> Merge::next() {
  if (std::exchange(wants_left_, false)) {
    auto entry = source_.next();
    if (!entry) return std::move(entry).error();
    left_ = std::move(*entry);
  }
  if (std::exchange(wants_right_, false) && target_ != nullptr) {
    auto entry = target_->next();
    if (!entry) return std::move(entry).error();
    right_ = std::move(*entry);
  }
  if (!left_ && !right_) return std::optional<Pair>();
  Pair pair;
  const bool take_left = left_ && (!right_ || left_->path <= right_->path);
  const bool take_right = right_ && (!left_ || right_->path <= left_->path);
  if (take_left) {
    pair.source = std::exchange(left_, std::nullopt);
    wants_left_ = true;
  }
  if (take_right) {
    pair.target = std::exchange(right_, std::nullopt);
    wants_right_ = true;
  }
  return std::optional(std::move(pair));
}

bool looks_changed(const Entry& source, const Entry& target) {
  using std::chrono::floor, std::chrono::milliseconds;
  return source.size != target.size || floor<milliseconds>(target.modified) < floor<milliseconds>(source.modified);
}

std::string md5_of_etag(std::string_view etag) {
  return etag.size() == 32 && base::unhex(etag) ? base::to_lower(etag) : std::string();
}

}  // namespace objectstore::transfer
