// The sinks: memory, file, callback.
#include <algorithm>
#include <cstring>
#include <exception>
#include <new>
#include <stdexcept>
#include <utility>

#include "io/atomic_file.h"
#include "objectstore/body.h"

namespace objectstore {

Result<bool> BodySink::begin_parts(std::uint64_t) {
  return false;
}

Status BodySink::write_at(std::uint64_t, std::span<const std::byte>) {
  return Error{.kind = ErrorKind::unsupported, .message = "the sink takes bytes in order only"};
}

Status BodySink::read_back(std::uint64_t, std::span<std::byte>) {
  return Error{.kind = ErrorKind::unsupported, .message = "the sink cannot be read"};
}

namespace {

/// A size that a server declared is believed up to here; beyond it memory grows with what really arrives.
constexpr std::uint64_t kMaxReserved = 64u << 20;
/// The same for bytes that come in any order: larger ones are taken in order, and memory grows with what arrives.
constexpr std::uint64_t kMaxDeclared = 1u << 30;

class MemorySink final : public BodySink {
 public:
  Status begin(std::optional<std::uint64_t> size) override {
    content_.clear();
    return guarded([&] {
      if (size) content_.reserve(static_cast<std::size_t>(std::min(*size, kMaxReserved)));
    });
  }
  Status write(std::span<const std::byte> bytes) override {
    return guarded([&] { content_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size()); });
  }
  Status finish() override { return {}; }
  void discard() noexcept override { content_ = {}; }
  Result<bool> begin_parts(std::uint64_t size) override {
    if (size > kMaxDeclared) return false;
    content_.clear();
    auto made = guarded([&] { content_.resize(static_cast<std::size_t>(size)); });
    if (!made) return std::move(made).error();
    return true;
  }
  Status write_at(std::uint64_t offset, std::span<const std::byte> bytes) override {
    if (offset > content_.size() || bytes.size() > content_.size() - offset) return Error{.message = "bytes beyond the announced size"};
    std::memcpy(content_.data() + offset, bytes.data(), bytes.size());
    return {};
  }
  Status read_back(std::uint64_t offset, std::span<std::byte> out) override {
    if (offset > content_.size() || out.size() > content_.size() - offset) return Error{.message = "bytes beyond the announced size"};
    std::memcpy(out.data(), content_.data() + offset, out.size());
    return {};
  }
  std::string take_content() override { return std::move(content_); }

 private:
  template <class Call>
  static Status guarded(Call call) {
    try {
      call();
      return {};
    } catch (const std::bad_alloc&) {
      return Error{.message = "out of memory for the downloaded bytes"};
    } catch (const std::length_error&) {
      return Error{.message = "out of memory for the downloaded bytes"};
    }
  }

  std::string content_;
};

class FileSink final : public BodySink {
 public:
  explicit FileSink(std::filesystem::path path) : path_(std::move(path)) {}

  Status begin(std::optional<std::uint64_t>) override {
    file_.reset();
    if (auto replaceable = io::check_replaceable(path_); !replaceable) return replaceable;
    auto file = io::AtomicFile::create(path_);
    if (!file) return std::move(file).error();
    file_.emplace(std::move(*file));
    return {};
  }
  Status write(std::span<const std::byte> bytes) override {
    if (!file_) return not_begun();
    return file_->write(bytes);
  }
  Status finish() override {
    if (!file_) return not_begun();
    auto published = file_->publish(io::AtomicFile::Publish::replace);
    file_.reset();
    return published;
  }
  void discard() noexcept override { file_.reset(); }
  Result<bool> begin_parts(std::uint64_t size) override {
    if (auto begun = begin(size); !begun) return std::move(begun).error();
    if (auto room = file_->file().preallocate(size); !room) return std::move(room).error();
    return true;
  }
  Status write_at(std::uint64_t offset, std::span<const std::byte> bytes) override {
    if (!file_) return not_begun();
    return file_->file().write_all_at(bytes, offset);
  }
  Status read_back(std::uint64_t offset, std::span<std::byte> out) override {
    if (!file_) return not_begun();
    return file_->file().read_all_at(out, offset);
  }

 private:
  [[nodiscard]] Error not_begun() const { return {.message = "the download to " + path_.native() + " has not begun"}; }

  std::filesystem::path path_;
  std::optional<io::AtomicFile> file_;
};

class CallbackSink final : public BodySink {
 public:
  explicit CallbackSink(std::function<Status(std::span<const std::byte>)> write) : write_(std::move(write)) {}

  Status begin(std::optional<std::uint64_t>) override {
    if (!write_) return Error{.kind = ErrorKind::invalid_argument, .message = "the sink has no function"};
    if (handed_on_) {
      return Error{.kind = ErrorKind::unsupported, .message = "cannot start over: bytes were handed on already and cannot be taken back"};
    }
    return {};
  }
  Status write(std::span<const std::byte> bytes) override {
    if (bytes.empty()) return {};
    handed_on_ = true;
    try {
      return write_(bytes);
    } catch (const std::exception& failure) {
      return Error{.message = std::string("the sink's function threw: ") + failure.what()};
    } catch (...) {
      return Error{.message = "the sink's function threw"};
    }
  }
  Status finish() override { return {}; }
  void discard() noexcept override {}

 private:
  std::function<Status(std::span<const std::byte>)> write_;
  bool handed_on_ = false;
};

}  // namespace

Sink Sink::memory() {
  return Sink(std::make_unique<MemorySink>());
}
Sink Sink::file(std::filesystem::path path) {
  return Sink(std::make_unique<FileSink>(std::move(path)));
}
Sink Sink::callback(std::function<Status(std::span<const std::byte>)> write) {
  return Sink(std::make_unique<CallbackSink>(std::move(write)));
}
Sink Sink::from(std::unique_ptr<BodySink> sink) {
  return Sink(std::move(sink));
}

}  // namespace objectstore
