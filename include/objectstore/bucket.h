// START HERE: Bucket, the contract that every backend honours (S3, a directory, memory).
#pragma once

#include <chrono>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "objectstore/body.h"
#include "objectstore/call.h"
#include "objectstore/clock.h"
#include "objectstore/export.h"
#include "objectstore/http.h"
#include "objectstore/multipart.h"
#include "objectstore/object_ref.h"
#include "objectstore/result.h"

namespace objectstore {

/// Longest key, in bytes of UTF-8 (S3 User Guide, "Naming objects").
inline constexpr std::size_t kMaxKeyBytes = 1024;
/// Largest object of one request, in bytes (S3 limits PUT to 5 GiB).
inline constexpr std::uint64_t kMaxSinglePutBytes = 5ull << 30;

/// User metadata: names are lower-case tokens without the "x-amz-meta-" prefix, values any UTF-8 text without control characters.
/// Leading, trailing and doubled spaces are not kept by HTTP: values come back trimmed and collapsed on every backend.
using Metadata = std::map<std::string, std::string>;
using Tags = std::map<std::string, std::string>;

// What is known of an object -------------------------------------------------------------------------------------------------------

struct ObjectInfo {
  std::string bucket;
  std::string key;
  std::string etag;  ///< without quotes; a weak one keeps its W/ and quotes. Opaque: not always an MD5.
  std::uint64_t size = 0;
  SystemTime last_modified{};
  std::string version_id;
  std::string storage_class;

  // Below: from head and download only; a listing does not carry them.
  std::string content_type;
  std::string cache_control;
  std::string content_disposition;
  std::string content_encoding;
  std::string content_language;
  std::string expires;  ///< as stored (an HTTP date, by custom)
  Metadata metadata;
  std::string encryption;  ///< "AES256", "aws:kms" or empty
  std::string kms_key_id;
  std::uint32_t tag_count = 0;  ///< where the backend tells

  [[nodiscard]] ObjectRef ref() const { return {bucket, key, etag, size, content_type}; }
};

// Options and results, verb by verb ------------------------------------------------------------------------------------------------

struct UploadOptions {
  WriteCondition condition = Overwrite{};
  std::string content_type = "application/octet-stream";
  std::string cache_control = {};
  std::string content_disposition = {};
  std::string content_encoding = {};
  std::string content_language = {};
  std::string expires = {};  ///< HTTP date, e.g. "Wed, 21 Oct 2026 07:28:00 GMT"
  Metadata metadata = {};
  Tags tags = {};  ///< at most 10
  std::string storage_class = {};
  Encryption encryption = BucketDefault{};
  /// Of an upload in parts: an S3 server shall verify and keep a SHA-256 of each. MinIO copies no parts into such an upload.
  bool part_sha256 = true;
  CallOptions call = {};
};

struct Uploaded {
  ObjectRef ref;  ///< bucket, key, etag, size, content type
  std::string version_id;
  int attempts = 1;  ///< requests that it took
};

/// Which bytes of an object. A range beyond the end is cut; one that starts beyond it is invalid_argument (HTTP 416).
struct ByteRange {
  enum class Form : std::uint8_t { whole, first_last, from, suffix };
  Form form = Form::whole;
  std::uint64_t first = 0;
  std::uint64_t last = 0;   ///< inclusive
  std::uint64_t count = 0;  ///< suffix

