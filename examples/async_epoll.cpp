// Beside an event loop of your own: callbacks hand what arrived to the loop's thread, and an eventfd wakes it.
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <functional>
#include <iostream>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "objectstore/async.h"
#include "objectstore/client.h"

namespace {

using namespace objectstore;

int fail(const Error& error) {
  std::cerr << to_string(error) << '\n';
  return 1;
}

/// What other threads want done on the loop's own. Thread-safety: `post` from any thread, the rest from the loop's.
class Mailbox {
 public:
  Mailbox() : event_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}
  ~Mailbox() { ::close(event_); }
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  [[nodiscard]] int descriptor() const { return event_; }
  void post(std::function<void()> work) {
    const std::lock_guard lock(mutex_);
    work_.push_back(std::move(work));
    const std::uint64_t one = 1;
    static_cast<void>(::write(event_, &one, sizeof one));
  }
  void run_all() {
    std::uint64_t count = 0;
    static_cast<void>(::read(event_, &count, sizeof count));
    std::vector<std::function<void()>> work;
    {
      const std::lock_guard lock(mutex_);
      work.swap(work_);
    }
    for (const auto& each : work) each();
  }

 private:
  const int event_;
  std::mutex mutex_;
  std::vector<std::function<void()>> work_;  ///< guarded by mutex_
};

}  // namespace

int main() {
  const auto client = connect({.endpoint = "memory:"});
  if (!client) return fail(client.error());
  if (const auto made = client->create_bucket("media"); !made) return fail(made.error());

  Mailbox mailbox;  // outlives the engine, whose callbacks use it
  // A loop must not block: `waiting()` says how full the queue is, and this one is never filled.
  auto engine = AsyncEngine::start({.threads = 1, .max_running = 256});
  if (!engine) return fail(engine.error());
  const AsyncBucket media(*engine, client->bucket("media"));

  int left = 100;  // of the loop's thread alone, as all that the posted functions touch
  int failures = 0;
  const auto finished = [&](const Result<Downloaded>& got) {
    if (!got) std::cerr << to_string(got.error()) << '\n';
    if (!got) ++failures;
    --left;
  };
  for (int i = 0; i < left; ++i) {
    const std::string key = "object-" + std::to_string(i);
    media.upload(key, Body::text("bytes")).start([&, key](const Result<Uploaded>& put) {  // on the engine's thread
      if (!put) return mailbox.post([&, error = put.error()] { finished(error); });
      media.download(key).start([&](Result<Downloaded> got) { mailbox.post([&, got = std::move(got)] { finished(got); }); });
    });
  }

  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  epoll_event wanted{};
  wanted.events = EPOLLIN;
  wanted.data.fd = mailbox.descriptor();
  if (epoll < 0 || ::epoll_ctl(epoll, EPOLL_CTL_ADD, mailbox.descriptor(), &wanted) != 0) return 1;
  while (left > 0) {
    epoll_event event{};
    if (::epoll_wait(epoll, &event, 1, -1) == 1 && event.data.fd == mailbox.descriptor()) mailbox.run_all();
    // ... and here whatever else the loop serves
  }
  ::close(epoll);
  std::cout << "100 objects up and down, " << failures << " failures\n";
  return failures == 0 ? 0 : 1;
}
