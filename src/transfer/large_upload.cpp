// A multipart upload from its creation, or from where an earlier run stopped, to its completion or its end.
#include "transfer/large_upload.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/condition.h"
#include "base/digest.h"
#include "base/encoding.h"
#include "base/errors.h"
#include "bucket/call_budget.h"
#include "transfer/lanes.h"
#include "transfer/part_plan.h"
#include "transfer/part_source.h"
#include "transfer/unfinished_upload.h"

namespace objectstore::transfer {

namespace {

std::optional<SseCustomerKey> customer_key_of(const Encryption& encryption) {
  if (const auto* key = std::get_if<SseCustomerKey>(&encryption)) return *key;
  return std::nullopt;
}

/// Nothing = the server tells nothing that could be compared.
std::optional<bool> is_same(const UploadedPart& part, std::span<const std::byte> bytes) {
  if (part.size != bytes.size()) return false;
  if (!part.sha256.empty()) return part.sha256 == base::base64(base::sha256(bytes));
  if (part.etag.size() == 32) return part.etag == base::hex(base::md5(bytes));
  return std::nullopt;
}

class LargeUpload {
 public:
  LargeUpload(Resources& resources, Bucket& bucket, std::string_view key, BodySource& source, std::optional<std::uint64_t> size,
              const TransferUploadOptions& options)
      : resources_(resources),
        bucket_(bucket),
        key_(key),
        source_(source),
        size_(size),
        options_(options),
        cancel_(options.object.call.cancel ? options.object.call.cancel->child() : CancelToken()),
        budget_(*resources.clock,
                {.deadline = options.object.call.deadline, .cancel = cancel_, .on_throttled = options.object.call.on_throttled}),
        customer_key_(customer_key_of(options.object.encryption)),
        failure_(cancel_) {}

  Result<Uploaded> run();
  /// The upload that an earlier run began ended while this one went on with it: one may begin anew.
  [[nodiscard]] bool took_up_what_is_over(const Error& error) const { return taken_up_ && error.service_code == "NoSuchUpload"; }

 private:
  /// Takes up an earlier upload or cuts the body anew.
  Status begin();
  /// What is to be created is there already: no byte need be sent to learn that.
  Status expect_free_key();
  /// The whole body in one request, where it turns out to be that short; nothing = it goes on.
  Result<std::optional<Uploaded>> send_short_body();
  Status create();
  /// Finds an unfinished upload of the key and what of it can be kept. Nothing = there is none that fits the body.
  Result<bool> take_up();
  Result<std::vector<UploadedPart>> parts_of(const MultipartUpload& upload);
  Result<std::optional<MultipartUpload>> newest_upload();
  Status keep_what_is_same(const std::vector<UploadedPart>& parts);

  Result<std::optional<Part>> next_part();
  void send_parts();
  Result<Uploaded> complete();
  /// What becomes of the upload after a failure.
  Error end_with(Error error);
  void stored(UploadedPart part, bool resumed);

  Resources& resources_;
  Bucket& bucket_;
  const std::string_view key_;
  BodySource& source_;
  const std::optional<std::uint64_t> size_;
  const TransferUploadOptions& options_;
  const CancelToken cancel_;  ///< the caller's, or the first failure's
  const CallBudget budget_;
  const std::optional<SseCustomerKey> customer_key_;
  FirstFailure failure_;

