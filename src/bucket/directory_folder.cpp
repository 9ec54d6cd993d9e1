// System calls below a bucket's folder.
#include "bucket/directory_folder.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <span>
#include <utility>

#include "bucket/directory_keys.h"
#include "bucket/verb.h"
#include "io/errno_error.h"

namespace objectstore::directory {

namespace {

constexpr mode_t kFolderMode = 0777;  // less the umask
constexpr int kMaxRaces = 1000;       // a folder that is removed again and again as it is made

}  // namespace

int open_beneath(int folder, const std::string& path, int flags, mode_t mode) noexcept {
  struct open_how how {};
  how.flags = static_cast<unsigned>(flags | O_CLOEXEC | O_NOFOLLOW);
  how.mode = (flags & O_CREAT) != 0 ? mode : 0;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  while (true) {
    const long fd = ::syscall(SYS_openat2, folder, path.c_str(), &how, sizeof how);
    if (fd >= 0) return static_cast<int>(fd);
    if (errno == ENOSYS || errno == EPERM) return open_beneath_by_steps(folder, path, flags, mode);  // EPERM: forbidden by a sandbox
    if (errno != EINTR && errno != EAGAIN) return -1;  // EAGAIN: something was renamed meanwhile
  }
}

int open_beneath_by_steps(int folder, const std::string& path, int flags, mode_t mode) noexcept {
  int at = folder;
  std::size_t from = 0;
  while (true) {
    const auto slash = path.find('/', from);
    std::array<char, 256> name{};
    const std::size_t size = (slash == std::string::npos ? path.size() : slash) - from;
    int next = -1;
    if (size >= name.size()) {
      errno = ENAMETOOLONG;
    } else {
      path.copy(name.data(), size, from);
      const int step = slash == std::string::npos ? flags : O_PATH | O_DIRECTORY;
      next = ::openat(at, name.data(), step | O_CLOEXEC | O_NOFOLLOW, mode);
    }
    const int failure = errno;
    if (at != folder) ::close(at);
    errno = failure;
    if (next < 0 || slash == std::string::npos) return next;
    at = next;
    from = slash + 1;
  }
}

bool means_absent(int error_number) noexcept {
  // ENAMETOOLONG: this file system's names are shorter than the key's segment, so it cannot be there. ENXIO: a socket.
  return error_number == ENOENT || error_number == ENOTDIR || error_number == ELOOP || error_number == ENAMETOOLONG ||
         error_number == ENXIO;
}

Result<BucketFolder> BucketFolder::open(const std::filesystem::path& root, const std::string& name, bool durable) {
  auto path = root / name;
  auto folder = io::FileDescriptor::open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!folder) {
    if (folder.error().kind == ErrorKind::not_found || folder.error().kind == ErrorKind::invalid_argument) return no_such_bucket();
    return std::move(folder).error();
  }
  return BucketFolder(std::move(*folder), durable);
}

std::filesystem::path BucketFolder::path_of(std::string_view relative) const {
  return relative.empty() ? folder_.path() : folder_.path() / relative;
}

Error BucketFolder::failed(std::string_view action, std::string_view relative, int error_number) const {
  return io::errno_error(action, path_of(relative), error_number);
}

Result<io::FileDescriptor> BucketFolder::open(const std::string& relative, int flags, mode_t mode) const {
  const int fd = open_beneath(get(), relative, flags, mode);
  if (fd < 0) return failed("open", relative, errno);
  return io::FileDescriptor(fd, path_of(relative));
}

Result<std::optional<io::FileDescriptor>> BucketFolder::open_file(const std::string& relative, int flags, struct stat& information) const {
  if ((flags & O_PATH) == 0) flags |= O_NONBLOCK | O_NOCTTY;  // a FIFO is not waited for
  const int fd = open_beneath(get(), relative, flags);
  if (fd < 0) {
    if (means_absent(errno)) return std::optional<io::FileDescriptor>();
    return failed("open", relative, errno);
  }
  io::FileDescriptor file(fd, path_of(relative));
  if (::fstat(fd, &information) != 0) return failed("stat", relative, errno);
  if (!S_ISREG(information.st_mode)) return std::optional<io::FileDescriptor>();
  return std::optional(std::move(file));
}

Result<bool> BucketFolder::check_format() const {
  auto file = open(std::string(kFormatPath), O_RDONLY);
  if (!file) {
    if (file.error().kind == ErrorKind::not_found) return false;
    return std::move(file).error();
  }
  std::array<char, 64> text{};
  auto size = file->read(std::as_writable_bytes(std::span(text)));
  if (!size) return std::move(size).error();
  if (std::string_view(text.data(), *size) == kFormatText) return true;
  return Error{.kind = ErrorKind::unsupported,
               .message = path_of(kFormatPath).native() + ": not a format this version of the library knows"};
}

