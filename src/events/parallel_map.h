// Many independent requests at once, their results in order.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <optional>
#include <span>
#include <system_error>
#include <thread>
#include <type_traits>
#include <vector>

namespace objectstore::events {

/// `call` of each item, on up to `threads` threads (this one among them). One result an item, none of them empty. `call` must be safe to
/// call concurrently and must not throw.
template <class Item, class Call>
auto parallel_map(std::span<const Item> items, unsigned threads, const Call& call) {
  using Out = std::invoke_result_t<const Call&, const Item&>;
  std::vector<std::optional<Out>> results(items.size());
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < items.size(); i = next++) results[i].emplace(call(items[i]));
  };
  std::vector<std::jthread> others;
  const std::size_t wanted = std::min<std::size_t>(std::max(1u, threads), items.size());
  for (std::size_t i = 1; i < wanted; ++i) {
    try {
      others.emplace_back(work);
    } catch (const std::system_error&) {
      break;  // no more threads to be had: the ones there are do it
    }
  }
  work();
  others.clear();
  return results;
}

}  // namespace objectstore::events