  static ByteRange whole() { return {}; }
  static ByteRange first_last(std::uint64_t first, std::uint64_t last) { return {Form::first_last, first, last, 0}; }
  static ByteRange from(std::uint64_t first) { return {Form::from, first, 0, 0}; }
  static ByteRange suffix(std::uint64_t count) { return {Form::suffix, 0, 0, count}; }
};

/// Conditions of a read (RFC 9110, section 13). Errors: precondition_failed, not_modified.
struct ReadConditions {
  std::string if_match = {};
  std::string if_none_match = {};                    ///< an ETag or "*"
  std::optional<SystemTime> if_modified_since = {};  ///< to the second
  std::optional<SystemTime> if_unmodified_since = {};
};

struct DownloadOptions {
  ByteRange range = {};
  ReadConditions conditions = {};
  std::string version_id = {};
  std::optional<SseCustomerKey> customer_key = {};
  CallOptions call = {};
};

struct Downloaded {
  ObjectInfo object;        ///< `size` is the whole object's, whatever the range
  std::uint64_t first = 0;  ///< offset in the object of the first byte delivered
  std::uint64_t size = 0;   ///< bytes delivered
  std::string content;      ///< filled by Sink::memory()
  int attempts = 1;
};

struct HeadOptions {
  ReadConditions conditions = {};
  std::string version_id = {};
  std::optional<SseCustomerKey> customer_key = {};
  CallOptions call = {};
};

struct ListOptions {
  std::string prefix = {};
  std::string delimiter = {};      ///< keys that hold it behind the prefix are rolled up into a common prefix; usually "/"
  std::string start_after = {};    ///< only keys (and common prefixes) behind this one
  std::uint32_t page_size = 1000;  ///< 1..1000 entries (objects and common prefixes together) a page
  std::string continuation = {};   ///< ListPage::continuation of the page before; opaque
  CallOptions call = {};
};

/// One page, both parts sorted by the bytes of their UTF-8.
struct ListPage {
  std::vector<ObjectInfo> objects;
  std::vector<std::string> common_prefixes;
  std::string continuation;  ///< empty = this was the last page
};

struct DeleteOptions {
  std::string version_id = {};
  CallOptions call = {};
};

struct DeleteOutcome {
  std::string key;
  std::optional<Error> error;  ///< nothing = deleted, or was not there
};

struct CopySource {
  std::string key;
  std::string bucket = {};  ///< empty = the bucket of the call; same endpoint in any case
  std::string version_id = {};
  std::string if_match = {};  ///< copy only this ETag
};

/// New attributes of a copy. Of the source's, none of these is kept then; its tags are.
struct ReplaceAttributes {
  std::string content_type = "application/octet-stream";
  std::string cache_control = {};
  std::string content_disposition = {};
  std::string content_encoding = {};
  std::string content_language = {};
  std::string expires = {};
  Metadata metadata = {};
};

struct CopyOptions {
  std::optional<ReplaceAttributes> replace = {};  ///< nothing = keep the source's
  std::string storage_class = {};
  Encryption encryption = BucketDefault{};
  CallOptions call = {};
};

struct Copied {
  std::string etag;
  SystemTime last_modified{};
  std::string version_id;
};

enum class PresignMethod : std::uint8_t { get, put, head, delete_object };

struct PresignOptions {
  PresignMethod method = PresignMethod::get;
  std::chrono::seconds expires{900};  ///< 1 s .. 7 d
  Headers headers = {};               ///< become signed: who uses the URL must send them just so
  std::string version_id = {};
};

// The interface --------------------------------------------------------------------------------------------------------------------

/// A flat map from key to bytes. Writes are atomic: readers see the whole object or none of it.
/// Every verb checks the key first: empty, over 1,024 bytes, not UTF-8 or with a NUL byte is invalid_argument, and nothing is sent.
/// Errors common to all verbs: invalid_argument, permission_denied, unauthenticated, unavailable, timeout, cancelled, internal, corrupt (a
/// malformed reply or sidecar); not_found with service code NoSuchBucket when the bucket is not there. A write that ended in unavailable,
/// timeout or cancelled may have happened all the same. Error::operation, bucket and key are always filled.
/// Thread-safety: every member may be called concurrently on one instance.
class OBJECTSTORE_EXPORT Bucket {
 public:
  virtual ~Bucket() = default;

  [[nodiscard]] virtual const std::string& name() const = 0;
  /// The stack for people, e.g. "s3(media at http://127.0.0.1:9000)".
  [[nodiscard]] virtual std::string describe() const = 0;

  /// Stores `body` under `key`.
  /// Errors: already_exists (CreateOnly and the key is taken), precondition_failed (IfMatch: another ETag is there), not_found (IfMatch:
  /// nothing is there), conflict (two conditional writes met and retries did not settle it), outcome_unknown (the reply was lost and a
  /// HEAD could not settle it), unsupported (a retry was needed and the body cannot be rewound; over 5 GiB; a backend that does not
  /// encrypt), corrupt (the server received other bytes than were sent), and whatever the body's source reports.
  /// Idempotent unless conditional.
  virtual Result<Uploaded> upload(std::string_view key, Body body, const UploadOptions& options = {}) = 0;

