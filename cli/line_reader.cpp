// Lines of a file or of standard input.
#include "line_reader.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "interrupt.h"
#include "spool.h"
#include "values.h"

namespace objectstore::cli {
namespace {

bool is_readable(int descriptor) {
  pollfd entry{descriptor, POLLIN, 0};
  return descriptor >= 0 && poll(&entry, 1, 0) > 0;
}

}  // namespace

Status LineReader::fill() {
  constexpr std::size_t kChunk = std::size_t{64} * 1024;
  if (begin_ > 0) buffer_.erase(0, begin_);
  begin_ = 0;
  while (true) {
    if (!wait_readable(descriptor_, stop_) || is_readable(stop_)) {
      source_ended_ = true;
      buffer_.clear();  // half a line is none
      return {};
    }
    const std::size_t before = buffer_.size();
    buffer_.resize(before + kChunk);
    const ssize_t count = read(descriptor_, buffer_.data() + before, kChunk);
    buffer_.resize(before + (count > 0 ? static_cast<std::size_t>(count) : 0));
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count < 0) {
      ended_ = true;
      return system_error(name_, errno);
    }
    source_ended_ = count == 0;
    return {};
  }
}

Result<std::optional<std::string_view>> LineReader::next() {
  bool too_long = false;
  std::size_t searched = 0;
  while (true) {
    std::size_t end = buffer_.find('\n', begin_ + searched);
    const bool complete = end != std::string::npos;
    if (!complete && !source_ended_) {
      if (buffer_.size() - begin_ > kLongestLine) {
        too_long = true;
        buffer_.clear();
        begin_ = 0;
      }
      searched = buffer_.size() - begin_;
      Status filled = fill();
      if (!filled) return filled.error();
      continue;
    }
    if (!complete) {
      ended_ = true;
      if (begin_ == buffer_.size() && !too_long) return std::optional<std::string_view>();
      end = buffer_.size();
    }
    ++number_;
    std::string_view line = std::string_view(buffer_).substr(begin_, end - begin_);
    begin_ = complete ? end + 1 : end;
    if (too_long) return usage_error("longer than 64 MiB");
    if (line.ends_with('\r')) line.remove_suffix(1);
    return std::optional(line);
  }
}

}  // namespace objectstore::cli
