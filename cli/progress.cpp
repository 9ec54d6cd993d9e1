// The progress line: shown from half a second on, at most five times a second.
#include "progress.h"

#include <chrono>
#include <memory>
#include <string>

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
      : output_(output), label_(shortened(shown(label))), started_(steady_clock::now()), next_(started_ + kFirst) {}
  ~Meter() { output_.progress({}); }
  Meter(const Meter&) = delete;
  Meter& operator=(const Meter&) = delete;

  void show(const TransferProgress& transfer) {
    const auto now = steady_clock::now();
    if (now < next_) return;
    next_ = now + kInterval;
    std::string text = label_ + "  " + human_size(transfer.bytes);
    const double seconds = std::chrono::duration<double>(now - started_).count();
    const double rate = static_cast<double>(transfer.bytes - transfer.resumed) / seconds;
    if (transfer.total && *transfer.total > 0) {
      text += " of " + human_size(*transfer.total) + "  " + std::to_string(transfer.bytes * 100 / *transfer.total) + "%";
    }
    text += "  " + human_size(static_cast<std::uint64_t>(rate)) + "/s";
    if (transfer.total && *transfer.total > transfer.bytes && rate > 0) {
      const auto left = static_cast<std::uint64_t>(static_cast<double>(*transfer.total - transfer.bytes) / rate);
      text += "  " + std::to_string(left / 60) + ":" + (left % 60 < 10 ? "0" : "") + std::to_string(left % 60) + " left";
    }
    output_.progress(text);
  }

 private:
  static constexpr std::chrono::milliseconds kFirst{500};
  static constexpr std::chrono::milliseconds kInterval{200};
  Output& output_;
  const std::string label_;
  const steady_clock::time_point started_;
  steady_clock::time_point next_;
};

}  // namespace

ProgressFunction progress_line(Output& output, std::string_view label) {
  if (!output.shows_progress()) return nullptr;
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
  return std::to_string(progress.objects_done) + " of " + std::to_string(progress.objects_found) + more + " objects  " +
         human_size(progress.bytes_done) + " of " + human_size(progress.bytes_found) + more + "  " +
         human_size(static_cast<std::uint64_t>(progress.bytes_per_second)) + "/s";
}

}  // namespace objectstore::cli
