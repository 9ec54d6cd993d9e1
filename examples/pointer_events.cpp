// The pointer event store: a payload goes to the bucket under a key that holds its metadata, then a small pointer goes out.
// Replay lists keys and emits their pointers again.
#include <iostream>

#include "objectstore/client.h"
#include "objectstore/events.h"

namespace {

int fail(const objectstore::Error& error) {
  std::cerr << objectstore::to_string(error) << '\n';
  return 1;
}

}  // namespace

int main() {
  using objectstore::Body;
  const auto client = objectstore::connect({.endpoint = "memory:"});
  if (!client) return fail(client.error());
  if (const auto made = client->create_bucket("events"); !made) return fail(made.error());

  const auto layout = objectstore::KeyTemplate::parse("{company}/orders/{entity}/v{version:int}/{event}/{timestamp}.json");
  if (!layout) return fail(layout.error());
  const auto emitter = objectstore::make_emitter("stdout:");  // or "file:PATH", "https://..."
  if (!emitter) return fail(emitter.error());
  objectstore::PointerStore store(client->bucket("events"), *layout, *emitter);

  for (const char* event : {"OrderPlaced", "OrderPaid", "OrderPlaced"}) {
    objectstore::Fields fields = {{"company", "acme"}, {"entity", "order"}, {"version", "1"}, {"event", event}};
    const auto received = store.receive(fields, Body::text(R"({"total":3})"));
    if (!received) return fail(received.error());
    // Stored for good either way; when the emitter failed the pointer waits in the outbox for relay_once().
    if (!received->emitted) std::cerr << "pending: " << received->pointer.object.key << '\n';
  }

  // Leading fields make the prefix, the others filter what is listed behind it.
  const auto prefix = layout->prefix({{"company", "acme"}});
  if (!prefix) return fail(prefix.error());
  const auto replayed = store.replay({.prefix = *prefix, .where = {{"event", "OrderPlaced"}}, .per_second = 1000});
  if (!replayed) return fail(replayed.error());
  std::cout << "replayed " << replayed->emitted << ", skipped " << replayed->skipped << '\n';
  return replayed->emitted == 2 && replayed->skipped == 1 ? 0 : 1;
}
