// Standard output of commands that run beside each other.
#include "shared_output.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace objectstore::cli {

bool SharedOutput::try_take() {
  const std::lock_guard lock(mutex_);
  return !std::exchange(taken_, true);
}

void SharedOutput::take() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !taken_; });
  taken_ = true;
}

void SharedOutput::release() {
  {
    const std::lock_guard lock(mutex_);
    taken_ = false;
  }
  changed_.notify_one();
}

int SharedOutput::write(std::span<const std::byte> data) {
  if (output_.bytes(data)) return 0;
  broken_ = true;
  return EPIPE;
}

int CommandOutput::write(std::span<const std::byte> data) {
  constexpr std::size_t kInMemory = std::size_t{256} * 1024;
  if (failed_ != 0) return failed_;
  if (!has_turn_ && buffer_.size() + data.size() <= kInMemory) {
    const std::string_view text(reinterpret_cast<const char*>(data.data()), data.size());
    buffer_ += text;
    return 0;
  }
  if (!has_turn_ && shared_.try_take()) {
    has_turn_ = true;
    failed_ = pass_on();
    if (failed_ != 0) return failed_;
  }
  return failed_ = has_turn_ ? shared_.write(data) : keep(data);
}

int CommandOutput::close() {
  if (!has_turn_ && failed_ == 0 && (file_ || !buffer_.empty())) {
    shared_.take();
    has_turn_ = true;
    failed_ = pass_on();
  }
  if (std::exchange(has_turn_, false)) shared_.release();
  return failed_;
}

int CommandOutput::pass_on() {
  if (file_) {
    std::array<std::byte, std::size_t{64} * 1024> chunk{};
    off_t offset = 0;
    while (true) {
      const ssize_t count = pread(file_->get(), chunk.data(), chunk.size(), offset);
      if (count < 0) return errno;
      if (count == 0) break;
      if (const int failed = shared_.write(std::span(chunk).first(static_cast<std::size_t>(count))); failed != 0) return failed;
      offset += count;
    }
    file_.reset();
  }
  const std::string rest = std::exchange(buffer_, {});
  return rest.empty() ? 0 : shared_.write(std::as_bytes(std::span(rest)));
}

int CommandOutput::keep(std::span<const std::byte> data) {
  if (!file_) {
    const int opened = open_nameless_file();
    if (opened < 0) return errno;
    file_.emplace(opened);
  }
  const std::string before = std::exchange(buffer_, {});
  if (const int failed = write_all(file_->get(), std::as_bytes(std::span(before))); failed != 0) return failed;
  return write_all(file_->get(), data);
}

}  // namespace objectstore::cli
