// Object references as JSON, both ways.
#include "objectstore/object_ref.h"

#include "support/catch.h"

using namespace objectstore;

TEST_CASE("a reference is compact JSON in a fixed order, and comes back equal") {
  const ObjectRef ref{"media", "2026/a \"b\"\n\xc3\xbc.jpg", "e1", 18446744073709551615ull, "image/jpeg"};
  const std::string json = to_json(ref);
  CHECK(json ==
        "{\"bucket\":\"media\",\"key\":\"2026/a \\\"b\\\"\\n\xc3\xbc.jpg\",\"etag\":\"e1\",\"size\":18446744073709551615,"
        "\"contentType\":\"image/jpeg\"}");
  const auto parsed = parse_object_ref(json);
  REQUIRE(parsed);
  CHECK(*parsed == ref);
}

TEST_CASE("unknown members are ignored, and the order does not matter") {
  const auto parsed =
      parse_object_ref(" {\"x\":[1,{\"y\":null}],\"contentType\":\"t\",\"size\":0,\"etag\":\"\",\"key\":\"k\\u00fc\",\"bucket\":\"b\"} ");
  REQUIRE(parsed);
  CHECK(*parsed == ObjectRef{"b", "k\xc3\xbc", "", 0, "t"});
}

TEST_CASE("what is no reference is refused, naming the member") {
  struct Case {
    const char* json;
    const char* names;
  };
  const auto row = GENERATE(values<Case>({
      {"", ""},
      {"[]", "object"},
      {"null", "object"},
      {"{\"bucket\":\"b\",\"key\":\"k\",\"etag\":\"e\",\"size\":1}", "contentType"},
      {"{\"key\":\"k\",\"etag\":\"e\",\"size\":1,\"contentType\":\"t\"}", "bucket"},
      {"{\"bucket\":1,\"key\":\"k\",\"etag\":\"e\",\"size\":1,\"contentType\":\"t\"}", "bucket"},
      {"{\"bucket\":\"b\",\"key\":null,\"etag\":\"e\",\"size\":1,\"contentType\":\"t\"}", "key"},
      {"{\"bucket\":\"b\",\"key\":\"k\",\"etag\":\"e\",\"contentType\":\"t\"}", "size"},
      {"{\"bucket\":\"b\",\"key\":\"k\",\"etag\":\"e\",\"size\":-1,\"contentType\":\"t\"}", "size"},
      {"{\"bucket\":\"b\",\"key\":\"k\",\"etag\":\"e\",\"size\":1.5,\"contentType\":\"t\"}", "size"},
      {"{\"bucket\":\"b\",\"key\":\"k\",\"etag\":\"e\",\"size\":\"1\",\"contentType\":\"t\"}", "size"},
      {"{\"bucket\":\"b\",\"key\":\"k\",\"etag\":\"e\",\"size\":18446744073709551616,\"contentType\":\"t\"}", "size"},
      {"{\"bucket\":\"b\",\"key\":\"\xff\",\"etag\":\"e\",\"size\":1,\"contentType\":\"t\"}", ""},
      {"{\"bucket\":\"b\",\"key\":\"k\",\"etag\":\"e\",\"size\":1,\"contentType\":\"t\"} x", ""},
      {"{\"bucket\":\"b\"", ""},
  }));
  CAPTURE(row.json);
  const auto parsed = parse_object_ref(row.json);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().kind == ErrorKind::invalid_argument);
  CHECK(parsed.error().message.find(row.names) != std::string::npos);
}

TEST_CASE("deep nesting cannot use up the stack") {
  CHECK(kind_of(parse_object_ref(std::string(1'000'000, '['))) == ErrorKind::invalid_argument);
  CHECK(kind_of(parse_object_ref("{\"x\":" + std::string(500'000, '[') + std::string(500'000, ']') + "}")) == ErrorKind::invalid_argument);
}
