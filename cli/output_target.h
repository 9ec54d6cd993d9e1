// Where a command's data goes: the process's own standard output or, of a command in a run, that of the run.
#pragma once

#include <cstddef>
#include <span>

namespace objectstore::cli {

/// Thread-safety: one instance, one call at a time.
class OutputTarget {
 public:
  virtual ~OutputTarget() = default;
  /// All of `data`. Returns 0, or why it failed (an errno; EINTR: a signal ends the program, and nobody reads).
  virtual int write(std::span<const std::byte> data) = 0;
  /// Nothing more will come. Returns 0, or why what came before is lost.
  virtual int close() = 0;
};

class StandardOutput final : public OutputTarget {
 public:
  int write(std::span<const std::byte> data) override;
  int close() override;
};

}  // namespace objectstore::cli
