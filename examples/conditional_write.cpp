// Writes that cannot overwrite somebody else's: create only when the key is free, replace only what was read.
#include <iostream>
#include <string>

#include "objectstore/client.h"

namespace {

using objectstore::Body;
using objectstore::Bucket;
using objectstore::CreateOnly;
using objectstore::ErrorKind;
using objectstore::IfMatch;

/// Adds one to a counter that several processes may count at the same time.
objectstore::Status count_up(Bucket& bucket, const std::string& key) {
  while (true) {
    const auto current = bucket.download(key);
    if (!current) return current.error();
    const std::string next = std::to_string(std::stoi(current->content) + 1);
    const auto put = bucket.upload(key, Body::view(next), {.condition = IfMatch{current->object.etag}});
    if (put) return {};
    // Somebody was faster: read again. Anything else is for the caller; after outcome_unknown nobody knows whether it counted.
    const ErrorKind kind = put.error().kind;
    if (kind != ErrorKind::precondition_failed && kind != ErrorKind::conflict) return put.error();
  }
}

}  // namespace

int main() {
  const auto client = objectstore::connect({.endpoint = "memory:"});
  if (!client || !client->create_bucket("state")) return 1;
  const auto state = client->bucket("state");

  // Whoever creates the key first has it; all others learn that they came late.
  const auto first = state->upload("counter", Body::text("0"), {.condition = CreateOnly{}});
  const auto second = state->upload("counter", Body::text("100"), {.condition = CreateOnly{}});
  std::cout << "second create: " << objectstore::to_string(second.error()) << '\n';

  for (int i = 0; i < 3; ++i) {
    if (const auto counted = count_up(*state, "counter"); !counted) return 1;
  }
  const auto end = state->download("counter");
  return first && kind_of(second) == ErrorKind::already_exists && end && end->content == "3" ? 0 : 1;
}
