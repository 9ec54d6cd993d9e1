// Ranges of one version of an object, in parallel, into a sink that takes them as they come or in order.
#include "transfer/large_download.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/condition.h"
#include "base/digest.h"
#include "base/encoding.h"
#include "base/etag.h"
#include "bucket/call_budget.h"
#include "s3/range.h"
#include "transfer/lanes.h"
#include "transfer/ordered_writer.h"
#include "transfer/part_plan.h"

namespace objectstore::transfer {

namespace {

/// How often a download starts over because the object was replaced under it.
constexpr int kStarts = 3;
constexpr std::size_t kReadBackBytes = std::size_t{1} << 20;

/// Hands everything on to a sink that it does not own, unless the body turns out to be better fetched in ranges.
class WholeSink final : public BodySink {
 public:
  /// `too_large` is set where the body has more than `limit` bytes: nothing has begun then.
  WholeSink(BodySink& sink, const ProgressFunction& progress, std::uint64_t limit, bool& too_large)
      : sink_(sink), progress_(progress), limit_(limit), too_large_(too_large) {}
  Status begin(std::optional<std::uint64_t> size) override {
    seen_ = {.total = size};
    too_large_ = size.value_or(0) > limit_;
    if (too_large_) return Error{.kind = ErrorKind::cancelled, .message = "to be fetched in ranges"};
    return sink_.begin(size);
  }
  Status write(std::span<const std::byte> bytes) override {
    auto written = sink_.write(bytes);
    seen_.bytes += bytes.size();
    if (written && progress_) progress_(seen_);
    return written;
  }
  Status finish() override { return sink_.finish(); }
  void discard() noexcept override { sink_.discard(); }
  std::string take_content() override { return sink_.take_content(); }

 private:
  BodySink& sink_;
  const ProgressFunction& progress_;
  const std::uint64_t limit_;
  bool& too_large_;
  TransferProgress seen_;
};

/// One range's place in a sink that takes parts. libcurl hands on 16 KiB at a time: ranges that write so little each contend for the file.
class RangeSink final : public BodySink {
 public:
  RangeSink(BodySink& sink, std::uint64_t offset) : sink_(sink), offset_(offset) { pending_.reserve(kWriteBytes); }
  Status begin(std::optional<std::uint64_t>) override {
    done_ = 0;
    pending_.clear();
    return {};
  }
  Status write(std::span<const std::byte> bytes) override {
    if (pending_.size() + bytes.size() > kWriteBytes) {
      if (auto flushed = flush(); !flushed) return flushed;
    }
    if (bytes.size() >= kWriteBytes) return hand_on(bytes);
    pending_.insert(pending_.end(), bytes.begin(), bytes.end());
    return {};
  }
  Status finish() override { return flush(); }
  void discard() noexcept override {}

 private:
  static constexpr std::size_t kWriteBytes = std::size_t{112} << 10U;  ///< malloc serves more than 128 KiB by a system call

  Status flush() {
    auto flushed = hand_on(pending_);
    pending_.clear();
    return flushed;
  }
  Status hand_on(std::span<const std::byte> bytes) {
    auto written = sink_.write_at(offset_ + done_, bytes);
    done_ += bytes.size();
    return written;
  }

  BodySink& sink_;
  const std::uint64_t offset_;
  std::uint64_t done_ = 0;  ///< bytes handed on
  std::vector<std::byte> pending_;
};

/// A buffer that one range fills.
class BufferSink final : public BodySink {
 public:
  explicit BufferSink(std::span<std::byte> buffer) : buffer_(buffer) {}
  Status begin(std::optional<std::uint64_t>) override {
    done_ = 0;
    return {};
  }
  Status write(std::span<const std::byte> bytes) override {
    if (bytes.size() > buffer_.size() - done_) return Error{.kind = ErrorKind::corrupt, .message = "more bytes came than the range holds"};
    std::memcpy(buffer_.data() + done_, bytes.data(), bytes.size());
    done_ += bytes.size();
    return {};
  }
  Status finish() override { return {}; }
  void discard() noexcept override {}

