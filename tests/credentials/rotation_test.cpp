// Shared files that change while they are used.
#include <atomic>
#include <thread>
#include <vector>

#include "credentials/fixture.h"
#include "credentials/providers.h"
#include "support/catch.h"

using namespace objectstore;
using objectstore::testing::Home;
using objectstore::testing::write_file;

namespace {

std::string pair_text(const std::string& name) {
  return "[default]\naws_access_key_id = id-" + name + "\naws_secret_access_key = secret-" + name + "\naws_session_token = token-" + name +
         "\n";
}

/// The name, when all three values are of one pair.
std::string pair_name(const Credentials& credentials) {
  const std::string name = credentials.access_key_id.substr(3);
  if (credentials.secret_access_key.reveal() != "secret-" + name || credentials.session_token.reveal() != "token-" + name) return "mixed";
  return name;
}

const SystemTime kLongAfter{std::chrono::hours(24 * 365 * 100)};  ///< all changes

/// Counts how often a file is read: the provider asks for the time once a reading.
class CountingClock final : public Clock {
 public:
  [[nodiscard]] SystemTime now() const override {
    ++readings;
    return time;
  }
  [[nodiscard]] SteadyTime steady_now() const override { return {}; }
  bool sleep(std::chrono::milliseconds, const CancelToken*) override { return true; }
  SystemTime time = kLongAfter;
  mutable std::atomic<int> readings = 0;
};

}  // namespace

TEST_CASE("ten thousand requests around one rotation read the file twice") {
  const Home home;
  home.write_credentials(pair_text("1"));
  const auto clock = std::make_shared<CountingClock>();
  const auto provider = credentials::profile_provider({}, home.environment(), clock);
  const auto ask = [&] {
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 8; ++thread) {
      threads.emplace_back([&] {
        for (int i = 0; i < 625; ++i) (void)provider->credentials();
      });
    }
    for (auto& thread : threads) thread.join();
  };
  ask();
  CHECK(clock->readings == 1);
  home.write_credentials(pair_text("second"));
  ask();
  CHECK(clock->readings == 2);
  CHECK(pair_name(*provider->credentials()) == "second");
}

TEST_CASE("a changed file is read again") {
  const Home home;
  home.write_credentials(pair_text("1"));
  const auto provider = credentials::profile_provider({}, home.environment(), std::make_shared<CountingClock>());
  REQUIRE(provider->credentials());
  CHECK(pair_name(*provider->credentials()) == "1");

  SECTION("replaced by a rename") {
    write_file(home.folder / "next", pair_text("2"));
    std::filesystem::rename(home.folder / "next", home.credentials());
    CHECK(pair_name(*provider->credentials()) == "2");
  }
  SECTION("written over with another size") {
    home.write_credentials(pair_text("longer"));
    CHECK(pair_name(*provider->credentials()) == "longer");
  }
  SECTION("removed, and back again") {
    std::filesystem::remove(home.credentials());
    CHECK(kind_of(provider->credentials()) == ErrorKind::not_found);
    home.write_credentials(pair_text("3"));
    CHECK(pair_name(*provider->credentials()) == "3");
  }
  SECTION("broken, and mended") {
    home.write_credentials("nonsense\n");
    CHECK(kind_of(provider->credentials()) == ErrorKind::unauthenticated);
    home.write_credentials(pair_text("4"));
    CHECK(pair_name(*provider->credentials()) == "4");
  }
  SECTION("a config file that appears is seen, and goes behind the credentials file") {
    home.write_config(pair_text("5"));
    CHECK(pair_name(*provider->credentials()) == "1");
    std::filesystem::remove(home.credentials());
    CHECK(pair_name(*provider->credentials()) == "5");
  }
}

TEST_CASE("a file is read again as long as its last change is so fresh that another could look the same") {
  const Home home;
  home.write_credentials(pair_text("a"));
  const auto clock = std::make_shared<CountingClock>();
  clock->time = SystemTime{};  // before every change
  const auto provider = credentials::profile_provider({}, home.environment(), clock);
  for (int i = 1; i <= 3; ++i) {
    CHECK(pair_name(*provider->credentials()) == "a");
    CHECK(clock->readings == i);
  }
  clock->time = kLongAfter;
  (void)provider->credentials();
  (void)provider->credentials();
  CHECK(clock->readings == 4);
}

TEST_CASE("sixteen threads see whole pairs only, while the file is replaced a thousand times") {
  const Home home;
  home.write_credentials(pair_text("0"));
  const auto provider = credentials::profile_provider({}, home.environment(), system_clock());
  std::atomic<bool> stop = false;
  std::atomic<int> wrong = 0;
  std::atomic<int> backwards = 0;
  std::atomic<long> asked = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < 16; ++i) {
    readers.emplace_back([&] {
      int last = 0;
      while (!stop) {
        const auto credentials = provider->credentials();
        ++asked;
        if (!credentials || pair_name(*credentials) == "mixed") {
          ++wrong;
          continue;
        }
        const int seen = std::stoi(pair_name(*credentials));
        if (seen < last) ++backwards;
        last = seen;
      }
    });
  }
  constexpr int kRounds = 1000;
  for (int round = 1; round <= kRounds; ++round) {
    write_file(home.folder / "next", pair_text(std::to_string(round)));
    std::filesystem::rename(home.folder / "next", home.credentials());
  }
  while (asked < 1000) std::this_thread::yield();
  stop = true;
  for (auto& reader : readers) reader.join();
  CHECK(pair_name(*provider->credentials()) == std::to_string(kRounds));
  CHECK(wrong == 0);
  CHECK(backwards == 0);
}
