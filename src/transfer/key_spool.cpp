// A list of keys that may be longer than memory.
#include "transfer/key_spool.h"

#include <cerrno>
#include <utility>

#include "io/errno_error.h"

namespace objectstore::transfer {

namespace {

constexpr std::size_t kInMemory = std::size_t{1} << 20U;
constexpr std::string_view kName = "a temporary file";

}  // namespace

Status KeySpool::spill() {
  if (!file_) file_.reset(std::tmpfile());
  if (!file_ || std::fwrite(buffer_.data(), 1, buffer_.size(), file_.get()) != buffer_.size())
    return io::errno_error("write", kName, errno);
  buffer_.clear();
  return {};
}

Status KeySpool::add(std::string_view key) {
  buffer_ += key;
  buffer_ += '\0';
  ++count_;
  return buffer_.size() < kInMemory ? Status() : spill();
}

Result<std::vector<std::string>> KeySpool::take(std::size_t most) {
  if (!std::exchange(reading_, true) && file_) {
    if (Status spilled = spill(); !spilled) return std::move(spilled).error();
    if (std::fflush(file_.get()) != 0 || std::fseek(file_.get(), 0, SEEK_SET) != 0) return io::errno_error("read", kName, errno);
  }
  std::vector<std::string> keys;
  while (keys.size() < most) {
    const std::size_t end = buffer_.find('\0', at_);
    if (end != std::string::npos) {
      keys.push_back(buffer_.substr(at_, end - at_));
      at_ = end + 1;
      continue;
    }
    if (!file_) break;
    buffer_.erase(0, std::exchange(at_, 0));
    const std::size_t left = buffer_.size();
    buffer_.resize(left + kInMemory);
    const std::size_t read = std::fread(buffer_.data() + left, 1, kInMemory, file_.get());
    buffer_.resize(left + read);
    if (read == 0) {
      if (std::ferror(file_.get()) != 0) return io::errno_error("read", kName, errno);
      break;
    }
  }
  return keys;
}

}  // namespace objectstore::transfer
