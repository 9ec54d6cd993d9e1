// Maps keys to paths and back.
#include "bucket/directory_keys.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "base/digest.h"
#include "base/encoding.h"

namespace objectstore::directory {

namespace {

constexpr std::size_t kMaxSegment = 255;  // NAME_MAX of every common file system
constexpr std::size_t kHashBytes = 20;
constexpr std::size_t kHashDigits = 2 * kHashBytes;
constexpr std::size_t kIdDigits = 16;

constexpr std::array<std::string_view, 3> kSuffixes = {".new", ".meta", ".old"};

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

bool is_ordinary(std::string_view key) {
  bool first = true;
  while (true) {
    const auto slash = key.find('/');
    const std::string_view segment = key.substr(0, slash);
    if (segment.empty() || segment.size() > kMaxSegment || segment == "." || segment == "..") return false;
    if (first && segment == kReservedFolder) return false;
    if (slash == std::string_view::npos) return true;
    first = false;
    key.remove_prefix(slash + 1);
  }
}

std::string mapped_path(std::string_view key) {
  std::string path(kMappedFolder);
  while (true) {
    const auto slash = key.find('/');
    std::string_view segment = key.substr(0, slash);
    path += '/';
    while (segment.size() >= kMappedChunk) {
      const auto* bytes = reinterpret_cast<const std::uint8_t*>(segment.data());
      path += 'x';
      path += base::hex({bytes, kMappedChunk});
      path += '/';
      segment.remove_prefix(kMappedChunk);
    }
    path += slash == std::string_view::npos ? 'f' : 'd';
    path += segment;
    if (slash == std::string_view::npos) return path;
    key.remove_prefix(slash + 1);
  }
}

std::optional<MappedName> read_mapped_name(std::string_view name) {
  if (name.empty()) return std::nullopt;
  const std::string_view rest = name.substr(1);
  switch (name.front()) {
    case 'f':
      if (rest.size() >= kMappedChunk) return std::nullopt;
      return MappedName{MappedName::Kind::file, std::string(rest)};
    case 'd':
      if (rest.size() >= kMappedChunk) return std::nullopt;
      return MappedName{MappedName::Kind::folder, std::string(rest)};
    case 'x': {
      auto piece = base::unhex(rest);
      if (!piece || piece->size() != kMappedChunk || !is_hex(rest) || piece->find('/') != std::string::npos) return std::nullopt;
      return MappedName{MappedName::Kind::chunk, std::move(*piece)};
    }
    default: return std::nullopt;
  }
}

std::string hash_of(std::string_view key) {
  const auto digest = base::sha256(key);
  return base::hex(std::span(digest).first(kHashBytes));
}

unsigned shard_of(std::string_view hash) {
  unsigned shard = 0;
  std::from_chars(hash.data(), hash.data() + 2, shard, 16);
  return shard;
}

std::string sidecar_path(std::string_view hash) {
  std::string path(kMetaFolder);
  path += '/';
  path += hash.substr(0, 2);
  path += '/';
  path += hash.substr(2);
  return path;
}

std::string temp_name(std::string_view hash, std::uint64_t id, TempKind kind) {
  std::array<std::uint8_t, 8> bytes{};
  for (auto& byte : bytes) {
    byte = static_cast<std::uint8_t>(id >> 56U);
    id <<= 8U;
  }
  std::string name(hash);
  name += '-';
  name += base::hex(bytes);
  name += kSuffixes[static_cast<std::size_t>(kind)];
  return name;
}

std::optional<TempName> read_temp_name(std::string_view name) {
  constexpr std::size_t kStem = kHashDigits + 1 + kIdDigits;
  if (name.size() <= kStem || name[kHashDigits] != '-') return std::nullopt;
  if (!is_hex(name.substr(0, kHashDigits)) || !is_hex(name.substr(kHashDigits + 1, kIdDigits))) return std::nullopt;
  const auto found = std::find(kSuffixes.begin(), kSuffixes.end(), name.substr(kStem));
  if (found == kSuffixes.end()) return std::nullopt;
  return TempName{std::string(name.substr(0, kHashDigits)), static_cast<TempKind>(found - kSuffixes.begin())};
}

SplitPath split_path(std::string_view path) {
  const auto slash = path.rfind('/');
  if (slash == std::string_view::npos) return {{}, std::string(path)};
  return {std::string(path.substr(0, slash)), std::string(path.substr(slash + 1))};
}

}  // namespace objectstore::directory
