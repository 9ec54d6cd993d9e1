// Partial downloads: bytes first, then the line that says that they are there.
#include "transfer/partial_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

#include "base/digest.h"
#include "base/encoding.h"
#include "io/atomic_file.h"
#include "io/errno_error.h"

namespace objectstore::transfer {

namespace {

constexpr std::string_view kFormat = "objectstore-download ";
constexpr std::string_view kVersion = "1";
/// Ranges between two syncs: a crash costs at most these.
constexpr std::size_t kFlushEvery = 8;
/// Five TiB in the smallest ranges have a journal of some 17 MB.
constexpr std::size_t kMaxJournalBytes = std::size_t{64} << 20;

std::filesystem::path beside(const std::filesystem::path& target, std::string_view ending) {
  const auto digest = base::sha256(std::string_view(target.filename().native()));
  return target.parent_path() / (".objectstore-" + base::hex(digest).substr(0, 16) + std::string(ending));
}

std::string identity_of(std::string_view bucket, std::string_view version_id, const ObjectInfo& object) {
  std::string text;
  const auto line = [&](std::string_view name, std::string_view value) {
    text += name;
    text += ' ';
    base::uri_encode_to(text, value, true);
    text += '\n';
  };
  line("bucket", bucket);
  line("key", object.key);
  line("version", version_id);
  line("etag", object.etag);
  line("first", "0");
  line("size", std::to_string(object.size));
  return text;
}

Result<std::string> read_whole(io::FileDescriptor& file) {
  auto information = file.status();
  if (!information) return std::move(information).error();
  if (static_cast<std::uint64_t>(information->st_size) > kMaxJournalBytes) return std::string();
  std::string text(static_cast<std::size_t>(information->st_size), '\0');
  std::size_t done = 0;
  while (done < text.size()) {
    auto count = file.read_at(std::as_writable_bytes(std::span(text)).subspan(done), done);
    if (!count) return std::move(count).error();
    if (*count == 0) break;
    done += *count;
  }
  text.resize(done);
  return text;
}

/// The text up to the next line feed, which is taken off the front of `rest`; nothing = there is none.
std::optional<std::string_view> next_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return line;
}

std::optional<std::uint64_t> number_behind(std::string_view line, std::string_view name) {
  if (!line.starts_with(name)) return std::nullopt;
  return base::parse_decimal(line.substr(name.size()));
}

}  // namespace

PartialFile::PartialFile(std::filesystem::path target, std::string bucket, std::string version_id)
    : target_(std::move(target)),
      bucket_(std::move(bucket)),
      version_id_(std::move(version_id)),
      part_path_(beside(target_, ".part")),
      journal_path_(beside(target_, ".journal")) {}

