// Body sources: sizes, bytes, rewinding, and files and functions that misbehave.
#include "objectstore/body.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <memory>
#include <stdexcept>
#include <vector>

#include "io/exact_reader.h"
#include "support/catch.h"
#include "support/temp_dir.h"
#include "support/unprivileged.h"

namespace objectstore {
namespace {

using namespace testing;

/// Everything a source gives, in pieces of `step` bytes.
Result<std::string> drain(BodySource& source, std::size_t step = 7) {
  std::string all;
  std::vector<std::byte> piece(step);
  for (;;) {
    auto count = source.read(piece);
    if (!count) return std::move(count).error();
    if (*count == 0) return all;
    all.append(reinterpret_cast<const char*>(piece.data()), *count);
  }
}

/// A stream that gives `content` at most `step` bytes at a time.
Body stream_of(std::string content, std::uint64_t declared, std::size_t step = 5) {
  auto position = std::make_shared<std::size_t>(0);
  auto read = [content = std::move(content), position, step](std::span<std::byte> out) -> Result<std::size_t> {
    std::size_t count = std::min({out.size(), step, content.size() - *position});
    if (count > 0) std::memcpy(out.data(), content.data() + *position, count);
    *position += count;
    return count;
  };
  return Body::stream(declared, read, [position]() -> Status {
    *position = 0;
    return {};
  });
}

}  // namespace

TEST_CASE("every kind of body gives its bytes, and again after a rewind") {
  const std::string content = std::string("some bytes \0 with a NUL", 23);
  TempDir dir;
  write_file(dir / "f", content);
  struct Case {
    std::string what;
    std::function<Body()> make;
    bool in_memory;
  };
  const std::vector<Case> cases = {
      {"view", [&] { return Body::view(content); }, true},
      {"view of bytes", [&] { return Body::view(std::as_bytes(std::span(content))); }, true},
      {"text", [&] { return Body::text(content); }, true},
      {"file", [&] { return Body::file(dir / "f"); }, false},
      {"stream", [&] { return stream_of(content, content.size()); }, false},
  };
  for (const auto& [what, make, in_memory] : cases) {
    CAPTURE(what);
    Body body = make();
    Body moved = std::move(body);
    BodySource& source = moved.source();
    CHECK(source.size().value() == content.size());
    CHECK(source.memory().has_value() == in_memory);
    CHECK(drain(source).value() == content);
    CHECK(drain(source).value().empty());
    REQUIRE(source.rewind());
    CHECK(source.size().value() == content.size());
    CHECK(drain(source, 1000).value() == content);
  }
}

TEST_CASE("a short text survives the move of its body") {
  Body body = Body::text("short");  // in the string's own buffer
  Body moved = std::move(body);
  CHECK(drain(moved.source()).value() == "short");
}

TEST_CASE("an empty body of every kind is empty") {
  TempDir dir;
  write_file(dir / "f", "");
  for (auto* make : {+[](const TempDir&) { return Body::view(std::string_view()); }, +[](const TempDir&) { return Body::text(""); },
                     +[](const TempDir& folder) { return Body::file(folder / "f"); }, +[](const TempDir&) { return stream_of("", 0); }}) {
    Body body = make(dir);
    CHECK(body.source().size().value() == 0u);
    CHECK(drain(body.source()).value().empty());
  }
}

TEST_CASE("a file that is missing, a folder, a device or a FIFO is a typed error that names it") {
  TempDir dir;
  REQUIRE(::mkfifo((dir / "fifo").c_str(), 0600) == 0);
  write_file(dir / "file", "x");
  struct Case {
    std::filesystem::path path;
    ErrorKind kind;
  };
  for (const auto& [path, kind] : {Case{dir / "absent", ErrorKind::not_found}, Case{dir / "absent/below", ErrorKind::not_found},
                                   Case{dir / "file/below", ErrorKind::not_found}, Case{dir.path(), ErrorKind::invalid_argument},
                                   Case{"/dev/null", ErrorKind::invalid_argument}, Case{dir / "fifo", ErrorKind::invalid_argument},
                                   Case{"", ErrorKind::not_found}, Case{dir / std::string(300, 'n'), ErrorKind::invalid_argument}}) {
    CAPTURE(path);
    Body body = Body::file(path);
    auto size = body.source().size();
    REQUIRE(!size);
    CHECK(to_string(size.error().kind) == to_string(kind));
    CHECK(size.error().message.find(path.native()) != std::string::npos);
  }
}

TEST_CASE("a file that may not be read is permission_denied") {
  TempDir dir;
  write_file(dir / "f", "x");
  REQUIRE(::chmod((dir / "f").c_str(), 0) == 0);
  const Unprivileged user(dir.path());
  Body body = Body::file(dir / "f");
  CHECK(kind_of(body.source().size()) == ErrorKind::permission_denied);
}

TEST_CASE("a file's size is fixed when the upload begins: one that grows or shrinks fails") {
  TempDir dir;
  write_file(dir / "f", "0123456789");
  Body body = Body::file(dir / "f");
  std::uint64_t size = **body.source().size();
  SECTION("grown") {
    write_file(dir / "f", "0123456789X");
  }
  SECTION("shrunk") {
    REQUIRE(::truncate((dir / "f").c_str(), 5) == 0);
  }
  CHECK(**body.source().size() == size);
  io::ExactReader reader(body.source(), size);
  std::string got;
  std::array<std::byte, 4> piece;
  for (;;) {
    auto count = reader.read(piece);
    if (!count) {
      CHECK(count.error().kind == ErrorKind::invalid_argument);
      break;
    }
    REQUIRE(*count > 0);
    got.append(reinterpret_cast<const char*>(piece.data()), *count);
  }
  CHECK(got.size() < 10);  // the last byte was never handed out
}

TEST_CASE("a stream without a rewind function can be read once") {
  Body body = Body::stream(1, [](std::span<std::byte>) -> Result<std::size_t> { return std::size_t{1}; });
  CHECK(!body.source().rewindable());
  CHECK(body.source().rewind());  // nothing was read yet
  std::byte one{};
  REQUIRE(body.source().read({&one, 1}));
  auto rewound = body.source().rewind();
  REQUIRE(kind_of(rewound) == ErrorKind::unsupported);
  CHECK(rewound.error().message.find("cannot rewind") != std::string::npos);
  CHECK(stream_of("x", 1).source().rewindable());
  CHECK(Body::text("x").source().rewindable());
}

TEST_CASE("what a stream's functions throw, overstate or lack is an error") {
  std::array<std::byte, 4> room;
  Body throwing = Body::stream(
      1, [](std::span<std::byte>) -> Result<std::size_t> { throw std::runtime_error("boom"); }, []() -> Status { throw 1; });
  auto read = throwing.source().read(room);
  REQUIRE(kind_of(read) == ErrorKind::internal);
  CHECK(read.error().message.find("boom") != std::string::npos);
  CHECK(kind_of(throwing.source().rewind()) == ErrorKind::internal);

  Body overstating = Body::stream(1, [](std::span<std::byte> out) -> Result<std::size_t> { return out.size() + 1; });
  CHECK(kind_of(overstating.source().read(room)) == ErrorKind::invalid_argument);

  Body lacking = Body::stream(1, nullptr);
  CHECK(kind_of(lacking.source().size()) == ErrorKind::invalid_argument);
}

TEST_CASE("the exact reader hands out the declared bytes, and the last only when nothing follows") {
  struct Case {
    std::string what;
    std::size_t has;
    std::size_t declared;
  };
  auto [what, has, declared] = GENERATE(values<Case>({{"equal", 20, 20},
                                                      {"one short", 19, 20},
                                                      {"nothing", 0, 20},
                                                      {"one long", 21, 20},
                                                      {"much long", 100, 20},
                                                      {"both empty", 0, 0},
                                                      {"one instead of none", 1, 0}}));
  std::size_t step = GENERATE(std::size_t{1}, std::size_t{3}, std::size_t{20}, std::size_t{64});
  std::size_t room = GENERATE(std::size_t{1}, std::size_t{7}, std::size_t{20}, std::size_t{64});
  CAPTURE(what, step, room);
  const std::string content(has, 'x');
  Body body = stream_of(content, declared, step);
  io::ExactReader reader(body.source(), declared);
  for (int round = 0; round < 2; ++round) {  // the second after a rewind
    std::string got;
    std::vector<std::byte> piece(room);
    std::optional<Error> error;
    for (;;) {
      auto count = reader.read(piece);
      if (!count) {
        error = count.error();
        break;
      }
      if (*count == 0) break;
      got.append(reinterpret_cast<const char*>(piece.data()), *count);
    }
    if (has == declared) {
      CHECK(!error);
      CHECK(got == content);
      CHECK(reader.read(piece).value() == 0);
    } else {
      REQUIRE(error);
      CHECK(error->kind == ErrorKind::invalid_argument);
      CHECK((declared == 0 || got.size() < declared));
      CHECK(kind_of(reader.read(piece)) == ErrorKind::invalid_argument);  // it stays so
    }
    REQUIRE(reader.rewind());
  }
}

TEST_CASE("the exact reader hands on the source's own error, at whichever byte it comes") {
  for (std::size_t fails_at = 0; fails_at <= 10; ++fails_at) {
    CAPTURE(fails_at);
    std::size_t given = 0;
    Body body = Body::stream(10, [&](std::span<std::byte> out) -> Result<std::size_t> {
      if (given == fails_at) return Error{.kind = ErrorKind::permission_denied, .message = "no more"};
      std::size_t count = std::min({out.size(), std::size_t{3}, fails_at - given});
      given += count;
      return count;
    });
    io::ExactReader reader(body.source(), 10);
    std::size_t got = 0;
    std::array<std::byte, 4> piece;
    for (;;) {
      auto count = reader.read(piece);
      if (!count) {
        CHECK(count.error().message == "no more");
        break;
      }
      REQUIRE(*count > 0);
      got += *count;
    }
    CHECK(got < 10);
  }
}

}  // namespace objectstore
