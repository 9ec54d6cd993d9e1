// The progress line: shown from half a second on, at most five times a second.
#include "progress.h"

#include <chrono>
#include <utility>

#include "text.h"
#include "values.h"

namespace objectstore::cli {
namespace {

using std::chrono::steady_clock;

/// The end of a long label: a progress line has to fit into one line.
std::string shortened(std::string label) {
  constexpr std::size_t kLongest = 40;
  if (label.size() <= kLongest) return label;
  std::size_t start = label.size() - kLongest + 3;
  while (start < label.size() && (static_cast<unsigned char>(label[start]) & 0xc0) == 0x80) ++start;  // not inside a character
  return "..." + label.substr(start);
}

class Meter {
 public:
  Meter(Output& output, std::string_view label)
      : output_(&output), label_(shortened(shown(label))), started_(steady_clock::now()), next_(started_ + kFirst) {}

  void start(std::optional<std::uint64_t> size) {
    size_ = size;
    bytes_ = 0;
  }
  void add(std::uint64_t bytes) {
    bytes_ += bytes;
    const auto now = steady_clock::now();
    if (now < next_) return;
    next_ = now + kInterval;
    std::string text = label_ + "  " + human_size(bytes_);
    if (size_ && *size_ > 0) text += " of " + human_size(*size_) + "  " + std::to_string(bytes_ * 100 / *size_) + "%";
    const double seconds = std::chrono::duration<double>(now - started_).count();
    text += "  " + human_size(static_cast<std::uint64_t>(static_cast<double>(bytes_) / seconds)) + "/s";
    output_->progress(text);
  }
  void clear() { output_->progress({}); }

 private:
  static constexpr std::chrono::milliseconds kFirst{500};
  static constexpr std::chrono::milliseconds kInterval{200};
  Output* output_;
  std::string label_;
  steady_clock::time_point started_;
  steady_clock::time_point next_;
  std::optional<std::uint64_t> size_;
  std::uint64_t bytes_ = 0;
};

class MeteredSource final : public BodySource {
 public:
  MeteredSource(Body body, Meter meter) : body_(std::move(body)), meter_(std::move(meter)) {}
  ~MeteredSource() override { meter_.clear(); }
  Result<std::optional<std::uint64_t>> size() override {
    Result<std::optional<std::uint64_t>> size = body_.source().size();
    if (size) meter_.start(size_ = *size);
    return size;
  }
  Result<std::size_t> read(std::span<std::byte> out) override {
    Result<std::size_t> count = body_.source().read(out);
    if (count) meter_.add(*count);
    return count;
  }
  Status rewind() override {
    meter_.start(size_);
    return body_.source().rewind();
  }

 private:
  Body body_;
  Meter meter_;
  std::optional<std::uint64_t> size_;
};

class MeteredSink final : public BodySink {
 public:
  MeteredSink(Sink sink, Meter meter) : sink_(std::move(sink)), meter_(std::move(meter)) {}
  ~MeteredSink() override { meter_.clear(); }
  Status begin(std::optional<std::uint64_t> size) override {
    meter_.start(size);
    return sink_.target().begin(size);
  }
  Status write(std::span<const std::byte> bytes) override {
    Status status = sink_.target().write(bytes);
    if (status) meter_.add(bytes.size());
    return status;
  }
  Status finish() override { return sink_.target().finish(); }
  void discard() noexcept override { sink_.target().discard(); }

 private:
  Sink sink_;
  Meter meter_;
};

}  // namespace

Body with_progress(Body body, Output& output, std::string_view label) {
  if (!output.shows_progress()) return body;
  return Body::from(std::make_unique<MeteredSource>(std::move(body), Meter(output, label)));
}

Sink with_progress(Sink sink, Output& output, std::string_view label) {
  if (!output.shows_progress()) return sink;
  return Sink::from(std::make_unique<MeteredSink>(std::move(sink), Meter(output, label)));
}

std::string progress_text(const SyncProgress& progress) {
  const char* more = progress.all_found ? "" : "+";
  return std::to_string(progress.objects_done) + " of " + std::to_string(progress.objects_found) + more + " objects  " +
         human_size(progress.bytes_done) + " of " + human_size(progress.bytes_found) + more + "  " +
         human_size(static_cast<std::uint64_t>(progress.bytes_per_second)) + "/s";
}

}  // namespace objectstore::cli
