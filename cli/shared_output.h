// Standard output of commands that run beside each other: what one of them writes comes out in one piece.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>

#include "output.h"
#include "output_target.h"
#include "spool.h"

namespace objectstore::cli {

/// Standard output, for one command at a time. Thread-safety: every member may be called concurrently, `write` by who has the turn.
class SharedOutput {
 public:
  /// `output` must outlive it, and is used by nobody else meanwhile.
  explicit SharedOutput(Output& output) : output_(output) {}

  bool try_take();
  void take();
  void release();
  /// 0, or EPIPE: whoever waits for output has to know no more; `output` does.
  int write(std::span<const std::byte> data);
  /// It cannot be written any more.
  [[nodiscard]] bool broken() const { return broken_; }

 private:
  Output& output_;
  std::atomic<bool> broken_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool taken_ = false;  ///< guarded by mutex_
};

/// What one command writes. Up to 256 KiB wait in memory. Beyond that it goes out as it comes, or, while another command has the turn, into a
/// nameless temporary file: a transfer never waits for another to end, which would be a deadlock where both need what they share.
/// Thread-safety: one instance, one call at a time.
class CommandOutput final : public OutputTarget {
 public:
  explicit CommandOutput(SharedOutput& shared) : shared_(shared) {}
  ~CommandOutput() override { (void)CommandOutput::close(); }
  CommandOutput(const CommandOutput&) = delete;
  CommandOutput& operator=(const CommandOutput&) = delete;

  int write(std::span<const std::byte> data) override;
  /// Waits for its turn and puts out what is kept.
  int close() override;

 private:
  int pass_on();
  int keep(std::span<const std::byte> data);

  SharedOutput& shared_;
  std::string buffer_;
  std::optional<Descriptor> file_;  ///< what came before the buffer
  bool has_turn_ = false;
  int failed_ = 0;
};

}  // namespace objectstore::cli
