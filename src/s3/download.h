// GetObject into a sink: breaks are repaired from the byte where they happened, what arrives is verified.
#pragma once

#include <string_view>

#include "objectstore/bucket.h"
#include "s3/send.h"

namespace objectstore::s3 {

/// Arguments are checked already. Errors: as Bucket::download.
Result<Downloaded> download(Sender& sender, std::string_view bucket, std::string_view key, BodySink& sink, const DownloadOptions& options);

/// "bytes 0-99/1234" in parts; nothing for anything else, an unknown total ("*") included.
struct ContentRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint64_t total = 0;
};
std::optional<ContentRange> parse_content_range(std::string_view text);

}  // namespace objectstore::s3
