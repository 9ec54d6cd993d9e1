// Whose certificate is believed, and what a refusal looks like.
#include <openssl/ssl.h>

#include "objectstore/http.h"
#include "support/catch.h"
#include "support/temp_dir.h"
#include "support/tls_server.h"

namespace objectstore {
namespace {

using namespace testing;

HttpReply fetch(const TlsServer& server, const TransportOptions& options, const std::string& name = "127.0.0.1") {
  return make_curl_transport(options)->send({.host = name + ":" + std::to_string(server.port())});
}

TransportOptions trusting(const TlsServer& server) {
  return {.ca_bundle = server.ca_bundle()};
}

}  // namespace

TEST_CASE("a certificate that names the host and comes from the bundle's CA is believed") {
  TlsServer by_ip({.ip_address = "127.0.0.1"});
  auto reply = fetch(by_ip, trusting(by_ip));
  REQUIRE(!reply.error);
  CHECK(reply.body == "secure");

  TlsServer by_name({.dns_name = "localhost"});
  CHECK(!fetch(by_name, trusting(by_name), "localhost").error);
}

TEST_CASE("a certificate that cannot be believed is refused before the request goes out, and the message says why") {
  struct Case {
    std::string what;
    TlsServerOptions certificate;
    std::string says;
  };
  auto [what, certificate, says] = GENERATE(values<Case>({
      {"expired", {.ip_address = "127.0.0.1", .expired = true}, "expired"},
      {"not yet valid", {.ip_address = "127.0.0.1", .not_yet_valid = true}, "not yet valid"},
      {"wrong name", {.dns_name = "example.com"}, "127.0.0.1"},
      {"wrong address", {.ip_address = "127.0.0.2"}, "127.0.0.1"},
      {"a name that holds the address's text", {.dns_name = "127.0.0.1"}, "127.0.0.1"},
      {"self-signed", {.ip_address = "127.0.0.1", .signed_by_ca = false}, "self-signed"},
  }));
  CAPTURE(what);
  TlsServer server(certificate);
  auto reply = fetch(server, trusting(server));
  REQUIRE(reply.error);
  CAPTURE(reply.error->message);
  CHECK(to_string(reply.error->kind) == "permission_denied");
  CHECK(reply.error->message.find("https://127.0.0.1:") != std::string::npos);
  CHECK(reply.error->message.find("certificate was refused") != std::string::npos);
  CHECK(reply.error->message.find(says) != std::string::npos);
  CHECK(reply.sends == 0);
  CHECK(server.requests() == 0);
}

TEST_CASE("a CA that only some bundle knows is not believed by default") {
  TlsServer server({.ip_address = "127.0.0.1"});
  auto reply = fetch(server, {});
  REQUIRE(reply.error);
  CHECK(reply.error->kind == ErrorKind::permission_denied);
}

TEST_CASE("a bare common name that differs from the host is refused although another name in the certificate would do") {
  TlsServer server({.dns_name = "other.example", .common_name = "localhost"});
  auto reply = fetch(server, trusting(server), "localhost");
  REQUIRE(reply.error);
  CHECK(reply.error->kind == ErrorKind::permission_denied);
}

TEST_CASE("a common name is no host's name, even where the certificate has no other") {
  const std::string name = GENERATE(std::string("127.0.0.1"), std::string("localhost"));
  CAPTURE(name);
  TlsServer server({.common_name = name});
  auto careful = make_curl_transport(trusting(server));
  for (int i = 0; i < 3; ++i) {  // again too, when a TLS session could be resumed
    auto reply = careful->send({.host = name + ":" + std::to_string(server.port())});
    REQUIRE(reply.error);
    CAPTURE(reply.error->message);
    CHECK(to_string(reply.error->kind) == "permission_denied");
    CHECK(reply.error->message.find("https://" + name) != std::string::npos);
    CHECK(reply.error->message.find("certificate was refused") != std::string::npos);
    CHECK(reply.sends == 0);
  }
  CHECK(server.requests() == 0);
  CHECK(!fetch(server, {.verify_tls = false}, name).error);
}

TEST_CASE("only the explicit option lets an unbelievable certificate pass") {
  TlsServer server({.dns_name = "example.com", .expired = true, .signed_by_ca = false});
  CHECK(!fetch(server, {.verify_tls = false}).error);
  CHECK(fetch(server, {}).error);
}

TEST_CASE("what one transport was told to believe says nothing to another") {
  TlsServer server({.ip_address = "127.0.0.1", .expired = true});
  auto trustful = make_curl_transport({.verify_tls = false});
  auto careful = make_curl_transport(trusting(server));
  std::string host = "127.0.0.1:" + std::to_string(server.port());
  for (int i = 0; i < 3; ++i) {
    CHECK(!trustful->send({.host = host}).error);
    CHECK(careful->send({.host = host}).error);
  }
}

TEST_CASE("TLS before 1.2 is refused for good, not as a passing fault") {
  TlsServer server({.ip_address = "127.0.0.1", .newest_version = TLS1_1_VERSION});
  auto reply = fetch(server, trusting(server));
  REQUIRE(reply.error);
  CAPTURE(reply.error->message);
  CHECK(to_string(reply.error->kind) == "unsupported");
  CHECK(reply.sends == 0);
}

TEST_CASE("a CA bundle that is missing or none is the caller's mistake") {
  TlsServer server({.ip_address = "127.0.0.1"});
  TempDir dir;
  write_file(dir / "empty.pem", "");
  write_file(dir / "garbage.pem", "no certificate");
  for (const char* name : {"absent.pem", "empty.pem", "garbage.pem"}) {
    CAPTURE(name);
    auto reply = fetch(server, {.ca_bundle = (dir / name).native()});
    REQUIRE(reply.error);
    CAPTURE(reply.error->message);
    CHECK(to_string(reply.error->kind) == "invalid_argument");
    CHECK(reply.sends == 0);
  }
}

TEST_CASE("a server that hangs up during a large upload over TLS does not end the process by SIGPIPE") {
  TlsServer server({.ip_address = "127.0.0.1"});
  auto transport = make_curl_transport(trusting(server));
  const std::string content(8u << 20, 'u');
  for (int i = 0; i < 3; ++i) {
    HttpRequest request{.method = "PUT", .host = "127.0.0.1:" + std::to_string(server.port())};
    request.memory_body = std::as_bytes(std::span(content));
    auto reply = transport->send(request);  // the answer that came first, or the broken connection
    if (reply.error) CHECK(reply.error->kind == ErrorKind::unavailable);
    CHECK(reply.sends == 1);
  }
}

TEST_CASE("connections after the first resume its TLS session") {
  TlsServer server({.ip_address = "127.0.0.1"});
  auto transport = make_curl_transport(trusting(server));
  for (int i = 0; i < 3; ++i) REQUIRE(!transport->send({.host = "127.0.0.1:" + std::to_string(server.port())}).error);
  CHECK(server.requests() == 3);
  CHECK(server.resumed() == 2);
}

}  // namespace objectstore
