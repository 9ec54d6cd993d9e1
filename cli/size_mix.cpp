// Sizes of objects.
#include "size_mix.h"

#include <algorithm>
#include <cmath>

#include "objectstore/bucket.h"
#include "values.h"

namespace objectstore::cli {

Result<SizeMix> SizeMix::parse(std::string_view flag, std::string_view text) {
  constexpr std::uint64_t kMostWeight = 1'000'000'000;
  const Error bad = bad_value(flag, text, "a size (4KiB), a range (1KiB-1MiB) or sizes with weights (1KiB:90,1MiB:10), each up to 5GiB");
  SizeMix mix;
  mix.text_ = text;
  std::string_view rest = text;
  while (true) {
    const std::size_t end = std::min(rest.find(','), rest.size());
    std::string_view part = rest.substr(0, end);
    Entry entry;
    if (const std::size_t colon = part.find(':'); colon != std::string_view::npos) {
      const Result<std::uint64_t> weight = parse_count(flag, part.substr(colon + 1));
      if (!weight || *weight > kMostWeight) return bad;
      entry.weight = *weight;
      part = part.substr(0, colon);
    }
    const std::size_t dash = part.find('-');
    const Result<std::uint64_t> first = parse_size(flag, part.substr(0, dash));
    const Result<std::uint64_t> last = dash == std::string_view::npos ? first : parse_size(flag, part.substr(dash + 1));
    if (!first || !last || *first > *last || *last > kMaxSinglePutBytes) return bad;
    entry.first = *first;
    entry.last = *last;
    mix.weights_ += entry.weight;
    mix.entries_.push_back(entry);
    if (end == rest.size()) break;
    rest.remove_prefix(end + 1);
  }
  if (mix.weights_ == 0) return bad;
  return mix;
}

std::uint64_t SizeMix::draw(Random& random) const {
  std::uint64_t place = draw_below(random, weights_);
  auto entry = entries_.begin();
  while (place >= entry->weight) place -= (entry++)->weight;
  if (entry->first == entry->last) return entry->first;
  // A range from 0 on counts as one from 1 on whose smallest is 0.
  const double low = std::log(static_cast<double>(entry->first) + 1);
  const double high = std::log(static_cast<double>(entry->last) + 2);
  const double fraction = static_cast<double>(random.next() >> 11U) / 9007199254740992.0;  // 53 bits: [0, 1)
  const auto size = static_cast<std::uint64_t>(std::exp(low + fraction * (high - low)) - 1);
  return std::clamp(size, entry->first, entry->last);
}

std::uint64_t SizeMix::largest() const {
  std::uint64_t largest = 0;
  for (const Entry& entry : entries_) largest = std::max(largest, entry.last);
  return largest;
}

std::uint64_t draw_below(Random& random, std::uint64_t bound) {
  return random.next() % bound;
}

}  // namespace objectstore::cli
