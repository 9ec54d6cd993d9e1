// Stages, stores and deletes.
//
// store:  1 the staged file is synced   2 key locked, condition decided   3 sidecar with the new version and those in force: temporary
// file,
//         sync, rename, sync of its folder   4 rename of the staged file to its place   5 sync of that folder   6 the key's other place
//         cleared
// erase:  1 key locked   2 rename of the file to the temporary folder, the mapped place first, for it must not come to light
//         3 sync of its folder   4 sidecar removed   5 temporary file removed, and folders that are empty now
// A process that dies leaves the old object before store 4 and erase 2 and the new one (or none) after it. What it leaves besides lies in
// the temporary folder, under names that lead to the sidecar (sweep).
#include "bucket/directory_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "bucket/conditions.h"
#include "bucket/directory_keys.h"
#include "bucket/directory_lock.h"

namespace objectstore::directory {

namespace {

constexpr int kMaxRaces = 1000;
constexpr std::uint64_t kCopiedAtOnce = std::uint64_t{64} << 20U;  ///< between two looks at deadline and cancel token
constexpr std::uint64_t kReadAtOnce = std::uint64_t{256} << 10U;
constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

std::string temp_path(const Address& address, std::uint64_t id, TempKind kind) {
  return std::string(kTempFolder) + "/" + temp_name(address.hash, id, kind);
}

struct TempFile {
  std::string path;
  io::FileDescriptor file;
};

Result<TempFile> create_temp(const BucketFolder& bucket, const Address& address, TempKind kind, Random& random) {
  while (true) {
    std::string path = temp_path(address, random.next(), kind);
    const int fd = open_beneath(bucket.get(), path, O_RDWR | O_CREAT | O_EXCL);
    if (fd >= 0) {
      io::FileDescriptor file(fd, bucket.path_of(path));
      return TempFile{std::move(path), std::move(file)};
    }
    if (errno == ENOENT) {  // the first write here, or the bucket is being deleted
      if (auto prepared = bucket.prepare(); !prepared) return std::move(prepared).error();
    } else if (errno != EEXIST) {
      return bucket.failed("create", path, errno);
    }
  }
}

/// One of the folders that sidecars are spread over.
Status make_sidecar_folder(const BucketFolder& bucket, const std::string& folder) {
  if (::mkdirat(bucket.get(), folder.c_str(), 0777) == 0 || errno == EEXIST) return {};
  if (errno != ENOENT) return bucket.failed("make", folder, errno);
  // Somebody began to delete the bucket and did not come to the end.
  if (auto prepared = bucket.prepare(); !prepared) return prepared;
  if (::mkdirat(bucket.get(), folder.c_str(), 0777) == 0 || errno == EEXIST) return {};
  return bucket.failed("make", folder, errno);
}

/// Store 3.
Status write_sidecar(const BucketFolder& bucket, const Address& address, const Sidecar& sidecar, Random& random) {
  auto temp = create_temp(bucket, address, TempKind::sidecar, random);
  if (!temp) return std::move(temp).error();
  const std::string text = to_json(sidecar);
  const std::string path = sidecar_path(address.hash);
  const std::string folder = split_path(path).folder;
  auto status = temp->file.write_all(std::as_bytes(std::span(text)));
  if (status && bucket.durable()) status = temp->file.sync();
  if (status && ::renameat(bucket.get(), temp->path.c_str(), bucket.get(), path.c_str()) != 0) {
    if (errno == ENOENT) status = make_sidecar_folder(bucket, folder);
    if (status) status = bucket.sync(std::string(kMetaFolder));
    if (status && ::renameat(bucket.get(), temp->path.c_str(), bucket.get(), path.c_str()) != 0) {
      status = bucket.failed("rename", temp->path, errno);
    }
  }
  if (!status) {
    ::unlinkat(bucket.get(), temp->path.c_str(), 0);
    return status;
  }
  return bucket.sync(folder);
}

enum class Placed : std::uint8_t { done, blocked, taken };

/// Renames `from` to `path` and syncs its folder. blocked: a folder or link is in the way; taken: `replace` is false and a file is there.
Result<Placed> place(const BucketFolder& bucket, const std::string& from, const std::string& path, bool replace) {
  const auto target = split_path(path);
  for (int race = 0; race < kMaxRaces; ++race) {
    auto folder = bucket.open_or_make(target.folder);
    if (!folder) return std::move(folder).error();
    if (!*folder) return Placed::blocked;
    struct stat information {};
    if (::fstatat((*folder)->get(), target.leaf.c_str(), &information, AT_SYMLINK_NOFOLLOW) == 0) {
      if (S_ISDIR(information.st_mode)) {
        if (::unlinkat((*folder)->get(), target.leaf.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT) return Placed::blocked;
      } else if (!S_ISREG(information.st_mode)) {
        return Placed::blocked;
      } else if (!replace) {
        return Placed::taken;
      }
    }
    const unsigned flags = replace ? 0U : static_cast<unsigned>(RENAME_NOREPLACE);
    int renamed = ::renameat2(bucket.get(), from.c_str(), (*folder)->get(), target.leaf.c_str(), flags);
    if (renamed != 0 && !replace && (errno == EINVAL || errno == ENOSYS)) {  // not on every file system; our lock stands in for it
      renamed = ::renameat(bucket.get(), from.c_str(), (*folder)->get(), target.leaf.c_str());
    }
    if (renamed == 0) {
      if (auto synced = bucket.sync((*folder)->get(), target.folder); !synced) {
        auto error = std::move(synced).error();
        error.kind = ErrorKind::outcome_unknown;
        return error;
      }
      return Placed::done;
    }
    // ENOENT: the folder was removed as it became empty. EEXIST, EISDIR, ENOTEMPTY: somebody put something there just now. Look again.
    if (errno != ENOENT && errno != EEXIST && errno != EISDIR && errno != ENOTEMPTY && errno != ENOTDIR) {
      return bucket.failed("rename to", path, errno);
    }
    if (::fstatat(bucket.get(), from.c_str(), &information, AT_SYMLINK_NOFOLLOW) != 0)
      return no_such_bucket();  // swept away with the bucket
  }
  return Error{.kind = ErrorKind::conflict, .message = bucket.path_of(path).native() + ": its folder was removed again and again"};
}

/// Moves the object in one of the key's places to the temporary folder, where it is no object any more. Returns the path there; empty:
/// there was no object, or it could be removed at once.
Result<std::string> take_away(const BucketFolder& bucket, const Address& address, Place place, Random& random) {
  const std::string path = address.path(place);
  const auto source = split_path(path);
  while (true) {
    struct stat information {};
    auto file = bucket.open_file(path, O_PATH, information);
    if (!file) return std::move(file).error();
    if (!*file) return std::string();
    const io::FileDescriptor folder(open_beneath(bucket.get(), source.folder.empty() ? "." : source.folder, O_RDONLY | O_DIRECTORY), {});
    if (!folder.is_open()) {
      if (means_absent(errno)) continue;
      return bucket.failed("open", source.folder, errno);
    }
    std::string temp = temp_path(address, random.next(), TempKind::deleted);
    if (::renameat(folder.get(), source.leaf.c_str(), bucket.get(), temp.c_str()) != 0) {
      if (errno == ENOENT) {  // either name: no temporary folder yet, or the file went by hand
        if (auto prepared = bucket.prepare(); !prepared) return std::move(prepared).error();
        continue;
      }
      // EXDEV: another file system is mounted here.
      if (errno != EXDEV || ::unlinkat(folder.get(), source.leaf.c_str(), 0) != 0) return bucket.failed("delete", path, errno);
      temp.clear();
    }
    if (auto synced = bucket.sync(folder.get(), source.folder); !synced) return std::move(synced).error();
    return temp;
  }
}

void drop(const BucketFolder& bucket, const Address& address, Place place, const std::string& temp) {
  if (!temp.empty()) ::unlinkat(bucket.get(), temp.c_str(), 0);
  bucket.remove_empty(split_path(address.path(place)).folder, place == Place::mapped ? kMappedFolder : std::string_view{});
}

/// False: it is still there.
bool forget_sidecar(const BucketFolder& bucket, const Address& address) {
  return ::unlinkat(bucket.get(), sidecar_path(address.hash).c_str(), 0) == 0 || errno == ENOENT;
}

Result<Placed> place_anywhere(const BucketFolder& bucket, const Address& address, const std::string& from, bool replace, Place& where) {
  if (address.ordinary) {
    where = Place::ordinary;
    auto placed = place(bucket, from, address.path(where), replace);
    if (!placed || *placed != Placed::blocked) return placed;
  }
  where = Place::mapped;
  return place(bucket, from, address.path(where), replace);
}

}  // namespace

StagedFile::StagedFile(const BucketFolder& bucket, std::string path, io::FileDescriptor file)
    : bucket_(&bucket), path_(std::move(path)), file_(std::move(file)), hasher_(std::in_place, base::Hasher::Algorithm::md5) {}

StagedFile::StagedFile(StagedFile&& other) noexcept
    : bucket_(other.bucket_), path_(std::exchange(other.path_, {})), file_(std::move(other.file_)), hasher_(std::move(other.hasher_)) {}

StagedFile::~StagedFile() {
  if (!path_.empty()) ::unlinkat(bucket_->get(), path_.c_str(), 0);
}

Result<StagedFile> StagedFile::create(const BucketFolder& bucket, const Address& address, Random& random) {
  auto temp = create_temp(bucket, address, TempKind::upload, random);
  if (!temp) return std::move(temp).error();
  StagedFile staged(bucket, std::move(temp->path), std::move(temp->file));
  if (auto alive = mark_alive(staged.file_); !alive) return std::move(alive).error();
  return staged;
}

Status StagedFile::write(std::span<const std::byte> bytes) {
  if (hasher_) hasher_->update(bytes);
  return file_.write_all(bytes);
}

Status StagedFile::append(const io::FileDescriptor& file, std::uint64_t size, const Verb& verb) {
  hasher_.reset();
  off_t at = 0;
  while (static_cast<std::uint64_t>(at) < size) {
    if (auto go_on = verb.proceed(); !go_on) return go_on;
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(kCopiedAtOnce, size - static_cast<std::uint64_t>(at)));
    const ssize_t count = ::copy_file_range(file.get(), &at, file_.get(), nullptr, wanted, 0);
    if (count > 0 || (count < 0 && errno == EINTR)) continue;
    if (count == 0) return Error{.kind = ErrorKind::corrupt, .message = file.path().native() + ": the file is shorter than it was"};
    if (errno != EXDEV && errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP && errno != EPERM) {
      return bucket_->failed("write", path_, errno);
    }
    break;  // not on this file system
  }
  std::vector<std::byte> piece(static_cast<std::size_t>(std::min<std::uint64_t>(kReadAtOnce, size)));
  for (auto done = static_cast<std::uint64_t>(at); done < size;) {
    if (auto go_on = verb.proceed(); !go_on) return go_on;
    const auto wanted = std::span(piece).first(static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), size - done)));
    auto count = file.read_at(wanted, done);
    if (!count) return std::move(count).error();
    if (*count == 0) return Error{.kind = ErrorKind::corrupt, .message = file.path().native() + ": the file is shorter than it was"};
    if (auto written = file_.write_all(wanted.first(*count)); !written) return written;
    done += *count;
  }
  return {};
}

