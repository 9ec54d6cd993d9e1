// From one prefix to another, on the server or through this machine.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>

#include "base/errors.h"
#include "objectstore/sync.h"
#include "transfer/bucket_entries.h"
#include "transfer/large_copy.h"
#include "transfer/pipe.h"
#include "transfer/sync_run.h"
#include "transfer/transfers.h"
#include "transfer/worker_pool.h"

namespace objectstore {

namespace {

using namespace transfer;

/// Objects up to this size are held in memory on their way, and can be sent again without being read again.
constexpr std::uint64_t kInMemory = std::uint64_t{1} << 20U;
constexpr std::size_t kPipeBytes = std::size_t{1} << 20U;
/// How often a larger one is begun anew after a passing failure.
constexpr int kStreams = 3;
constexpr std::chrono::milliseconds kPause{200};

class Copies : public Carrier {
 public:
  Copies(BucketPlace source, BucketPlace target, const SyncOptions& options, const TransferOptions& transfers)
      : source_(std::move(source)), target_(std::move(target)), options_(options), resources_(transfers) {}

  Resources& resources() override { return resources_; }
  std::string source_name(std::string_view path) const override { return source_.uri(path); }
  std::string target_name(std::string_view path) const override { return target_.uri(path); }
  ObjectInfo target_object(std::string_view path) const override { return target_.object(path); }

  std::optional<Skipped> admit(const Entry& source) override {
    if (Status good = check_key(target_.key(source.path)); !good) return Skipped{.path = source.path, .error = std::move(good).error()};
    return std::nullopt;
  }

  Result<ObjectInfo> carry(const Entry& source, bool, ByteMeter&) override {
    return carry_current(source_, source, [&](const Entry& entry) -> Result<ObjectInfo> {
      CopyOptions options = options_.copy;
      options.call = target_.call();
      const CopySource from{.key = source_.key(entry.path), .bucket = source_.bucket().name(), .if_match = entry.etag};
      auto copied =
          entry.size <= kMaxSinglePutBytes
              ? copy_in_one_request(resources_, target_.bucket(), from, entry.size, target_.key(entry.path), options)
              : transfer::copy(resources_, source_.bucket(), from, target_.bucket(), target_.key(entry.path), {.object = options});
      if (!copied) return std::move(copied).error();
      ObjectInfo object = target_.object(entry.path);
      object.etag = std::move(copied->etag);
      object.size = entry.size;
      object.last_modified = copied->last_modified;
      object.version_id = std::move(copied->version_id);
      object.storage_class = options.storage_class;
      return object;
    });
  }

  Result<std::optional<bool>> same_content(const Entry& source, const Entry& target) override {
    if (!source.etag.empty() && source.etag == target.etag) return std::optional(true);
    if (md5_of_etag(source.etag).empty() || md5_of_etag(target.etag).empty()) return std::optional<bool>();
    return std::optional(false);
  }

  Status remove_source(const Entry& source) override { return source_.remove_if_same(source); }
  std::vector<Status> remove_targets(std::span<const std::string> paths) override { return target_.remove(paths); }

 protected:
  [[nodiscard]] const BucketPlace& source() const { return source_; }
  [[nodiscard]] const BucketPlace& target() const { return target_; }
  [[nodiscard]] const SyncOptions& options() const { return options_; }

 private:
  BucketPlace source_;
  BucketPlace target_;
  const SyncOptions& options_;
  Resources resources_;
};

/// Each object that goes through this machine has a thread that reads it and one that sends it.
TransferOptions bounded_by_threads(TransferOptions options) {
  options.concurrency = std::min<std::uint32_t>(options.concurrency, WorkerPool::kMostThreads);
  options.max_concurrency = std::min<std::uint32_t>(options.max_concurrency, WorkerPool::kMostThreads);
  return options;
}

/// Downloads and uploads at once.
class Streams final : public Copies {
 public:
  Streams(BucketPlace source, BucketPlace target, const SyncOptions& options)
      : Copies(std::move(source), std::move(target), options, bounded_by_threads(transfer_options(options))) {}

  Result<ObjectInfo> carry(const Entry& source, bool, ByteMeter& meter) override {
    return carry_current(this->source(), source, [&](const Entry& entry) -> Result<ObjectInfo> {
      const std::string key = this->source().key(entry.path);
      auto info = this->source().bucket().head(key, {.conditions = {.if_match = entry.etag}, .call = this->source().call()});
      if (!info) return std::move(info).error();
      if (options().move && info->tag_count > 0) {
        return Error{.kind = ErrorKind::unsupported,
                     .message = "s3://" + info->bucket + "/" + key + " has tags, which a move through this machine would lose"};
      }
      auto uploaded = info->size <= kInMemory ? through_memory(*info, entry.path, meter) : through_pipe(*info, entry.path, meter);
      if (!uploaded) return std::move(uploaded).error();
      ObjectInfo object = target().object(entry.path);
      object.etag = std::move(uploaded->ref.etag);
      object.size = uploaded->ref.size;
      object.content_type = std::move(uploaded->ref.content_type);
      object.version_id = std::move(uploaded->version_id);
      object.storage_class = options().upload.storage_class;
      return object;
    });
  }

