// The process around the transport: proxies from the environment, and children that are forked under it.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "objectstore/http.h"
#include "support/catch.h"
#include "support/quiet_fork.h"
#include "support/scripted_server.h"

namespace objectstore {
namespace {

using namespace testing;

/// Sets an environment variable for one test.
class Environment {
 public:
  Environment(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
  ~Environment() { ::unsetenv(name_); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  const char* name_;
};

}  // namespace

TEST_CASE("http_proxy is asked for plain requests, with the path as it is") {
  ScriptedServer proxy([](const ServerRequest&) { return ServerReply{.body = "via proxy"}; });
  Environment environment("http_proxy", proxy.endpoint());
  auto reply = make_curl_transport({})->send({.scheme = "http", .host = "storage.invalid", .path = "/b/../a//%2e"});
  REQUIRE(!reply.error);
  CHECK(reply.body == "via proxy");
  CHECK(reply.sends == 1);
  auto request = proxy.requests().at(0);
  CHECK(request.target == "http://storage.invalid/b/../a//%2e");
  CHECK(request.headers.get("host") == "storage.invalid");
}

TEST_CASE("a transport that was made without a proxy in the environment asks none later") {
  ScriptedServer proxy([](const ServerRequest&) { return ServerReply{.body = "via proxy"}; });
  ScriptedServer server([](const ServerRequest&) { return ServerReply{.body = "direct"}; });
  const HttpRequest request{.scheme = "http", .host = server.host()};
  const auto made_before = make_curl_transport({});
  {
    Environment environment("all_proxy", proxy.endpoint());
    CHECK(made_before->send(request).body == "direct");
    CHECK(make_curl_transport({})->send(request).body == "via proxy");
    Environment except("NO_PROXY", "127.0.0.1");
    CHECK(make_curl_transport({})->send(request).body == "direct");
  }
  CHECK(make_curl_transport({})->send(request).body == "direct");
}

TEST_CASE("a proxy that refuses a tunnel is a typed error, and the request was not sent") {
  struct Case {
    std::string what;
    std::string answer;
    ErrorKind kind;
  };
  auto [what, answer, kind] = GENERATE(values<Case>({
      {"wants credentials", "HTTP/1.1 407 Auth\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n", ErrorKind::unauthenticated},
      {"forbids", "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", ErrorKind::unavailable},
      {"cannot reach it", "HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n", ErrorKind::unavailable},
      {"hangs up", "", ErrorKind::unavailable},
  }));
  CAPTURE(what);
  ScriptedServer proxy;
  proxy.script({read_request(), send_bytes(answer), close_connection()});
  Environment environment("https_proxy", proxy.endpoint());
  auto reply = make_curl_transport({})->send({.host = "storage.invalid"});
  REQUIRE(reply.error);
  CAPTURE(reply.error->message);
  CHECK(to_string(reply.error->kind) == to_string(kind));
  CHECK(reply.sends == 0);
  CHECK(reply.status == 0);
  CHECK(reply.headers.size() == 0);
  CHECK(proxy.requests().at(0).method == "CONNECT");
}

TEST_CASE("a proxy that never ends its answer ends at the connect limit, in bounded memory") {
  for (const char* endless : {"X-A: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}) {
    CAPTURE(endless);
    std::string piece;
    for (int i = 0; i < 1000; ++i) piece += endless;
    ScriptedServer proxy;
    proxy.script({read_request(), send_bytes("HTTP/1.1 200 OK\r\n"), send_forever(piece)});
    Environment environment("https_proxy", proxy.endpoint());
    auto reply = make_curl_transport({.connect_timeout = std::chrono::milliseconds(300)})->send({.host = "storage.invalid"});
    REQUIRE(reply.error);
    CAPTURE(reply.error->message);
    CHECK((reply.error->kind == ErrorKind::timeout || reply.error->kind == ErrorKind::unavailable ||
           reply.error->kind == ErrorKind::corrupt));
    CHECK(reply.sends == 0);
  }
}

TEST_CASE("a forked child opens connections of its own, and its parent's live on") {
  ScriptedServer server([](const ServerRequest& request) { return ServerReply{.body = request.path}; });
  auto transport = make_curl_transport({});
  auto fetch = [&](const char* path) {
    auto reply = transport->send({.scheme = "http", .host = server.host(), .path = path});
    return !reply.error && reply.body == path;
  };
  REQUIRE(fetch("/parent/1"));
  pid_t child = fork_while_others_sleep();  // the server's
  REQUIRE(child >= 0);
  if (child == 0) {
    bool right = fetch("/child/1") && fetch("/child/2");
    transport.reset();  // closes nothing of the parent's
    ::_exit(right ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(fetch("/parent/2"));
  CHECK(server.connections() == 2);
  for (const auto& request : server.requests()) CHECK(request.connection == (request.path.starts_with("/parent") ? 1 : 2));
}

}  // namespace objectstore