  /// Hands the object's bytes to `sink`. Breaks are repaired from the byte where they happened, pinned by the ETag.
  /// Errors: not_found, precondition_failed, not_modified, corrupt (length or checksum), conflict (the object was replaced during the
  /// download and the sink cannot start over), unsupported (a version or a customer's key, where the backend has none), and whatever the
  /// sink reports.
  virtual Result<Downloaded> download(std::string_view key, Sink sink = {}, const DownloadOptions& options = {}) = 0;

  /// What is stored under `key`, without its bytes. Errors: not_found, precondition_failed, not_modified, unsupported (as for download).
  virtual Result<ObjectInfo> head(std::string_view key, const HeadOptions& options = {}) = 0;

  /// One page of keys. `list_objects` below walks them all. Errors: invalid_argument (page size, delimiter, a continuation that is none),
  /// corrupt (a page that contradicts itself or what was asked for).
  virtual Result<ListPage> list(const ListOptions& options = {}) = 0;

  /// A URL that carries its own permission: treat it as a secret. Needs no network.
  /// Errors: invalid_argument (expiry), unauthenticated (no credentials), unsupported (a backend without a server).
  virtual Result<std::string> presign(std::string_view key, const PresignOptions& options = {}) = 0;

  /// Deletes; a missing key is success, as in S3. Errors: unsupported (a version, where the backend keeps none).
  virtual Status delete_object(std::string_view key, const DeleteOptions& options = {}) = 0;

  /// Deletes any number of keys, in batches of up to 1,000. Returns one outcome per key, in the order given; the whole call fails only when
  /// nothing could be tried.
  virtual Result<std::vector<DeleteOutcome>> delete_objects(std::span<const std::string> keys, const CallOptions& options = {}) = 0;

  /// Copies within one endpoint, server-side, in one request (up to 5 GiB). Errors: not_found, precondition_failed (if_match),
  /// invalid_argument (onto itself with nothing changed), outcome_unknown (an empty reply, and asking did not settle it), conflict (the
  /// source was changed meanwhile), unsupported (encryption or a version, where the backend has none).
  virtual Result<Copied> copy(const CopySource& source, std::string_view key, const CopyOptions& options = {}) = 0;

  // Uploads in parts (multipart.h). An upload that is not there, or belongs to another key, is not_found with service code NoSuchUpload.

  /// Begins an upload whose parts come one by one, in any order, from any process. Nothing shows under the key until it is completed; until
  /// then, or until it is aborted, its parts are stored (and billed). `options.condition` is not applied here, but given at completion.
  /// Not idempotent: a lost reply may leave an upload that only list_multipart_uploads shows.
  virtual Result<MultipartUpload> create_multipart_upload(std::string_view key, const UploadOptions& options = {}) = 0;

  /// Stores part `number` (1 to 10,000), up to 5 GiB; a part of that number that is there already is replaced. Idempotent.
  /// Errors: not_found (NoSuchUpload), invalid_argument (the number), unsupported (over 5 GiB; where a server keeps sums also over 64 MiB that
  /// can be read only once), corrupt, and whatever the body's source reports.
  virtual Result<UploadedPart> upload_part(const MultipartUpload& upload, std::uint32_t number, Body body,
                                           const PartOptions& options = {}) = 0;

  /// The same with bytes of a stored object, server-side. A range given by first and last byte must lie within the source: unlike a read it
  /// is not cut. Errors: those of upload_part, not_found (the source), precondition_failed (source.if_match), invalid_argument (the range).
  virtual Result<UploadedPart> upload_part_copy(const MultipartUpload& upload, std::uint32_t number, const CopySource& source,
                                                const ByteRange& range = {}, const PartOptions& options = {}) = 0;

