// Very many requests at a time on a few threads: with futures for a script, with coroutines for a flow of steps.
#include <future>
#include <iostream>
#include <string>
#include <vector>

#include "objectstore/async.h"
#include "objectstore/client.h"

namespace {

using namespace objectstore;

int fail(const Error& error) {
  std::cerr << to_string(error) << '\n';
  return 1;
}

/// The least that a coroutine needs to run by itself; a framework brings its own.
struct Task {
  struct promise_type {
    Task get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

/// Each co_await lets the thread go on with other operations.
Task archive(AsyncBucket bucket, std::string key, std::promise<Status>& done) {
  auto text = co_await bucket.download(key);
  if (!text) co_return done.set_value(text.error());
  const UploadOptions create_only{.condition = CreateOnly{}};  // named, as g++ 12 destroys twice what braces make inside a co_await
  auto stored = co_await bucket.upload("archive/" + key, Body::text(std::move(text->content)), create_only);
  if (!stored) co_return done.set_value(stored.error());
  done.set_value(co_await bucket.delete_object(key));
}

}  // namespace

int main() {
  const auto client = connect({.endpoint = "memory:"});  // or "https://...", where it pays
  if (!client) return fail(client.error());
  if (const auto made = client->create_bucket("media"); !made) return fail(made.error());

  auto engine = AsyncEngine::start();  // one in a program is enough
  if (!engine) return fail(engine.error());
  const AsyncBucket media(*engine, client->bucket("media"));

  // A thousand uploads, started at once, waited for one after the other.
  std::vector<std::future<Result<Uploaded>>> uploads;
  for (int i = 0; i < 1000; ++i) uploads.push_back(media.upload("note-" + std::to_string(i), Body::text("n")).as_future());
  for (auto& upload : uploads) {
    if (const auto put = upload.get(); !put) return fail(put.error());
  }

  std::vector<std::promise<Status>> archived(1000);
  for (std::size_t i = 0; i < archived.size(); ++i) archive(media, "note-" + std::to_string(i), archived[i]);
  for (auto& each : archived) {
    if (const auto status = each.get_future().get(); !status) return fail(status.error());
  }

  const auto left = media.list({.prefix = "note-"}).as_future().get();
  if (!left) return fail(left.error());
  std::cout << left->objects.size() << " notes left\n";
  return left->objects.empty() ? 0 : 1;
}
