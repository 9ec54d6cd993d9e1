// Part sizes within the limits of S3.
#include "transfer/part_plan.h"

#include <algorithm>
#include <string>

#include "base/errors.h"

namespace objectstore::transfer {

namespace {

constexpr std::uint64_t kMiB = 1ull << 20;

std::uint64_t divided_up(std::uint64_t value, std::uint64_t by) {
  return value / by + (value % by == 0 ? 0 : 1);
}

}  // namespace

Result<std::uint64_t> part_size_for_streams(std::uint64_t wanted) {
  if (wanted == 0) return kDefaultPartBytes;
  if (wanted < kMinPartBytes || wanted > kMaxSinglePutBytes) {
    return base::invalid("a part size of " + std::to_string(wanted) + " bytes: parts have 5 MiB to 5 GiB");
  }
  return wanted;
}

Result<PartPlan> plan_parts(std::uint64_t size, std::uint64_t wanted) {
  if (size > kMaxObjectBytes) return base::invalid("the object has " + std::to_string(size) + " bytes: 5 TiB is the most");
  auto part_size = part_size_for_streams(wanted);
  if (!part_size) return std::move(part_size).error();
  if (wanted == 0) *part_size = std::max(*part_size, divided_up(divided_up(size, kMaxPartNumber), kMiB) * kMiB);
  const std::uint64_t count = std::max<std::uint64_t>(1, divided_up(size, *part_size));
  if (count > kMaxPartNumber) {
    return base::invalid(std::to_string(size) + " bytes in parts of " + std::to_string(*part_size) + " would be " + std::to_string(count) +
                         " parts: 10,000 are the most; choose larger parts");
  }
  return PartPlan{.size = size, .part_size = *part_size, .count = static_cast<std::uint32_t>(count)};
}

}  // namespace objectstore::transfer
