// The folder that downloads are written below.
#include "transfer/target_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "bucket/directory_folder.h"
#include "io/errno_error.h"

namespace objectstore::transfer {

namespace {

using directory::open_beneath;

/// Of the folders above the last part.
std::string parent_of(const std::string& relative) {
  const auto slash = relative.rfind('/');
  return slash == std::string::npos ? std::string() : relative.substr(0, slash);
}

timespec to_timespec(SystemTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  timespec spec{};
  spec.tv_sec = static_cast<time_t>(seconds.time_since_epoch().count());
  spec.tv_nsec = static_cast<long>(std::chrono::duration_cast<std::chrono::nanoseconds>(time - seconds).count());
  return spec;
}

class TreeSink final : public BodySink {
 public:
  TreeSink(const TargetFolder& folder, std::string relative, SystemTime modified, bool create_only, bool durable)
      : folder_(folder), relative_(std::move(relative)), modified_(modified), create_only_(create_only), durable_(durable) {}

  Status begin(std::optional<std::uint64_t>) override {
    file_.reset();
    if (Status made = folder_.make_folder_of(relative_); !made) return made;
    const std::filesystem::path path = folder_.path_of(relative_);
    if (Status replaceable = io::check_replaceable(path); !replaceable) return replaceable;
    auto file = io::AtomicFile::create(path, {.durable = durable_});
    if (!file) return std::move(file).error();
    file_.emplace(std::move(*file));
    return {};
  }
  Status write(std::span<const std::byte> bytes) override { return file_->write(bytes); }
  Status finish() override {
    const timespec times[2] = {to_timespec(modified_), to_timespec(modified_)};
    if (::futimens(file_->file().get(), times) != 0) return io::errno_error("set the time of", file_->temp_path(), errno);
    auto published = file_->publish(create_only_ ? io::AtomicFile::Publish::create_only : io::AtomicFile::Publish::replace);
    file_.reset();
    return published;
  }
  void discard() noexcept override { file_.reset(); }
  Result<bool> begin_parts(std::uint64_t size) override {
    if (Status begun = begin(size); !begun) return std::move(begun).error();
    if (Status room = file_->file().preallocate(size); !room) return std::move(room).error();
    return true;
  }
  Status write_at(std::uint64_t offset, std::span<const std::byte> bytes) override { return file_->file().write_all_at(bytes, offset); }
  Status read_back(std::uint64_t offset, std::span<std::byte> out) override { return file_->file().read_all_at(out, offset); }

 private:
  const TargetFolder& folder_;
  std::string relative_;
  SystemTime modified_;
  bool create_only_;
  bool durable_;
  std::optional<io::AtomicFile> file_;
};

}  // namespace

Result<TargetFolder> TargetFolder::open(const std::filesystem::path& root) {
  std::error_code failed;
  std::filesystem::create_directories(root, failed);
  auto folder = io::FileDescriptor::open(root, O_RDONLY | O_DIRECTORY);
  if (!folder) {
    if (failed) return io::errno_error("make the folder", root, failed.value());
    return std::move(folder).error();
  }
  return TargetFolder(root, std::move(*folder));
}

Sink TargetFolder::sink(std::string relative, SystemTime modified, bool create_only, bool durable) const {
  return Sink::from(std::make_unique<TreeSink>(*this, std::move(relative), modified, create_only, durable));
}

Status TargetFolder::make_folder_of(const std::string& relative) const {
  const std::string folder = parent_of(relative);
  if (folder.empty()) return {};
  const auto opened = [&](const std::string& path) {
    const int fd = open_beneath(folder_.get(), path, O_RDONLY | O_DIRECTORY);
    if (fd < 0) return false;
    ::close(fd);
    return true;
  };
  if (opened(folder)) return {};
  for (std::size_t end = folder.find('/');; end = folder.find('/', end + 1)) {
    const std::string part = folder.substr(0, end);
    const std::string above = parent_of(part);
    const io::FileDescriptor parent(open_beneath(folder_.get(), above.empty() ? "." : above, O_RDONLY | O_DIRECTORY), path_of(above));
    const std::string name = part.substr(above.empty() ? 0 : above.size() + 1);
    if (!parent.is_open()) return io::errno_error("open", path_of(above), errno);
    if (::mkdirat(parent.get(), name.c_str(), 0777) != 0 && errno != EEXIST)
      return io::errno_error("make the folder", path_of(part), errno);
    if (!opened(part)) {
      const int why = errno;
      if (why != ENOTDIR && why != ELOOP) return io::errno_error("open", path_of(part), why);
      struct stat information {};
      const bool link = ::fstatat(parent.get(), name.c_str(), &information, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(information.st_mode);
      return Error{.kind = link ? ErrorKind::permission_denied : ErrorKind::conflict,
                   .message = path_of(part).native() + (link ? " is a symbolic link: nothing is written through one"
                                                             : " is no folder: nothing can be written beneath it")};
    }
    if (end == std::string::npos) return {};
  }
}

Status TargetFolder::remove(const std::string& relative) const {
  const auto remove_in = [&](const std::string& path, int flags) {
    const std::string above = parent_of(path);
    const io::FileDescriptor parent(open_beneath(folder_.get(), above.empty() ? "." : above, O_RDONLY | O_DIRECTORY), path_of(above));
    if (!parent.is_open()) return false;
    return ::unlinkat(parent.get(), path.substr(above.empty() ? 0 : above.size() + 1).c_str(), flags) == 0;
  };
  if (!remove_in(relative, 0)) {
    if (errno == ENOENT) return {};
    return io::errno_error("delete", path_of(relative), errno);
  }
  for (std::string folder = parent_of(relative); !folder.empty() && remove_in(folder, AT_REMOVEDIR);) folder = parent_of(folder);
  return {};
}

Status TargetFolder::sync() const {
  if (::syncfs(folder_.get()) != 0) return io::errno_error("sync", root_, errno);
  return {};
}

Result<bool> TargetFolder::folds_case() const {
  auto probe = io::AtomicFile::create(root_ / "probe", {.durable = false});
  if (!probe) return std::move(probe).error();
  std::string name = probe->temp_path().filename().string();
  for (char& c : name) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  struct stat information {};
  return ::fstatat(folder_.get(), name.c_str(), &information, AT_SYMLINK_NOFOLLOW) == 0;
}

}  // namespace objectstore::transfer