 private:
  [[nodiscard]] UploadOptions upload_options(const ObjectInfo& info) const {
    UploadOptions upload;
    upload.content_type = info.content_type;
    upload.cache_control = info.cache_control;
    upload.content_disposition = info.content_disposition;
    upload.content_encoding = info.content_encoding;
    upload.content_language = info.content_language;
    upload.expires = info.expires;
    upload.metadata = info.metadata;
    upload.storage_class = options().upload.storage_class;
    upload.encryption = options().upload.encryption;
    upload.call = target().call();
    return upload;
  }

  [[nodiscard]] DownloadOptions pinned(const ObjectInfo& info) const {
    return {.conditions = {.if_match = info.etag}, .call = source().call()};
  }

  Result<Uploaded> through_memory(const ObjectInfo& info, std::string_view path, ByteMeter& meter) {
    TransferDownloadOptions options{.object = pinned(info)};
    auto got = transfer::download(resources(), source().bucket(), info.key, Sink::memory(), options);
    if (!got) return std::move(got).error();
    meter.add(got->size);
    return transfer::upload(resources(), target().bucket(), target().key(path), Body::text(std::move(got->content)),
                            {.object = upload_options(info)});
  }

  Result<Uploaded> through_pipe(const ObjectInfo& info, std::string_view path, ByteMeter& meter) {
    const std::shared_ptr<Clock> clock = options().clock ? options().clock : system_clock();
    for (int stream = 1;; ++stream) {
      auto uploaded = stream_once(info, path, meter);
      if (uploaded || stream == kStreams) return uploaded;
      const ErrorKind kind = uploaded.error().kind;
      // unsupported: the upload would have had to be sent again, and a pipe cannot.
      const bool passing = kind == ErrorKind::unavailable || kind == ErrorKind::timeout ||
                           (kind == ErrorKind::unsupported && info.size <= kMaxSinglePutBytes);
      const CancelToken* cancel = target().call().cancel ? &*target().call().cancel : nullptr;
      if (!passing || !clock->sleep(kPause * stream, cancel)) return uploaded;
    }
  }

  Result<Uploaded> stream_once(const ObjectInfo& info, std::string_view path, ByteMeter& meter) {
    meter.reset();
    Pipe pipe(kPipeBytes);
    std::thread reader;
    try {
      reader = std::thread([&] {
        auto got = source().bucket().download(info.key, Sink::callback([&](std::span<const std::byte> bytes) { return pipe.write(bytes); }),
                                              pinned(info));
        pipe.end(got ? Status() : Status(std::move(got).error()));  // only now is it known that the bytes are right
      });
    } catch (const std::system_error& failed) {
      return Error{.kind = ErrorKind::internal, .message = std::string("no thread for the download: ") + failed.what()};
    }
    auto body = Body::stream(info.size, [&](std::span<std::byte> out) {
      auto count = pipe.read(out);
      if (count) meter.add(*count);
      return count;
    });
    auto uploaded = transfer::upload(resources(), target().bucket(), target().key(path), std::move(body), {.object = upload_options(info)});
    pipe.close();
    reader.join();
    return uploaded;
  }
};

std::unique_ptr<Carrier> make_carrier(const BucketPlace& source, const BucketPlace& target, const SyncOptions& options) {
  if (options.server_side) return std::make_unique<Copies>(source, target, options, transfer_options(options));
  return std::make_unique<Streams>(source, target, options);
}

bool is_one_bucket(const Bucket& source, const Bucket& target, const SyncOptions& options) {
  return &source == &target || (options.server_side && source.name() == target.name());
}

}  // namespace

Result<SyncSummary> sync_between(Bucket& source, std::string_view source_prefix, Bucket& target, std::string_view target_prefix,
                                 const SyncOptions& options) {
  if (Status good = check_options(options); !good) return std::move(good).error();
  if (is_one_bucket(source, target, options) && (source_prefix.starts_with(target_prefix) || target_prefix.starts_with(source_prefix))) {
    return base::invalid("source and target overlap: s3://" + source.name() + "/" + std::string(source_prefix) + " and s3://" +
                         target.name() + "/" + std::string(target_prefix));
  }
  const BucketPlace from(source, source_prefix, options.call);
  const BucketPlace to(target, target_prefix, options.call);
  const std::unique_ptr<Carrier> carrier = make_carrier(from, to, options);
  SyncRun run(*carrier, options);
  BucketEntries entries(source, std::string(source_prefix), options.filter, options.call);
  if (options.mode == SyncMode::all && !options.delete_extra) return run.run(entries, nullptr);
  BucketEntries existing(target, std::string(target_prefix), options.filter, options.call);
  return run.run(entries, &existing);
}

Result<ObjectInfo> copy_object(Bucket& source, std::string_view key, Bucket& target, std::string_view target_key,
                               const SyncOptions& options) {
  if (is_one_bucket(source, target, options) && key == target_key) {
    return base::invalid("source and target are one: s3://" + source.name() + "/" + std::string(key));
  }
  const BucketPlace from(source, key, options.call);
  const std::unique_ptr<Carrier> carrier = make_carrier(from, BucketPlace(target, target_key, options.call), options);
  auto entry = from.look({});
  if (!entry) return std::move(entry).error();
  std::atomic<std::uint64_t> bytes = 0;
  ByteMeter meter(bytes);
  auto copied = carrier->carry(*entry, false, meter);
  if (!copied || !options.move) return copied;
  if (Status removed = carrier->remove_source(*entry); !removed) {
    return annotate(std::move(removed).error(), "copied, but the source is still there");
  }
  return copied;
}

}  // namespace objectstore