Status PartialFile::lock_file() {
  if (file_.is_open()) return {};
  auto file = io::FileDescriptor::open(part_path_, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
  if (!file) return std::move(file).error();
  if (::flock(file->get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return io::errno_error("lock", part_path_, errno);
    return Error{.kind = ErrorKind::conflict, .message = "another download to " + target_.native() + " is under way"};
  }
  // The holder before us may have published or removed the file that we opened.
  struct stat named {};
  auto opened = file->status();
  if (!opened) return std::move(opened).error();
  if (::lstat(part_path_.c_str(), &named) != 0 || named.st_ino != opened->st_ino || named.st_dev != opened->st_dev) {
    return Error{.kind = ErrorKind::conflict, .message = "another download to " + target_.native() + " has just ended"};
  }
  file_ = std::move(*file);
  auto journal = io::FileDescriptor::open(journal_path_, O_RDWR | O_CREAT | O_NOFOLLOW | O_APPEND, 0600);
  if (!journal) return std::move(journal).error();
  journal_ = std::move(*journal);
  return {};
}

Result<std::optional<std::uint64_t>> PartialFile::load(const std::string& identity, std::uint64_t size) {
  auto information = file_.status();
  if (!information) return std::move(information).error();
  auto text = read_whole(journal_);
  if (!text) return std::move(text).error();
  std::string_view rest = *text;
  const auto format = next_line(rest);
  if (!format || !format->starts_with(kFormat)) return std::optional<std::uint64_t>();
  if (format->substr(kFormat.size()) != kVersion) {
    return Error{.kind = ErrorKind::unsupported,
                 .message = journal_path_.native() + " is of a version of the format that is not known here; remove it to start over"};
  }
  if (!rest.starts_with(identity) || static_cast<std::uint64_t>(information->st_size) != size) return std::optional<std::uint64_t>();
  rest.remove_prefix(identity.size());
  const auto size_line = next_line(rest);
  const std::uint64_t part_size = size_line ? number_behind(*size_line, "part-size ").value_or(0) : 0;
  if (part_size == 0) return std::optional<std::uint64_t>();
  while (const auto line = next_line(rest)) {
    const auto index = number_behind(*line, "done ");
    if (!index || *index > UINT32_MAX) break;  // torn: nothing behind it is believed
    if (*index >= done_.size()) done_.resize(static_cast<std::size_t>(*index) + 1);
    done_[static_cast<std::size_t>(*index)] = true;
  }
  return std::optional(part_size);
}

Status PartialFile::start_over(const std::string& identity, std::uint64_t part_size) {
  if (::ftruncate(journal_.get(), 0) != 0) return io::errno_error("empty", journal_path_, errno);
  if (::ftruncate(file_.get(), 0) != 0) return io::errno_error("empty", part_path_, errno);
  const std::string head = std::string(kFormat) + std::string(kVersion) + '\n' + identity + "part-size " + std::to_string(part_size) + '\n';
  if (auto written = journal_.write_all(std::as_bytes(std::span(head))); !written) return written;
  return journal_.sync();  // before the file gets its size, with which an older journal would speak of these bytes
}

Result<std::uint64_t> PartialFile::open(const ObjectInfo& object, std::uint64_t part_size) {
  if (auto replaceable = io::check_replaceable(target_); !replaceable) return std::move(replaceable).error();
  if (auto locked = lock_file(); !locked) return std::move(locked).error();
  done_.clear();
  {
    const std::scoped_lock lock(mutex_);
    pending_.clear();
  }
  const std::string identity = identity_of(bucket_, version_id_, object);
  auto earlier = load(identity, object.size);
  if (!earlier) return std::move(earlier).error();
  if (*earlier) return **earlier;
  if (auto fresh = start_over(identity, part_size); !fresh) return std::move(fresh).error();
  return part_size;
}

Status PartialFile::begin(std::optional<std::uint64_t>) {
  return Error{.kind = ErrorKind::unsupported, .message = "the server tells no ETag to resume " + target_.native() + " by"};
}

Status PartialFile::write(std::span<const std::byte>) {
  return begin(std::nullopt);
}

Result<bool> PartialFile::begin_parts(std::uint64_t size) {
  if (auto room = file_.preallocate(size); !room) return std::move(room).error();
  if (::ftruncate(file_.get(), static_cast<off_t>(size)) != 0) return io::errno_error("give its size to", part_path_, errno);
  return true;
}

Status PartialFile::flush() {
  if (pending_.empty()) return {};
  if (auto synced = file_.sync(); !synced) return synced;
  std::string lines;
  for (const std::uint32_t index : pending_) lines += "done " + std::to_string(index) + '\n';
  pending_.clear();
  return journal_.write_all(std::as_bytes(std::span(lines)));
}

Status PartialFile::arrived(std::uint32_t index) {
  const std::scoped_lock lock(mutex_);
  pending_.push_back(index);
  return pending_.size() < kFlushEvery ? Status() : flush();
}

Status PartialFile::finish() {
  {
    const std::scoped_lock lock(mutex_);
    if (auto noted = flush(); !noted) return noted;
  }
  auto whole = io::AtomicFile::adopt(target_, std::move(file_));
  auto published = whole.publish(io::AtomicFile::Publish::replace);
  if (!published) {  // all of it is there: the next run has only to try again
    whole.keep();
    kept_ = true;
  }
  if (published || published.error().kind == ErrorKind::outcome_unknown) ::unlink(journal_path_.c_str());
  journal_.reset();
  return published;
}

void PartialFile::discard() noexcept {
  if (!file_.is_open()) return;
  const std::scoped_lock lock(mutex_);
  static_cast<void>(flush());  // what cannot be noted is fetched again
}

void PartialFile::remove() noexcept {
  if (!file_.is_open()) return;  // not ours
  ::unlink(journal_path_.c_str());
  ::unlink(part_path_.c_str());
  file_.reset();
  journal_.reset();
}

}  // namespace objectstore::transfer
