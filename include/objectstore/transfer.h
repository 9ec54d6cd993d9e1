// TransferManager: objects of any size, in parts that travel beside each other; resumable, verified, with progress and cancel.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "objectstore/body.h"
#include "objectstore/bucket.h"
#include "objectstore/clock.h"
#include "objectstore/export.h"
#include "objectstore/multipart.h"
#include "objectstore/result.h"

namespace objectstore {

/// Largest object, in bytes (S3 User Guide, "Amazon S3 multipart upload limits").
inline constexpr std::uint64_t kMaxObjectBytes = 5ull << 40;

struct TransferOptions {
  /// Requests in flight, over all transfers of one manager. 0 = adaptive: from 8 on it rises as long as throughput rises with it, falls to
  /// where more brings nothing, and is halved when the service throttles (429, 503 SlowDown).
  std::uint32_t concurrency = 0;
  std::uint32_t max_concurrency = 64;  ///< requests in flight, where `concurrency` is adaptive; at least 1
  std::uint64_t part_size = 0;         ///< bytes, 5 MiB .. 5 GiB; 0 = 8 MiB, or as much more as 10,000 parts need
  /// Bytes; up to here an object travels in one request; at most 5 GiB. A file that does is read once up to 16 MiB; beyond, its SHA-256
  /// (see PayloadSigning in client.h) may need a pass of its own.
  std::uint64_t multipart_threshold = 16ull << 20;
  std::uint64_t copy_threshold = 5ull << 30;  ///< bytes; up to here a copy is one request; at most 5 GiB
  std::uint64_t memory = 48ull << 20;         ///< bytes of buffers in use at a time, over all transfers; one part is always had
  std::shared_ptr<Clock> clock = nullptr;     ///< null: the machine's
};

struct TransferProgress {
  std::uint64_t bytes = 0;                            ///< that have arrived so far, those of an earlier run included
  std::optional<std::uint64_t> total = std::nullopt;  ///< nothing = not known yet
  std::uint64_t resumed = 0;                          ///< of `bytes`: brought by an earlier run
};
/// Called after each part, by one thread at a time, but not always by the same. Must not throw.
using ProgressFunction = std::function<void(const TransferProgress&)>;

struct TransferUploadOptions {
  UploadOptions object = {};  ///< condition, attributes, and the bounds of the whole transfer
  /// Goes on with an unfinished multipart upload of this key: its parts are held against the body's bytes, and only what is missing or
  /// differs is sent. A failure then leaves the upload behind for the next run, and says so. Needs a body that can be read at any place (a
  /// file, memory); the attributes are those that the upload was begun with, and Uploaded::ref tells no content type then.
  bool resume = false;
  ProgressFunction progress = nullptr;
};

struct TransferDownloadOptions {
  DownloadOptions object = {};  ///< range, conditions, version, and the bounds of the whole transfer
  ProgressFunction progress = nullptr;
};

struct TransferFileOptions {
  TransferDownloadOptions download = {};
  /// Goes on with a partial file beside the target that an earlier run left, if the object is still the same one (its ETag). A failure then
  /// leaves the partial file for the next run, and says so.
  bool resume = false;
};

struct TransferCopyOptions {
  CopyOptions object = {};
  ProgressFunction progress = nullptr;
};

/// Moves objects of any size. What is small goes in one request, everything else in parts of equal size that travel beside each other; it
/// becomes visible complete and verified, or not at all. Errors are those of the Bucket's verbs, with the same kinds.
/// Thread-safety: every member may be called concurrently; transfers share the bound on requests in flight. Destroy it when no call is
/// under way. On a fiber of an AsyncEngine a transfer pauses where it waits, and its parts travel on threads of the manager besides.
class OBJECTSTORE_EXPORT TransferManager {
 public:
  explicit TransferManager(const TransferOptions& options = {});
  ~TransferManager();
  TransferManager(const TransferManager&) = delete;
  TransferManager& operator=(const TransferManager&) = delete;

  /// Stores `body` under `key`: of known or unknown length, up to 5 TiB and 10,000 parts. A body of unknown length is read into buffers
  /// (one that ends within the first part goes in one request), and ends the transfer as invalid_argument where 10,000 parts of `part_size`
  /// do not hold it. Conditions hold at the moment at which the object appears. A failed upload is aborted; where that fails too, the error
  /// says which upload is left.
  /// Errors besides those of Bucket::upload: invalid_argument (too large, part size), conflict (a file was changed while it was read),
  /// unsupported (resume with a body that is read in order only).
  Result<Uploaded> upload(Bucket& bucket, std::string_view key, Body body, const TransferUploadOptions& options = {});

  /// Hands the object's bytes to `sink`: ranges of one version, pinned by its ETag, held against the object's checksum where the server
  /// tells one that covers them. A sink that takes parts (a file, memory) gets them as they arrive, any other in order.
  /// Errors besides those of Bucket::download: conflict (the object was replaced meanwhile, twice), corrupt.
  Result<Downloaded> download(Bucket& bucket, std::string_view key, Sink sink = {}, const TransferDownloadOptions& options = {});

  /// As download, into a file that appears (or is replaced) under its name only complete and verified, and that can be resumed.
  /// Errors besides: invalid_argument (resume of a range), conflict (another process downloads to the same file).
  Result<Downloaded> download_file(Bucket& bucket, std::string_view key, const std::filesystem::path& path,
                                   const TransferFileOptions& options = {});

  /// Copies within one endpoint, server-side: in one request up to `copy_threshold`, in parts beyond. `source.bucket` is that of `from`.
  /// Errors besides those of Bucket::copy: conflict (the source was replaced meanwhile), unsupported (a copy in parts of a source with
  /// tags, which would be lost).
  Result<Copied> copy(Bucket& from, const CopySource& source, Bucket& to, std::string_view key, const TransferCopyOptions& options = {});

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace objectstore
