// KeyTemplate on random templates and fields: keys and field sets match one to one.
#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "base/time_format.h"
#include "objectstore/keys.h"
#include "support/catch.h"

using namespace objectstore;

namespace {

using Rng = std::mt19937_64;

std::size_t below(Rng& rng, std::size_t limit) {
  return static_cast<std::size_t>(rng() % limit);
}

template <class T>
const T& pick(Rng& rng, const std::vector<T>& from) {
  return from[below(rng, from.size())];
}

/// Pieces that are dangerous side by side, well-formed UTF-8 each.
const std::vector<std::string> kBits = {"/",          "%",      "%2F",  "%2f", "%25", "..", ".", "-", "",       "a",     "A",  "4",
                                        "1",          "F",      "json", "Z",   "\n",  "\r", " ", "{", "}",      "\"",    "\\", "\u00e9",
                                        "\U0001f600", "\ufffe", "_v",   "x",   ":",   "~",  "#", "?", "\u0080", "tie_id"};

std::string random_text(Rng& rng) {
  std::string text;
  switch (below(rng, 4)) {
    case 0: return pick(rng, kBits);
    case 1:  // bytes at random, as far as they are UTF-8
      for (std::size_t i = below(rng, 12); i > 0; --i) {
        const std::string longer = text + static_cast<char>(below(rng, 256));
        if (base::is_utf8(longer)) text = longer;
      }
      return text;
    case 2: text.assign(below(rng, 40), static_cast<char>('a' + below(rng, 3))); [[fallthrough]];
    default:
      for (std::size_t i = below(rng, 6); i > 0; --i) text += pick(rng, kBits);
      return text;
  }
}

std::string random_number(Rng& rng, bool is_signed, std::size_t max_digits) {
  std::string number = std::to_string(rng() % 1000);
  if (below(rng, 3) == 0) number = std::to_string(rng());
  number = number.substr(0, max_digits);
  if (is_signed && number != "0" && below(rng, 2) == 0) number.insert(0, "-");
  return number;
}

SystemTime random_time(Rng& rng) {
  return SystemTime(std::chrono::microseconds(static_cast<std::int64_t>(rng() % 8'000'000'000'000'000u)));
}

/// A template text that may be refused.
std::string random_template(Rng& rng) {
  static const std::vector<std::string> literals = {"/", "-", ".", "/v", ".json", "_", "x",   "~/", "\u00e9",
                                                    "a", " ", ":", "(",  "7",     "A", "/x/", "..", "@-"};
  static const std::vector<std::string> forms = {"", "", "", ":int", ":03", ":020"};
  std::string text = below(rng, 2) == 0 ? pick(rng, literals) : "";
  const std::size_t count = 1 + below(rng, 4);
  const std::size_t timestamp = below(rng, 2 * count);
  for (std::size_t i = 0; i < count; ++i) {
    text += i == timestamp ? "{timestamp}" : "{f" + std::to_string(i) + pick(rng, forms) + "}";
    if (i + 1 < count || below(rng, 2) == 0) text += pick(rng, literals);
  }
  return text;
}

/// Values of the right form for the fields of `text`; the tie form now and then.
Fields random_fields(Rng& rng, const std::string& text, const KeyTemplate& layout) {
  Fields fields;
  for (const std::string& name : layout.field_names()) {
    const auto form = [&](const char* suffix) { return text.find("{" + name + suffix) != std::string::npos; };
    if (name == "timestamp") {
      const bool tie = below(rng, 2) == 0;
      fields[name] = base::rfc3339(random_time(rng), tie ? 6 : 0);
      if (tie) fields["tie_id"] = random_text(rng);
    } else if (form(":int}")) {
      fields[name] = random_number(rng, true, 30);
    } else if (form(":03}")) {
      fields[name] = random_number(rng, false, 3);
    } else if (form(":020}")) {
      fields[name] = random_number(rng, false, 20);
    } else {
      fields[name] = random_text(rng);
    }
  }
  return fields;
}

void check_plain_path(const std::string& key) {
  for (std::size_t start = 0; start <= key.size();) {
    const std::size_t slash = std::min(key.find('/', start), key.size());
    const std::string segment = key.substr(start, slash - start);
    if (segment.empty() || segment == "." || segment == "..") FAIL("segment '" << segment << "' in " << key);
    start = slash + 1;
  }
  if (!base::is_utf8(key)) FAIL("not UTF-8: " << key);
  if (std::any_of(key.begin(), key.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }))
    FAIL("control character");
}

}  // namespace

TEST_CASE("what random fields make parses to the same fields, under random templates", "[keys][property]") {
  Rng rng(20241114);
  int templates = 0;
  for (int round = 0; round < 6000; ++round) {
    const std::string text = random_template(rng);
    const auto layout = KeyTemplate::parse(text);
    if (!layout) continue;
    ++templates;
    for (int i = 0; i < 12; ++i) {
      const Fields fields = random_fields(rng, text, *layout);
      const auto key = layout->format(fields);
      if (!key) {
        CAPTURE(text);
        FAIL(key.error().message);
      }
      check_plain_path(*key);
      const auto again = layout->parse_key(*key);
      if (!again || *again != fields) {
        CAPTURE(text, *key);
        FAIL("the key does not parse to its fields");
      }
      Fields leading;  // every prefix of known fields is a prefix of the key
      for (const std::string& name : layout->field_names()) {
        leading[name] = fields.at(name);
        if (name == "timestamp" && fields.count("tie_id") != 0) leading["tie_id"] = fields.at("tie_id");
        const auto prefix = layout->prefix(leading);
        if (!prefix || !key->starts_with(*prefix)) {
          CAPTURE(text, *key);
          FAIL("a LIST with the prefix of its leading fields misses the key");
        }
      }
      if (!KeyTemplate::match(*again, fields)) FAIL("fields do not match themselves");
    }
  }
  CHECK(templates > 1500);
}

TEST_CASE("no two field sets make one key: all pairs over a small hostile alphabet", "[keys][property]") {
  const std::vector<std::string> values = {"",   "%",  "%%",  "-",  "--", ".",   "..",     "...", "/",    "//",   "a",
                                           "a-", "-a", "a-a", "a.", ".a", "%2D", "%2E",    "2D",  "%2",   "A",    "x",
                                           "xx", "xy", "yx",  "y",  "é",  "éé",  "\u00e8", "Z-",  "json", ".json"};
  for (const std::string text : {"{a}-{b}", "{a}.{b}.json", "{a}--{b}", "{a}/{b}", "{a}x{b}", "{a}xy{b}y", ".{a}.{b}.", "{a}é{b}",
                                 "-{a}-{b}-", "{a}-/{b}", "{a}/{timestamp}.{b}", "{a}/{timestamp}-{b}", "{a}/{timestamp}Z{b}"}) {
    CAPTURE(text);
    const auto layout = KeyTemplate::parse(text);
    REQUIRE(layout);
    const bool timed = layout->has_field("timestamp");
    std::map<std::string, Fields> seen;
    const auto add = [&](const Fields& fields) {
      const auto key = layout->format(fields);
      if (!key) FAIL(key.error().message);
      const auto [at, fresh] = seen.emplace(*key, fields);
      if (!fresh) FAIL("one key of two field sets: " << at->first);
    };
    for (const std::string& a : values) {
      for (const std::string& b : values) {
        if (!timed) {
          add({{"a", a}, {"b", b}});
          continue;
        }
        add({{"a", a}, {"b", b}, {"timestamp", "2024-11-14T10:23:11Z"}});
        for (const std::string& id : values) add({{"a", a}, {"b", b}, {"timestamp", "2024-11-14T10:23:11.000000Z"}, {"tie_id", id}});
      }
    }
    CHECK(seen.size() == values.size() * values.size() * (timed ? 1 + values.size() : 1));
  }
}

TEST_CASE("a key that parses is the key that its fields make, however it came about", "[keys][property]") {
  Rng rng(7);
  int parsed = 0;
  for (int round = 0; round < 3000; ++round) {
    const std::string text = random_template(rng);
    const auto layout = KeyTemplate::parse(text);
    if (!layout) continue;
    for (int i = 0; i < 20; ++i) {
      std::string key = layout->format(random_fields(rng, text, *layout)).value();
      for (std::size_t edits = 1 + below(rng, 3); edits > 0; --edits) {  // a key of ours with bytes lost, added and changed
        const std::size_t at = below(rng, key.size() + 1);
        switch (below(rng, 3)) {
          case 0: key.insert(at, pick(rng, kBits)); break;
          case 1: key.erase(std::min(at, key.size()), 1); break;
          default:
            if (at < key.size()) key[at] = static_cast<char>(below(rng, 256));
        }
      }
      const auto fields = layout->parse_key(key);
      if (!fields) continue;
      ++parsed;
      const auto again = layout->format(*fields);
      if (!again || *again != key) {
        CAPTURE(text, key);
        FAIL("parses, but would not be written so");
      }
    }
  }
  CHECK(parsed > 1000);
}
