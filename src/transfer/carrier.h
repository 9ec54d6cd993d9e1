// One direction of a copy: how one object gets from the source to the target, and how either end is cleaned up.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "objectstore/bucket.h"
#include "objectstore/result.h"
#include "transfer/entries.h"
#include "transfer/resources.h"

namespace objectstore::transfer {

/// Counts one object's bytes into the total of a run. Thread-safety: one instance, one thread; several count into one total.
class ByteMeter {
 public:
  explicit ByteMeter(std::atomic<std::uint64_t>& total) : total_(total) {}
  void add(std::uint64_t bytes) {
    bytes_ += bytes;
    total_ += bytes;
  }
  /// The object begins again.
  void reset() {
    total_ -= bytes_;
    bytes_ = 0;
  }
  /// So much of the object is there.
  void set(std::uint64_t bytes) {
    reset();
    add(bytes);
  }

 private:
  std::atomic<std::uint64_t>& total_;
  std::uint64_t bytes_ = 0;
};

/// Thread-safety: every member but `admit` may be called concurrently.
class Carrier {
 public:
  virtual ~Carrier() = default;

  /// What carries the bytes, and bounds the requests in flight.
  virtual Resources& resources() = 0;

  /// For people: a local path or "s3://bucket/key".
  [[nodiscard]] virtual std::string source_name(std::string_view path) const = 0;
  [[nodiscard]] virtual std::string target_name(std::string_view path) const = 0;
  /// The object of that path, as far as its name goes; empty for a path whose target is a file.
  [[nodiscard]] virtual ObjectInfo target_object(std::string_view path) const = 0;

  /// Why the path cannot be carried, before anything is tried; nothing = it can. Called for every path of the source, in order.
  virtual std::optional<Skipped> admit(const Entry& source) = 0;
  /// `create_only`: the target is known not to be there.
  virtual Result<ObjectInfo> carry(const Entry& source, bool create_only, ByteMeter& meter) = 0;
  /// Compares content; nothing = it cannot be told.
  virtual Result<std::optional<bool>> same_content(const Entry& source, const Entry& target) = 0;
  /// Deletes what was carried. Errors: conflict (it is not what was carried any more, and stays).
  virtual Status remove_source(const Entry& source) = 0;
  /// One result a path. A thousand paths at most.
  virtual std::vector<Status> remove_targets(std::span<const std::string> paths) = 0;
  /// After the last object was carried: makes it all last.
  virtual Status finish() { return {}; }
};

/// Keys of one bucket by path. Thread-safety: may be used concurrently.
class BucketPlace {
 public:
  /// `bucket` must outlive it.
  BucketPlace(Bucket& bucket, std::string_view prefix, const CallOptions& call) : bucket_(&bucket), prefix_(prefix), call_(call) {}

  [[nodiscard]] Bucket& bucket() const { return *bucket_; }
  [[nodiscard]] const CallOptions& call() const { return call_; }
  [[nodiscard]] std::string key(std::string_view path) const { return prefix_ + std::string(path); }
  [[nodiscard]] std::string uri(std::string_view path) const { return "s3://" + bucket_->name() + "/" + key(path); }
  [[nodiscard]] ObjectInfo object(std::string_view path) const {
    ObjectInfo info;
    info.bucket = bucket_->name();
    info.key = key(path);
    return info;
  }
  /// The object as it is now. Errors: those of Bucket::head.
  [[nodiscard]] Result<Entry> look(std::string_view path) const;
  /// Deletes the object if it still is `entry`. Errors: conflict; those of Bucket::head and delete_object.
  [[nodiscard]] Status remove_if_same(const Entry& entry) const;
  [[nodiscard]] std::vector<Status> remove(std::span<const std::string> paths) const;

 private:
  Bucket* bucket_;
  std::string prefix_;
  CallOptions call_;
};

/// Runs `carry` on an entry and, when the object was replaced since it was listed (precondition_failed), on what stands there now.
template <class Carry>
Result<ObjectInfo> carry_current(const BucketPlace& source, Entry entry, const Carry& carry) {
  constexpr int kLooks = 3;
  for (int look = 1;; ++look) {
    Result<ObjectInfo> carried = carry(entry);
    if (carried || carried.error().kind != ErrorKind::precondition_failed || look == kLooks) return carried;
    Result<Entry> now = source.look(entry.path);
    if (!now) return std::move(now).error();
    entry = std::move(*now);
  }
}

/// In lower-case hex. Errors: those of opening and reading the file; cancelled.
Result<std::string> md5_of_file(const std::filesystem::path& path, const CallOptions& call);

}  // namespace objectstore::transfer
