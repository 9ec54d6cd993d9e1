// Many objects: copies, moves and mirrors of whole trees between folders and buckets.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "objectstore/bucket.h"
#include "objectstore/clock.h"
#include "objectstore/export.h"
#include "objectstore/path_filter.h"
#include "objectstore/result.h"

namespace objectstore {

/// Which of the objects found are copied.
enum class SyncMode : std::uint8_t {
  /// Every one.
  all,
  /// Those that the target lacks, that have another size there, or that are older there: the rule of `aws s3 sync` for uploads, here in
  /// every direction. An upload takes the time when it was stored, a download leaves its file with the object's time: either is skipped
  /// next time. The clocks of this machine and of the service are compared with each other.
  changed,
  /// Those whose content differs: sizes first, then the MD5 where the ETag is one (an upload in one request, not encrypted by KMS or a key
  /// of the customer). Where it is none, as after a multipart upload, size and time decide as in `changed`, and the summary counts it.
  checksum,
};

enum class SymlinkPolicy : std::uint8_t {
  follow,  ///< as `aws s3 sync` does; a link to a folder above itself is left out and named
  skip,    ///< left out and named
};

enum class SyncOutcome : std::uint8_t {
  copied,     ///< in a dry run: would be
  unchanged,  ///< the target has it already
  deleted,    ///< of the target; in a dry run: would be
  skipped,    ///< cannot be copied by its nature; `reason` says why
  failed,     ///< `error` says why; everything else goes on
};

/// What became of one path.
struct SyncEvent {
  SyncOutcome outcome = SyncOutcome::copied;
  std::string path;    ///< relative to both roots, '/' between its parts
  std::string source;  ///< "s3://bucket/key" or a local path; empty for what is deleted
  std::string target;  ///< likewise
  /// The object that was written or, in a download, read: bucket, key, ETag, size, where known content type and time.
  ObjectInfo object;
  std::chrono::nanoseconds took{0};
  std::string reason;
  std::optional<Error> error;
};

struct SyncProgress {
  std::uint64_t objects_done = 0;
  std::uint64_t objects_found = 0;  ///< to be copied, so far
  std::uint64_t bytes_done = 0;
  std::uint64_t bytes_found = 0;
  bool all_found = false;  ///< the listings have ended: what was found is all
  double bytes_per_second = 0;
};

struct SyncOptions {
  SyncMode mode = SyncMode::changed;
  /// What the target holds and the source does not is deleted, once everything else is done. Nothing is deleted when a listing could not be
  /// read to its end: what is missing in it may be there. What `filter` leaves out is neither copied nor deleted, and objects that only
  /// stand for folders (empty, under a key that ends in '/') stay.
  bool delete_extra = false;
  /// Would more than these be deleted, then none are, and the run reports precondition_failed.
  std::optional<std::uint64_t> max_delete = std::nullopt;
  /// Each source goes once its copy is stored; one that was changed meanwhile stays, and is reported as a conflict. Needs mode `all`.
  bool move = false;
  bool dry_run = false;
  PathFilter filter = {};
  SymlinkPolicy symlinks = SymlinkPolicy::follow;  ///< of a local source
  unsigned concurrency = 0;       ///< requests in flight, objects and parts of large ones; 0 = adaptive, see TransferOptions
  unsigned max_concurrency = 64;  ///< requests in flight, where `concurrency` is adaptive; at least 1 there
  std::uint64_t part_size = 0;    ///< bytes, of large objects, see TransferOptions; 0 = chosen
  /// sync_between: the service copies by itself. False: through this machine, for two endpoints; at most 64 requests in flight.
  bool server_side = true;

  /// What uploads carry. Its condition may be CreateOnly, for keys that are never replaced; its own `call` is not looked at.
  UploadOptions upload = {};
  /// The media type of a file to be uploaded, by its path; null = that of `upload`.
  std::function<std::string(std::string_view path)> content_type = nullptr;
  /// What copies on the server carry.
  CopyOptions copy = {};

