// Beside Asio: verbs become operations of Asio's own, for its coroutines, callbacks or futures, on whatever threads run its context.
#include <asio/any_io_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "objectstore/async.h"
#include "objectstore/client.h"

namespace {

using namespace objectstore;

int fail(const Error& error) {
  std::cerr << to_string(error) << '\n';
  return 1;
}

/// Starts `operation`; the completion runs on `executor`, which has work until then. `token` is any completion token for void(Result<T>).
template <class T, class Token>
auto async_perform(AsyncOperation<T> operation, asio::any_io_executor executor, Token&& token) {
  return asio::async_initiate<Token, void(Result<T>)>(
      [](auto handler, AsyncOperation<T> started, const asio::any_io_executor& target) {
        auto done = std::make_shared<decltype(handler)>(std::move(handler));  // a std::function is copied, a handler need not be
        auto work = asio::make_work_guard(target);
        std::move(started).start([done, work](Result<T> outcome) {  // on a thread of the engine
          asio::post(work.get_executor(), [done, outcome = std::move(outcome)]() mutable { (*done)(std::move(outcome)); });
        });
      },
      token, std::move(operation), std::move(executor));
}

/// Reads like blocking code, and blocks no thread of the context.
asio::awaitable<void> copy_note(AsyncBucket bucket, std::string key, int& failures) {
  const auto executor = co_await asio::this_coro::executor;
  auto got = co_await async_perform(bucket.download(key), executor, asio::use_awaitable);
  if (!got) {
    ++failures;
    co_return;
  }
  auto put = co_await async_perform(bucket.upload("copy/" + key, Body::text(std::move(got->content))), executor, asio::use_awaitable);
  if (!put) ++failures;
}

}  // namespace

int main() {
  const auto client = connect({.endpoint = "memory:"});
  if (!client) return fail(client.error());
  if (const auto made = client->create_bucket("media"); !made) return fail(made.error());
  const auto bucket = client->bucket("media");

  asio::io_context context;  // outlives the engine, whose callbacks post to it
  auto engine = AsyncEngine::start({.threads = 1});
  if (!engine) return fail(engine.error());
  const AsyncBucket media(*engine, bucket);

  int failures = 0;  // of the context's one thread alone
  for (int i = 0; i < 100; ++i) {
    const std::string key = "note-" + std::to_string(i);
    if (const auto put = bucket->upload(key, Body::text("bytes")); !put) return fail(put.error());
    asio::co_spawn(context, copy_note(media, key, failures), asio::detached);
  }
  context.run();  // ... beside whatever else it serves

  std::size_t copies = 0;
  for (const auto& entry : list_objects(*bucket, {.prefix = "copy/"})) {
    if (!entry) return fail(entry.error());
    ++copies;
  }
  std::cout << copies << " copies, " << failures << " failures\n";
  return failures == 0 && copies == 100 ? 0 : 1;
}
