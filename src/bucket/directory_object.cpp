// Reads a file and its sidecar as one.
#include "bucket/directory_object.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <utility>

#include "bucket/directory_keys.h"
#include "bucket/directory_lock.h"

namespace objectstore::directory {

namespace {

constexpr int kTriesWithoutLock = 16;
constexpr std::size_t kReadAtOnce = 4096;  // nearly every sidecar, whole

const Version* version_with(const Sidecar& sidecar, const Stamp& stamp) {
  const auto found =
      std::find_if(sidecar.versions.begin(), sidecar.versions.end(), [&](const Version& version) { return version.stamp == stamp; });
  return found == sidecar.versions.end() ? nullptr : &*found;
}

/// nothing: there is none for this key.
Result<std::optional<Sidecar>> load_sidecar(const BucketFolder& bucket, const Address& address) {
  auto text = read_sidecar(bucket, address.hash);
  if (!text) return std::move(text).error();
  if (!*text) return std::optional<Sidecar>();
  auto sidecar = parse_sidecar(std::move(**text));
  if (!sidecar) return annotate(std::move(sidecar).error(), bucket.path_of(sidecar_path(address.hash)).native());
  if (sidecar->key != address.key) return std::optional<Sidecar>();
  return std::optional(std::move(*sidecar));
}

struct OpenFile {
  Place place = Place::ordinary;
  io::FileDescriptor file;
  struct stat information {};
};

Result<std::optional<OpenFile>> open_object(const BucketFolder& bucket, const Address& address, int flags) {
  for (const Place place : {Place::ordinary, Place::mapped}) {
    if (place == Place::ordinary && !address.ordinary) continue;
    OpenFile found;
    found.place = place;
    auto file = bucket.open_file(address.path(place), flags, found.information);
    if (!file) return std::move(file).error();
    if (!*file) continue;
    found.file = std::move(**file);
    return std::optional(std::move(found));
  }
  return std::optional<OpenFile>();
}

bool same_file(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && stamp_of(a) == stamp_of(b);
}

Result<std::optional<FoundObject>> found(OpenFile file, Version version) {
  return std::optional(FoundObject{file.place, std::move(file.file), std::move(version)});
}

}  // namespace

Address::Address(std::string_view name) : key(name), hash(hash_of(name)), shard(shard_of(hash)), ordinary(is_ordinary(name)) {}

std::string Address::path(Place place) const {
  return place == Place::ordinary ? key : mapped_path(key);
}

Status read_whole(io::FileDescriptor& file, std::string& text) {
  text.clear();
  std::array<std::byte, kReadAtOnce> piece;
  while (true) {
    auto count = file.read(piece);
    if (!count) return std::move(count).error();
    text.append(reinterpret_cast<const char*>(piece.data()), *count);
    if (*count < piece.size()) return {};  // of a regular file: its end
  }
}

Result<std::optional<std::string>> read_sidecar(const BucketFolder& bucket, std::string_view hash) {
  const std::string path = sidecar_path(hash);
  struct stat information {};
  auto file = bucket.open_file(path, O_RDONLY, information);
  if (!file) return std::move(file).error();
  if (!*file) return std::optional<std::string>();
  std::string text;
  if (auto read = read_whole(**file, text); !read) return std::move(read).error();
  return std::optional(std::move(text));
}

Result<std::optional<FoundObject>> find_object(const BucketFolder& bucket, const Address& address, int flags, const Verb& verb) {
  std::optional<Lock> lock;
  for (int attempt = 0;; ++attempt) {
    auto file = open_object(bucket, address, flags);
    if (!file) return std::move(file).error();
    if (!*file) return std::optional<FoundObject>();
    const Stamp stamp = stamp_of((*file)->information);
    auto sidecar = load_sidecar(bucket, address);
    if (!sidecar) return std::move(sidecar).error();
    if (*sidecar) {
      if (const Version* version = version_with(**sidecar, stamp)) return found(std::move(**file), *version);
    }
    // No writer of ours made this file, or a writer has replaced it since we opened it: then another stands in its place.
    auto again = open_object(bucket, address, O_PATH);
    if (!again) return std::move(again).error();
    if (lock || (*again && same_file((*file)->information, (*again)->information)))
      return found(std::move(**file), computed_version(stamp));
    if (attempt < kTriesWithoutLock) continue;
    auto locked = Lock::shared_shard(bucket, address.shard, verb);
    if (!locked) return std::move(locked).error();
    lock = std::move(*locked);
  }
}

Result<InForce> find_in_force(const BucketFolder& bucket, const Address& address) {
  InForce in_force;
  auto sidecar = load_sidecar(bucket, address);
  if (!sidecar && sidecar.error().kind != ErrorKind::corrupt) return std::move(sidecar).error();
  for (const Place place : {Place::ordinary, Place::mapped}) {
    if (place == Place::ordinary && !address.ordinary) continue;
    struct stat information {};
    auto file = bucket.open_file(address.path(place), O_PATH, information);
    if (!file) return std::move(file).error();
    if (!*file) continue;
    const Stamp stamp = stamp_of(information);
    const Version* known = sidecar && *sidecar ? version_with(**sidecar, stamp) : nullptr;
    (place == Place::ordinary ? in_force.ordinary : in_force.mapped) = known != nullptr ? *known : computed_version(stamp);
  }
  return in_force;
}

}  // namespace objectstore::directory
