// Bare libcurl, unsigned and unchecked: the least that a request costs. What the benchmarks compare the library with.
#pragma once

#include <curl/curl.h>

#include <string>

namespace objectstore::bench {

/// One easy handle, used again and again for GETs, or for PUTs of one body. Thread-safety: one thread.
class BareHandle {
 public:
  /// Null: GETs. Else PUTs of `body`, which must outlive the handle.
  explicit BareHandle(const std::string* body = nullptr);
  ~BareHandle();
  BareHandle(const BareHandle&) = delete;
  BareHandle& operator=(const BareHandle&) = delete;

  /// False unless the server answers with success.
  bool perform(const std::string& url);
  /// The body of the last reply.
  [[nodiscard]] const std::string& reply() const noexcept { return reply_; }

 private:
  CURL* handle_;
  curl_slist* headers_ = nullptr;
  std::string reply_;
};

/// A file up or down in one request, by read(2) or write(2) as libcurl hands out its buffers. False when anything failed.
bool bare_upload_file(const std::string& url, const std::string& path);
bool bare_download_file(const std::string& url, const std::string& path);

}  // namespace objectstore::bench
