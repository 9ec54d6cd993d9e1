// A pipe between two threads.
#include "transfer/pipe.h"

#include <atomic>
#include <string>
#include <thread>

#include "support/catch.h"

using namespace objectstore;
using objectstore::transfer::Pipe;

namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

}  // namespace

TEST_CASE("what goes into a pipe comes out in order, through any capacity") {
  std::string content;
  for (int i = 0; i < 5000; ++i) content += std::to_string(i) + " ";
  for (const std::size_t capacity : {1U, 7U, 1000U, 100'000U}) {
    CAPTURE(capacity);
    Pipe pipe(capacity);
    std::thread writer([&] {
      std::string_view rest = content;
      for (std::size_t size = 1; !rest.empty(); size = size * 3 % 997) {
        const std::string_view piece = rest.substr(0, size);
        if (!pipe.write(bytes_of(piece))) break;
        rest.remove_prefix(piece.size());
      }
      pipe.end({});
    });
    std::string got;
    std::string block(313, '\0');
    while (true) {
      const auto count = pipe.read(std::as_writable_bytes(std::span(block)));
      REQUIRE(count);
      if (*count == 0) break;
      got.append(block, 0, *count);
    }
    writer.join();
    CHECK(got == content);
  }
}

TEST_CASE("the reader gets the writer's error behind the bytes before it") {
  Pipe pipe(10);
  REQUIRE(pipe.write(bytes_of("abc")));
  pipe.end(Error{.kind = ErrorKind::corrupt});
  std::string block(10, '\0');
  CHECK(*pipe.read(std::as_writable_bytes(std::span(block))) == 3);
  CHECK(kind_of(pipe.read(std::as_writable_bytes(std::span(block)))) == ErrorKind::corrupt);
}

TEST_CASE("a reader that goes ends the writer, even in mid-wait") {
  Pipe pipe(4);
  std::atomic<bool> cancelled = false;
  std::thread writer([&] { cancelled = kind_of(pipe.write(bytes_of("more than fits"))) == ErrorKind::cancelled; });
  pipe.close();
  writer.join();
  CHECK(cancelled);
}
