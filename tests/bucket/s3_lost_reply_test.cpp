// Requests that are carried out whole while their reply is lost: exactly one effect, and the right verdict.
#include "bucket/s3_fixture.h"

using namespace objectstore;
using namespace objectstore::testing;

namespace {

/// Loses the replies to the first `count` requests of `method`.
std::function<bool(const ServerRequest&)> lose_first(std::string method, int count) {
  return
      [method = std::move(method), left = count](const ServerRequest& request) mutable { return request.method == method && left-- > 0; };
}

}  // namespace

TEST_CASE("an upload whose reply is lost is stored once more, with the same bytes") {
  FakeS3 s3;
  s3.lose_when(lose_first("PUT", 1));
  S3Fixture fixture(s3.handler());
  const auto uploaded = fixture.bucket()->upload("k", Body::text("hello"));
  REQUIRE(uploaded);
  CHECK(uploaded->attempts == 2);
  CHECK(s3.body_of("media/k") == "hello");
}

TEST_CASE("a create whose replies are lost has one effect and succeeds") {
  const int lost = GENERATE(1, 2, 3);
  CAPTURE(lost);
  FakeS3 s3;
  s3.lose_when(lose_first("PUT", lost));
  S3Fixture fixture(s3.handler());
  const auto uploaded = fixture.bucket()->upload("k", Body::text("hello"), {.condition = CreateOnly{}});
  REQUIRE(uploaded);
  CHECK(uploaded->ref.etag == "5d41402abc4b2a76b9719d911017c592");
  CHECK(s3.effects("PUT media/k") == 1);
}

TEST_CASE("a replacement whose replies are lost has one effect and succeeds") {
  const int lost = GENERATE(1, 2, 3);
  FakeS3 s3;
  S3Fixture fixture(s3.handler());
  const auto bucket = fixture.bucket();
  const auto first = bucket->upload("k", Body::text("one"));
  REQUIRE(first);
  s3.lose_when(lose_first("PUT", lost));
  const auto second = bucket->upload("k", Body::text("two"), {.condition = IfMatch{first->ref.etag}});
  REQUIRE(second);
  CHECK(s3.body_of("media/k") == "two");
  CHECK(s3.effects("PUT media/k") == 2);
}

TEST_CASE("a create that loses to another while its reply is lost does not call the other's object its own") {
  FakeS3 s3;
  S3Fixture fixture(s3.handler());
  // The first request never gets there, the other writer's does; ours is refused then.
  int puts = 0;
  s3.answer_first_with([&](const ServerRequest& request) -> std::optional<ServerReply> {
    if (request.method != "PUT" || ++puts > 1) return std::nullopt;
    s3.store("media/k", FakeS3::Object{"theirs", "e", {}});
    return ServerReply{.raw = "", .reset = true};
  });
  const auto uploaded = fixture.bucket()->upload("k", Body::text("ours"), {.condition = CreateOnly{}});
  CHECK(kind_of(uploaded) == ErrorKind::already_exists);
  CHECK(s3.body_of("media/k") == "theirs");
}

TEST_CASE("a create that is stored, replaced by another and retried under If-Match is unknown, not refused") {
  FakeS3 s3;
  S3Fixture fixture(s3.handler());
  const auto bucket = fixture.bucket();
  const auto first = bucket->upload("k", Body::text("one"));
  REQUIRE(first);
  // Ours lands, its reply is lost, and somebody writes over it.
  s3.lose_when([&s3, n = 0](const ServerRequest& request) mutable {
    if (request.method != "PUT" || n++ > 0) return false;
    s3.store("media/k", FakeS3::Object{"theirs", "e", {}});
    return true;
  });
  CHECK(kind_of(bucket->upload("k", Body::text("two"), {.condition = IfMatch{first->ref.etag}})) == ErrorKind::outcome_unknown);
}

TEST_CASE("a delete whose reply is lost has one effect and succeeds") {
  FakeS3 s3;
  S3Fixture fixture(s3.handler());
  const auto bucket = fixture.bucket();
  REQUIRE(bucket->upload("k", Body::text("x")));
  s3.lose_when(lose_first("DELETE", 2));
  REQUIRE(bucket->delete_object("k"));
  CHECK(s3.effects("DELETE media/k") == 1);
  CHECK(s3.size() == 0);
}