 private:
  const std::span<std::byte> buffer_;
  std::size_t done_ = 0;
};

/// The MD5 of the whole object in hex, where its ETag is one: not for parts, and not for what KMS or a customer's key encrypts.
/// Source: S3 API Reference, "Object", ETag.
std::optional<std::string> whole_md5(const ObjectInfo& object, bool customer_key) {
  if (customer_key || object.encryption == "aws:kms" || object.encryption == "aws:kms:dsse") return std::nullopt;
  if (object.etag.size() != 32 || !base::unhex(object.etag)) return std::nullopt;
  return base::to_lower(object.etag);
}

Error replaced() {
  return {.kind = ErrorKind::conflict, .message = "the object was replaced during the download"};
}

class LargeDownload {
 public:
  LargeDownload(Resources& resources, Bucket& bucket, std::string_view key, BodySink& sink, const TransferDownloadOptions& options,
                DownloadJournal* journal, const CallOptions& call)
      : resources_(resources),
        bucket_(bucket),
        key_(key),
        sink_(sink),
        options_(options),
        journal_(journal),
        cancel_(call.cancel ? call.cancel->child() : CancelToken()),
        budget_(*resources.clock, {.deadline = call.deadline, .cancel = cancel_, .on_throttled = call.on_throttled}),
        failure_(cancel_) {}

  Result<Downloaded> run();
  /// The object was another one by the time its ranges were fetched, and the sink can start over.
  [[nodiscard]] bool may_start_over() const { return replaced_ && any_order_; }

 private:
  /// Nothing = it has more than `limit` bytes.
  std::optional<Result<Downloaded>> in_one_request(std::uint64_t limit);
  Result<ObjectInfo> head_of_object(HeadOptions options);
  Status plan();
  void fetch_parts();
  /// `buffer` is for ranges that are handed on in order.
  Status fetch(std::uint32_t index, const Buffer& buffer);
  Status fetch_into_place(std::uint32_t index);
  Status fetch_in_order(std::uint32_t index, const Buffer& buffer);
  /// Ends the other lanes too.
  void end_with(Error error);
  Status range_to(std::uint32_t index, std::unique_ptr<BodySink> target);
  void arrived(std::uint32_t index);
  Status verify();

  [[nodiscard]] bool is_whole() const { return span_.size == info_.size; }

  Resources& resources_;
  Bucket& bucket_;
  const std::string_view key_;
  BodySink& sink_;
  const TransferDownloadOptions& options_;
  DownloadJournal* const journal_;
  const CancelToken cancel_;  ///< the caller's, or the first failure's
  const CallBudget budget_;
  FirstFailure failure_;

