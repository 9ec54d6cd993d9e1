// When libcurl wants to be called.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <optional>

#include "objectstore/clock.h"

namespace objectstore::http {

/// The one timer of a multi handle. `multi` must outlive it, but for its last calls. Thread-safety: one thread at a time.
class CurlTimer {
 public:
  /// libcurl sets it from now on. False = out of memory.
  bool attach(CURLM* multi) noexcept;
  /// Before libcurl is called because it is due: libcurl sets it anew, but only when it changes.
  void reset() noexcept { due_.reset(); }

  [[nodiscard]] bool is_due() const;
  /// Until it is due, 0 at the least. Nothing = it is not set.
  [[nodiscard]] std::optional<std::chrono::milliseconds> left() const;

 private:
  static int on_timer(CURLM* multi, long milliseconds, void* self) noexcept;

  std::optional<SteadyTime> due_;  ///< SteadyTime{} = at once
};

}  // namespace objectstore::http
