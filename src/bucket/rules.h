// What every backend refuses before it does anything, and the one form in which all of them keep attributes.
#pragma once

#include <string>
#include <string_view>

#include "base/etag.h"
#include "objectstore/bucket.h"
#include "s3/attributes.h"

namespace objectstore {

using base::strip_etag;
using s3::kPutIdMetadata;

/// 3 to 63 of a-z 0-9 - and '.', letters or digits at both ends, no "..", no IPv4 address, no "xn--" in front.
/// Errors: invalid_argument. Source: S3 User Guide, "General purpose bucket naming rules".
Status check_bucket_name(std::string_view name);

/// Metadata names are lower-case HTTP tokens (kPutIdMetadata excepted), values UTF-8 without control characters; the other attributes can
/// stand in a header (printable ASCII); at most 10 tags of valid size; a customer key has 32 bytes. Errors: invalid_argument.
Status check_upload(const UploadOptions& options);
Status check_copy(const CopyOptions& options);
/// Errors: invalid_argument (the page size, prefix, delimiter or start-after).
Status check_list(const ListOptions& options);

/// As HTTP brings values back: trimmed, inner runs of spaces folded to one.
Metadata normalize_metadata(const Metadata& metadata);

}  // namespace objectstore
