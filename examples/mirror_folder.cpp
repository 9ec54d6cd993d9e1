// Mirrors a folder into a bucket: what changed goes up, what is gone goes, what matches a pattern stays out of it.
#include <filesystem>
#include <fstream>
#include <iostream>

#include "objectstore/client.h"
#include "objectstore/sync.h"

namespace {

void write(const std::filesystem::path& path, const char* text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

}  // namespace

int main() {
  const auto client = objectstore::connect({.endpoint = "memory:"});
  if (!client || !client->create_bucket("site")) return 1;
  const auto site = client->bucket("site");
  const std::filesystem::path folder = "mirror_folder_example";
  std::filesystem::remove_all(folder);
  write(folder / "index.html", "<h1>Hello</h1>");
  write(folder / "css/plain.css", "h1 { margin: 0 }");
  write(folder / "css/plain.css.tmp", "not this one");

  const auto filter = objectstore::PathFilter::make({.exclude = {"*.tmp"}});
  if (!filter) return 1;
  objectstore::SyncOptions options{.delete_extra = true, .max_delete = 10, .filter = *filter};
  options.on_event = [](const objectstore::SyncEvent& event) {
    if (event.outcome == objectstore::SyncOutcome::copied) std::cout << event.source << " -> " << event.target << '\n';
    if (event.outcome == objectstore::SyncOutcome::deleted) std::cout << "deleted " << event.target << '\n';
    if (event.error) std::cerr << objectstore::to_string(*event.error) << '\n';
  };
  const auto first = objectstore::sync_to_bucket(folder, *site, "www/", options);
  if (!first || !first->ok() || first->copied != 2) return 1;

  std::filesystem::remove(folder / "index.html");
  write(folder / "home.html", "<h1>Hello again</h1>");
  const auto second = objectstore::sync_to_bucket(folder, *site, "www/", options);
  if (!second || !second->ok()) return 1;
  std::cout << second->copied << " copied, " << second->unchanged << " unchanged, " << second->deleted << " deleted\n";
  std::filesystem::remove_all(folder);
  return second->copied == 1 && second->unchanged == 1 && second->deleted == 1 ? 0 : 1;
}