std::string StagedFile::take_md5() {
  std::string digest = hasher_->finish();
  hasher_.reset();
  return digest;
}

Status StagedFile::move_to(const std::string& path) {
  if (bucket_->durable()) {
    if (auto synced = file_.sync(); !synced) return synced;
  }
  if (::renameat(bucket_->get(), path_.c_str(), bucket_->get(), path.c_str()) != 0) return bucket_->failed("rename to", path, errno);
  path_.clear();
  return bucket_->sync(split_path(path).folder);
}

Status StagedFile::set_mtime(std::int64_t mtime, Stamp& stamp) {
  std::array<struct timespec, 2> times{};
  times[0].tv_nsec = UTIME_OMIT;
  times[1].tv_sec = mtime / kNanosecondsPerSecond;
  times[1].tv_nsec = mtime % kNanosecondsPerSecond;
  if (::futimens(file_.get(), times.data()) != 0) return bucket_->failed("set the time of", path_, errno);
  auto information = file_.status();
  if (!information) return std::move(information).error();
  stamp = stamp_of(*information);
  return {};
}

Result<Version> StagedFile::finish(Clock& clock, Random& random) {
  Version version;
  version.modified = clock.now();
  if (hasher_) {
    const std::string digest = take_md5();
    version.etag = base::hex({reinterpret_cast<const std::uint8_t*>(digest.data()), digest.size()});
  }
  // Digits below the microsecond are drawn, so that two versions never share a stamp by accident.
  const auto now = std::chrono::duration_cast<std::chrono::microseconds>(version.modified.time_since_epoch()).count();
  if (auto set = set_mtime(now * 1000 + static_cast<std::int64_t>(random.next() % 1000), version.stamp); !set)
    return std::move(set).error();
  if (bucket_->durable()) {
    if (auto synced = file_.sync(); !synced) return std::move(synced).error();
  }
  return version;
}

