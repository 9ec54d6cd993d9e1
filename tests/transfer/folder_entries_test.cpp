// Local trees walked in the order of keys.
#include "transfer/folder_entries.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "support/catch.h"
#include "support/temp_dir.h"
#include "support/unprivileged.h"

using namespace objectstore;
using namespace objectstore::transfer;
using objectstore::testing::TempDir;
using objectstore::testing::write_file;

namespace {

namespace fs = std::filesystem;

struct Walked {
  std::vector<std::string> paths;
  std::vector<std::string> skipped;  ///< "path: reason", "path! kind", "path!! kind" where it hides others
  std::optional<Error> error;
};

Walked walk(const fs::path& root, Links links = Links::follow, const PathPatterns& patterns = {}) {
  Walked walked;
  auto filter = PathFilter::make(patterns);
  REQUIRE(filter);
  FolderEntries entries(root, links, *filter, [&](Skipped skipped) {
    std::string line = skipped.path;
    line += skipped.error ? (skipped.hides ? "!! " : "! ") + std::string(to_string(skipped.error->kind)) : ": " + skipped.reason;
    walked.skipped.push_back(std::move(line));
  });
  while (true) {
    auto entry = entries.next();
    if (!entry) walked.error = entry.error();
    if (!entry || !*entry) return walked;
    walked.paths.push_back((*entry)->path);
  }
}

void make(const fs::path& root, const std::string& path, std::string_view content = "x") {
  fs::create_directories((root / path).parent_path());
  write_file(root / path, content);
}

}  // namespace

TEST_CASE("files come in the order of their keys, wherever their folders would sort") {
  const TempDir temp;
  std::vector<std::string> paths = {"a/x", "a-b", "a.txt", "a/b/c", "a/b.c", "a0", "Z", "\xc3\xa4/1", "b/\xff", "ab/c", "a b", "a/b-/c"};
  paths.erase(std::find(paths.begin(), paths.end(), "b/\xff"));
  for (const std::string& path : paths) make(temp.path(), path);
  fs::create_directories(temp / "empty/deeper");
  std::sort(paths.begin(), paths.end());
  const Walked walked = walk(temp.path());
  CHECK(walked.paths == paths);
  CHECK(walked.skipped.empty());
}

TEST_CASE("random trees come in the order of their keys") {
  const auto random = seeded_random(7);
  for (int round = 0; round < 20; ++round) {
    const TempDir temp;
    std::vector<std::string> paths;
    for (int i = 0; i < 30; ++i) {
      std::string path;
      for (auto depth = random->next() % 4; depth > 0; --depth) path += std::string(1, "ab-.0"[random->next() % 3]) + "d/";
      path += "ab-.0"[random->next() % 5];
      path += "xyz-"[random->next() % 4];
      make(temp.path(), path);
      paths.push_back(path);
    }
    std::sort(paths.begin(), paths.end());
    paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
    CHECK(walk(temp.path()).paths == paths);
  }
}

TEST_CASE("links are followed once around, or left out and named") {
  const TempDir temp;
  const fs::path root = temp / "root";
  make(root, "dir/file");
  make(temp / "outside", "far");
  fs::create_symlink("dir/file", root / "link");
  fs::create_symlink("../outside", root / "linked");
  fs::create_symlink("..", root / "dir/up");
  fs::create_symlink("nowhere", root / "dangling");
  const Walked followed = walk(root);
  CHECK(followed.paths == std::vector<std::string>{"dir/file", "link", "linked/far"});
  CHECK(followed.skipped == std::vector<std::string>{"dangling!! not_found", "dir/up: a link to a folder above it"});
  Walked left_out = walk(root, Links::skip);
  CHECK(left_out.paths == std::vector<std::string>{"dir/file"});
  std::sort(left_out.skipped.begin(), left_out.skipped.end());
  CHECK(left_out.skipped == std::vector<std::string>{"dangling: a symbolic link", "dir/up: a symbolic link", "link: a symbolic link",
                                                     "linked: a symbolic link"});
  fs::create_symlink(root, temp / "entrance");  // what the caller names is entered in any case
  CHECK(walk(temp / "entrance", Links::skip).paths == std::vector<std::string>{"dir/file"});
}

TEST_CASE("what is no file, and names that are not UTF-8, are named and left out") {
  const TempDir temp;
  make(temp.path(), "good");
  REQUIRE(::mkfifo((temp / "fifo").c_str(), 0600) == 0);
  make(temp.path(), "bad\xff");
  make(temp.path(), "also\xc3/file");
  make(temp.path(), ".objectstore-0123456789abcdef.tmp");
  Walked walked = walk(temp.path());
  CHECK(walked.paths == std::vector<std::string>{"good"});
  std::sort(walked.skipped.begin(), walked.skipped.end());
  CHECK(walked.skipped ==
        std::vector<std::string>{"also\xc3! invalid_argument", "bad\xff! invalid_argument", "fifo: neither a file nor a folder"});
}

TEST_CASE("a folder that cannot be read is reported, and the rest goes on") {
  const TempDir temp;
  const objectstore::testing::Unprivileged unprivileged(temp.path());
  make(temp.path(), "a/x");
  make(temp.path(), "b/x");
  make(temp.path(), "c/x");
  fs::permissions(temp / "b", fs::perms::none);
  const Walked walked = walk(temp.path());
  fs::permissions(temp / "b", fs::perms::owner_all);
  CHECK(walked.paths == std::vector<std::string>{"a/x", "c/x"});
  CHECK(walked.skipped == std::vector<std::string>{"b!! permission_denied"});
}

TEST_CASE("folders and files that vanish during the walk are reported, and the rest goes on") {
  const TempDir temp;
  for (const char* path : {"a", "b", "c/x", "d"}) make(temp.path(), path);
  std::vector<std::string> skipped;
  FolderEntries entries(temp.path(), Links::follow, {}, [&](Skipped entry) {
    CHECK(entry.hides);
    skipped.push_back(entry.path + " " + std::string(to_string(entry.error->kind)));
  });
  REQUIRE(*entries.next());
  fs::remove(temp / "b");
  fs::remove_all(temp / "c");
  const auto next = entries.next();
  REQUIRE(next);
  REQUIRE(*next);
  CHECK((*next)->path == "d");
  CHECK(skipped == std::vector<std::string>{"b not_found", "c not_found"});
}

TEST_CASE("a root that is missing or no folder is an error") {
  const TempDir temp;
  make(temp.path(), "file");
  CHECK(walk(temp / "missing").error->kind == ErrorKind::not_found);
  CHECK(walk(temp / "file").error.has_value());
}

TEST_CASE("what the filter leaves out is not looked at") {
  const TempDir temp;
  make(temp.path(), "keep/a.txt");
  make(temp.path(), "keep/a.tmp");
  make(temp.path(), "cache/a.txt");
  fs::create_symlink("nowhere", temp / "cache/dangling");
  fs::create_symlink("nowhere", temp / "dangling.tmp");
  const Walked walked = walk(temp.path(), Links::follow, {.exclude = {"*.tmp", "cache/"}});
  CHECK(walked.paths == std::vector<std::string>{"keep/a.txt"});
  CHECK(walked.skipped.empty());
}
