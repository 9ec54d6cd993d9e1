// The file of a download that can be resumed, and the journal of what has arrived in it.
//
// Beside the target TARGET lie, while the download is unfinished, H being the first 16 hex digits of the SHA-256 of TARGET's name:
//   .objectstore-H.part      the object's bytes, each range at its place
//   .objectstore-H.journal   text, one line each:
//       objectstore-download 1            the format and its version
//       bucket NAME                       percent-encoded, as are key, version and ETag
//       key KEY
//       version VERSION-ID                empty where none was asked for
//       etag ETAG
//       first N                           offset in the object of the file's first byte
//       size N                            bytes of the file when it is complete
//       part-size N                       bytes of each range but the last
//       done INDEX                        any number of these: range INDEX, counted from 0, lies in the file
// A line counts once its line feed is there. "done" is written after the range's bytes were synced, so that it is true after a power cut too.
// The part file has the object's size from the start: one of another size is not what the journal speaks of.
// A journal of another object, or one that is torn, means starting over; one of another version of the format is refused and left alone.
#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "io/file_descriptor.h"
#include "transfer/large_download.h"

namespace objectstore::transfer {

/// Thread-safety: `write_at` and `arrived` may be called concurrently, everything else by one thread at a time.
class PartialFile final : public BodySink, public DownloadJournal {
 public:
  PartialFile(std::filesystem::path target, std::string bucket, std::string version_id);

  // DownloadJournal. Errors of open: conflict (another process has the file), unsupported (another version of the format), those of files.
  Result<std::uint64_t> open(const ObjectInfo& object, std::uint64_t part_size) override;
  [[nodiscard]] bool has(std::uint32_t index) const override { return index < done_.size() && done_[index]; }
  Status arrived(std::uint32_t index) override;

  // BodySink. Only in parts: without an ETag there is nothing to resume by.
  Status begin(std::optional<std::uint64_t> size) override;
  Status write(std::span<const std::byte> bytes) override;
  Result<bool> begin_parts(std::uint64_t size) override;
  Status write_at(std::uint64_t offset, std::span<const std::byte> bytes) override { return file_.write_all_at(bytes, offset); }
  Status read_back(std::uint64_t offset, std::span<std::byte> out) override { return file_.read_all_at(out, offset); }
  Status finish() override;
  /// Keeps what there is, for the next run.
  void discard() noexcept override;

  /// Removes what there is, where this run holds it.
  void remove() noexcept;
  /// This run has the file, and nobody else.
  [[nodiscard]] bool holds() const { return kept_ || file_.is_open(); }
  [[nodiscard]] const std::filesystem::path& part_path() const { return part_path_; }

 private:
  Status lock_file();
  /// The size of the ranges of an earlier run of the same object, whose `done_` is filled; nothing = there was none.
  Result<std::optional<std::uint64_t>> load(const std::string& identity, std::uint64_t size);
  Status start_over(const std::string& identity, std::uint64_t part_size);
  /// With `mutex_` held: syncs the bytes and writes what is pending.
  Status flush();

  const std::filesystem::path target_;
  const std::string bucket_;
  const std::string version_id_;
  std::filesystem::path part_path_;
  std::filesystem::path journal_path_;
  io::FileDescriptor file_;
  io::FileDescriptor journal_;
  bool kept_ = false;       ///< complete, and could not be published
  std::vector<bool> done_;  ///< of an earlier run; fixed once `open` returned

  std::mutex mutex_;
  std::vector<std::uint32_t> pending_;  ///< guarded by `mutex_`; arrived, not yet in the journal
};

}  // namespace objectstore::transfer
