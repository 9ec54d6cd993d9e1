// Stores an object, reads it back and lists what is there. The endpoint says where: a folder, memory, MinIO, AWS.
#include <iostream>

#include "objectstore/client.h"

using objectstore::Body, objectstore::CreateOnly, objectstore::ErrorKind;

int report(const objectstore::Error& error) {
  std::cerr << to_string(error) << '\n';
  return 1;
}

int main() {
  auto client = objectstore::connect({.endpoint = "file:./data"});  // or "http://127.0.0.1:9000", "memory:", nothing for AWS
  if (!client) return report(client.error());
  auto made = client->create_bucket("media");
  if (!made && kind_of(made) != ErrorKind::already_exists) return report(made.error());

  auto media = client->bucket("media");
  auto put = media->upload("2026/hello.txt", Body::text("Hello.\n"), {.condition = CreateOnly{}, .content_type = "text/plain"});
  if (!put && kind_of(put) != ErrorKind::already_exists) return report(put.error());

  auto got = media->download("2026/hello.txt");
  if (!got) return report(got.error());
  std::cout << got->content;
  for (const auto& entry : list_objects(*media, {.prefix = "2026/"})) {
    if (!entry) return report(entry.error());
    std::cout << entry->object.key << ' ' << entry->object.size << '\n';
  }
}
