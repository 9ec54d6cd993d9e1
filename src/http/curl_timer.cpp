// From libcurl's milliseconds to a point in time.
#include "http/curl_timer.h"

#include <algorithm>

namespace objectstore::http {

bool CurlTimer::attach(CURLM* multi) noexcept {
  return curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, &CurlTimer::on_timer) == CURLM_OK &&
         curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this) == CURLM_OK;
}

bool CurlTimer::is_due() const {
  return due_ && (*due_ == SteadyTime{} || *due_ <= std::chrono::steady_clock::now());
}

std::optional<std::chrono::milliseconds> CurlTimer::left() const {
  if (!due_) return std::nullopt;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*due_ - std::chrono::steady_clock::now());
  return std::max(left, std::chrono::milliseconds(0));
}

int CurlTimer::on_timer(CURLM*, long milliseconds, void* self) noexcept {
  auto& due = static_cast<CurlTimer*>(self)->due_;
  due.reset();
  if (milliseconds == 0) due = SteadyTime{};
  if (milliseconds > 0) due = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
  return 0;
}

}  // namespace objectstore::http