  ObjectInfo info_;
  s3::ByteSpan span_;
  PartPlan plan_;
  bool any_order_ = false;
  std::optional<OrderedWriter> in_order_;
  std::optional<base::Hasher> hasher_;  ///< of an ordered sink's bytes; moved on by whose turn it is
  std::atomic<std::uint32_t> next_{0};
  std::atomic<bool> replaced_{false};
  base::Mutex mutex_;          ///< held also while the caller hears of progress, and may call the library
  TransferProgress progress_;  ///< guarded by `mutex_`
};

std::optional<Result<Downloaded>> LargeDownload::in_one_request(std::uint64_t limit) {
  DownloadOptions object = options_.object;
  bool too_large = false;
  RequestPlace place(resources_);
  object.call = place.watch(budget_.rest());
  auto got = bucket_.download(key_, Sink::from(std::make_unique<WholeSink>(sink_, options_.progress, limit, too_large)), object);
  if (too_large) return std::nullopt;
  if (got) place.carried(got->size);
  return got;
}

Status LargeDownload::plan() {
  auto part_size = part_size_for_streams(resources_.options.part_size);
  if (!part_size) return std::move(part_size).error();
  if (journal_ != nullptr) {
    part_size = journal_->open(info_, *part_size);
    if (!part_size) return std::move(part_size).error();
  }
  const std::uint64_t count = std::max<std::uint64_t>(1, span_.size / *part_size + (span_.size % *part_size == 0 ? 0 : 1));
  if (count > UINT32_MAX) return Error{.kind = ErrorKind::invalid_argument, .message = "the object has too many ranges of that size"};
  plan_ = {.size = span_.size, .part_size = *part_size, .count = static_cast<std::uint32_t>(count)};
  progress_.total = span_.size;

  auto begun = sink_.begin_parts(span_.size);
  if (!begun) return std::move(begun).error();
  any_order_ = *begun;
  if (any_order_) return {};
  if (auto ordered = sink_.begin(span_.size); !ordered) return ordered;
  in_order_.emplace(sink_);
  if (is_whole() && whole_md5(info_, options_.object.customer_key.has_value())) hasher_.emplace(base::Hasher::Algorithm::md5);
  return {};
}

Status LargeDownload::range_to(std::uint32_t index, std::unique_ptr<BodySink> target) {
  const std::uint64_t first = span_.first + plan_.offset(index);
  const std::uint64_t size = plan_.size_of(index);
  DownloadOptions range;
  if (size > 0) range.range = ByteRange::first_last(first, first + size - 1);
  range.conditions.if_match = info_.etag;
  range.version_id = options_.object.version_id;
  range.customer_key = options_.object.customer_key;
  RequestPlace place(resources_);
  range.call = place.watch(budget_.rest());
  if (failure_.happened()) return Error{.kind = ErrorKind::cancelled, .message = "another range failed"};
  if (budget_.expired()) return Error{.kind = ErrorKind::timeout, .message = "the deadline ended the download between two ranges"};
  auto got = bucket_.download(key_, Sink::from(std::move(target)), range);
  if (!got) {
    const ErrorKind kind = got.error().kind;
    if (kind != ErrorKind::precondition_failed && kind != ErrorKind::conflict) return std::move(got).error();
    replaced_ = true;
    Error error = std::move(got).error();
    error.kind = ErrorKind::conflict;
    return error;
  }
  if (got->object.etag != info_.etag || got->object.size != info_.size) {
    replaced_ = true;
    return replaced();
  }
  place.carried(got->size);
  if (got->size != size || got->first != first) return Error{.kind = ErrorKind::corrupt, .message = "a range came with other bounds"};
  return {};
}

Status LargeDownload::fetch_into_place(std::uint32_t index) {
  return range_to(index, std::make_unique<RangeSink>(sink_, plan_.offset(index)));
}

Status LargeDownload::fetch_in_order(std::uint32_t index, const Buffer& buffer) {
  const auto bytes = buffer.bytes().first(static_cast<std::size_t>(plan_.size_of(index)));
  if (auto got = range_to(index, std::make_unique<BufferSink>(bytes)); !got) return got;
  auto written = in_order_->write(index, bytes, hasher_ ? &*hasher_ : nullptr);
  if (!written) return std::move(written).error();
  if (!*written) return Error{.kind = ErrorKind::cancelled, .message = "another range failed"};
  return {};
}

void LargeDownload::arrived(std::uint32_t index) {
  const std::lock_guard lock(mutex_);
  progress_.bytes += plan_.size_of(index);
  if (options_.progress) options_.progress(progress_);
}

Status LargeDownload::fetch(std::uint32_t index, const Buffer& buffer) {
  auto got = any_order_ ? fetch_into_place(index) : fetch_in_order(index, buffer);
  if (!got) return got;
  if (journal_ != nullptr) {
    if (auto kept = journal_->arrived(index); !kept) return kept;
  }
  arrived(index);
  return {};
}

void LargeDownload::end_with(Error error) {
  failure_.report(std::move(error));
  if (in_order_) in_order_->stop();
}

void LargeDownload::fetch_parts() {
  if (journal_ != nullptr) {
    for (std::uint32_t i = 0; i < plan_.count; ++i) {
      if (journal_->has(i)) progress_.resumed += plan_.size_of(i);
    }
    progress_.bytes = progress_.resumed;
    if (options_.progress && progress_.resumed > 0) options_.progress(progress_);
  }
  const auto lane = [this] {
    while (!failure_.happened()) {
      // A range that waits for its turn holds a buffer, so the buffer comes first: else the range whose turn it is might find none.
      Result<Buffer> buffer = any_order_ ? Buffer() : resources_.buffers.take(static_cast<std::size_t>(plan_.part_size));
      if (!buffer) return end_with(std::move(buffer).error());
      const std::uint32_t index = next_++;
      if (index >= plan_.count) return;
      if (journal_ != nullptr && journal_->has(index)) continue;
      if (auto got = fetch(index, *buffer); !got) return end_with(std::move(got).error());
    }
  };
  std::size_t lanes = std::min<std::size_t>(resources_.requests.most(), plan_.count);
  if (!any_order_) lanes = std::min(lanes, resources_.buffers.room_for(static_cast<std::size_t>(plan_.part_size)));
  run_lanes(resources_.pool, lanes, lane);
}

Status LargeDownload::verify() {
  const auto expected = whole_md5(info_, options_.object.customer_key.has_value());
  if (!expected || !is_whole()) return {};
  if (any_order_) {
    hasher_.emplace(base::Hasher::Algorithm::md5);
    std::vector<std::byte> piece(std::min<std::uint64_t>(kReadBackBytes, span_.size));
    for (std::uint64_t at = 0; at < span_.size; at += piece.size()) {
      if (cancel_.cancelled()) return Error{.kind = ErrorKind::cancelled, .message = "cancelled by the caller"};
      const auto bytes = std::span(piece).first(static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), span_.size - at)));
      if (auto read = sink_.read_back(at, bytes); !read) return read;
      hasher_->update(bytes);
    }
  }
  const std::string digest = hasher_->finish();
  if (base::hex({reinterpret_cast<const std::uint8_t*>(digest.data()), digest.size()}) == *expected) return {};
  return Error{.kind = ErrorKind::corrupt, .message = "the bytes that arrived do not match the object's MD5"};
}

