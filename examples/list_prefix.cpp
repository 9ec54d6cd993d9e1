// Walks the keys behind a prefix: all of them, or one level of a "folder". One page is in memory at a time, however many keys there are.
#include <iostream>
#include <string>
#include <vector>

#include "objectstore/client.h"

int main() {
  using objectstore::Body;
  const auto client = objectstore::connect({.endpoint = "memory:"});
  if (!client || !client->create_bucket("logs")) return 1;
  const auto logs = client->bucket("logs");
  for (const char* key : {"2026/11/a.log", "2026/11/b.log", "2026/12/c.log", "readme.txt"}) {
    if (!logs->upload(key, Body::text(key))) return 1;
  }

  std::vector<std::string> seen;
  for (const auto& entry : objectstore::list_objects(*logs, {.prefix = "2026/"})) {
    if (!entry) {  // the range ends behind the first error
      std::cerr << objectstore::to_string(entry.error()) << '\n';
      return 1;
    }
    std::cout << entry->object.key << "  " << entry->object.size << " bytes\n";
    seen.push_back(entry->object.key);
  }

  // With a delimiter, what lies deeper is rolled up: 2026/11/ and 2026/12/ once each.
  for (const auto& entry : objectstore::list_objects(*logs, {.prefix = "2026/", .delimiter = "/"})) {
    if (!entry) return 1;
    std::cout << (entry->is_prefix ? "folder " : "object ") << entry->object.key << '\n';
    seen.push_back(entry->object.key);
  }

  const std::vector<std::string> expected = {"2026/11/a.log", "2026/11/b.log", "2026/12/c.log", "2026/11/", "2026/12/"};
  return seen == expected ? 0 : 1;
}
