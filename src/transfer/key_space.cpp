// Keys as numbers: what follows the part that two keys share, and a little of that, is read as digits, each place in the alphabet that its two characters suggest.
#include "transfer/key_space.h"

#include <algorithm>
#include <array>
#include <vector>

namespace objectstore::transfer {

namespace {

__extension__ using Number = unsigned __int128;

constexpr Number kMaxNumber = Number{1} << 96U;
constexpr char kLastAscii = '~';
/// Characters of the shared part that count as digits too.
constexpr int kCarried = 6;

/// The characters that a place may hold, ascending.
constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kLower = "0123456789abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kPrintable = " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";

/// The character of `key` at `place`, or `otherwise` where the key is shorter.
char at(std::string_view key, std::size_t place, char otherwise) {
  return place < key.size() ? key[place] : otherwise;
}

std::string_view alphabet_of(char one, char other) {
  for (const std::string_view alphabet : {kDigits, kHex, kLower}) {
    if (alphabet.find(one) != std::string_view::npos && alphabet.find(other) != std::string_view::npos) return alphabet;
  }
  return kPrintable;
}

/// How many characters of `alphabet` are smaller than `c`, at most its last place.
std::size_t rank_of(char c, std::string_view alphabet) {
  const auto byte = [](char each) { return static_cast<unsigned char>(each); };
  const auto place = std::lower_bound(alphabet.begin(), alphabet.end(), c, [&](char a, char b) { return byte(a) < byte(b); });
  return std::min<std::size_t>(static_cast<std::size_t>(place - alphabet.begin()), alphabet.size() - 1);
}

bool is_ascii(char c) {
  return static_cast<unsigned char>(c) < 0x80U;
}

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
}

/// The smallest key of ASCII behind all that begin with `common`, which is longer than `least`.
std::optional<std::string> behind_all(std::string_view common, std::size_t least) {
  while (common.size() > least) {
    const char c = common.back();
    if (static_cast<unsigned char>(c) < static_cast<unsigned char>(kLastAscii)) {
      std::string key(common);
      ++key.back();
      return key;
    }
    common.remove_suffix(1);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> key_ahead(std::string_view first, std::string_view last, std::uint32_t times, std::string_view prefix) {
  if (!(first < last) || !first.starts_with(prefix) || !last.starts_with(prefix)) return std::nullopt;
  const auto differ = std::mismatch(first.begin(), first.end(), last.begin(), last.end()).second;
  auto shared = static_cast<std::size_t>(differ - last.begin());
  while (shared > prefix.size() && continues_character(last[shared])) --shared;
  // With some of the shared part, "0999" goes on to "1000".
  for (int carried = 0; carried < kCarried && shared > prefix.size() && is_ascii(last[shared - 1]); ++carried) --shared;
  const std::string_view common = last.substr(0, shared);

  std::vector<std::string_view> alphabets;
  Number capacity = 1;
  Number from = 0;
  Number to = 0;
  for (std::size_t place = shared; place < last.size() || place < first.size(); ++place) {
    const char lowest = at(last, place, at(first, place, ' '));
    const std::string_view alphabet = alphabet_of(at(first, place, lowest), lowest);
    if (capacity * alphabet.size() > kMaxNumber) break;
    capacity *= alphabet.size();
    from = from * alphabet.size() + (place < first.size() ? rank_of(first[place], alphabet) : 0);
    to = to * alphabet.size() + (place < last.size() ? rank_of(last[place], alphabet) : 0);
    alphabets.push_back(alphabet);
  }
  const Number width = to > from ? to - from : 1;
  if (times < (capacity - to) / width) {
    Number target = to + width * times;
    std::string digits(alphabets.size(), ' ');
    for (std::size_t i = alphabets.size(); i-- > 0; target /= alphabets[i].size()) {
      digits[i] = alphabets[i][static_cast<std::size_t>(target % alphabets[i].size())];
    }
    std::string key = std::string(common) + digits;
    if (key > last) return key;
  }
  std::optional<std::string> key = behind_all(common, prefix.size());
  if (key && *key > last) return key;
  return std::nullopt;
}

}  // namespace objectstore::transfer
