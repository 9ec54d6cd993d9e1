// Headers: order, case, several of one name.
#include "objectstore/http.h"

#include "support/catch.h"

namespace objectstore {
namespace {

std::string joined(const Headers& headers) {
  std::string text;
  for (const Header& header : headers) text += header.name + "=" + header.value + ";";
  return text;
}

}  // namespace

TEST_CASE("headers are sorted by lower-case name whatever the order and case they came in") {
  Headers headers;
  headers.add("X-Amz-Date", "d");
  headers.add("host", "h");
  headers.set("Content-Type", "t");
  headers.add("x-amz-content-sha256", "s");
  CHECK(joined(headers) == "content-type=t;host=h;x-amz-content-sha256=s;x-amz-date=d;");
  CHECK(headers.size() == 4);
}

TEST_CASE("headers of one name keep the order in which they were added") {
  Headers headers;
  headers.add("b", "1");
  headers.add("a", "x");
  headers.add("B", "2");
  headers.add("c", "y");
  headers.add("b", "3");
  CHECK(joined(headers) == "a=x;b=1;b=2;b=3;c=y;");
  CHECK(headers.get("B") == "1");
}

TEST_CASE("set replaces every header of the name, erase removes them, in any case") {
  Headers headers;
  for (const char* value : {"1", "2", "3"}) headers.add("X", value);
  headers.add("y", "keep");
  headers.set("x", "only");
  CHECK(joined(headers) == "x=only;y=keep;");
  headers.erase("X");
  headers.erase("absent");
  CHECK(joined(headers) == "y=keep;");
}

TEST_CASE("an absent header is told from an empty one") {
  Headers headers;
  headers.add("empty", "");
  REQUIRE(headers.find("Empty") != nullptr);
  CHECK(headers.find("empt") == nullptr);
  CHECK(headers.find("emptyy") == nullptr);
  CHECK(headers.get("absent").empty());
  headers.clear();
  CHECK(headers.size() == 0);
}

}  // namespace objectstore
