// Tests of objects kept per thread, and of what uses them while its thread ends.
#include "base/per_thread.h"

#include <thread>

#include "base/digest.h"
#include "base/encoding.h"
#include "support/catch.h"

namespace objectstore::base {
namespace {

constexpr const char* kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

int* new_number() {
  return new int(7);
}
using Number = PerThread<int, new_number>;

TEST_CASE("each thread keeps one object of its own") {
  const Number mine;
  CHECK(*mine == 7);
  *mine = 8;
  CHECK(&*Number() == &*mine);
  int theirs = 0;
  std::thread([&] { theirs = *Number(); }).join();
  CHECK(theirs == 7);
  CHECK(*mine == 8);
  *mine = 7;
}

/// Made before the thread's first digest, so destroyed after what the thread keeps for digests.
struct HashesLast {
  ~HashesLast() {
    if (out != nullptr) *out = hex(sha256(std::string_view("abc")));
  }
  std::string* out = nullptr;
};

TEST_CASE("a destructor that runs when the thread's objects are gone can still hash") {
  std::string before;
  std::string after;
  std::thread([&] {
    thread_local HashesLast last;
    last.out = &after;
    before = hex(sha256(std::string_view("abc")));
  }).join();
  CHECK(before == kAbc);
  CHECK(after == kAbc);
}

}  // namespace
}  // namespace objectstore::base
