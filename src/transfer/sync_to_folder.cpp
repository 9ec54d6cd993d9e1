// From a bucket into a folder.
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "objectstore/sync.h"
#include "transfer/bucket_entries.h"
#include "transfer/folder_entries.h"
#include "transfer/local_paths.h"
#include "transfer/sync_run.h"
#include "transfer/target_folder.h"
#include "transfer/transfers.h"

namespace objectstore {

namespace {

using namespace transfer;

class Downloads final : public Carrier {
 public:
  /// `folder` may be null in a dry run.
  Downloads(BucketPlace source, std::filesystem::path path, const TargetFolder* folder, const SyncOptions& options)
      : source_(std::move(source)), path_(std::move(path)), folder_(folder), options_(options), resources_(transfer_options(options)) {}

  Resources& resources() override { return resources_; }
  std::string source_name(std::string_view path) const override { return source_.uri(path); }
  std::string target_name(std::string_view path) const override { return (path_ / path).native(); }
  ObjectInfo target_object(std::string_view) const override { return {}; }

  std::optional<Skipped> admit(const Entry& source) override {
    const auto refuse = [&](Error error) {
      error.bucket = source_.bucket().name();
      error.key = source_.key(source.path);
      return Skipped{.path = source.path, .error = std::move(error)};
    };
    if (source.size == 0 && source.path.ends_with('/')) return Skipped{.path = source.path, .reason = "an object that stands for a folder"};
    if (Status good = check_local_path(source.path); !good) return refuse(std::move(good).error());
    if (const std::string file = files_.add(source.path); !file.empty()) {
      return refuse({.kind = ErrorKind::conflict, .message = "'" + file + "' is an object too, and a file cannot be a folder as well"});
    }
    return std::nullopt;
  }

  Result<ObjectInfo> carry(const Entry& source, bool create_only, ByteMeter& meter) override {
    return carry_current(source_, source, [&](const Entry& entry) -> Result<ObjectInfo> {
      // Where the service tells no ETag nothing can be pinned.
      DownloadOptions options{.conditions = {.if_match = entry.etag}, .call = source_.call()};
      Sink sink = folder_->sink(entry.path, entry.modified, create_only, options_.move);
      auto got = transfer::download(resources_, source_.bucket(), source_.key(entry.path), std::move(sink),
                                    {.object = options, .progress = [&](const TransferProgress& now) { meter.set(now.bytes); }});
      if (got) return std::move(got->object);
      Error error = std::move(got).error();
      if (error.kind == ErrorKind::already_exists) {
        error = annotate(std::move(error), "the file system takes this name and that of another file for one");
      }
      return error;
    });
  }

  Result<std::optional<bool>> same_content(const Entry& source, const Entry& target) override {
    const std::string wanted = md5_of_etag(source.etag);
    if (wanted.empty()) return std::optional<bool>();
    auto md5 = md5_of_file(path_ / target.path, source_.call());
    if (!md5) return std::move(md5).error();
    return std::optional(*md5 == wanted);
  }

  Status remove_source(const Entry& source) override { return source_.remove_if_same(source); }

  std::vector<Status> remove_targets(std::span<const std::string> paths) override {
    std::vector<Status> results;
    results.reserve(paths.size());
    for (const std::string& path : paths) results.push_back(folder_->remove(path));
    return results;
  }

  Status finish() override { return folder_->sync(); }

 private:
  BucketPlace source_;
  std::filesystem::path path_;
  const TargetFolder* folder_;
  const SyncOptions& options_;
  Resources resources_;
  FilesAsFolders files_;
};

/// Takes the folders that were missing away again when nothing came into them.
class MissingFolders {
 public:
  explicit MissingFolders(std::filesystem::path folder) {
    std::error_code unknown;
    if (!folder.has_filename()) folder = folder.parent_path();  // "a/b/"
    while (!folder.empty() && !std::filesystem::exists(folder, unknown) && !unknown) {
      missing_.push_back(folder);
      folder = folder.parent_path();
    }
  }
  ~MissingFolders() {
    for (const std::filesystem::path& folder : missing_) {
      if (::rmdir(folder.c_str()) != 0) return;
    }
  }
  MissingFolders(const MissingFolders&) = delete;
  MissingFolders& operator=(const MissingFolders&) = delete;

 private:
  std::vector<std::filesystem::path> missing_;  ///< the deepest first
};

}  // namespace

Result<SyncSummary> sync_to_folder(Bucket& bucket, std::string_view prefix, const std::filesystem::path& folder,
                                   const SyncOptions& options) {
  if (Status good = check_options(options); !good) return std::move(good).error();
  const MissingFolders missing(folder);
  std::optional<TargetFolder> target;
  bool folds_case = false;
  if (!options.dry_run) {
    auto opened = TargetFolder::open(folder);
    if (!opened) return std::move(opened).error();
    target.emplace(std::move(*opened));
    if (options.mode == SyncMode::all) {
      auto folds = target->folds_case();
      if (!folds) return std::move(folds).error();
      folds_case = *folds;
    }
  }
  Downloads carrier(BucketPlace(bucket, prefix, options.call), folder, target ? &*target : nullptr, options);
  SyncRun run(carrier, options);
  BucketEntries source(bucket, std::string(prefix), options.filter, options.call);
  std::error_code unknown;
  const bool known_empty = !target && !std::filesystem::exists(folder, unknown);
  if (known_empty || (options.mode == SyncMode::all && !options.delete_extra && !folds_case)) return run.run(source, nullptr);
  FolderEntries files(folder, Links::skip, options.filter, run.target_skipped());
  return run.run(source, &files);
}

}  // namespace objectstore
