// The body sources: memory, file, stream.
#include "objectstore/body.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <utility>

#include "io/file_descriptor.h"

namespace objectstore {

Result<std::size_t> BodySource::read_at(std::uint64_t, std::span<std::byte>) {
  return Error{.kind = ErrorKind::unsupported, .message = "the body can only be read in order"};
}

namespace {

class MemorySource : public BodySource {
 public:
  explicit MemorySource(std::span<const std::byte> bytes) : bytes_(bytes) {}

  Result<std::optional<std::uint64_t>> size() override { return std::optional<std::uint64_t>(bytes_.size()); }
  Result<std::size_t> read(std::span<std::byte> out) override {
    std::size_t count = std::min(out.size(), bytes_.size() - position_);
    if (count > 0) std::memcpy(out.data(), bytes_.data() + position_, count);
    position_ += count;
    return count;
  }
  Status rewind() override {
    position_ = 0;
    return {};
  }
  [[nodiscard]] std::optional<std::span<const std::byte>> memory() const override { return bytes_; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> out) override {
    if (offset >= bytes_.size()) return std::size_t{0};
    const auto from = bytes_.subspan(static_cast<std::size_t>(offset));
    const std::size_t count = std::min(out.size(), from.size());
    if (count > 0) std::memcpy(out.data(), from.data(), count);
    return count;
  }
  [[nodiscard]] bool random_access() const override { return true; }

 protected:
  std::span<const std::byte> bytes_;

 private:
  std::size_t position_ = 0;
};

class TextSource final : public MemorySource {
 public:
  explicit TextSource(std::string text) : MemorySource({}), text_(std::move(text)) { bytes_ = std::as_bytes(std::span(text_)); }

 private:
  std::string text_;
};

class FileSource final : public BodySource {
 public:
  explicit FileSource(std::filesystem::path path) : path_(std::move(path)) {}

  Result<std::optional<std::uint64_t>> size() override {
    if (!file_.is_open()) {
      struct stat information {};
      auto file = io::FileDescriptor::open_regular(path_, information);
      if (!file) return std::move(file).error();
      file_ = std::move(*file);
      size_ = static_cast<std::uint64_t>(information.st_size);
      opened_ = information;
    }
    return std::optional(size_);
  }
  Result<std::size_t> read(std::span<std::byte> out) override {
    if (auto opened = size(); !opened) return std::move(opened).error();
    return file_.read(out);
  }
  Status rewind() override {
    if (!file_.is_open()) return {};
    return file_.seek(0);
  }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> out) override {
    std::size_t done = 0;
    while (done < out.size()) {
      auto count = file_.read_at(out.subspan(done), offset + done);
      if (!count) return count;
      if (*count == 0) break;
      done += *count;
    }
    return done;
  }
  [[nodiscard]] bool random_access() const override { return true; }
  Status verify_unchanged() override {
    auto now = file_.status();
    if (!now) return std::move(now).error();
    const bool same =
        now->st_size == opened_.st_size && now->st_mtim.tv_sec == opened_.st_mtim.tv_sec && now->st_mtim.tv_nsec == opened_.st_mtim.tv_nsec;
    if (same) return {};
    return Error{.kind = ErrorKind::conflict, .message = path_.native() + " was changed while it was read"};
  }

 private:
  std::filesystem::path path_;
  io::FileDescriptor file_;
  std::uint64_t size_ = 0;
  struct stat opened_ {};
};

/// What a caller's function throws becomes its error: no exception crosses this library.
template <class Call>
auto guarded(const char* what, Call call) -> decltype(call()) {
  try {
    return call();
  } catch (const std::exception& failure) {
    return Error{.message = std::string("the body's ") + what + " function threw: " + failure.what()};
  } catch (...) {
    return Error{.message = std::string("the body's ") + what + " function threw"};
  }
}

class StreamSource final : public BodySource {
 public:
  StreamSource(std::optional<std::uint64_t> length, std::function<Result<std::size_t>(std::span<std::byte>)> read,
               std::function<Status()> rewind)
      : length_(length), read_(std::move(read)), rewind_(std::move(rewind)) {}

  Result<std::optional<std::uint64_t>> size() override {
    if (!read_) return Error{.kind = ErrorKind::invalid_argument, .message = "the body has no read function"};
    return length_;
  }
  Result<std::size_t> read(std::span<std::byte> out) override {
    started_ = true;
    auto count = guarded("read", [&] { return read_(out); });
    if (count && *count > out.size()) {
      return Error{.kind = ErrorKind::invalid_argument,
                   .message = "the body's read function says it gave more bytes than it was asked for"};
    }
    return count;
  }
  Status rewind() override {
    if (!started_) return {};
    if (!rewind_) return Error{.kind = ErrorKind::unsupported, .message = "cannot rewind: the body can be read only once"};
    return guarded("rewind", [&] { return rewind_(); });
  }
  [[nodiscard]] bool rewindable() const override { return rewind_ != nullptr; }

 private:
  std::optional<std::uint64_t> length_;  ///< nothing = until the end
  std::function<Result<std::size_t>(std::span<std::byte>)> read_;
  std::function<Status()> rewind_;
  bool started_ = false;
};

}  // namespace

Body Body::view(std::string_view bytes) {
  return view(std::as_bytes(std::span(bytes)));
}
Body Body::view(std::span<const std::byte> bytes) {
  return Body(std::make_unique<MemorySource>(bytes));
}
Body Body::text(std::string bytes) {
  return Body(std::make_unique<TextSource>(std::move(bytes)));
}
Body Body::file(std::filesystem::path path) {
  return Body(std::make_unique<FileSource>(std::move(path)));
}
Body Body::stream(std::uint64_t length, std::function<Result<std::size_t>(std::span<std::byte>)> read, std::function<Status()> rewind) {
  return Body(std::make_unique<StreamSource>(length, std::move(read), std::move(rewind)));
}
Body Body::until_end(std::function<Result<std::size_t>(std::span<std::byte>)> read) {
  return Body(std::make_unique<StreamSource>(std::nullopt, std::move(read), nullptr));
}
Body Body::from(std::unique_ptr<BodySource> source) {
  return Body(std::move(source));
}

}  // namespace objectstore
