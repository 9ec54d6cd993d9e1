// The directory backend: the buckets are the sub folders of one folder.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/errors.h"
#include "bucket/backends.h"
#include "bucket/directory_keys.h"
#include "bucket/directory_lock.h"
#include "bucket/directory_store.h"
#include "bucket/directory_stream.h"
#include "bucket/directory_walk.h"
#include "bucket/local_checks.h"
#include "bucket/rules.h"
#include "bucket/verb.h"
#include "io/errno_error.h"

namespace objectstore {

namespace directory {

namespace {

SystemTime birth_of(const std::filesystem::path& folder) {
  struct statx information {};
  if (::statx(AT_FDCWD, folder.c_str(), AT_SYMLINK_NOFOLLOW, STATX_BTIME | STATX_CTIME, &information) != 0) return {};
  const auto& time = (information.stx_mask & STATX_BTIME) != 0 ? information.stx_btime : information.stx_ctime;
  return SystemTime(
      std::chrono::duration_cast<SystemTime::duration>(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec)));
}

/// Removes empty folders below `path`; the reserved folder at the top stays.
Status remove_empty_folders(const BucketFolder& bucket, const std::string& path) {
  auto stream = FolderStream::open(bucket, path);
  if (!stream) return std::move(stream).error();
  while (*stream) {
    auto entry = (*stream)->next();
    if (!entry) return std::move(entry).error();
    if (!*entry) break;
    const std::string name = (*entry)->name;
    if ((*entry)->type != FolderStream::Type::folder || (path.empty() && name == kReservedFolder)) continue;
    const std::string inner = path.empty() ? name : path + "/" + name;
    if (auto removed = remove_empty_folders(bucket, inner); !removed) return removed;
    ::unlinkat(bucket.get(), inner.c_str(), AT_REMOVEDIR);
  }
  return {};
}

class DirectoryBackend final : public ClientBackend {
 public:
  explicit DirectoryBackend(std::shared_ptr<DirectoryStore> store) : store_(std::move(store)) {}

  std::shared_ptr<Bucket> bucket(std::string_view name) override { return make_directory_bucket(store_, std::string(name)); }

  Status create_bucket(std::string_view name, const CreateBucketOptions& options) override {
    const Verb verb = store_->begin("create_bucket", name, {}, options.call);
    if (auto fine = check_call(verb, name); !fine) return fine;
    std::error_code failure;
    std::filesystem::create_directories(store_->root(), failure);
    if (failure) return verb.failed(io::errno_error("make", store_->root(), failure.value()));
    const auto path = store_->root() / name;
    if (::mkdir(path.c_str(), 0777) != 0) {
      if (errno == EEXIST) return verb.failed(ErrorKind::already_exists, "the bucket exists already", "BucketAlreadyOwnedByYou");
      return verb.failed(io::errno_error("make", path, errno));
    }
    if (!store_->durable()) return {};
    if (auto synced = io::sync_folder(store_->root()); !synced) return verb.failed(std::move(synced).error());
    return {};
  }

  Status delete_bucket(std::string_view name, const CallOptions& options) override {
    const Verb verb = store_->begin("delete_bucket", name, {}, options);
    if (auto fine = check_call(verb, name); !fine) return fine;
    auto deleted = delete_folder(std::string(name), verb);
    if (!deleted) return verb.failed(std::move(deleted).error());
    return {};
  }

  Result<std::vector<BucketInfo>> list_buckets(const CallOptions& options) override {
    const Verb verb = store_->begin("list_buckets", {}, {}, options);
    if (auto go_on = verb.proceed(); !go_on) return std::move(go_on).error();
    std::vector<BucketInfo> buckets;
    std::error_code failure;
    for (auto at = std::filesystem::directory_iterator(store_->root(), failure); !failure && at != std::filesystem::directory_iterator();
         at.increment(failure)) {
      std::error_code ignored;
      std::string name = at->path().filename().native();
      if (at->symlink_status(ignored).type() == std::filesystem::file_type::directory && check_bucket_name(name)) {
        buckets.push_back({std::move(name), birth_of(at->path())});
      }
    }
    if (failure && failure != std::errc::no_such_file_or_directory) {
      return verb.failed(io::errno_error("read", store_->root(), failure.value()));
    }
    std::sort(buckets.begin(), buckets.end(), [](const BucketInfo& a, const BucketInfo& b) { return a.name < b.name; });
    return buckets;
  }

