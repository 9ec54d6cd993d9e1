// What all backends share: the check of keys, and listing as a range.
#include "objectstore/bucket.h"

#include <utility>

#include "base/encoding.h"

namespace objectstore {

namespace {

/// Pages in a row that hold nothing but a token, after which a listing is taken for endless.
constexpr int kMaxEmptyPages = 1000;

Error bad_key(std::string_view key, std::string message) {
  return Error{.kind = ErrorKind::invalid_argument, .message = std::move(message), .key = std::string(key)};
}

Error endless_listing(const Bucket& bucket, std::string message) {
  return Error{.kind = ErrorKind::corrupt, .message = std::move(message), .operation = "list", .bucket = bucket.name()};
}

}  // namespace

Status check_key(std::string_view key) {
  if (key.empty()) return bad_key(key, "the key is empty");
  if (key.size() > kMaxKeyBytes) {
    return bad_key(key, "the key has " + std::to_string(key.size()) + " bytes; at most " + std::to_string(kMaxKeyBytes) + " are allowed");
  }
  if (key.find('\0') != std::string_view::npos) return bad_key(key, "the key holds a NUL byte");
  if (!base::is_utf8(key)) return bad_key(key, "the key is not valid UTF-8");
  return {};
}

ObjectRange::ObjectRange(Bucket& bucket, ListOptions options) : bucket_(&bucket), options_(std::move(options)) {}

ObjectRange::Iterator ObjectRange::begin() {
  if (!started_) {
    started_ = true;
    advance();
  }
  return Iterator(this);
}

void ObjectRange::advance() {
  if (current_ && !current_->has_value()) {  // the first error is the last entry
    current_.reset();
    return;
  }
  while (true) {
    const bool object_left = next_object_ < page_.objects.size();
    const bool prefix_left = next_prefix_ < page_.common_prefixes.size();
    if (object_left && (!prefix_left || page_.objects[next_object_].key < page_.common_prefixes[next_prefix_])) {
      current_.emplace(ListEntry{std::move(page_.objects[next_object_++]), false});
      return;
    }
    if (prefix_left) {
      ListEntry entry;
      entry.is_prefix = true;
      entry.object.bucket = bucket_->name();
      entry.object.key = std::move(page_.common_prefixes[next_prefix_++]);
      current_.emplace(std::move(entry));
      return;
    }
    if (!more_) {
      current_.reset();
      return;
    }
    fetch_page();
    if (current_ && !current_->has_value()) return;
  }
}

void ObjectRange::fetch_page() {
  const auto fail = [this](Error error) {
    page_ = {};
    more_ = false;
    current_.emplace(std::move(error));
  };
  next_object_ = 0;
  next_prefix_ = 0;
  auto page = bucket_->list(options_);
  if (!page) return fail(std::move(page).error());
  page_ = std::move(*page);
  more_ = !page_.continuation.empty();
  if (!more_) return;
  // Tokens that go round in a circle are found as Brent finds cycles: against one remembered token, renewed at pages 1, 2, 4, 8...
  ++pages_;
  if (page_.continuation == options_.continuation || page_.continuation == remembered_token_) {
    return fail(endless_listing(*bucket_, "the listing repeats a continuation token and would never end"));
  }
  if (pages_ == remember_at_) {
    remembered_token_ = page_.continuation;
    remember_at_ *= 2;
  }
  empty_pages_ = page_.objects.empty() && page_.common_prefixes.empty() ? empty_pages_ + 1 : 0;
  if (empty_pages_ > kMaxEmptyPages) {
    return fail(endless_listing(*bucket_, "the listing consists of empty pages and does not end"));
  }
  options_.continuation = page_.continuation;
}

ObjectRange list_objects(Bucket& bucket, ListOptions options) {
  return {bucket, std::move(options)};
}

}  // namespace objectstore
