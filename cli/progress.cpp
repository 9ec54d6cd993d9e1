// The progress of transfers: from half a second on, at most five times a second.
#include "progress.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "json_line.h"
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

/// Nothing where it cannot be told.
std::optional<std::uint64_t> seconds_left(std::uint64_t bytes, double bytes_per_second) {
  if (bytes == 0 || bytes_per_second <= 0) return std::nullopt;
  return static_cast<std::uint64_t>(static_cast<double>(bytes) / bytes_per_second);
}

std::string left_text(std::uint64_t seconds) {
  return "  " + std::to_string(seconds / 60) + ":" + (seconds % 60 < 10 ? "0" : "") + std::to_string(seconds % 60) + " left";
}

/// While more may be found nothing is told.
std::optional<std::uint64_t> time_left(const SyncProgress& progress) {
  if (!progress.all_found || progress.bytes_done >= progress.bytes_found) return std::nullopt;
  return seconds_left(progress.bytes_found - progress.bytes_done, progress.bytes_per_second);
}

class Meter {
 public:
  Meter(Output& output, std::string_view label) : output_(output), label_(label), started_(steady_clock::now()), next_(started_ + kFirst) {}
  ~Meter() {
    output_.progress({});
    if (last_) output_.progress_event(as_json(*last_));
  }
  Meter(const Meter&) = delete;
  Meter& operator=(const Meter&) = delete;

  void show(const TransferProgress& transfer) {
    last_ = transfer;
    const auto now = steady_clock::now();
    if (now < next_) return;
    next_ = now + kInterval;
    if (output_.shows_progress()) output_.progress(as_text(transfer));
    output_.progress_event(as_json(transfer));
  }

 private:
  static constexpr std::chrono::milliseconds kFirst{500};
  static constexpr std::chrono::milliseconds kInterval{200};

  [[nodiscard]] double rate(const TransferProgress& transfer) const {
    const double seconds = std::chrono::duration<double>(steady_clock::now() - started_).count();
    return seconds > 0 ? static_cast<double>(transfer.bytes - transfer.resumed) / seconds : 0;
  }

  [[nodiscard]] std::string as_text(const TransferProgress& transfer) const {
    std::string text = shortened(shown(label_)) + "  " + human_size(transfer.bytes);
    if (transfer.total && *transfer.total > 0) {
      text += " of " + human_size(*transfer.total) + "  " + std::to_string(transfer.bytes * 100 / *transfer.total) + "%";
    }
    text += "  " + human_size(static_cast<std::uint64_t>(rate(transfer))) + "/s";
    if (const auto left = transfer.total ? seconds_left(*transfer.total - transfer.bytes, rate(transfer)) : std::nullopt) {
      text += left_text(*left);
    }
    return text;
  }

  [[nodiscard]] std::string as_json(const TransferProgress& transfer) const {
    JsonLine json;
    json.open("progress").member("name", label_).member("bytes", transfer.bytes);
    if (transfer.total) json.member("total", *transfer.total);
    if (transfer.resumed > 0) json.member("resumed", transfer.resumed);
    json.member("bytesPerSecond", static_cast<std::uint64_t>(rate(transfer)));
    if (const auto left = transfer.total ? seconds_left(*transfer.total - transfer.bytes, rate(transfer)) : std::nullopt) {
      json.member("secondsLeft", *left);
    }
    return json.close().text();
  }

  Output& output_;
  const std::string label_;
  const steady_clock::time_point started_;
  steady_clock::time_point next_;
  std::optional<TransferProgress> last_;
};

}  // namespace

ProgressFunction progress_line(Output& output, std::string_view label) {
  if (!output.shows_progress() && !output.tells_progress()) return nullptr;
  return [meter = std::make_shared<Meter>(output, label)](const TransferProgress& transfer) { meter->show(transfer); };
}

ProgressFunction progress_line(Output& output, std::string_view label, bool& resumed) {
  return [line = progress_line(output, label), &resumed](const TransferProgress& transfer) {
    resumed = transfer.resumed > 0;
    if (line) line(transfer);
  };
}

std::string progress_text(const SyncProgress& progress) {
  const char* more = progress.all_found ? "" : "+";
  std::string text = std::to_string(progress.objects_done) + " of " + std::to_string(progress.objects_found) + more + " objects  " +
                     human_size(progress.bytes_done) + " of " + human_size(progress.bytes_found) + more + "  " +
                     human_size(static_cast<std::uint64_t>(progress.bytes_per_second)) + "/s";
  if (const auto left = time_left(progress)) text += left_text(*left);
  return text;
}

std::string progress_json(const SyncProgress& progress) {
  JsonLine json;
  json.open("progress")
      .member("objects", progress.objects_done)
      .member("objectsFound", progress.objects_found)
      .member("bytes", progress.bytes_done)
      .member("bytesFound", progress.bytes_found)
      .member("allFound", progress.all_found)
      .member("bytesPerSecond", static_cast<std::uint64_t>(progress.bytes_per_second));
  if (const auto left = time_left(progress)) json.member("secondsLeft", *left);
  return json.close().text();
}

}  // namespace objectstore::cli
