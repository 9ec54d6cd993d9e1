// The pointer's JSON and id, byte for byte.
#include <rapidjson/document.h>

#include "base/uuid.h"
#include "objectstore/events.h"
#include "support/catch.h"

using namespace objectstore;

TEST_CASE("a pointer is one compact line with its members in a fixed order", "[pointer]") {
  const std::string key = "comfyballs/orders/prime-cargo/woocommerce/order/v1/OrderPlaced/2024-11-14T10:23:11Z.json";
  const Pointer pointer{
      .object = {.bucket = "events", .key = key, .etag = "99914b932bd37a50b983c5e7c90ae93b", .size = 2, .content_type = "application/json"},
      .company = "comfyballs",
      .event = "OrderPlaced",
      .event_id = pointer_event_id("events", key)};
  CHECK(to_json(pointer) ==
        R"({"key":"comfyballs/orders/prime-cargo/woocommerce/order/v1/OrderPlaced/2024-11-14T10:23:11Z.json","company":"comfyballs",)"
        R"("event":"OrderPlaced","bucket":"events","etag":"99914b932bd37a50b983c5e7c90ae93b","size":2,"contentType":"application/json",)"
        R"("event_id":")" +
            base::uuid_v5(base::kUrlNamespace, "events/" + key) + R"("})");
}

TEST_CASE("company and event are absent where the layout has none", "[pointer]") {
  const Pointer pointer{
      .object = {.bucket = "b", .key = "k", .etag = "e", .size = 0, .content_type = ""}, .company = "", .event = "", .event_id = "i"};
  CHECK(to_json(pointer) == R"({"key":"k","bucket":"b","etag":"e","size":0,"contentType":"","event_id":"i"})");
}

TEST_CASE("hostile keys and etags are escaped and read back", "[pointer]") {
  for (const std::string text : {"a\"b\\c", "line\nbreak\r\t\x01\x1f", "gr\u00fc\u00df \U0001f600 \u2028", "</script>", "\x7f"}) {
    CAPTURE(text);
    const Pointer pointer{.object = {.bucket = "b", .key = text, .etag = "W/\"" + text, .size = ~std::uint64_t{0}, .content_type = text},
                          .company = text,
                          .event = text,
                          .event_id = "i"};
    const std::string json = to_json(pointer);
    CHECK(json.find('\n') == std::string::npos);
    CHECK(json.find('\r') == std::string::npos);
    rapidjson::Document document;
    document.Parse(json.c_str());
    REQUIRE_FALSE(document.HasParseError());
    CHECK(document["key"].GetString() == text);
    CHECK(document["company"].GetString() == text);
    CHECK(document["etag"].GetString() == "W/\"" + text);
    CHECK(document["size"].GetUint64() == ~std::uint64_t{0});
  }
}

TEST_CASE("the event id depends on bucket and key alone", "[pointer]") {
  // Python: uuid.uuid5(uuid.NAMESPACE_URL, 'events/a/b.json')
  CHECK(pointer_event_id("events", "a/b.json") == "5e19306b-ffba-53f0-bd3d-4658d5546cf6");
  CHECK(pointer_event_id("events", "a/b.json") != pointer_event_id("events2", "a/b.json"));
}
