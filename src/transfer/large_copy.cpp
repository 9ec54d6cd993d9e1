// Parts that the server copies, beside each other, into one multipart upload.
#include "transfer/large_copy.h"

#include <algorithm>
#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "base/condition.h"
#include "bucket/call_budget.h"
#include "transfer/lanes.h"
#include "transfer/part_plan.h"
#include "transfer/unfinished_upload.h"

namespace objectstore::transfer {

namespace {

/// No byte passes through here: fewer, larger parts are cheaper.
constexpr std::uint64_t kCopyPartBytes = 256ull << 20;

UploadOptions attributes_for(const ObjectInfo& source, const CopyOptions& options) {
  UploadOptions upload;
  if (options.replace) {
    upload.content_type = options.replace->content_type;
    upload.cache_control = options.replace->cache_control;
    upload.content_disposition = options.replace->content_disposition;
    upload.content_encoding = options.replace->content_encoding;
    upload.content_language = options.replace->content_language;
    upload.expires = options.replace->expires;
    upload.metadata = options.replace->metadata;
  } else {
    upload.content_type = source.content_type;
    upload.cache_control = source.cache_control;
    upload.content_disposition = source.content_disposition;
    upload.content_encoding = source.content_encoding;
    upload.content_language = source.content_language;
    upload.expires = source.expires;
    upload.metadata = source.metadata;
  }
  upload.storage_class = options.storage_class;
  upload.encryption = options.encryption;
  return upload;
}

}  // namespace

Result<Copied> copy_in_one_request(Resources& resources, Bucket& to, const CopySource& source, std::uint64_t size, std::string_view key,
                                   CopyOptions options) {
  RequestPlace place(resources);
  options.call = place.watch(std::move(options.call));
  auto copied = to.copy(source, key, options);
  if (copied) place.carried(size);
  return copied;
}

Result<Copied> copy_in_parts(Resources& resources, Bucket& to, const CopySource& source, const ObjectInfo& object, std::string_view key,
                             const TransferCopyOptions& options) {
  if (object.tag_count > 0) {
    return Error{.kind = ErrorKind::unsupported, .message = "the source has tags, which a copy in parts would lose"};
  }
  const CallOptions& call = options.object.call;
  const CancelToken cancel = call.cancel ? call.cancel->child() : CancelToken();
  const CallBudget budget(*resources.clock, {.deadline = call.deadline, .cancel = cancel, .on_throttled = call.on_throttled});
  const std::uint64_t wanted = resources.options.part_size == 0 ? kCopyPartBytes : resources.options.part_size;
  auto plan = plan_parts(object.size, object.size / wanted >= kMaxPartNumber ? 0 : wanted);
  if (!plan) return std::move(plan).error();

  UploadOptions attributes = attributes_for(object, options.object);
  attributes.part_sha256 = false;  // some servers copy no parts into an upload that keeps their checksums
  Result<MultipartUpload> upload = [&] {
    RequestPlace place(resources);
    attributes.call = place.watch(budget.rest());
    return to.create_multipart_upload(key, attributes);
  }();
  if (!upload) return std::move(upload).error();

  CopySource pinned = source;
  pinned.if_match = object.etag;
  std::vector<UploadedPart> parts(plan->count);
  std::atomic<std::uint32_t> next{0};
  base::Mutex mutex;  // held also while the caller hears of progress, and may call the library
  TransferProgress progress{.total = object.size};
  FirstFailure failure(cancel);
  const auto lane = [&] {
    for (std::uint32_t i = next++; i < plan->count; i = next++) {
      RequestPlace place(resources);
      if (failure.happened()) return;
      const std::uint64_t first = plan->offset(i);
      auto part = to.upload_part_copy(*upload, i + 1, pinned, ByteRange::first_last(first, first + plan->size_of(i) - 1),
                                      {.call = place.watch(budget.rest())});
      if (!part) {
        Error error = std::move(part).error();
        if (error.kind == ErrorKind::precondition_failed) error.kind = ErrorKind::conflict;
        return failure.report(std::move(error));
      }
      place.carried(plan->size_of(i));
      parts[i] = std::move(*part);
      const std::lock_guard lock(mutex);
      progress.bytes += plan->size_of(i);
      if (options.progress) options.progress(progress);
    }
  };
  run_lanes(resources.pool, std::min<std::size_t>(resources.requests.most(), plan->count), lane);

  Status copied = failure.take();
  if (copied) {
    RequestPlace place(resources);
    auto completed = to.complete_multipart_upload(*upload, parts, {.call = place.watch(budget.rest())});
    if (completed) return Copied{completed->ref.etag, {}, completed->version_id};
    copied = std::move(completed).error();
  }
  return abort_after(std::move(copied).error(), resources, to, *upload);
}

}  // namespace objectstore::transfer
