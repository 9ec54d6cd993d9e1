// One part after the other.
#include "transfer/ordered_writer.h"

namespace objectstore::transfer {

Result<bool> OrderedWriter::write(std::uint32_t index, std::span<const std::byte> bytes, base::Hasher* hasher) {
  std::unique_lock lock(mutex_);
  turn_.wait(lock, [&] { return stopped_ || next_ == index; });
  if (stopped_) return false;
  lock.unlock();  // nobody else writes before `next_` moves on, and the sink may pause
  auto written = sink_.write(bytes);
  if (hasher != nullptr) hasher->update(bytes);
  lock.lock();
  ++next_;
  if (!written) stopped_ = true;
  lock.unlock();
  turn_.notify_all();
  if (!written) return std::move(written).error();
  return true;
}

void OrderedWriter::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopped_ = true;
  }
  turn_.notify_all();
}

}  // namespace objectstore::transfer