  /// Makes the object of `parts`, in ascending order of their numbers (gaps are fine), atomically and under `options.condition`; parts that
  /// are not named are dropped. The object's ETag is the MD5 of the parts' MD5s, "-" and their count. Completing once more what is complete
  /// already, with the handle that create gave, succeeds as long as the object still stands there.
  /// Errors: those of `upload` for its conditions; invalid_argument (no parts, or not ascending; code InvalidPart: a part that is not there
  /// or has another ETag; code EntityTooSmall: a part under 5 MiB that is not the last); not_found (NoSuchUpload); conflict (another write
  /// came between: begin the upload anew); outcome_unknown (the reply was lost and a HEAD could not settle it). The upload stays, to be
  /// completed otherwise or aborted, after every error but conflict and outcome_unknown, where it may be gone.
  virtual Result<Uploaded> complete_multipart_upload(const MultipartUpload& upload, std::span<const UploadedPart> parts,
                                                     const CompleteOptions& options = {}) = 0;

  /// Drops the upload and its parts; one that is not there is success. A part that is on its way meanwhile may survive on some servers:
  /// abort again once it has ended.
  virtual Status abort_multipart_upload(const MultipartUpload& upload, const CallOptions& options = {}) = 0;

  /// One page of the parts stored so far, by number.
  virtual Result<PartPage> list_parts(const MultipartUpload& upload, const ListPartsOptions& options = {}) = 0;

  /// One page of the uploads that are neither completed nor aborted, by key and then by age. (MinIO takes a prefix for a whole key.)
  virtual Result<MultipartUploadPage> list_multipart_uploads(const ListMultipartUploadsOptions& options = {}) = 0;
};

/// The check of keys that every verb makes first: 1 to 1,024 bytes of UTF-8 without NUL. Errors: invalid_argument. Sends nothing; may be called
/// concurrently.
OBJECTSTORE_EXPORT Status check_key(std::string_view key);

// Listing as a range ---------------------------------------------------------------------------------------------------------------

/// An object or, with a delimiter, a common prefix.
struct ListEntry {
  ObjectInfo object;  ///< for a prefix only `bucket` and `key` (the prefix, delimiter included) are filled
  bool is_prefix = false;
};

/// Walks all pages in key order, objects and common prefixes merged, and holds one page at a time. Single pass; ends behind the first error.
///   for (const auto& entry : list_objects(*bucket, {.prefix = "a/"})) { if (!entry) return entry.error(); use(entry->object.key); }
/// Thread-safety: one range, one thread. `bucket` must outlive it.
class OBJECTSTORE_EXPORT ObjectRange {
 public:
  class Iterator {
   public:
    using value_type = Result<ListEntry>;
    using difference_type = std::ptrdiff_t;
    using iterator_concept = std::input_iterator_tag;
    const Result<ListEntry>& operator*() const { return range_->current(); }
    const Result<ListEntry>* operator->() const { return &range_->current(); }
    Iterator& operator++() {
      range_->advance();
      return *this;
    }
    void operator++(int) { range_->advance(); }
    bool operator==(std::default_sentinel_t) const { return range_->done(); }

   private:
    friend class ObjectRange;
    explicit Iterator(ObjectRange* range) : range_(range) {}
    ObjectRange* range_;
  };

  ObjectRange(Bucket& bucket, ListOptions options);
  Iterator begin();
  static std::default_sentinel_t end() { return {}; }

 private:
  [[nodiscard]] bool done() const { return !current_.has_value(); }
  [[nodiscard]] const Result<ListEntry>& current() const { return *current_; }
  void advance();
  void fetch_page();

  Bucket* bucket_;
  ListOptions options_;
  ListPage page_;
  std::size_t next_object_ = 0;
  std::size_t next_prefix_ = 0;
  bool more_ = true;
  bool started_ = false;
  std::string remembered_token_;
  std::uint64_t pages_ = 0;
  std::uint64_t remember_at_ = 1;
  int empty_pages_ = 0;
  std::optional<Result<ListEntry>> current_;
};

/// The range over everything that `options` selects; the first page is asked for by begin(). Errors stand in the range, as its last entry.
OBJECTSTORE_EXPORT ObjectRange list_objects(Bucket& bucket, ListOptions options = {});

}  // namespace objectstore
