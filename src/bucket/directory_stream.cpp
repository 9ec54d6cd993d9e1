// readdir, with every failure told.
#include "bucket/directory_stream.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <utility>

namespace objectstore::directory {

Result<std::optional<FolderStream>> FolderStream::open(const BucketFolder& bucket, std::string path) {
  const int fd = open_beneath(bucket.get(), path.empty() ? "." : path, O_RDONLY | O_DIRECTORY);
  if (fd < 0) {
    if (means_absent(errno)) return std::optional<FolderStream>();
    return bucket.failed("open", path, errno);
  }
  DIR* stream = ::fdopendir(fd);
  if (stream == nullptr) {
    const int failure = errno;
    ::close(fd);
    return bucket.failed("open", path, failure);
  }
  return std::optional(FolderStream(bucket, std::move(path), stream));
}

Result<std::optional<FolderStream::Entry>> FolderStream::next() {
  while (true) {
    errno = 0;
    const auto* entry = ::readdir(stream_.get());
    if (entry == nullptr) {
      if (errno != 0) return bucket_->failed("read", path_, errno);
      return std::optional<Entry>();
    }
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    auto type = type_of(*entry);
    if (!type) return std::move(type).error();
    return std::optional(Entry{entry->d_name, *type});
  }
}

Result<FolderStream::Type> FolderStream::type_of(const dirent& entry) const {
  if (entry.d_type == DT_REG) return Type::file;
  if (entry.d_type == DT_DIR) return Type::folder;
  if (entry.d_type != DT_UNKNOWN) return Type::other;
  struct stat information {};
  if (::fstatat(::dirfd(stream_.get()), entry.d_name, &information, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return Type::gone;
    return bucket_->failed("stat", path_.empty() ? entry.d_name : path_ + "/" + entry.d_name, errno);
  }
  if (S_ISREG(information.st_mode)) return Type::file;
  return S_ISDIR(information.st_mode) ? Type::folder : Type::other;
}

}  // namespace objectstore::directory
