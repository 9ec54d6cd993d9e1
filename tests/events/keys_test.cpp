// KeyTemplate on examples: the layouts in use, every form, every refusal, prefixes and filters.
#include "objectstore/keys.h"

#include <string>
#include <vector>

#include "base/time_format.h"
#include "support/catch.h"

using namespace objectstore;

namespace {

constexpr std::string_view kSeed = "{company}/{collection}/{warehouse}/{source}/{entity}/v{version:int}/{event}/{timestamp}.json";
constexpr std::string_view kSeedKey = "comfyballs/orders/prime-cargo/woocommerce/order/v1/OrderPlaced/2024-11-14T10:23:11Z.json";
constexpr std::string_view kSequenced =
    "events/{company}/{group}/{warehouse}/source/{source}/{aggregate_type}/{aggregate_id}/{sequence:010}/{event}";

KeyTemplate layout(std::string_view text) {
  auto parsed = KeyTemplate::parse(text);
  INFO(text);
  if (!parsed) FAIL(parsed.error().message);
  return *parsed;
}

Fields seed_fields() {
  return {{"company", "comfyballs"}, {"collection", "orders"}, {"warehouse", "prime-cargo"}, {"source", "woocommerce"},
          {"entity", "order"},       {"version", "1"},         {"event", "OrderPlaced"},     {"timestamp", "2024-11-14T10:23:11Z"}};
}

SystemTime time_of(std::string_view text) {
  return *base::parse_rfc3339(text);
}

}  // namespace

TEST_CASE("the order platform's key is written and read byte for byte", "[keys]") {
  const KeyTemplate seed = layout(kSeed);
  CHECK(seed.format(seed_fields()).value() == kSeedKey);
  CHECK(seed.parse_key(kSeedKey).value() == seed_fields());
  CHECK(seed.text() == kSeed);
  CHECK(seed.field_names() ==
        std::vector<std::string>{"company", "collection", "warehouse", "source", "entity", "version", "event", "timestamp"});
}

TEST_CASE("the newer layout pads its sequence number", "[keys]") {
  const KeyTemplate newer = layout(kSequenced);
  const Fields fields = {{"company", "comfyballs"},   {"group", "orders"},      {"warehouse", "prime-cargo"}, {"source", "woocommerce"},
                         {"aggregate_type", "order"}, {"aggregate_id", "A-17"}, {"sequence", "42"},           {"event", "OrderPlaced"}};
  const std::string key = "events/comfyballs/orders/prime-cargo/source/woocommerce/order/A-17/0000000042/OrderPlaced";
  CHECK(newer.format(fields).value() == key);
  CHECK(newer.parse_key(key).value() == fields);
}

TEST_CASE("the tie form holds microseconds and the id, and both forms parse", "[keys]") {
  const KeyTemplate seed = layout(kSeed);
  const SystemTime precise = time_of("2024-11-14T10:23:11.123456789Z");
  const std::string key = seed.format_tie(seed_fields(), precise, "0192-ab.c/d").value();
  CHECK(key == "comfyballs/orders/prime-cargo/woocommerce/order/v1/OrderPlaced/2024-11-14T10:23:11.123456Z-0192-ab%2Ec%2Fd.json");
  Fields expected = seed_fields();
  expected["timestamp"] = "2024-11-14T10:23:11.123456Z";
  expected["tie_id"] = "0192-ab.c/d";
  CHECK(seed.parse_key(key).value() == expected);
  CHECK(seed.format(expected).value() == key);
  CHECK(kind_of(layout("{a}/x").format_tie({{"a", "1"}}, precise, "id")) == ErrorKind::unsupported);
  CHECK(kind_of(seed.format_tie(seed_fields(), precise, "\xff")) == ErrorKind::invalid_argument);
}

