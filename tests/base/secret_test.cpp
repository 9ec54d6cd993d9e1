// Tests of Secret: copies, moves, comparison, and that nothing of it stays behind.
#include <array>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>

#include "objectstore/credentials.h"
#include "support/catch.h"

namespace objectstore {
namespace {

template <class T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};
static_assert(!Printable<Secret>, "a secret must not be printable by accident");
static_assert(!std::is_convertible_v<Secret, std::string> && !std::is_convertible_v<Secret, std::string_view>);

TEST_CASE("a secret keeps its value through copies and moves") {
  for (const std::string& text : {std::string("short"), std::string("much longer than what fits into a string object itself")}) {
    Secret a(text);
    Secret b(a);
    CHECK(b.reveal() == text);
    Secret c(std::move(a));
    CHECK(c.reveal() == text);
    CHECK(a.empty());  // NOLINT(bugprone-use-after-move): that nothing stays behind is the point
    Secret d;
    CHECK(d.empty());
    d = c;
    CHECK(d.reveal() == text);
    d = "other";
    CHECK(d.reveal() == "other");
    d = std::move(c);
    CHECK(d.reveal() == text);
    CHECK(c.empty());  // NOLINT(bugprone-use-after-move)
    const Secret& self = d;
    d = self;
    CHECK(d.reveal() == text);
  }
}

TEST_CASE("secrets compare by value") {
  CHECK(Secret("a") == Secret("a"));
  CHECK_FALSE(Secret("a") == Secret("b"));
  CHECK_FALSE(Secret("a") == Secret("aa"));
  CHECK(Secret() == Secret(""));
}

TEST_CASE("a short secret leaves nothing in the memory where it, or what it was moved from, stood") {
  constexpr std::string_view kText = "tell-no-one";
  alignas(Secret) std::array<unsigned char, sizeof(Secret)> first{};
  alignas(Secret) std::array<unsigned char, sizeof(Secret)> second{};
  const auto holds = [&](const auto& memory) {
    return std::string_view(reinterpret_cast<const char*>(memory.data()), memory.size()).find(kText) != std::string_view::npos;
  };
  auto* a = new (first.data()) Secret(kText);
  REQUIRE(holds(first));
  auto* b = new (second.data()) Secret(std::move(*a));
  CHECK_FALSE(holds(first));
  REQUIRE(holds(second));
  *a = std::move(*b);
  CHECK_FALSE(holds(second));
  REQUIRE(holds(first));
  *a = Secret();
  CHECK_FALSE(holds(first));
  *a = kText;
  REQUIRE(holds(first));
  a->~Secret();
  b->~Secret();
  CHECK_FALSE(holds(first));
}

}  // namespace
}  // namespace objectstore
