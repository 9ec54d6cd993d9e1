// Tests of hosts with ports.
#include "base/authority.h"

#include "support/catch.h"

namespace objectstore::base {
namespace {

TEST_CASE("an authority is split at its port, IPv6 addresses keep their brackets") {
  struct Case {
    std::string text;
    std::string host;
    int port;
  };
  for (const auto& [text, host, port] :
       {Case{"example.com", "example.com", 0}, Case{"a:1", "a", 1}, Case{"127.0.0.1:65535", "127.0.0.1", 65535}, Case{"[::1]", "[::1]", 0},
        Case{"[::1]:9000", "[::1]", 9000}, Case{"a:080", "a", 80}}) {
    CAPTURE(text);
    const auto split = split_authority(text);
    REQUIRE(split);
    CHECK(split->host == host);
    CHECK(split->port == port);
  }
}

TEST_CASE("an IPv4 address is four groups of one to three digits") {
  for (const char* address : {"127.0.0.1", "1.2.3.4", "192.168.100.200"}) {
    CAPTURE(address);
    CHECK(is_ipv4(address));
  }
  for (const char* name : {"", "1.2.3", "1.2.3.4.5", "1.2.3.", ".1.2.3", "1..2.3", "1.2.3.4000", "1.2.3.a", "[::1]", "example.com"}) {
    CAPTURE(name);
    CHECK_FALSE(is_ipv4(name));
  }
}

TEST_CASE("what is no authority is refused with the reason") {
  struct Case {
    std::string text;
    std::string says;
  };
  for (const auto& [text, says] :
       {Case{"", "host is missing"}, Case{":80", "host is missing"}, Case{"a:", "port"}, Case{"a:0", "port"}, Case{"a:65536", "port"},
        Case{"a:x", "port"}, Case{"a:+1", "port"}, Case{"a:1:2", "port"}, Case{"::1", "host is missing"}, Case{"[::1", "in brackets"},
        Case{"[]", "in brackets"}, Case{"[::1]x", "follows"}, Case{"[::1]:", "port"}, Case{"a]", "bracket"}, Case{"a[b]:1", "bracket"}}) {
    CAPTURE(text);
    const auto split = split_authority(text);
    REQUIRE_FALSE(split);
    CHECK(split.error().kind == ErrorKind::invalid_argument);
    CHECK(split.error().message.find(says) != std::string::npos);
  }
}

}  // namespace
}  // namespace objectstore::base
