// UUIDs of version 7 and 5.
#include "base/uuid.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <span>

#include "base/digest.h"
#include "base/encoding.h"

namespace objectstore::base {
namespace {

using Uuid = std::array<std::uint8_t, 16>;

std::string format(Uuid uuid, unsigned version) {
  uuid[6] = static_cast<std::uint8_t>((uuid[6] & 0x0f) | version << 4);
  uuid[8] = static_cast<std::uint8_t>((uuid[8] & 0x3f) | 0x80);  // RFC 9562 variant
  std::string text(36, '-');
  const std::span<const std::uint8_t> bytes(uuid);
  hex_into(bytes.subspan(0, 4), text.data());
  hex_into(bytes.subspan(4, 2), text.data() + 9);
  hex_into(bytes.subspan(6, 2), text.data() + 14);
  hex_into(bytes.subspan(8, 2), text.data() + 19);
  hex_into(bytes.subspan(10, 6), text.data() + 24);
  return text;
}

/// The 16 bytes of a UUID text; "" when it is none.
std::string parse(std::string_view text) {
  if (text.size() != 36) return {};
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (hyphen != (text[i] == '-')) return {};
    if (!hyphen) digits.push_back(text[i]);
  }
  return unhex(digits).value_or("");
}

}  // namespace

std::string uuid_v7(SystemTime now, Random& random) {
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(now.time_since_epoch()).count();
  const auto time = static_cast<std::uint64_t>(milliseconds);
  const std::uint64_t a = random.next();
  const std::uint64_t b = random.next();
  Uuid uuid{};
  for (std::size_t i = 0; i < 6; ++i) uuid[i] = static_cast<std::uint8_t>(time >> (40 - 8 * i));
  for (std::size_t i = 0; i < 2; ++i) uuid[6 + i] = static_cast<std::uint8_t>(a >> (8 * i));
  for (std::size_t i = 0; i < 8; ++i) uuid[8 + i] = static_cast<std::uint8_t>(b >> (8 * i));
  return format(uuid, 7);
}

std::optional<SystemTime> time_of_uuid(std::string_view id) {
  constexpr std::uint64_t kLatest = 9'000'000'000'000;  // ms: the year 2255
  if (id.size() != 36 || id[8] != '-' || id[13] != '-' || id[14] != '7' || id[18] != '-' || id[23] != '-') return std::nullopt;
  std::uint64_t time = 0;
  for (std::size_t i = 0; i < 13; ++i) {
    if (i == 8) continue;
    const std::size_t digit = std::string_view("0123456789abcdef").find(id[i]);
    if (digit == std::string_view::npos) return std::nullopt;
    time = time * 16 + digit;
  }
  if (time > kLatest) return std::nullopt;
  return SystemTime(std::chrono::milliseconds(static_cast<std::int64_t>(time)));
}

std::string uuid_v5(std::string_view name_space, std::string_view name) {
  std::string bytes = parse(name_space);
  if (bytes.empty()) return {};
  bytes += name;
  const Sha1Digest digest = sha1(bytes);
  Uuid uuid{};
  for (std::size_t i = 0; i < uuid.size(); ++i) uuid[i] = digest[i];
  return format(uuid, 5);
}

}  // namespace objectstore::base