  /// After each object, on the calling thread, one at a time; in the order in which they end.
  std::function<void(const SyncEvent&)> on_event = nullptr;
  /// At most five times a second, on the calling thread.
  std::function<void(const SyncProgress&)> on_progress = nullptr;
  std::size_t max_failures = 100;  ///< so many stand in SyncSummary::failures; all are counted
  /// The deadline is that of each request's call, not of the whole.
  CallOptions call = {};
  std::shared_ptr<Clock> clock = nullptr;  ///< null = the machine's
};

struct SyncSummary {
  std::uint64_t copied = 0;
  std::uint64_t copied_bytes = 0;
  std::uint64_t unchanged = 0;
  std::uint64_t deleted = 0;
  std::uint64_t skipped = 0;
  std::uint64_t failed = 0;
  std::uint64_t compared_by_time = 0;  ///< mode checksum: no checksum was to be had
  std::vector<SyncEvent> failures;     ///< the first ones
  /// Why the run ended early, or without its deletions: a listing broke off, it was cancelled (objects that were under way are then not
  /// counted), max_delete.
  std::optional<Error> stopped;

  [[nodiscard]] bool ok() const { return failed == 0 && !stopped; }
};

// Three directions. `prefix` stands in front of every path just as it is: it usually ends in '/', or is empty. Listings are read as a
// stream: memory is bounded by a page of each, the names of one folder on each level, and the requests in flight, however many objects
// there are. Failures of single objects are counted, told and do not end the run, save those that all others would share (no such bucket,
// unauthenticated); the call as a whole fails only when nothing could be begun:
// invalid_argument (options, overlapping places), not_found and the like (the source's folder or bucket).
// May be called concurrently, on targets that do not overlap.

/// Uploads the files below `folder` to keys prefix + path. Devices, FIFOs and sockets are skipped; names that are not UTF-8, files and
/// folders that cannot be read fail.
OBJECTSTORE_EXPORT Result<SyncSummary> sync_to_bucket(const std::filesystem::path& folder, Bucket& bucket, std::string_view prefix,
                                                      const SyncOptions& options = {});

/// Downloads the objects behind `prefix` to files below `folder`, which is made when there is something to put into it. A file appears
/// under its name complete and verified, with the object's time as its own; all are synced to the disk before the call returns, and in a
/// move each is before its source goes. Nothing is ever written or deleted outside the folder, nor through a symbolic link in it. Keys that
/// no file can be named after fail with invalid_argument: ".", "..", '//', '/' at the start, a NUL byte, names of over 255 bytes; keys
/// beneath another key ("a/b" beside "a") with conflict; keys that differ only in what the file system does not tell apart (case, say) with
/// already_exists.
OBJECTSTORE_EXPORT Result<SyncSummary> sync_to_folder(Bucket& bucket, std::string_view prefix, const std::filesystem::path& folder,
                                                      const SyncOptions& options = {});

/// Copies the objects behind `source_prefix` to keys target_prefix + path: on the server or, without `server_side`, through this machine
/// with all that is stored with them but tags: there a move refuses a source with tags as unsupported. In one bucket neither prefix may
/// begin with the other.
OBJECTSTORE_EXPORT Result<SyncSummary> sync_between(Bucket& source, std::string_view source_prefix, Bucket& target,
                                                    std::string_view target_prefix, const SyncOptions& options = {});

/// One object, copied or moved as `sync_between` does it. Of the options `move`, `server_side`, `upload`, `copy`, `call` and `clock` count.
/// Returns what was written. Errors: those of Bucket::head, copy, download, upload and delete_object; conflict (a move whose source was
/// replaced meanwhile: it was copied, and stays); invalid_argument (source and target are one).
OBJECTSTORE_EXPORT Result<ObjectInfo> copy_object(Bucket& source, std::string_view key, Bucket& target, std::string_view target_key,
                                                  const SyncOptions& options = {});

}  // namespace objectstore
