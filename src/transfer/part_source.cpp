// Parts of a body, cut one after the other.
#include "transfer/part_source.h"

#include <mutex>
#include <string>
#include <utility>

#include "base/errors.h"

namespace objectstore::transfer {

Result<Part> PartSource::at(std::uint32_t index) {
  Part part{.index = index};
  const std::uint64_t offset = plan_->offset(index);
  const auto size = static_cast<std::size_t>(plan_->size_of(index));
  if (const auto memory = source_.memory()) {
    part.bytes = memory->subspan(static_cast<std::size_t>(offset), size);
    return part;
  }
  auto buffer = buffers_.take(size);
  if (!buffer) return std::move(buffer).error();
  auto count = source_.read_at(offset, buffer->bytes());
  if (!count) return std::move(count).error();
  if (*count != size) {
    return base::invalid("the body ended after " + std::to_string(offset + *count) + " of " + std::to_string(plan_->size) + " bytes");
  }
  part.buffer = std::move(*buffer);
  part.bytes = part.buffer.bytes();
  return part;
}

Result<std::optional<Part>> PartSource::next() {
  if (!in_any_order()) return next_in_order();
  std::uint32_t index = 0;
  {
    const std::lock_guard lock(mutex_);
    while (skipped_.contains(next_)) ++next_;
    if (ended_ || next_ >= plan_->count) return std::optional<Part>();
    index = next_++;
  }
  auto part = at(index);
  if (!part) {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    return std::move(part).error();
  }
  return std::optional(std::move(*part));
}

Result<std::size_t> PartSource::read_full(std::span<std::byte> out) {
  std::size_t done = 0;
  while (done < out.size()) {
    auto count = source_.read(out.subspan(done));
    if (!count) return count;
    if (*count == 0) break;
    if (*count > out.size() - done) return base::invalid("the body's read gave more bytes than it was asked for");
    done += *count;
  }
  return done;
}

Result<std::optional<Part>> PartSource::next_in_order() {
  // The buffer comes first: who waits for one while others wait to read would hold up a body whose parts are all on their way.
  auto buffer = buffers_.take(static_cast<std::size_t>(part_size_));
  if (!buffer) return std::move(buffer).error();
  const std::lock_guard lock(mutex_);
  if (ended_) return std::optional<Part>();
  auto failed = [&](Error error) {
    ended_ = true;
    return error;
  };
  auto count = read_full(buffer->bytes());
  if (!count) return failed(std::move(count).error());
  ended_ = *count < part_size_;
  given_ += *count;
  if (plan_ && given_ > plan_->size) return failed(base::invalid("the body goes on after its " + std::to_string(plan_->size) + " bytes"));
  if (plan_ && ended_ && given_ < plan_->size) {
    return failed(base::invalid("the body ended after " + std::to_string(given_) + " of " + std::to_string(plan_->size) + " bytes"));
  }
  if (*count == 0 && next_ > 0) return std::optional<Part>();
  if (next_ == kMaxPartNumber) {
    return failed(
        base::invalid("the body does not end within 10,000 parts of " + std::to_string(part_size_) + " bytes; choose larger parts"));
  }
  Part part{.index = next_++};
  part.buffer = std::move(*buffer);
  part.bytes = part.buffer.bytes().first(*count);
  return std::optional(std::move(part));
}

bool PartSource::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}

std::uint32_t PartSource::count() const {
  if (plan_) return plan_->count;
  const std::lock_guard lock(mutex_);
  return next_;
}

std::uint64_t PartSource::size() const {
  if (plan_) return plan_->size;
  const std::lock_guard lock(mutex_);
  return given_;
}

}  // namespace objectstore::transfer
