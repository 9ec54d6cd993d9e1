// Uploads of the commands put and cp: the flags that describe an object, and one upload from a file or from standard input.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "addresses.h"
#include "arguments.h"
#include "command.h"
#include "objectstore/transfer.h"
#include "session.h"

namespace objectstore::cli {

/// Flags that put and cp share.
inline constexpr std::array kAttributeFlags = {
    Flag{.name = "content-type", .value = "TYPE", .help = "media type (default: by the file's name; of a copy, the source's)"},
    Flag{.name = "cache-control", .value = "TEXT", .help = "Cache-Control header, e.g. 'max-age=3600'"},
    Flag{.name = "content-disposition", .value = "TEXT", .help = "Content-Disposition header, e.g. 'attachment; filename=\"a.txt\"'"},
    Flag{.name = "content-encoding", .value = "TEXT", .help = "Content-Encoding header, e.g. gzip (the bytes are sent as they are)"},
    Flag{.name = "content-language", .value = "TEXT", .help = "Content-Language header, e.g. de"},
    Flag{.name = "expires", .value = "TIME", .help = "Expires header: RFC 3339 or an HTTP date"},
    Flag{.name = "meta", .value = "NAME=VALUE", .help = "user metadata; may be repeated", .repeatable = true},
    Flag{.name = "storage-class", .value = "CLASS", .help = "storage class, e.g. STANDARD_IA"},
    Flag{.name = "sse", .value = "HOW", .help = "encryption at rest: AES256, aws:kms or aws:kms:KEY-ID"},
};

/// What the attribute flags say; nothing where a flag is not given.
struct Attributes {
  std::optional<std::string> content_type;
  std::optional<std::string> cache_control;
  std::optional<std::string> content_disposition;
  std::optional<std::string> content_encoding;
  std::optional<std::string> content_language;
  std::optional<std::string> expires;
  Metadata metadata;
  std::string storage_class;
  Encryption encryption = BucketDefault{};

  /// Something is said that a copy keeps from its source otherwise.
  [[nodiscard]] bool replaces() const {
    return content_type || cache_control || content_disposition || content_encoding || content_language || expires || !metadata.empty();
  }
};

/// Errors: invalid_argument with flag and value.
Result<Attributes> read_attributes(const Arguments& arguments);
UploadOptions upload_options(const Attributes& attributes);

/// `target`, with the source's file name behind it where it is a folder. Errors: invalid_argument (standard input has no name).
Result<S3Uri> upload_target(const Address& source, const S3Uri& target);
/// Uploads and prints the result. Errors: not_found (the source), invalid_argument (a folder), those of TransferManager::upload.
Status upload_one(Session& session, const Address& source, const S3Uri& target, TransferUploadOptions options, bool guess_type);

}  // namespace objectstore::cli
