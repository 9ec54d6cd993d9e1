// A bucket's folder is deleted while others write to it.
#include <algorithm>
#include <barrier>
#include <chrono>
#include <thread>

#include "bucket/directory_fixture.h"

using namespace objectstore;
using namespace objectstore::testing;

namespace {

using SteadyClock = std::chrono::steady_clock;

/// How much sooner one side starts than the other, steered to where the winner changes: whoever wins starts later the next time, and the
/// later the more often it wins in a row. So both win in the end, however the threads are scheduled.
class HeadStart {
 public:
  [[nodiscard]] SteadyClock::duration of_writer() const { return std::max(-lead_, SteadyClock::duration{}); }
  [[nodiscard]] SteadyClock::duration of_deleter() const { return std::max(lead_, SteadyClock::duration{}); }
  void won_by(bool deleter) {
    step_ = deleter == last_ ? std::min<SteadyClock::duration>(2 * step_, std::chrono::milliseconds(20))
                             : std::max<SteadyClock::duration>(step_ / 4, std::chrono::microseconds(1));
    lead_ += deleter ? -step_ : step_;
    last_ = deleter;
  }

 private:
  SteadyClock::duration lead_{};  ///< of the deleter
  SteadyClock::duration step_ = std::chrono::microseconds(10);
  bool last_ = false;
};

/// Leaves the processor to the other side, should there be one only.
void hold_back(SteadyClock::duration pause) {
  for (const auto start = SteadyClock::now(); SteadyClock::now() - start < pause;) std::this_thread::yield();
}

}  // namespace

TEST_CASE("deleting a bucket never takes an object along whose writer was told that it is stored") {
  constexpr int kEach = 100;
  const TempDir root;
  const Client store = directory::connect_to(root.path(), {.durable = false});
  const Client other = directory::connect_to(root.path(), {.durable = false});
  const std::string key = GENERATE(std::string("plain"), std::string("mapped//key"));
  const auto bucket = store.bucket("media");
  UploadOptions options;
  options.content_type = "text/x-mark";
  const auto lost = [&]() -> std::string {
    const auto info = bucket->head(key);
    if (!info) return info.error().message;
    return info->content_type == "text/x-mark" ? "" : "its attributes are " + info->content_type;
  };

  // Handed from one thread to the other at the barrier.
  HeadStart head_start;
  bool over = false;
  Status deleted;
  std::barrier meet(2);
  std::thread deleter([&] {
    while (true) {
      meet.arrive_and_wait();
      if (over) return;
      hold_back(head_start.of_writer());
      deleted = other.delete_bucket("media");
      meet.arrive_and_wait();
    }
  });
  int uploads = 0;
  int deletions = 0;
  std::string wrong;
  const auto limit = SteadyClock::now() + std::chrono::seconds(40);
  while (wrong.empty() && (uploads < kEach || deletions < kEach) && SteadyClock::now() < limit) {
    if (!store.bucket_exists("media").value_or(false) && !store.create_bucket("media")) {
      wrong = "there is no bucket";
      break;
    }
    meet.arrive_and_wait();
    hold_back(head_start.of_deleter());
    const auto uploaded = bucket->upload(key, Body::view(std::string_view("kept")), options);
    if (uploaded) wrong = lost();
    meet.arrive_and_wait();
    if (uploaded) {
      ++uploads;
      if (wrong.empty()) wrong = lost();
      if (wrong.empty() && deleted) wrong = "the bucket was said to be deleted";
      static_cast<void>(bucket->delete_object(key));
    }
    if (deleted) ++deletions;
    if (uploaded.has_value() != deleted.has_value()) head_start.won_by(deleted.has_value());
  }
  over = true;
  meet.arrive_and_wait();
  deleter.join();
  CHECK(wrong.empty());
  CHECK(uploads > 0);
  CHECK(deletions > 0);
}

TEST_CASE("a bucket whose deletion broke off half-way takes objects again") {
  const TempDir root;
  const auto store = connect({.endpoint = "file:" + root.path().native()});
  REQUIRE(store);
  REQUIRE(store->create_bucket("media"));
  const auto bucket = store->bucket("media");
  REQUIRE(bucket->upload("before", Body::view(std::string_view("x"))));
  const std::string gone =
      GENERATE(std::string("meta"), std::string("keys"), std::string("tmp"), std::string("format"), std::string("lock"));
  std::filesystem::remove_all(root / "media/.objectstore" / gone);
  CHECK(bucket->upload("plain", Body::view(std::string_view("y"))));
  CHECK(bucket->upload("mapped//key", Body::view(std::string_view("z"))));
  CHECK(bucket->head("plain"));
  CHECK(bucket->head("mapped//key"));
}
