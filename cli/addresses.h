// Addresses: s3://bucket/key is remote, "-" standard input or output, everything else a local path.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "objectstore/client.h"
#include "objectstore/result.h"

namespace objectstore::cli {

struct Address {
  enum class Kind : std::uint8_t { local, stream, remote };
  Kind kind = Kind::local;
  std::string path;  ///< local
  S3Uri remote;

  [[nodiscard]] bool is_remote() const { return kind == Kind::remote; }
  /// The key names a place for things rather than a thing: it is empty or ends in '/'.
  [[nodiscard]] bool is_folder() const { return remote.key.empty() || remote.key.ends_with('/'); }
};

/// Errors: invalid_argument ("s3://" without a bucket).
Result<Address> parse_address(std::string_view text);
/// The same, and it has to be s3://bucket or s3://bucket/key.
Result<S3Uri> parse_remote(std::string_view text);
/// The same, and it has to name an object.
Result<S3Uri> parse_object(std::string_view text);
/// The same, and it has to be a bucket alone.
Result<std::string> parse_bucket(std::string_view text);
/// The same of each. Errors: that of the first that is none.
Result<std::vector<std::string>> parse_buckets(const std::vector<std::string>& texts);

/// "s3://bucket/key", exact.
std::string to_uri(std::string_view bucket, std::string_view key);
inline std::string to_uri(const S3Uri& uri) {
  return to_uri(uri.bucket, uri.key);
}

/// The part of a key behind its last '/'. Errors: invalid_argument where no file can have that name (nothing, ".", "..", a NUL byte):
/// a key never chooses where a file is written.
Result<std::string> file_name_of(const S3Uri& object);

/// `target`, with the last part of the source's key behind it where it is a folder. Errors: invalid_argument (there is no last part).
Result<S3Uri> copy_target(const S3Uri& source, const S3Uri& target);

}  // namespace objectstore::cli
