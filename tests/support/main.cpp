// The main function of every Catch2 test program. With OBJECTSTORE_TEST_ON_FIBER set all cases run on a fiber of a reactor, where requests and
// sleeps pause instead of blocking: nothing that a caller can see may differ.
#define CATCH_CONFIG_RUNNER
#include <cstdlib>

#include "support/catch.h"
#include "support/on_fiber.h"

int main(int argc, char** argv) {
  const auto run = [&] { return Catch::Session().run(argc, argv); };
  if (std::getenv("OBJECTSTORE_TEST_ON_FIBER") == nullptr) return run();
  return objectstore::testing::on_fiber(run);
}
