// An object's attributes as HTTP headers, both ways: conditions, content headers, user metadata, tags, encryption.
#pragma once

#include <string>
#include <string_view>

#include "objectstore/bucket.h"
#include "objectstore/http.h"
#include "objectstore/result.h"

namespace objectstore::s3 {

/// The metadata name that carries a conditional upload's id; hidden from callers and refused from them.
inline constexpr std::string_view kPutIdMetadata = "objectstore-put-id";

/// A metadata value as it stands in its header. ASCII stands as it is. Anything else, and ASCII that looks like an encoded word, becomes
/// encoded words of RFC 2047 ("=?UTF-8?B?...?=", several joined by a space): S3 defines this form for text beyond ASCII, and servers that
/// know nothing of it store and return it unchanged. `decode_metadata` reads B and Q words of UTF-8, US-ASCII and ISO-8859-1; raw bytes
/// that are no UTF-8 are read as ISO-8859-1, so what comes back is always UTF-8.
/// Source: S3 User Guide, "Working with object metadata".
std::string encode_metadata(std::string_view value);
std::string decode_metadata(std::string_view value);

/// Headers of an upload; conditions and put-id included, payload headers not.
void add_upload_headers(Headers& headers, const UploadOptions& options, std::string_view put_id);
void add_write_condition(Headers& headers, const WriteCondition& condition);
/// Headers of a copy, the source's own excepted.
void add_copy_headers(Headers& headers, const CopyOptions& options);
/// x-amz-copy-source and its condition; `source.bucket` is filled.
void add_copy_source(Headers& headers, const CopySource& source);
void add_read_conditions(Headers& headers, const ReadConditions& conditions);
/// x-amz-server-side-encryption-customer-*; for reads.
void add_customer_key(Headers& headers, const SseCustomerKey& key);

/// What the headers of a HEAD or GET tell, all but the size. `put_id` (may be null) takes the hidden metadata.
/// Errors: corrupt (a Last-Modified that is no date).
Result<ObjectInfo> read_object_headers(const Headers& headers, std::string_view bucket, std::string_view key,
                                       std::string* put_id = nullptr);

}  // namespace objectstore::s3
