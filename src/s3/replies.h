// The XML documents of S3 as values. Nothing in them is trusted: see the errors.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "objectstore/bucket.h"
#include "objectstore/client.h"
#include "objectstore/result.h"
#include "s3/failure.h"

namespace objectstore::s3 {

/// Tokens of our own begin so; what follows is the start-after of the next page. They stand in for the server's behind a common prefix of a
/// delimiter other than "/": MinIO begins the next page with the same prefix there, and may never end.
inline constexpr std::string_view kOwnToken = "objectstore-start-after:";

/// A page of ListObjectsV2, sorted, entries at or before `start_after` dropped (some servers ignore it). `body` is used up.
/// Errors: corrupt (no such document; a missing or doubled Key, Size or ETag; a size that is no number; a date that is none; a key outside
/// the prefix; text that is not UTF-8; a continuation token that is missing or repeats the request's).
Result<ListPage> parse_list(std::string body, std::string_view bucket, const ListOptions& options);

struct CopyReply {
  std::string etag;
  SystemTime last_modified{};
};
/// Errors: corrupt.
Result<CopyReply> parse_copy(std::string body);

/// One line of a DeleteResult; `code` is empty for a deleted key.
struct DeletedKey {
  std::string key;
  std::string code;
  std::string message;
};
/// Errors: corrupt.
Result<std::vector<DeletedKey>> parse_delete(std::string body);
/// The request to it. Keys can all stand in XML (fits_xml).
std::string delete_document(std::span<const std::string_view> keys);

struct BucketPage {
  std::vector<BucketInfo> buckets;
  std::string continuation;
};
/// Errors: corrupt.
Result<BucketPage> parse_buckets(std::string body);

/// The body of CreateBucket outside us-east-1.
std::string location_document(std::string_view region);

}  // namespace objectstore::s3
