// Temporary file, fsync, rename or link, fsync of the folder.
#include "io/atomic_file.h"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "io/errno_error.h"

namespace objectstore::io {
namespace {

constexpr int kNameAttempts = 16;
constexpr mode_t kPermissions = 0777;

std::filesystem::path folder_of(const std::filesystem::path& path) {
  auto folder = path.parent_path();
  return folder.empty() ? std::filesystem::path(".") : folder;
}

std::string random_name(const std::string& prefix) {
  std::uint64_t bits = 0;
  if (::getrandom(&bits, sizeof bits, 0) != static_cast<ssize_t>(sizeof bits)) bits = static_cast<std::uint64_t>(::getpid());
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(bits));
  return prefix + digits + ".tmp";
}

/// The process's umask. umask(2) can only be read by changing it for all threads, so the kernel's own report is preferred.
mode_t current_umask() {
  std::FILE* status = std::fopen("/proc/self/status", "re");
  if (status != nullptr) {
    char line[256];
    while (std::fgets(line, sizeof line, status) != nullptr) {
      if (std::strncmp(line, "Umask:", 6) == 0) {
        std::fclose(status);
        return static_cast<mode_t>(std::strtoul(line + 6, nullptr, 8)) & kPermissions;
      }
    }
    std::fclose(status);
  }
  mode_t mask = ::umask(077);
  ::umask(mask);
  return mask & kPermissions;
}

mode_t published_mode(const std::filesystem::path& target, AtomicFile::Publish how) {
  struct stat old {};
  if (how == AtomicFile::Publish::replace && ::lstat(target.c_str(), &old) == 0 && S_ISREG(old.st_mode)) return old.st_mode & kPermissions;
  return 0666 & ~current_umask();
}

/// 0 or errno; `consumed` says whether the temporary name is gone.
int show_new(const std::filesystem::path& temp, const std::filesystem::path& target, bool& consumed) {
  consumed = true;
  if (::renameat2(AT_FDCWD, temp.c_str(), AT_FDCWD, target.c_str(), RENAME_NOREPLACE) == 0) return 0;
  consumed = false;
  // File systems without that flag (NFS and others) have links; a link fails where the name is taken.
  if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP) return errno;
  return ::link(temp.c_str(), target.c_str()) == 0 ? 0 : errno;
}

}  // namespace

AtomicFile::AtomicFile(std::filesystem::path target, AtomicFileOptions options, FileDescriptor file)
    : target_(std::move(target)), options_(std::move(options)), file_(std::move(file)) {}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : target_(std::move(other.target_)),
      options_(std::move(other.options_)),
      file_(std::move(other.file_)),
      lost_(std::move(other.lost_)),
      pending_(std::exchange(other.pending_, false)) {}

AtomicFile& AtomicFile::operator=(AtomicFile&& other) noexcept {
  if (this != &other) {
    discard();
    target_ = std::move(other.target_);
    options_ = std::move(other.options_);
    file_ = std::move(other.file_);
    lost_ = std::move(other.lost_);
    pending_ = std::exchange(other.pending_, false);
  }
  return *this;
}

Result<AtomicFile> AtomicFile::create(const std::filesystem::path& target, const AtomicFileOptions& options) {
  if (target.empty() || target.filename().empty() || target.filename() == "." || target.filename() == "..") {
    return Error{.kind = ErrorKind::invalid_argument, .message = "\"" + target.native() + "\" names no file"};
  }
  auto folder = options.temp_folder.empty() ? folder_of(target) : options.temp_folder;
  for (int attempt = 1;; ++attempt) {
    auto file = FileDescriptor::open(folder / random_name(options.temp_prefix), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    if (file) return AtomicFile(target, options, std::move(*file));
    if (file.error().kind != ErrorKind::already_exists || attempt == kNameAttempts) return std::move(file).error();
  }
}

AtomicFile AtomicFile::adopt(const std::filesystem::path& target, FileDescriptor file) {
  return {target, {}, std::move(file)};
}

Status AtomicFile::write(std::span<const std::byte> bytes) {
  if (lost_) return *lost_;
  auto written = file_.write_all(bytes);
  if (!written) lost_ = written.error();
  return written;
}

Status AtomicFile::sync() {
  if (lost_) return *lost_;
  if (!options_.durable) return {};
  auto synced = file_.sync();
  if (!synced) lost_ = synced.error();
  return synced;
}

Status AtomicFile::publish(Publish how) {
  if (lost_) return *lost_;
  if (!pending_) return Error{.kind = ErrorKind::internal, .message = target_.native() + " was published or discarded already"};
  mode_t mode = options_.mode ? *options_.mode : published_mode(target_, how);
  if (::fchmod(file_.get(), mode) != 0) return errno_error("set the mode of", temp_path(), errno);
  if (auto synced = sync(); !synced) return synced;

  bool consumed = true;
  if (how == Publish::replace) {
    if (::rename(temp_path().c_str(), target_.c_str()) != 0) return errno_error("replace", target_, errno);
  } else if (int failure = show_new(temp_path(), target_, consumed); failure != 0) {
    return errno_error("create", target_, failure);
  }
  if (!consumed) ::unlink(temp_path().c_str());
  pending_ = false;
  file_.reset();  // its bytes are synced: an error of close would say nothing about them
  if (!options_.durable) return {};
  auto synced = sync_folder(folder_of(target_));
  if (!synced) {
    Error error = annotate(std::move(synced).error(), target_.native() + " stands under its name, but may not outlast a power cut");
    error.kind = ErrorKind::outcome_unknown;
    return error;
  }
  return {};
}

void AtomicFile::discard() noexcept {
  if (!std::exchange(pending_, false)) return;
  ::unlink(temp_path().c_str());
  file_.reset();
}

Status check_replaceable(const std::filesystem::path& path) {
  struct stat information {};
  if (::stat(path.c_str(), &information) != 0) {
    if (errno != ENOENT) return errno_error("write", path, errno);
    auto folder = folder_of(path);
    if (::stat(folder.c_str(), &information) != 0) return errno_error("write", path, errno);
    return {};
  }
  if (S_ISREG(information.st_mode)) return {};
  return Error{.kind = ErrorKind::invalid_argument,
               .message = path.native() + (S_ISDIR(information.st_mode) ? " is a folder" : " is no regular file") +
                          ": it cannot be replaced by a download"};
}

}  // namespace objectstore::io