TEST_CASE("a copy whose reply is lost succeeds and holds the source's bytes") {
  FakeS3 s3;
  S3Fixture fixture(s3.handler());
  const auto bucket = fixture.bucket();
  REQUIRE(bucket->upload("from", Body::text("x")));
  s3.lose_when([n = 0](const ServerRequest& request) mutable { return request.headers.find("x-amz-copy-source") != nullptr && n++ == 0; });
  const auto copied = bucket->copy({.key = "from"}, "to");
  REQUIRE(copied);
  CHECK(s3.body_of("media/to") == "x");
}

TEST_CASE("all replies lost: a plain upload is unavailable, and nothing claims success") {
  FakeS3 s3;
  s3.lose_when([](const ServerRequest&) { return true; });
  S3Fixture fixture(s3.handler());
  const auto bucket = fixture.bucket();
  const auto plain = bucket->upload("k", Body::text("x"));
  REQUIRE_FALSE(plain);
  CHECK(plain.error().kind == ErrorKind::unavailable);
  CHECK(plain.error().attempts == 3);
  CHECK(kind_of(bucket->upload("c", Body::text("x"), {.condition = CreateOnly{}})) == ErrorKind::outcome_unknown);
  CHECK(s3.effects("PUT media/c") == 1);
  CHECK(kind_of(bucket->download("k")) == ErrorKind::unavailable);
  CHECK(kind_of(bucket->head("k")) == ErrorKind::unavailable);
}

TEST_CASE("a reply that is cut at any byte never becomes a wrong success") {
  FakeS3 s3;
  S3Fixture fixture(s3.handler());
  const auto bucket = fixture.bucket();
  REQUIRE(bucket->upload("k", Body::text("hello world")));
  const std::string reply = "HTTP/1.1 200 OK\r\nETag: \"5eb63bbbe01eeed093cb22bb8f5acdc3\"\r\nContent-Length: 11\r\n\r\nhello world";
  for (std::size_t cut = 0; cut < reply.size(); ++cut) {
    for (const bool reset : {false, true}) {
      CAPTURE(cut, reset);
      bool first = true;
      s3.answer_first_with([&](const ServerRequest&) -> std::optional<ServerReply> {
        if (!std::exchange(first, false)) return std::nullopt;
        return ServerReply{.raw = reply.substr(0, cut), .reset = reset, .close = !reset};
      });
      fixture.server.forget_requests();
      const auto downloaded = bucket->download("k");
      REQUIRE(downloaded);
      CHECK(downloaded->content == "hello world");
      CHECK(fixture.server.request_count() == 2);
    }
  }
}

TEST_CASE("an upload that is cut at any byte of its request is stored whole by a retry") {
  FakeS3 s3;
  S3Fixture fixture(s3.handler());
  const auto bucket = fixture.bucket();
  for (const std::size_t cut : {1u, 10u, 100u, 300u, 500u, 600u}) {
    CAPTURE(cut);
    fixture.server.close_idle();
    fixture.server.script({read_bytes(cut), reset_connection()});
    const auto uploaded = bucket->upload("k" + std::to_string(cut), Body::text(std::string(200'000, 'x')), {.condition = CreateOnly{}});
    REQUIRE(uploaded);
    CHECK(s3.body_of("media/k" + std::to_string(cut)).size() == 200'000);
  }
}

TEST_CASE("connections that the server closed between requests go unnoticed") {
  FakeS3 s3;
  S3Fixture fixture(s3.handler());
  const auto bucket = fixture.bucket();
  for (int i = 0; i < 20; ++i) {
    REQUIRE(bucket->upload("k" + std::to_string(i), Body::text("x"), {.condition = CreateOnly{}}));
    fixture.server.close_idle();
  }
  for (int i = 0; i < 20; ++i) CHECK(s3.effects("PUT media/k" + std::to_string(i)) == 1);
}
