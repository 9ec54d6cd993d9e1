// What is to be done with each path: two listings in order, walked side by side.
#pragma once

#include <optional>
#include <string>

#include "transfer/entries.h"

namespace objectstore::transfer {

/// One path, and where it is.
struct Pair {
  std::optional<Entry> source;
  std::optional<Entry> target;
};

/// Holds one entry of each side. Thread-safety: one instance, one thread.
class Merge {
 public:
  /// `target` may be null: then nothing is known of it. Both must outlive the merge.
  Merge(EntrySource& source, EntrySource* target) : source_(source), target_(target) {}
  /// The next path, in ascending order; nothing = that was all. Errors: those of the sources.
  Result<std::optional<Pair>> next();

 private:
  EntrySource& source_;
  EntrySource* target_;
  std::optional<Entry> left_;
  std::optional<Entry> right_;
  bool wants_left_ = true;
  bool wants_right_ = true;
};

/// By size and time: the sizes differ, or the target is the older one. Times are compared to the millisecond, which is what services tell.
bool looks_changed(const Entry& source, const Entry& target);

/// The MD5 that an ETag is (32 hex digits, in lower case); empty where it is something else, as those of multipart uploads are ("...-3").
std::string md5_of_etag(std::string_view etag);

}  // namespace objectstore::transfer