  Result<bool> bucket_exists(std::string_view name, const CallOptions& options) override {
    const Verb verb = store_->begin("bucket_exists", name, {}, options);
    if (auto fine = check_call(verb, name); !fine) return std::move(fine).error();
    auto folder = BucketFolder::open(store_->root(), std::string(name), false);
    if (folder) return true;
    if (folder.error().kind == ErrorKind::not_found) return false;
    return verb.failed(std::move(folder).error());
  }

  [[nodiscard]] std::string describe() const override { return "directory " + store_->root().native(); }

 private:
  [[nodiscard]] Status delete_folder(const std::string& name, const Verb& verb) const {
    auto folder = store_->open(name);
    if (!folder) return std::move(folder).error();
    auto lock = Lock::whole_bucket(*folder, verb);
    if (!lock) return std::move(lock).error();
    for (const auto& [place, path] : {std::pair{Place::ordinary, std::string()}, {Place::mapped, std::string(kMappedFolder)}}) {
      auto held = holds_object(*folder, path, place);
      if (!held) return std::move(held).error();
      if (*held) return not_empty("the bucket holds objects");
    }
    // Nobody stores anything while we hold the lock. Whoever comes once it is removed makes a new reserved folder or is told that the bucket
    // is gone; then one of the last steps fails, and nothing is lost.
    if (auto removed = remove_empty_folders(*folder, {}); !removed) return removed;
    auto others = holds_other_things(*folder);
    if (!others) return std::move(others).error();
    if (*others) return not_empty("the bucket's folder holds things that are no objects");
    if (auto removed = remove_reserved_folder(*folder); !removed) return removed;
    const auto path = store_->root() / name;
    if (::rmdir(path.c_str()) != 0) {
      if (errno == ENOTEMPTY || errno == EEXIST) return written_meanwhile();
      return io::errno_error("remove", path, errno);
    }
    return store_->durable() ? io::sync_folder(store_->root()) : Status();
  }

  /// For one who holds the whole bucket. The lock goes last: beside a new one somebody could store what would be removed here.
  static Status remove_reserved_folder(const BucketFolder& bucket) {
    std::error_code failure;
    for (std::filesystem::directory_iterator at(bucket.path_of(kReservedFolder), failure), end; !failure && at != end;
         at.increment(failure)) {
      if (at->path().filename() != bucket.path_of(kLockPath).filename()) std::filesystem::remove_all(at->path(), failure);
      if (failure) break;
    }
    if (failure) return bucket.failed("remove", kReservedFolder, failure.value());
    for (const auto& [path, flag] : {std::pair{kLockPath, 0}, {kReservedFolder, AT_REMOVEDIR}}) {
      if (::unlinkat(bucket.get(), std::string(path).c_str(), flag) == 0) continue;
      if (errno == ENOTEMPTY || errno == EEXIST) return written_meanwhile();
      return bucket.failed("remove", path, errno);
    }
    return {};
  }

  static Error not_empty(std::string what) { return base::make_error(ErrorKind::conflict, std::move(what), "BucketNotEmpty"); }
  static Error written_meanwhile() { return not_empty("an object was written to the bucket while it was deleted"); }

  /// Besides the reserved folder.
  static Result<bool> holds_other_things(const BucketFolder& bucket) {
    auto stream = FolderStream::open(bucket, {});
    if (!stream) return std::move(stream).error();
    while (*stream) {
      auto entry = (*stream)->next();
      if (!entry) return std::move(entry).error();
      if (!*entry) break;
      if ((*entry)->type != FolderStream::Type::gone && (*entry)->name != kReservedFolder) return true;
    }
    return false;
  }

  const std::shared_ptr<DirectoryStore> store_;
};

}  // namespace

Result<std::shared_ptr<ClientBackend>> make_directory_backend(const std::filesystem::path& root, std::shared_ptr<Clock> clock,
                                                              std::shared_ptr<Random> random, DirectoryOptions options) {
  std::error_code failure;
  auto absolute = std::filesystem::absolute(root, failure);
  if (failure) return io::errno_error("find", root, failure.value());
  struct stat information {};
  if (::stat(absolute.c_str(), &information) != 0) {
    if (errno != ENOENT) {  // made with the first bucket
      auto error = io::errno_error("open", absolute, errno);
      if (errno == ENOTDIR) error.kind = ErrorKind::invalid_argument;
      return error;
    }
  } else if (!S_ISDIR(information.st_mode)) {
    auto error = io::errno_error("open", absolute, ENOTDIR);
    error.kind = ErrorKind::invalid_argument;
    return error;
  }
  auto store = std::make_shared<DirectoryStore>(std::move(absolute), std::move(clock), std::move(random), options);
  return std::shared_ptr<ClientBackend>(std::make_shared<DirectoryBackend>(std::move(store)));
}

}  // namespace directory

}  // namespace objectstore
