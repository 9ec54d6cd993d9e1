// Walks a local tree in key order.
#include "transfer/folder_entries.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <memory>

#include "base/encoding.h"
#include "base/errors.h"
#include "io/errno_error.h"
#include "io/file_descriptor.h"
#include "objectstore/bucket.h"

namespace objectstore::transfer {

namespace {

struct CloseFolder {
  void operator()(DIR* folder) const noexcept { ::closedir(folder); }
};
using FolderStream = std::unique_ptr<DIR, CloseFolder>;

unsigned char type_of_mode(mode_t mode) {
  return S_ISREG(mode) ? DT_REG : S_ISDIR(mode) ? DT_DIR : S_ISLNK(mode) ? DT_LNK : DT_UNKNOWN;
}

SystemTime modified_at(const struct stat& information) {
  const std::chrono::nanoseconds since_epoch =
      std::chrono::seconds(information.st_mtim.tv_sec) + std::chrono::nanoseconds(information.st_mtim.tv_nsec);
  return SystemTime(std::chrono::duration_cast<SystemTime::duration>(since_epoch));
}

}  // namespace

bool is_temporary_name(std::string_view name) {
  constexpr std::string_view kFront = ".objectstore-";
  constexpr std::size_t kDigits = 16;
  if (!name.starts_with(kFront) || name.size() < kFront.size() + kDigits) return false;
  const std::string_view end = name.substr(kFront.size() + kDigits);
  return end == ".tmp" || end == ".part" || end == ".journal";
}

Result<Entry> entry_of_file(const std::filesystem::path& file, std::string path) {
  struct stat information {};
  if (::stat(file.c_str(), &information) != 0) return io::errno_error("look at", file, errno);
  return Entry{std::move(path), static_cast<std::uint64_t>(information.st_size), modified_at(information)};
}

FolderEntries::FolderEntries(std::filesystem::path root, Links links, PathFilter filter, SkippedHandler skipped)
    : root_(std::move(root)), links_(links), filter_(std::move(filter)), skipped_(std::move(skipped)) {}

void FolderEntries::fail(std::string path, Error error, bool hides) {
  skipped_({.path = std::move(path), .error = std::move(error), .hides = hides});
}

std::optional<std::string> FolderEntries::listed_name(int folder, std::string_view name, unsigned char type) {
  const std::string path = path_ + std::string(name);
  if (!base::is_utf8(name)) {
    fail(path, base::invalid("the name is not valid UTF-8, and keys are: it cannot be stored"), false);
    return std::nullopt;
  }
  if (is_temporary_name(name)) return std::nullopt;
  struct stat information {};
  if (type == DT_UNKNOWN) {
    if (::fstatat(folder, std::string(name).c_str(), &information, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno != ENOENT) fail(path, io::errno_error("look at", local_path(path), errno), true);
      return std::nullopt;
    }
    type = type_of_mode(information.st_mode);
  }
  if (type == DT_LNK) {
    if (links_ == Links::skip) {
      if (filter_.matches(path)) tell(path, "a symbolic link");
      return std::nullopt;
    }
    if (::fstatat(folder, std::string(name).c_str(), &information, 0) != 0) {
      if (filter_.matches(path)) fail(path, io::errno_error("follow the link", local_path(path), errno), true);
      return std::nullopt;
    }
    type = type_of_mode(information.st_mode);
  }
  if (type == DT_DIR) {
    if (filter_.excludes_folder(path)) return std::nullopt;
    return std::string(name) + "/";
  }
  if (!filter_.matches(path)) return std::nullopt;
  if (type != DT_REG) {
    tell(path, "neither a file nor a folder");
    return std::nullopt;
  }
  return std::string(name);
}

Status FolderEntries::push() {
  const std::filesystem::path folder = local_path(path_);
  int flags = O_RDONLY | O_DIRECTORY;
  if (links_ == Links::skip && !levels_.empty()) flags |= O_NOFOLLOW;
  auto opened = io::FileDescriptor::open(path_.empty() ? root_ : folder, flags);
  if (!opened) return std::move(opened).error();
  const auto information = opened->status();
  if (!information) return information.error();
  const auto same = [&](const Level& level) { return level.device == information->st_dev && level.inode == information->st_ino; };
  if (std::ranges::any_of(levels_, same)) {
    tell(path_.substr(0, path_.size() - 1), "a link to a folder above it");
    return {};
  }
  const int copy = ::fcntl(opened->get(), F_DUPFD_CLOEXEC, 0);
  FolderStream stream(copy < 0 ? nullptr : ::fdopendir(copy));
  if (!stream) return io::errno_error("read", folder, errno);
  Level level{path_.size(), information->st_dev, information->st_ino, {}};
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(stream.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (auto listed = listed_name(opened->get(), name, entry->d_type)) level.names.push_back(std::move(*listed));
  }
  if (errno != 0) return io::errno_error("read", folder, errno);
  std::ranges::sort(level.names);
  levels_.push_back(std::move(level));
  return {};
}

Result<std::optional<Entry>> FolderEntries::next() {
  if (!started_) {
    started_ = true;
    if (Status read = push(); !read) return std::move(read).error();
  }
  while (!levels_.empty()) {
    Level& level = levels_.back();
    path_.resize(level.path_size);
    if (level.at == level.names.size()) {
      levels_.pop_back();
      continue;
    }
    path_ += level.names[level.at++];
    if (path_.ends_with('/')) {
      if (Status read = push(); !read) fail(path_.substr(0, path_.size() - 1), std::move(read).error(), true);
      continue;
    }
    auto entry = entry_of_file(local_path(path_), path_);
    if (entry) return std::optional(std::move(*entry));
    fail(path_, std::move(entry).error(), true);
  }
  return std::optional<Entry>();
}

}  // namespace objectstore::transfer
