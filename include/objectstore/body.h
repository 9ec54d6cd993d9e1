// Where upload bytes come from (Body) and where download bytes go (Sink).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "objectstore/export.h"
#include "objectstore/result.h"

namespace objectstore {

/// One upload's bytes, read in order, and again from the start after `rewind`. Implement it for a source of your own.
/// Thread-safety: used by one call at a time, `read_at` excepted; a TransferManager reads on threads of its own, one at a time.
class OBJECTSTORE_EXPORT BodySource {
 public:
  virtual ~BodySource() = default;
  /// Bytes in all; nothing when unknown. Called first; opens what must be opened. Errors: not_found, permission_denied (a file),
  /// invalid_argument (no regular file, or a stream without a function).
  virtual Result<std::optional<std::uint64_t>> size() = 0;
  /// Fills the front of `out` and says how much, 0 = the end. Errors end the upload and are handed to its caller.
  virtual Result<std::size_t> read(std::span<std::byte> out) = 0;
  /// Back to the first byte. Errors: unsupported (the source can be read only once).
  virtual Status rewind() = 0;
  /// False = `rewind` will refuse once something was read: an upload then neither hashes the bytes first nor sends them twice.
  [[nodiscard]] virtual bool rewindable() const { return true; }
  /// All bytes at once where they lie in memory anyway: they are then sent without a copy.
  [[nodiscard]] virtual std::optional<std::span<const std::byte>> memory() const { return std::nullopt; }
  /// `out.size()` bytes from `offset` on, wherever `read` stands; fewer only where the source ends. Sources that can do it are sent in parts
  /// that travel beside each other. Called after `size`, concurrently with itself. Errors: unsupported (only `read` gives the bytes).
  virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> out);
  /// True = `read_at` works.
  [[nodiscard]] virtual bool random_access() const { return false; }
  /// Asked once all parts were read: are the bytes still those that `size` found? Errors: conflict (a file was changed meanwhile).
  virtual Status verify_unchanged() { return {}; }
};

/// What `upload` sends. Move-only.
class OBJECTSTORE_EXPORT Body {
 public:
  /// Bytes the caller keeps alive and unchanged until the call returns; not copied.
  static Body view(std::string_view bytes);
  static Body view(std::span<const std::byte> bytes);
  /// Bytes the body owns.
  static Body text(std::string bytes);
  /// A regular file, whole. Opened when the upload begins; its size is fixed then: a file that grows or shrinks meanwhile fails
  /// the upload.
  static Body file(std::filesystem::path path);
  /// Exactly `length` bytes from `read` (fills the span, returns how much, 0 = the end). Fewer or more fail the upload and nothing
  /// becomes visible. Without `rewind` a retry is impossible and reported as such.
  static Body stream(std::uint64_t length, std::function<Result<std::size_t>(std::span<std::byte>)> read,
                     std::function<Status()> rewind = nullptr);
  /// Bytes of unknown length, such as a pipe's: what `read` gives (fills the span, returns how much) until it gives 0. A
  /// TransferManager sends them in parts; a single upload request needs a length, and S3 refuses this body as unsupported.
  static Body until_end(std::function<Result<std::size_t>(std::span<std::byte>)> read);
  static Body from(std::unique_ptr<BodySource> source);

  BodySource& source() { return *source_; }

 private:
  explicit Body(std::unique_ptr<BodySource> source) : source_(std::move(source)) {}
  std::unique_ptr<BodySource> source_;
};

/// One download's target. The call order is: begin, write..., then finish or discard. A retry from the start calls begin again.
/// Thread-safety: used by one call at a time, `write_at` excepted; a TransferManager writes on threads of its own, one at a time.
class OBJECTSTORE_EXPORT BodySink {
 public:
  virtual ~BodySink() = default;
  /// The body starts at its first byte. `size` in bytes where known. Called again when a retry starts over: drop what came before.
  /// Errors: unsupported (bytes were handed on and cannot be taken back).
  virtual Status begin(std::optional<std::uint64_t> size) = 0;
  virtual Status write(std::span<const std::byte> bytes) = 0;
  /// All bytes are there and verified: publish them. Errors are the download's, e.g. outcome_unknown (they show, but may not last).
  virtual Status finish() = 0;
  /// The download failed: leave nothing behind.
  virtual void discard() noexcept = 0;
  /// As `begin`, for a body whose `size` bytes come in any order by `write_at`. False = this sink takes them in order only, and nothing has
  /// begun.
  virtual Result<bool> begin_parts(std::uint64_t size);
  /// After `begin_parts`, concurrently with itself for bytes that do not overlap.
  virtual Status write_at(std::uint64_t offset, std::span<const std::byte> bytes);
  /// After all parts were written and before `finish`: what stands at `offset`, to be held against a checksum. Fills all of `out`.
  virtual Status read_back(std::uint64_t offset, std::span<std::byte> out);
  /// What a memory sink collected; empty for all others.
  virtual std::string take_content() { return {}; }
};

/// Where `download` puts what it gets. Move-only; a default-constructed one collects into memory.
class OBJECTSTORE_EXPORT Sink {
 public:
  Sink() : Sink(memory()) {}
  /// Into `Downloaded::content`.
  static Sink memory();
  /// Into a file that appears (or is replaced) under its name only when the download is complete and verified, by way of a
  /// temporary file of mode 0600 beside it. Errors: invalid_argument (a folder, device, FIFO or socket stands there, or the path names no
  /// file), not_found (its folder is missing), permission_denied, internal (disk full), outcome_unknown (the file stands under its name,
  /// but its folder could not be synced).
  static Sink file(std::filesystem::path path);
  /// Into a function, in order, as the bytes arrive: they are not yet verified when it sees them; only a successful return of
  /// `download` says that they were right. An error it returns ends the download and is handed to its caller.
  static Sink callback(std::function<Status(std::span<const std::byte>)> write);
  static Sink from(std::unique_ptr<BodySink> sink);

  BodySink& target() { return *sink_; }

 private:
  explicit Sink(std::unique_ptr<BodySink> sink) : sink_(std::move(sink)) {}
  std::unique_ptr<BodySink> sink_;
};

}  // namespace objectstore