TEST_CASE("a value is escaped where the literal behind it begins, and nowhere else", "[keys]") {
  struct Row {
    std::string layout, a, b, key;
  };
  const std::vector<Row> rows = {
      {"{a}/{b}", "x-y.z", "p q", "x-y.z/p q"},
      {"{a}/{b}", "a/b", "100%", "a%2Fb/100%25"},
      {"{a}/{b}", "", "", "%/%"},
      {"{a}/{b}", ".", "..", "%2E/%2E%2E"},
      {"{a}/{b}", "...", "a..", ".../a.."},
      {"{a}/{b}", "a\nb", std::string("\0\x7f", 2), "a%0Ab/%00%7F"},
      {"{a}/{b}", "#?&\"<>\\^`|$;[]{}", "!'()*,=:+@~_", "%23%3F%26%22%3C%3E%5C%5E%60%7C%24%3B%5B%5D%7B%7D/!'()*,=:+@~_"},
      {"{a}/{b}", "gr\u00fc\u00df", "\U0001f600", "gr\u00fc\u00df/\U0001f600"},
      {"{a}-{b}", "x-y", "x-y", "x%2Dy-x-y"},
      {"{a}-{b}", "", "-", "%--"},
      {"{a}.{b}.json", "1.5", "x.y", "1%2E5.x%2Ey.json"},
      {".{a}/x{b}", ".", ".", ".%2E/x%2E"},
      {"{a}\u00e9{b}", "\u00e9\u00e8", "\u00e9", "%C3%A9\u00e8\u00e9\u00e9"},
      {"{a}xy{b}", "xxy", "xy", "%78%78yxyxy"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.layout, row.a, row.b);
    const KeyTemplate sut = layout(row.layout);
    const Fields fields = {{"a", row.a}, {"b", row.b}};
    REQUIRE(sut.format(fields));
    CHECK(sut.format(fields).value() == row.key);
    REQUIRE(sut.parse_key(row.key));
    CHECK(sut.parse_key(row.key).value() == fields);
  }
}

