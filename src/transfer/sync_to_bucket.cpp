// From a folder into a bucket.
#include <sys/stat.h>

#include <memory>
#include <utility>

#include "io/errno_error.h"
#include "objectstore/sync.h"
#include "transfer/bucket_entries.h"
#include "transfer/folder_entries.h"
#include "transfer/sync_run.h"
#include "transfer/transfers.h"

namespace objectstore {

namespace {

using namespace transfer;

class Uploads final : public Carrier {
 public:
  Uploads(const std::filesystem::path& folder, BucketPlace target, const SyncOptions& options)
      : folder_(folder), target_(std::move(target)), options_(options), resources_(transfer_options(options)) {}

  Resources& resources() override { return resources_; }
  std::string source_name(std::string_view path) const override { return (folder_ / path).native(); }
  std::string target_name(std::string_view path) const override { return target_.uri(path); }
  ObjectInfo target_object(std::string_view path) const override { return target_.object(path); }

  std::optional<Skipped> admit(const Entry& source) override {
    if (Status good = check_key(target_.key(source.path)); !good) return Skipped{.path = source.path, .error = std::move(good).error()};
    return std::nullopt;
  }

  Result<ObjectInfo> carry(const Entry& source, bool, ByteMeter& meter) override {
    UploadOptions options = options_.upload;
    options.call = target_.call();
    if (options_.content_type) options.content_type = options_.content_type(source.path);
    auto uploaded = transfer::upload(resources_, target_.bucket(), target_.key(source.path), Body::file(folder_ / source.path),
                                     {.object = options, .progress = [&](const TransferProgress& now) { meter.set(now.bytes); }});
    if (!uploaded) return std::move(uploaded).error();
    ObjectInfo object;
    object.bucket = std::move(uploaded->ref.bucket);
    object.key = std::move(uploaded->ref.key);
    object.etag = std::move(uploaded->ref.etag);
    object.size = uploaded->ref.size;
    object.content_type = std::move(uploaded->ref.content_type);
    object.version_id = std::move(uploaded->version_id);
    object.storage_class = options.storage_class;
    return object;
  }

  Result<std::optional<bool>> same_content(const Entry& source, const Entry& target) override {
    const std::string wanted = md5_of_etag(target.etag);
    if (wanted.empty()) return std::optional<bool>();
    auto md5 = md5_of_file(folder_ / source.path, target_.call());
    if (!md5) return std::move(md5).error();
    return std::optional(*md5 == wanted);
  }

  Status remove_source(const Entry& source) override {
    const std::filesystem::path path = folder_ / source.path;
    auto now = entry_of_file(path, source.path);
    if (!now) return std::move(now).error();
    if (now->size != source.size || now->modified != source.modified) {
      return Error{.kind = ErrorKind::conflict, .message = path.native() + " was changed while it was uploaded, and stays"};
    }
    std::error_code failed;
    std::filesystem::remove(path, failed);
    if (failed) return io::errno_error("delete", path, failed.value());
    return {};
  }

  std::vector<Status> remove_targets(std::span<const std::string> paths) override { return target_.remove(paths); }

 private:
  std::filesystem::path folder_;
  BucketPlace target_;
  const SyncOptions& options_;
  Resources resources_;
};

}  // namespace

Result<SyncSummary> sync_to_bucket(const std::filesystem::path& folder, Bucket& bucket, std::string_view prefix,
                                   const SyncOptions& options) {
  if (Status good = check_options(options); !good) return std::move(good).error();
  Uploads carrier(folder, BucketPlace(bucket, prefix, options.call), options);
  SyncRun run(carrier, options);
  const Links links = options.symlinks == SymlinkPolicy::follow ? Links::follow : Links::skip;
  FolderEntries source(folder, links, options.filter, run.source_skipped());
  if (options.mode == SyncMode::all && !options.delete_extra) return run.run(source, nullptr);
  BucketEntries target(bucket, std::string(prefix), options.filter, options.call);
  return run.run(source, &target);
}

}  // namespace objectstore