Status BucketFolder::prepare() const {
  for (const auto folder : {kReservedFolder, kMetaFolder, kMappedFolder, kTempFolder}) {
    if (::mkdirat(get(), std::string(folder).c_str(), kFolderMode) != 0 && errno != EEXIST) {
      if (errno == ENOENT && is_gone()) return no_such_bucket();
      return failed("make", folder, errno);
    }
  }
  // Made whole under a passing name, so that nobody reads half of it; two who do this at a time write the same.
  const auto id = (static_cast<std::uint64_t>(::getpid()) << 32U) | static_cast<std::uint64_t>(::gettid());
  const std::string temp = std::string(kTempFolder) + "/" + temp_name(hash_of(kFormatPath), id, TempKind::upload);
  auto file = open(temp, O_WRONLY | O_CREAT | O_TRUNC);
  if (!file) return std::move(file).error();
  auto written = file->write_all(std::as_bytes(std::span(kFormatText)));
  if (written && durable_) written = file->sync();
  if (written && ::renameat(get(), temp.c_str(), get(), std::string(kFormatPath).c_str()) != 0) written = failed("rename", temp, errno);
  if (!written) {
    ::unlinkat(get(), temp.c_str(), 0);
    return written;
  }
  if (auto synced = sync(std::string(kReservedFolder)); !synced) return synced;
  return sync(std::string());
}

Status BucketFolder::sync(const std::string& relative) const {
  if (!durable_) return {};
  if (relative.empty()) return sync(get(), relative);
  auto folder = open(relative, O_RDONLY | O_DIRECTORY);
  if (!folder) return std::move(folder).error();
  return sync(folder->get(), relative);
}

Status BucketFolder::sync(int folder, std::string_view relative) const {
  if (!durable_ || ::fsync(folder) == 0 || errno == EINVAL || errno == ENOTSUP) return {};
  return failed("sync", relative, errno);
}

Result<std::optional<io::FileDescriptor>> BucketFolder::open_or_make(const std::string& relative) const {
  using Folder = std::optional<io::FileDescriptor>;
  constexpr int kOpenFolder = O_RDONLY | O_DIRECTORY;
  const auto try_open = [&](const std::string& path) { return open_beneath(get(), path.empty() ? "." : path, kOpenFolder); };
  for (int race = 0; race < kMaxRaces; ++race) {
    const int fd = try_open(relative);
    if (fd >= 0) return Folder(io::FileDescriptor(fd, path_of(relative)));
    if (errno == ENOTDIR || errno == ELOOP) return Folder();
    if (errno != ENOENT) return failed("open", relative, errno);
    if (is_gone()) return no_such_bucket();
    // From the top down: make the first that is missing, then look again.
    bool missing_again = false;
    for (std::size_t slash = 0; slash != std::string::npos && !missing_again;) {
      slash = relative.find('/', slash == 0 ? 0 : slash + 1);
      const auto parts = split_path(std::string_view(relative).substr(0, slash));
      const io::FileDescriptor above(try_open(parts.folder), {});
      if (!above.is_open()) {
        if (errno == ENOTDIR || errno == ELOOP) return Folder();
        if (errno != ENOENT) return failed("open", parts.folder, errno);
        missing_again = true;
      } else if (::mkdirat(above.get(), parts.leaf.c_str(), kFolderMode) == 0) {
        if (auto synced = sync(above.get(), parts.folder); !synced) return std::move(synced).error();
      } else if (errno == ENOENT) {
        missing_again = true;
      } else if (errno != EEXIST) {
        return failed("make", relative.substr(0, slash), errno);
      }
    }
  }
  return Error{.kind = ErrorKind::conflict, .message = path_of(relative).native() + ": removed again and again while it was made"};
}

void BucketFolder::remove_empty(std::string relative, std::string_view keep) const noexcept {
  while (relative.size() > keep.size()) {
    const auto parts = split_path(relative);
    const io::FileDescriptor above(open_beneath(get(), parts.folder.empty() ? "." : parts.folder, O_PATH | O_DIRECTORY), {});
    if (!above.is_open() || ::unlinkat(above.get(), parts.leaf.c_str(), AT_REMOVEDIR) != 0) return;
    relative = parts.folder;
  }
}

bool BucketFolder::is_gone() const noexcept {
  struct stat information {};
  return ::fstat(get(), &information) != 0 || information.st_nlink == 0;
}

}  // namespace objectstore::directory