Status StagedFile::publish(const Address& address, Version version, const WriteCondition& condition, Random& random, const Verb& verb,
                           const std::function<Status(const Version*)>& still_wanted) {
  const BucketFolder& bucket = *bucket_;
  auto lock = Lock::shard(bucket, address.shard, verb);
  if (!lock) return std::move(lock).error();
  auto in_force = find_in_force(bucket, address);
  if (!in_force) return std::move(in_force).error();
  const Version* current = in_force->object();
  if (auto wanted = still_wanted ? still_wanted(current) : Status(); !wanted) return wanted;
  if (auto holds = check_write_condition(condition, current ? std::optional<std::string_view>(current->etag) : std::nullopt); !holds) {
    return holds;
  }
  Sidecar sidecar{address.key, {}};
  for (const auto* old : {&in_force->ordinary, &in_force->mapped}) {
    if (!*old) continue;
    sidecar.versions.push_back(**old);
    if ((*old)->stamp != version.stamp) continue;  // a frozen clock and the same digits drawn
    if (auto set = set_mtime(version.stamp.mtime + 1, version.stamp); !set) return set;
    if (auto synced = bucket.durable() ? file_.sync() : Status(); !synced) return synced;
  }
  sidecar.versions.insert(sidecar.versions.begin(), std::move(version));
  if (auto written = write_sidecar(bucket, address, sidecar, random); !written) return written;

  Place where = Place::ordinary;
  const bool replace = !std::holds_alternative<CreateOnly>(condition);
  auto placed = place_anywhere(bucket, address, path_, replace, where);
  const bool visible = placed ? *placed == Placed::done : placed.error().kind == ErrorKind::outcome_unknown;
  if (visible) {
    path_.clear();
  } else if (current == nullptr) {
    forget_sidecar(bucket, address);
  }
  if (!placed) return std::move(placed).error();
  if (*placed != Placed::done) return check_write_condition(CreateOnly{}, "");  // somebody dropped a file there by hand, just now
  if (where == Place::ordinary && in_force->mapped) {                           // hidden from now on
    // The object shows: that this cannot be cleared away is no failure. The next write or delete of the key clears it.
    if (auto temp = take_away(bucket, address, Place::mapped, random)) drop(bucket, address, Place::mapped, *temp);
  }
  return {};
}

Status erase(const BucketFolder& bucket, const Address& address, Random& random, const Verb& verb) {
  // A key that never was costs no lock, and leaves a folder that nobody has written to as it is.
  const auto absent = [&](const std::string& path) {
    const io::FileDescriptor file(open_beneath(bucket.get(), path, O_PATH), {});
    return !file.is_open() && means_absent(errno);
  };
  if ((!address.ordinary || absent(address.key)) && absent(mapped_path(address.key)) && absent(sidecar_path(address.hash))) return {};
  auto lock = Lock::shard(bucket, address.shard, verb);
  if (!lock) return std::move(lock).error();
  auto mapped = take_away(bucket, address, Place::mapped, random);
  if (!mapped) return std::move(mapped).error();
  auto ordinary = address.ordinary ? take_away(bucket, address, Place::ordinary, random) : Result<std::string>(std::string());
  if (!ordinary) return std::move(ordinary).error();
  if (!forget_sidecar(bucket, address)) {  // what lies in the temporary folder leads the sweep to it
    mapped->clear();
    ordinary->clear();
  }
  drop(bucket, address, Place::mapped, *mapped);
  if (address.ordinary) drop(bucket, address, Place::ordinary, *ordinary);
  return {};
}

}  // namespace objectstore::directory