TEST_CASE("a template that could be ambiguous or no plain path is refused with its reason", "[keys]") {
  struct Row {
    std::string text, reason;
  };
  const std::vector<Row> rows = {
      {"", "no field"},
      {"plain/key", "no field"},
      {"{a}{b}", "another field"},
      {"{a", "without its '}'"},
      {"a}/{b}", "without its '{'"},
      {"{}/x", "no field name"},
      {"{a b}", "no field name"},
      {"{a{b}", "no field name"},
      {"{a}/{a}", "twice"},
      {"{a}%{b}", "'%'"},
      {"{a}0{b}", "part of an escape"},
      {"{a}Archive/{b}", "part of an escape"},
      {"{timestamp}F", "part of an escape"},
      {"{n:int}7{b}", "digits have no end"},
      {"{n:hex}", "unknown form"},
      {"{n:0}", "unknown form"},
      {"{n:00}", "unknown form"},
      {"{n:065}", "unknown form"},
      {"{n:5}", "unknown form"},
      {"{n:}", "unknown form"},
      {"{timestamp:int}", "one form"},
      {"{timestamp}/{tie_id}", "tie form"},
      {"/{a}", "empty segment"},
      {"{a}/", "empty segment"},
      {"{a}//{b}", "empty segment"},
      {"{a}/./{b}", "no plain path"},
      {"../{a}", "no plain path"},
      {"{a}/..", "no plain path"},
      {"x\n{a}", "control character"},
      {"\xff{a}", "UTF-8"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto parsed = KeyTemplate::parse(row.text);
    REQUIRE(kind_of(parsed) == ErrorKind::invalid_argument);
    CAPTURE(parsed.error().message);
    CHECK(parsed.error().message.find(row.reason) != std::string::npos);
  }
  CHECK(KeyTemplate::parse("{tie_id}/x"));
  CHECK(KeyTemplate::parse("{n:03}7{m:int}-x"));
}

TEST_CASE("a value that is not of its field's form is refused and named", "[keys]") {
  const KeyTemplate sut = layout("{n:int}/{p:03}/{timestamp}/{t}");
  const Fields good = {{"n", "-3"}, {"p", "7"}, {"timestamp", "2024-02-29T23:59:59Z"}, {"t", "x"}};
  REQUIRE(sut.format(good).value() == "-3/007/2024-02-29T23:59:59Z/x");
  const std::vector<std::pair<std::string, std::string>> bad = {{"n", ""},
                                                                {"n", "01"},
                                                                {"n", "-0"},
                                                                {"n", "+1"},
                                                                {"n", "1.0"},
                                                                {"n", " 1"},
                                                                {"n", "-"},
                                                                {"n", "0x1"},
                                                                {"p", ""},
                                                                {"p", "007"},
                                                                {"p", "1000"},
                                                                {"p", "-1"},
                                                                {"t", "\xc3("},
                                                                {"timestamp", ""},
                                                                {"timestamp", "2024-11-14"},
                                                                {"timestamp", "2024-11-14T10:23:11"},
                                                                {"timestamp", "2024-11-14T10:23:11+00:00"},
                                                                {"timestamp", "2024-11-14T10:23:11.5Z"},
                                                                {"timestamp", "2024-11-14t10:23:11Z"},
                                                                {"timestamp", "2024-11-14T10:23:11z"},
                                                                {"timestamp", "2024-11-14 10:23:11Z"},
                                                                {"timestamp", "2024-11-31T10:23:11Z"},
                                                                {"timestamp", "2023-02-29T10:23:11Z"},
                                                                {"timestamp", "2024-11-14T24:00:00Z"},
                                                                {"timestamp", "2024-11-14T10:23:60Z"},
                                                                {"timestamp", "2024-11-14T10:23:11.123456Z"}};
  for (const auto& [name, value] : bad) {
    CAPTURE(name, value);
    Fields fields = good;
    fields[name] = value;
    const auto key = sut.format(fields);
    REQUIRE(kind_of(key) == ErrorKind::invalid_argument);
    CHECK(key.error().message.find("'" + name + "'") != std::string::npos);
  }
  Fields missing = good;
  missing.erase("p");
  CHECK(sut.format(missing).error().message.find("'p' is missing") != std::string::npos);
  Fields unknown = good;
  unknown["color"] = "red";
  CHECK(sut.format(unknown).error().message.find("no field 'color'; it has n, p, timestamp, t") != std::string::npos);
  Fields huge = good;
  huge["n"] = "123456789012345678901234567890";
  CHECK(sut.parse_key(sut.format(huge).value()).value() == huge);
}

TEST_CASE("a key has at most 1,024 bytes, escapes counted", "[keys]") {
  const KeyTemplate sut = layout("k/{a}");
  CHECK(sut.format({{"a", std::string(1022, 'x')}}).value().size() == 1024);
  CHECK(kind_of(sut.format({{"a", std::string(1023, 'x')}})) == ErrorKind::invalid_argument);
  CHECK(kind_of(sut.format({{"a", std::string(400, '/')}})) == ErrorKind::invalid_argument);
  const auto refused = sut.format({{"a", std::string(1 << 20, 'x')}});
  REQUIRE(kind_of(refused) == ErrorKind::invalid_argument);
  CHECK(refused.error().message.size() < 300);
}

TEST_CASE("a key that the template would not write is not its key", "[keys]") {
  const KeyTemplate sut = layout("a/{t}/v{n:int}/{p:03}/{timestamp}.json");
  REQUIRE(sut.parse_key("a/x/v1/007/2024-11-14T10:23:11Z.json"));
  for (const std::string key : {"",
                                "a",
                                "a/",
                                "a/x",
                                "b/x/v1/007/2024-11-14T10:23:11Z.json",
                                "a/x/1/007/2024-11-14T10:23:11Z.json",
                                "a/x/v01/007/2024-11-14T10:23:11Z.json",
                                "a/x/v/007/2024-11-14T10:23:11Z.json",
                                "a/x/v-/007/2024-11-14T10:23:11Z.json",
                                "a/x/v1/07/2024-11-14T10:23:11Z.json",
                                "a/x/v1/0007/2024-11-14T10:23:11Z.json",
                                "a/x/v1/-07/2024-11-14T10:23:11Z.json",
                                "a/x/v1/007/2024-11-14T10:23:11.json",
                                "a/x/v1/007/2024-11-14T10:23:11.123Z.json",
                                "a/x/v1/007/2024-13-14T10:23:11Z.json",
                                "a/x/v1/007/2024-11-14T10:23:11Z-id.json",
                                "a/x/v1/007/2024-11-14T10:23:11.123456Z.json",
                                "a/x/v1/007/2024-11-14T10:23:11.123456Z-.json",
                                "a/x/v1/007/2024-11-14T10:23:11.123456Z-a.b.json",
                                "a/x/v1/007/2024-11-14T10:23:11Z.json2",
                                "a/x/v1/007/2024-11-14T10:23:11Z.jso",
                                "a/%/y/v1/007/2024-11-14T10:23:11Z.json",
                                "a//v1/007/2024-11-14T10:23:11Z.json",
                                "a/./v1/007/2024-11-14T10:23:11Z.json",
                                "a/%2f/v1/007/2024-11-14T10:23:11Z.json",
                                "a/%41/v1/007/2024-11-14T10:23:11Z.json",
                                "a/%4/v1/007/2024-11-14T10:23:11Z.json",
                                "a/#/v1/007/2024-11-14T10:23:11Z.json",
                                "a/%FF/v1/007/2024-11-14T10:23:11Z.json",
                                "a/x\n/v1/007/2024-11-14T10:23:11Z.json"}) {
    CAPTURE(key);
    CHECK(kind_of(sut.parse_key(key)) == ErrorKind::invalid_argument);
  }
  CHECK(kind_of(sut.parse_key(std::string_view("a/\0/v1", 6))) == ErrorKind::invalid_argument);
}

TEST_CASE("the prefix of known fields ends at the first unknown one", "[keys]") {
  const KeyTemplate seed = layout(kSeed);
  CHECK(seed.prefix({}).value().empty());
  CHECK(seed.prefix({{"company", "comfyballs"}}).value() == "comfyballs/");
  CHECK(seed.prefix({{"company", "a/b"}, {"collection", ""}}).value() == "a%2Fb/%/");
  CHECK(seed.prefix({{"company", "c"}, {"warehouse", "w"}}).value() == "c/");
  CHECK(seed.prefix({{"event", "OrderPlaced"}}).value().empty());
  Fields all = seed_fields();
  const std::string up_to_seconds = std::string(kSeedKey.substr(0, kSeedKey.size() - 6));
  CHECK(seed.prefix(all).value() == up_to_seconds);
  all["timestamp"] = "2024-11-14T10:23:11.123456Z";
  CHECK(seed.prefix(all).value() == up_to_seconds + ".123456Z-");
  all["tie_id"] = "i";
  CHECK(seed.prefix(all).value() == up_to_seconds + ".123456Z-i.json");
  CHECK(layout(kSequenced).prefix({{"company", "c"}}).value() == "events/c/");
  CHECK(layout("{a}/{n:03}x{b}").prefix({{"a", "1"}, {"n", "5"}}).value() == "1/005x");
  CHECK(layout("{a}/{b}").prefix({{"a", "1"}, {"b", "2"}}).value() == "1/2");
}

TEST_CASE("a timestamp known in part narrows the prefix", "[keys]") {
  const KeyTemplate sut = layout("x/{timestamp}.json");
  for (const std::string part : {"2024", "2024-02", "2024-02-29", "2024-02-29T23", "2024-02-29T23:59", "2024-02-29T23:59:59"}) {
    CHECK(sut.prefix({{"timestamp", part}}).value() == "x/" + part);
  }
  CHECK(sut.prefix({{"timestamp", "2024-02-29T23:59:59Z"}}).value() == "x/2024-02-29T23:59:59");
  for (const std::string part :
       {"", "202", "2024-", "2024-13", "2023-02-29", "2024-02-29T24", "2024-02-29T", "yesterday", "2024-02-29T23:59:59.5Z"}) {
    CAPTURE(part);
    CHECK(kind_of(sut.prefix({{"timestamp", part}})) == ErrorKind::invalid_argument);
  }
}

TEST_CASE("known fields are checked even behind the end of the prefix", "[keys]") {
  const KeyTemplate seed = layout(kSeed);
  CHECK(kind_of(seed.prefix({{"version", "one"}})) == ErrorKind::invalid_argument);
  CHECK(kind_of(seed.prefix({{"compny", "c"}})) == ErrorKind::invalid_argument);
  CHECK(kind_of(seed.prefix({{"company", "\xff"}})) == ErrorKind::invalid_argument);
  CHECK(kind_of(seed.prefix({{"company", std::string(2000, 'x')}})) == ErrorKind::invalid_argument);
}

TEST_CASE("fields match the values that are asked for, timestamps by their left part", "[keys]") {
  Fields fields = seed_fields();
  CHECK(KeyTemplate::match(fields, {}));
  CHECK(KeyTemplate::match(fields, {{"event", "OrderPlaced"}, {"version", "1"}}));
  CHECK_FALSE(KeyTemplate::match(fields, {{"event", "Order"}}));
  CHECK_FALSE(KeyTemplate::match(fields, {{"tie_id", "x"}}));
  CHECK(KeyTemplate::match(fields, {{"timestamp", "2024-11-14"}}));
  CHECK(KeyTemplate::match(fields, {{"timestamp", "2024-11-14T10:23:11Z"}}));
  CHECK_FALSE(KeyTemplate::match(fields, {{"timestamp", "2024-11-15"}}));
  CHECK_FALSE(KeyTemplate::match(fields, {{"timestamp", "2024-11-14T10:23:11.000000Z"}}));
  fields["timestamp"] = "2024-11-14T10:23:11.123456Z";
  CHECK(KeyTemplate::match(fields, {{"timestamp", "2024-11-14T10:23:11Z"}}));
  CHECK(KeyTemplate::match(fields, {{"timestamp", "2024-11-14T10:23:11.123456Z"}}));
  CHECK_FALSE(KeyTemplate::match(fields, {{"timestamp", "2024-11-14T10:23:12Z"}}));
}

TEST_CASE("keys of one layout sort by time across both forms", "[keys]") {
  const KeyTemplate sut = layout("{timestamp}.json");
  const std::string before = sut.format({{"timestamp", "2024-11-14T10:23:11Z"}}).value();
  const std::string tie = sut.format_tie({}, time_of("2024-11-14T10:23:11.5Z"), "i").value();
  const std::string after = sut.format({{"timestamp", "2024-11-14T10:23:12Z"}}).value();
  CHECK(before < after);
  CHECK(tie < after);
  CHECK(sut.format({{"timestamp", "2024-11-14T10:23:10Z"}}).value() < tie);
}