  MultipartUpload upload_;
  bool taken_up_ = false;  ///< an earlier run's
  std::optional<PartSource> parts_;
  std::uint64_t part_size_ = 0;
  base::Mutex mutex_;                             ///< held also while the caller hears of progress, and may call the library
  std::optional<Part> first_;                     ///< guarded by `mutex_`; read ahead of a body of unknown size
  std::map<std::uint32_t, UploadedPart> stored_;  ///< guarded by `mutex_`; by number
  TransferProgress progress_;                     ///< guarded by `mutex_`
};

Result<std::optional<MultipartUpload>> LargeUpload::newest_upload() {
  std::optional<MultipartUpload> newest;
  ListMultipartUploadsOptions list{.prefix = std::string(key_)};
  while (true) {
    RequestPlace place(resources_);
    list.call = place.watch(budget_.rest());
    auto page = bucket_.list_multipart_uploads(list);
    if (!page) return std::move(page).error();
    for (auto& each : page->uploads) {
      if (each.key == key_ && (!newest || each.initiated > newest->initiated)) newest = std::move(each);
    }
    if (page->continuation.empty()) return newest;
    list.continuation = std::move(page->continuation);
  }
}

Result<std::vector<UploadedPart>> LargeUpload::parts_of(const MultipartUpload& upload) {
  std::vector<UploadedPart> all;
  ListPartsOptions list{.customer_key = customer_key_};
  while (true) {
    RequestPlace place(resources_);
    list.call = place.watch(budget_.rest());
    auto page = bucket_.list_parts(upload, list);
    if (!page) return std::move(page).error();
    std::move(page->parts.begin(), page->parts.end(), std::back_inserter(all));
    if (page->continuation == 0) return all;
    list.part_after = page->continuation;
  }
}

Status LargeUpload::keep_what_is_same(const std::vector<UploadedPart>& parts) {
  for (const UploadedPart& part : parts) {
    const std::uint32_t index = part.number - 1;
    if (part.number == 0 || index >= parts_->count()) continue;
    if (cancel_.cancelled()) return Error{.kind = ErrorKind::cancelled, .message = "cancelled by the caller"};
    auto ours = parts_->at(index);
    if (!ours) return std::move(ours).error();
    if (is_same(part, ours->bytes).value_or(false)) {
      parts_->skip(index);
      stored(part, true);
    }
  }
  return {};
}

Result<bool> LargeUpload::take_up() {
  if (!size_ || !source_.random_access()) {
    return Error{.kind = ErrorKind::unsupported,
                 .message = "an upload is resumed from a body that can be read at any place; this one is read in order"};
  }
  auto found = newest_upload();
  if (!found) return std::move(found).error();
  if (!*found) return false;
  auto parts = parts_of(**found);
  if (!parts) {
    if (parts.error().kind == ErrorKind::not_found) return false;  // ended meanwhile
    return std::move(parts).error();
  }
  // Where a part belongs follows from its number and the size of the others: all are equal but the last.
  // The highest one that is there may be the last and short one, unless it is the first as well.
  std::uint64_t part_size = parts->size() == 1 && parts->front().number == 1 ? parts->front().size : 0;
  for (std::size_t i = 0; i + 1 < parts->size(); ++i) part_size = std::max(part_size, (*parts)[i].size);
  auto plan = plan_parts(*size_, part_size == 0 ? resources_.options.part_size : std::max(part_size, kMinPartBytes));
  if (!plan) return false;  // another body's
  upload_ = std::move(**found);
  part_size_ = plan->part_size;
  parts_.emplace(source_, resources_.buffers, *plan);
  if (auto kept = keep_what_is_same(*parts); !kept) return std::move(kept).error();
  return true;
}

Status LargeUpload::expect_free_key() {
  if (!std::holds_alternative<CreateOnly>(options_.object.condition)) return {};
  RequestPlace place(resources_);
  auto there = bucket_.head(key_, {.customer_key = customer_key_, .call = place.watch(budget_.rest())});
  if (there) return Error{.kind = ErrorKind::already_exists, .message = "the key is taken"};
  if (there.error().kind == ErrorKind::not_found && there.error().service_code != "NoSuchBucket") return {};
  return std::move(there).error();
}

Status LargeUpload::begin() {
  progress_.total = size_;
  if (options_.resume) {
    auto taken_up = take_up();
    if (!taken_up) return std::move(taken_up).error();
    taken_up_ = *taken_up;
    if (taken_up_) return {};
  }
  if (size_) {
    auto plan = plan_parts(*size_, resources_.options.part_size);
    if (!plan) return std::move(plan).error();
    part_size_ = plan->part_size;
    parts_.emplace(source_, resources_.buffers, *plan);
  } else {
    auto part_size = part_size_for_streams(resources_.options.part_size);
    if (!part_size) return std::move(part_size).error();
    part_size_ = *part_size;
    parts_.emplace(source_, resources_.buffers, part_size_);
  }
  return {};
}

Result<std::optional<Uploaded>> LargeUpload::send_short_body() {
  auto first = parts_->next();
  if (!first) return std::move(first).error();
  first_ = std::move(*first);
  if (!parts_->ended()) return std::optional<Uploaded>();
  UploadOptions object = options_.object;
  RequestPlace place(resources_);
  object.call = place.watch(budget_.rest());
  auto uploaded = bucket_.upload(key_, Body::view(first_->bytes), object);
  if (!uploaded) return std::move(uploaded).error();
  place.carried(first_->bytes.size());
  if (options_.progress) options_.progress({.bytes = first_->bytes.size(), .total = first_->bytes.size()});
  return std::optional(std::move(*uploaded));
}

Status LargeUpload::create() {
  UploadOptions object = options_.object;
  RequestPlace place(resources_);
  object.call = place.watch(budget_.rest());
  auto created = bucket_.create_multipart_upload(key_, object);
  if (!created) return std::move(created).error();
  upload_ = std::move(*created);
  return {};
}

void LargeUpload::stored(UploadedPart part, bool resumed) {
  const std::lock_guard lock(mutex_);
  progress_.bytes += part.size;
  if (resumed) progress_.resumed += part.size;
  const std::uint32_t number = part.number;
  stored_.insert_or_assign(number, std::move(part));
  if (options_.progress) options_.progress(progress_);
}

Result<std::optional<Part>> LargeUpload::next_part() {
  {
    const std::lock_guard lock(mutex_);
    if (first_) return std::exchange(first_, std::nullopt);
  }
  return parts_->next();
}

void LargeUpload::send_parts() {
  const auto lane = [this] {
    while (!failure_.happened()) {
      auto part = next_part();
      if (!part) return failure_.report(std::move(part).error());
      if (!*part) return;
      RequestPlace place(resources_);
      if (failure_.happened()) return;
      if (budget_.expired()) {
        return failure_.report({.kind = ErrorKind::timeout, .message = "the deadline ended the upload between two parts"});
      }
      auto sent = bucket_.upload_part(upload_, (*part)->index + 1, Body::view((*part)->bytes),
                                      {.customer_key = customer_key_, .call = place.watch(budget_.rest())});
      if (!sent) return failure_.report(std::move(sent).error());
      place.carried(sent->size);
      stored(std::move(*sent), false);
    }
  };
  const std::size_t most = std::min(resources_.requests.most(), resources_.buffers.room_for(static_cast<std::size_t>(part_size_)));
  run_lanes(resources_.pool, size_ ? std::min<std::size_t>(most, parts_->count()) : most, lane);
}

Result<Uploaded> LargeUpload::complete() {
  if (auto same = source_.verify_unchanged(); !same) return std::move(same).error();
  std::vector<UploadedPart> parts;
  parts.reserve(stored_.size());
  for (auto& [number, part] : stored_) parts.push_back(std::move(part));
  if (parts.size() != parts_->count()) return Error{.message = "a part was lost on its way"};
  RequestPlace place(resources_);
  return bucket_.complete_multipart_upload(
      upload_, parts, {.condition = options_.object.condition, .customer_key = customer_key_, .call = place.watch(budget_.rest())});
}

Error LargeUpload::end_with(Error error) {
  if (upload_.upload_id.empty()) return error;
  if (error.service_code == "NoSuchUpload" || error.service_code == "InvalidPart") {
    error.kind = ErrorKind::conflict;
    error.message += "; another process has gone on with the upload, completed or aborted it";
    return error;
  }
  // A condition that did not hold will not hold for the next run either.
  const bool refused = error.kind == ErrorKind::already_exists || error.kind == ErrorKind::precondition_failed;
  if (options_.resume && !refused && error.kind != ErrorKind::outcome_unknown) {
    error.message += "; what has arrived is kept as upload " + upload_.upload_id + " for the next run";
    return error;
  }
  return abort_after(std::move(error), resources_, bucket_, upload_);
}

Result<Uploaded> LargeUpload::run() {
  if (size_) {
    if (auto free = expect_free_key(); !free) return std::move(free).error();
  }
  if (auto begun = begin(); !begun) return end_with(std::move(begun).error());
  if (!size_) {
    auto sent = send_short_body();
    if (!sent) return std::move(sent).error();
    if (*sent) return *std::move(*sent);
  }
  if (upload_.upload_id.empty()) {
    if (auto created = create(); !created) return std::move(created).error();
  }
  send_parts();
  if (auto sent = failure_.take(); !sent) return end_with(std::move(sent).error());
  auto completed = complete();
  if (!completed) return end_with(std::move(completed).error());
  completed->ref.content_type = taken_up_ ? std::string() : options_.object.content_type;  // an earlier run chose it, and no server tells
  return completed;
}

}  // namespace

Result<Uploaded> upload_in_parts(Resources& resources, Bucket& bucket, std::string_view key, BodySource& source,
                                 std::optional<std::uint64_t> size, const TransferUploadOptions& options) {
  LargeUpload upload(resources, bucket, key, source, size, options);
  auto uploaded = upload.run();
  if (uploaded || !upload.took_up_what_is_over(uploaded.error())) return uploaded;
  return LargeUpload(resources, bucket, key, source, size, options).run();
}

}  // namespace objectstore::transfer