Result<ObjectInfo> LargeDownload::head_of_object(HeadOptions options) {
  RequestPlace place(resources_);
  options.call = place.watch(budget_.rest());
  return bucket_.head(key_, options);
}

Result<Downloaded> LargeDownload::run() {
  if (journal_ == nullptr) {  // most objects are small: their size shows in the reply that brings them
    if (auto got = in_one_request(resources_.options.multipart_threshold)) return *std::move(got);
  }
  auto info = head_of_object(
      {.conditions = options_.object.conditions, .version_id = options_.object.version_id, .customer_key = options_.object.customer_key});
  if (!info) return std::move(info).error();
  info_ = std::move(*info);
  auto span = s3::resolve_range(options_.object.range, info_.size);
  if (!span) return std::move(span).error();
  span_ = *span;
  if (info_.etag.empty() || base::is_weak_etag(info_.etag)) return *in_one_request(UINT64_MAX);  // nothing could pin the ranges

  auto done = plan();
  if (done) {
    fetch_parts();
    done = failure_.take();
  }
  if (done) done = verify();
  if (done) done = sink_.finish();
  if (!done) {
    sink_.discard();
    return std::move(done).error();
  }
  Downloaded result;
  result.object = std::move(info_);
  result.first = span_.first;
  result.size = span_.size;
  result.content = sink_.take_content();
  return result;
}

}  // namespace

Result<Downloaded> download_in_ranges(Resources& resources, Bucket& bucket, std::string_view key, BodySink& sink,
                                      const TransferDownloadOptions& options, DownloadJournal* journal) {
  const CallBudget budget(*resources.clock, options.object.call);
  for (int start = 1;; ++start) {
    LargeDownload download(resources, bucket, key, sink, options, journal, budget.rest());
    auto result = download.run();
    if (result || start == kStarts || !download.may_start_over()) return result;
  }
}

}  // namespace objectstore::transfer
