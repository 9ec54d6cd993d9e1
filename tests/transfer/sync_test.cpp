// Whole trees: uploads, downloads, copies, mirrors and moves.
#include "objectstore/sync.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "objectstore/client.h"
#include "support/catch.h"
#include "support/faulty_bucket.h"
#include "support/temp_dir.h"
#include "transfer/target_folder.h"

using namespace objectstore;
using objectstore::testing::FaultyBucket;
using objectstore::testing::read_file;
using objectstore::testing::TempDir;
using objectstore::testing::write_file;

namespace {

namespace fs = std::filesystem;
using Tree = std::map<std::string, std::string>;

struct Trees {
  Trees() : client(*connect({.endpoint = "memory:"})) {
    REQUIRE(client.create_bucket("bucket"));
    REQUIRE(client.create_bucket("other"));
    bucket = std::make_shared<FaultyBucket>(client.bucket("bucket"));
    other = client.bucket("other");
    fs::create_directories(folder());
  }

  [[nodiscard]] fs::path folder() const { return temp / "folder"; }
  void file(const std::string& path, std::string_view content) const {
    fs::create_directories((folder() / path).parent_path());
    write_file(folder() / path, content);
  }
  static void object(Bucket& bucket, const std::string& key, std::string_view content, const UploadOptions& options = {}) {
    REQUIRE(bucket.upload(key, Body::view(content), options));
  }
  void object(const std::string& key, std::string_view content) const { object(*bucket, key, content); }
  [[nodiscard]] Tree files() const {
    Tree tree;
    for (const auto& entry : fs::recursive_directory_iterator(folder())) {
      if (entry.is_regular_file()) tree[fs::relative(entry.path(), folder()).native()] = read_file(entry.path());
    }
    return tree;
  }
  static Tree objects(Bucket& bucket, const std::string& prefix = {}) {
    Tree tree;
    for (const auto& entry : list_objects(bucket, {.prefix = prefix})) {
      REQUIRE(entry);
      tree[entry->object.key] = bucket.download(entry->object.key)->content;
    }
    return tree;
  }
  [[nodiscard]] Tree objects() const { return objects(*bucket); }

  TempDir temp;
  Client client;
  std::shared_ptr<FaultyBucket> bucket;
  std::shared_ptr<Bucket> other;
};

/// The run's summary; its failures are those that the test expects: "path kind".
SyncSummary done(const Result<SyncSummary>& result, const std::vector<std::string>& failures = {}) {
  INFO((result ? "" : to_string(result.error())));
  REQUIRE(result);
  std::vector<std::string> seen;
  for (const SyncEvent& event : result->failures) {
    REQUIRE(event.error);
    seen.push_back(event.path + " " + std::string(to_string(event.error->kind)));
  }
  std::sort(seen.begin(), seen.end());
  CHECK(seen == failures);
  CHECK(result->failed == failures.size());
  return *result;
}

PathFilter filter(const PathPatterns& patterns) {
  auto made = PathFilter::make(patterns);
  REQUIRE(made);
  return *made;
}

}  // namespace

TEST_CASE("a tree goes up, comes down again and is then left alone in both directions") {
  Trees trees;
  const Tree tree = {{"a", "1"}, {"dir/b", "22"}, {"dir/deep/er/c", ""}, {"dir-x", "4"}, {"sp ace/\xc3\xa4", "5"}};
  for (const auto& [path, content] : tree) trees.file(path, content);
  const SyncSummary up = done(sync_to_bucket(trees.folder(), *trees.bucket, "p/"));
  CHECK(up.copied == tree.size());
  CHECK(up.copied_bytes == 5);
  CHECK(up.ok());
  Tree wanted;
  for (const auto& [path, content] : tree) wanted["p/" + path] = content;
  CHECK(trees.objects() == wanted);

  const SyncSummary again = done(sync_to_bucket(trees.folder(), *trees.bucket, "p/"));
  CHECK(again.copied == 0);
  CHECK(again.unchanged == tree.size());

  fs::remove_all(trees.folder());
  CHECK(done(sync_to_folder(*trees.bucket, "p/", trees.folder())).copied == tree.size());
  CHECK(trees.files() == tree);
  CHECK(done(sync_to_folder(*trees.bucket, "p/", trees.folder())).unchanged == tree.size());
  CHECK(done(sync_to_bucket(trees.folder(), *trees.bucket, "p/")).unchanged == tree.size());
}

TEST_CASE("only what is missing, differs in size or is older is copied, unless all is asked for") {
  Trees trees;
  for (const char* path : {"same", "size", "newer", "older"}) trees.file(path, "content");
  done(sync_to_bucket(trees.folder(), *trees.bucket, ""));
  trees.file("size", "longer content");
  trees.file("newer", "CONTENT");
  fs::last_write_time(trees.folder() / "newer", fs::file_time_type::clock::now() + std::chrono::hours(1));
  trees.file("older", "unseen!");  // an older file of the same size is what this rule cannot see
  fs::last_write_time(trees.folder() / "older", fs::file_time_type::clock::now() - std::chrono::hours(1));
  trees.file("new", "n");
  std::vector<std::string> copied;
  SyncOptions options;
  options.on_event = [&](const SyncEvent& event) {
    if (event.outcome == SyncOutcome::copied) copied.push_back(event.path);
  };
  const SyncSummary some = done(sync_to_bucket(trees.folder(), *trees.bucket, "", options));
  std::sort(copied.begin(), copied.end());
  CHECK(copied == std::vector<std::string>{"new", "newer", "size"});
  CHECK(some.unchanged == 2);
  const SyncSummary by_content = done(sync_to_bucket(trees.folder(), *trees.bucket, "", {.mode = SyncMode::checksum}));
  CHECK(by_content.copied == 1);
  CHECK(trees.objects().at("older") == "unseen!");
  CHECK(done(sync_to_bucket(trees.folder(), *trees.bucket, "", {.mode = SyncMode::all})).copied == 5);
}

TEST_CASE("by checksum, what only looks changed is left alone, and a different content of one size is copied") {
  Trees trees;
  trees.object("a", "1111");
  trees.object("b", "2222");
  trees.file("a", "1111");
  trees.file("b", "3333");
  const auto long_ago = fs::file_time_type::clock::now() - std::chrono::hours(1000);
  for (const char* path : {"a", "b"}) fs::last_write_time(trees.folder() / path, long_ago);
  const SyncSummary down = done(sync_to_folder(*trees.bucket, "", trees.folder(), {.mode = SyncMode::checksum}));
  CHECK(down.copied == 1);
  CHECK(down.unchanged == 1);
  CHECK(down.compared_by_time == 0);
  CHECK(trees.files() == Tree{{"a", "1111"}, {"b", "2222"}});
  Trees::object(*trees.other, "a", "1111");
  Trees::object(*trees.other, "b", "4444");
  CHECK(done(sync_between(*trees.bucket, "", *trees.other, "", {.mode = SyncMode::checksum})).copied == 1);
  CHECK(Trees::objects(*trees.other) == trees.objects());
}

TEST_CASE("extra objects go only when asked for, after the rest, and never what the filter leaves out") {
  Trees trees;
  trees.file("keep", "1");
  for (const char* key : {"p/extra", "p/extra.log", "q/not ours"}) trees.object(key, "x");
  trees.object("p/folder/", "");
  CHECK(done(sync_to_bucket(trees.folder(), *trees.bucket, "p/")).deleted == 0);
  std::vector<SyncOutcome> order;
  SyncOptions options{.delete_extra = true, .filter = filter({.exclude = {"*.log"}})};
  trees.file("new", "2");
  options.on_event = [&](const SyncEvent& event) { order.push_back(event.outcome); };
  const SyncSummary summary = done(sync_to_bucket(trees.folder(), *trees.bucket, "p/", options));
  CHECK(summary.deleted == 1);
  CHECK(order.back() == SyncOutcome::deleted);
  const Tree left = trees.objects();
  CHECK(left.contains("p/extra.log"));
  CHECK(left.contains("q/not ours"));
  CHECK(left.contains("p/folder/"));
  CHECK_FALSE(left.contains("p/extra"));
}

TEST_CASE("thousands of extra objects are deleted in batches") {
  Trees trees;
  for (int i = 0; i < 2500; ++i) trees.object("x" + std::to_string(i), "");
  trees.file("a", "1");
  trees.bucket->fail({});
  CHECK(done(sync_to_bucket(trees.folder(), *trees.bucket, "", {.delete_extra = true})).deleted == 2500);
  CHECK(trees.objects().size() == 1);
  const auto operations = trees.bucket->operations();
  CHECK(std::count_if(operations.begin(), operations.end(), [](const std::string& line) { return line.starts_with("delete"); }) == 3);
}

TEST_CASE("more deletions than allowed means none") {
  Trees trees;
  trees.file("a", "1");
  for (const char* key : {"x", "y", "z"}) trees.object(key, "");
  const SyncSummary refused = done(sync_to_bucket(trees.folder(), *trees.bucket, "", {.delete_extra = true, .max_delete = 2}));
  REQUIRE(refused.stopped);
  CHECK(refused.stopped->kind == ErrorKind::precondition_failed);
  CHECK(refused.copied == 1);
  CHECK(trees.objects().size() == 4);
  CHECK(done(sync_to_bucket(trees.folder(), *trees.bucket, "", {.delete_extra = true, .max_delete = 3})).deleted == 3);
}

TEST_CASE("nothing is deleted when a listing broke off or a part of the source could not be read") {
  SECTION("the source's listing") {
    Trees trees;
    for (int i = 0; i < 1500; ++i) trees.object("k" + std::to_string(i), "");
    trees.file("extra", "1");
    // The second page fails: lists and downloads are counted together, so the fault is set when the first page is over.
    std::atomic<int> lists = 0;
    trees.bucket->before_each = [&](const std::string& line) {
      if (line.starts_with("list") && ++lists == 1) trees.bucket->fail({.operation = 1, .and_all_later = true});
    };
    const SyncSummary summary = *sync_to_folder(*trees.bucket, "", trees.folder(), {.delete_extra = true});
    REQUIRE(summary.stopped);
    CHECK(summary.stopped->kind == ErrorKind::unavailable);
    CHECK(trees.files().contains("extra"));
    CHECK_FALSE(summary.ok());
  }
  SECTION("a link that leads nowhere") {
    Trees trees;
    trees.object("link/was here", "1");
    trees.file("a", "1");
    fs::create_symlink("nowhere", trees.folder() / "link");
    const SyncSummary summary = done(sync_to_bucket(trees.folder(), *trees.bucket, "", {.delete_extra = true}), {"link not_found"});
    REQUIRE(summary.stopped);
    CHECK(summary.stopped->kind == ErrorKind::not_found);
    CHECK(trees.objects().contains("link/was here"));
  }
}

TEST_CASE("a dry run tells what would be done, and does nothing") {
  Trees trees;
  trees.file("a", "1");
  trees.file("dir/b", "2");
  trees.object("extra", "x");
  std::vector<std::string> told;
  SyncOptions options{.delete_extra = true, .dry_run = true};
  options.on_event = [&](const SyncEvent& event) { told.push_back((event.outcome == SyncOutcome::deleted ? "-" : "+") + event.path); };
  const SyncSummary up = done(sync_to_bucket(trees.folder(), *trees.bucket, "", options));
  CHECK(told == std::vector<std::string>{"+a", "+dir/b", "-extra"});
  CHECK(up.copied == 2);
  CHECK(up.deleted == 1);
  CHECK(trees.objects() == Tree{{"extra", "x"}});
  told.clear();
  done(sync_to_folder(*trees.bucket, "", trees.temp / "not/there", options));
  CHECK(told == std::vector<std::string>{"+extra"});
  CHECK_FALSE(fs::exists(trees.temp / "not"));
  done(sync_to_folder(*trees.bucket, "", trees.folder(), options));
  CHECK(trees.files() == Tree{{"a", "1"}, {"dir/b", "2"}});
}

TEST_CASE("a mirror of a bucket deletes files and the folders that they leave empty") {
  Trees trees;
  trees.object("a", "1");
  trees.file("old/deep/x", "x");
  trees.file("old/y", "y");
  fs::create_directories(trees.folder() / "empty");
  CHECK(done(sync_to_folder(*trees.bucket, "", trees.folder(), {.delete_extra = true})).deleted == 2);
  CHECK(trees.files() == Tree{{"a", "1"}});
  CHECK_FALSE(fs::exists(trees.folder() / "old"));
  CHECK(fs::exists(trees.folder() / "empty"));
}

TEST_CASE("keys that would leave the folder are refused and named, and the rest comes down") {
  Trees trees;
  const std::string long_name(256, 'n');
  for (const std::string& key : {std::string("p/../up"), std::string("p//abs"), std::string("p/a/../../../x"), std::string("p/."),
                                 std::string("p/d//e"), std::string("p/full/"), "p/" + long_name}) {
    trees.object(key, "evil");
  }
  trees.object("p/good", "1");
  trees.object("p/marker/", "");
  fs::create_directories(trees.temp / "folder-beside");
  const SyncSummary summary =
      done(sync_to_folder(*trees.bucket, "p/", trees.folder()),
           {". invalid_argument", "../up invalid_argument", "/abs invalid_argument", "a/../../../x invalid_argument",
            "d//e invalid_argument", "full/ invalid_argument", long_name + " invalid_argument"});
  CHECK(summary.skipped == 1);
  CHECK(trees.files() == Tree{{"good", "1"}});
  CHECK(trees.temp.names() == std::vector<std::string>{"folder-beside/", "folder/", "folder/good"});
}

TEST_CASE("a key beside its own folder: the first is kept, the other named") {
  Trees trees;
  for (const char* key : {"a", "a-b", "a/b", "c/d"}) trees.object(key, key);
  done(sync_to_folder(*trees.bucket, "", trees.folder()), {"a/b conflict"});
  CHECK(trees.files() == Tree{{"a", "a"}, {"a-b", "a-b"}, {"c/d", "c/d"}});
}

TEST_CASE("a file where a folder has to be, and a folder where a file has to be, are failures of their own") {
  Trees trees;
  trees.object("dir/x", "1");
  trees.object("file", "2");
  trees.object("z", "3");
  trees.file("dir", "in the way");
  trees.file("file/inner", "in the way");
  done(sync_to_folder(*trees.bucket, "", trees.folder()), {"dir/x conflict", "file invalid_argument"});
  CHECK(trees.files() == Tree{{"dir", "in the way"}, {"file/inner", "in the way"}, {"z", "3"}});
}

TEST_CASE("nothing is written or deleted through a link in the target") {
  Trees trees;
  fs::create_directories(trees.temp / "outside");
  write_file(trees.temp / "outside/victim", "safe");
  write_file(trees.temp / "victim", "safe");
  fs::create_symlink("../outside", trees.folder() / "way");
  fs::create_symlink("../victim", trees.folder() / "link");
  trees.object("way/out", "evil");
  trees.object("way/victim", "evil");
  trees.object("link", "new");
  for (const SyncMode mode : {SyncMode::changed, SyncMode::all}) {
    done(sync_to_folder(*trees.bucket, "", trees.folder(), {.mode = mode, .delete_extra = true}),
         mode == SyncMode::changed
             ? std::vector<std::string>{"link already_exists", "way/out permission_denied", "way/victim permission_denied"}
             : std::vector<std::string>{"way/out permission_denied", "way/victim permission_denied"});
    CHECK(read_file(trees.temp / "outside/victim") == "safe");
    CHECK(read_file(trees.temp / "victim") == "safe");
    CHECK_FALSE(fs::exists(trees.temp / "outside/out"));
  }
  CHECK(read_file(trees.folder() / "link") == "new");  // the link itself was replaced
}

TEST_CASE("a name that the file system takes for another's is refused, and the other kept") {
  Trees trees;
  trees.object("A", "upper");
  trees.object("b", "1");
  // A file that was not there when the folder was read stands for one under a name of another case.
  trees.bucket->before_each = [&](const std::string& line) {
    if (line == "download A") trees.file("A", "lower");
  };
  done(sync_to_folder(*trees.bucket, "", trees.folder()), {"A already_exists"});
  CHECK(trees.files() == Tree{{"A", "lower"}, {"b", "1"}});
  const auto target = transfer::TargetFolder::open(trees.folder());
  REQUIRE(target);
  CHECK(*target->folds_case() == fs::exists(trees.folder() / "a"));
  CHECK(trees.files().size() == 2);  // what it was tried with is gone
}

TEST_CASE("a failed object is counted and told, and all the others are copied") {
  Trees trees;
  for (int i = 0; i < 20; ++i) trees.file("f" + std::to_string(i), "x");
  fs::remove(trees.folder() / "f7");
  fs::create_symlink("f7", trees.folder() / "f7");
  int failed = 0;
  SyncOptions options;
  options.on_event = [&](const SyncEvent& event) { failed += event.outcome == SyncOutcome::failed ? 1 : 0; };
  const SyncSummary summary = done(sync_to_bucket(trees.folder(), *trees.bucket, "", options), {"f7 invalid_argument"});
  CHECK(summary.copied == 19);
  CHECK(failed == 1);
}

TEST_CASE("failures beyond the bound are counted, not kept") {
  Trees trees;
  for (int i = 0; i < 10; ++i) trees.object("k" + std::to_string(i), "x");
  trees.bucket->before_each = [&](const std::string& line) {
    if (line.starts_with("list")) trees.bucket->fail({.operation = 1, .and_all_later = true});
  };
  const auto summary = sync_to_folder(*trees.bucket, "", trees.folder(), {.max_failures = 3});
  REQUIRE(summary);
  CHECK(summary->failed == 10);
  CHECK(summary->failures.size() == 3);
}

TEST_CASE("a failure that all objects would share ends the run") {
  Trees trees;
  for (int i = 0; i < 500; ++i) trees.file(std::to_string(i), "x");
  const auto summary = sync_to_bucket(trees.folder(), *trees.client.bucket("missing"), "", {.mode = SyncMode::all, .concurrency = 2});
  REQUIRE(summary);
  REQUIRE(summary->stopped);
  CHECK(summary->stopped->kind == ErrorKind::not_found);
  CHECK(summary->failed < 20);
}

TEST_CASE("a download of nothing leaves no folder") {
  Trees trees;
  CHECK(done(sync_to_folder(*trees.bucket, "nothing/", trees.temp / "a/b/c/")).copied == 0);
  CHECK_FALSE(fs::exists(trees.temp / "a"));
  CHECK(kind_of(sync_to_folder(*trees.client.bucket("missing"), "", trees.temp / "a/b")) == ErrorKind::not_found);
  CHECK_FALSE(fs::exists(trees.temp / "a"));
  done(sync_to_folder(*trees.bucket, "nothing/", trees.folder()));
  CHECK(fs::exists(trees.folder()));
}

TEST_CASE("a bucket or folder that is not there is an error of the call") {
  Trees trees;
  CHECK(kind_of(sync_to_folder(*trees.client.bucket("missing"), "", trees.folder())) == ErrorKind::not_found);
  CHECK(kind_of(sync_to_bucket(trees.temp / "missing", *trees.bucket, "")) == ErrorKind::not_found);
  CHECK(kind_of(sync_between(*trees.client.bucket("missing"), "", *trees.bucket, "")) == ErrorKind::not_found);
}

TEST_CASE("options that make no sense are an error of the call, and what is not looked at is none") {
  Trees trees;
  CHECK(kind_of(sync_to_bucket(trees.folder(), *trees.bucket, "", {.max_concurrency = 0})) == ErrorKind::invalid_argument);
  CHECK(kind_of(sync_to_bucket(trees.folder(), *trees.bucket, "", {.move = true})) == ErrorKind::invalid_argument);
  CHECK(kind_of(sync_to_bucket(trees.folder(), *trees.bucket, "", {.max_delete = 1})) == ErrorKind::invalid_argument);
  done(sync_to_bucket(trees.folder(), *trees.bucket, "", {.concurrency = 2, .max_concurrency = 0}));
}

TEST_CASE("copies between buckets keep what is stored, on the server and through here") {
  for (const bool server_side : {true, false}) {
    CAPTURE(server_side);
    Trees trees;
    const std::string large(3'000'000, 'l');
    Trees::object(*trees.bucket, "p/a", "1", {.content_type = "text/x", .metadata = {{"owner", "ana"}}});
    Trees::object(*trees.bucket, "p/large", large, {.content_type = "text/y", .cache_control = "no-cache"});
    Trees::object(*trees.bucket, "p/empty", "");
    Trees::object(*trees.bucket, "p/folder/", "");
    const SyncSummary summary = done(sync_between(*trees.bucket, "p/", *trees.other, "q/", {.server_side = server_side}));
    CHECK(summary.copied == 4);
    CHECK(summary.copied_bytes == large.size() + 1);
    const Tree tree = Trees::objects(*trees.other);
    CHECK(tree.at("q/large") == large);
    CHECK(tree.size() == 4);
    CHECK(trees.other->head("q/a")->content_type == "text/x");
    CHECK(trees.other->head("q/a")->metadata == Metadata{{"owner", "ana"}});
    CHECK(trees.other->head("q/large")->cache_control == "no-cache");
    CHECK(done(sync_between(*trees.bucket, "p/", *trees.other, "q/", {.server_side = server_side})).unchanged == 4);
  }
}

TEST_CASE("a large object that breaks on its way between two endpoints is begun anew, and never stored short") {
  Trees trees;
  const std::string large(2'500'000, 'l');
  trees.object("large", large);
  for (const auto when : {FaultyBucket::When::before, FaultyBucket::When::after}) {
    trees.bucket->fail({.operation = 3, .when = when});  // list, head, download
    CHECK(done(sync_between(*trees.bucket, "", *trees.other, "", {.mode = SyncMode::all, .server_side = false})).copied == 1);
    CHECK(Trees::objects(*trees.other).at("large") == large);
    REQUIRE(trees.other->delete_object("large"));
  }
  trees.bucket->fail({.operation = 3, .when = FaultyBucket::When::after, .kind = ErrorKind::corrupt});
  done(sync_between(*trees.bucket, "", *trees.other, "", {.mode = SyncMode::all, .server_side = false}), {"large corrupt"});
  CHECK(Trees::objects(*trees.other).empty());
}

TEST_CASE("one object is copied or moved under another key, on the server and through here") {
  for (const bool server_side : {true, false}) {
    CAPTURE(server_side);
    Trees trees;
    Trees::object(*trees.bucket, "a", "1", {.metadata = {{"owner", "ana"}}});
    trees.object("a.bak", "2");
    const auto copied = copy_object(*trees.bucket, "a", *trees.other, "x/b", {.server_side = server_side});
    REQUIRE(copied);
    CHECK(copied->key == "x/b");
    CHECK(copied->size == 1);
    CHECK(trees.other->head("x/b")->metadata == Metadata{{"owner", "ana"}});
    REQUIRE(copy_object(*trees.bucket, "a", *trees.other, "moved", {.move = true, .server_side = server_side}));
    CHECK(trees.objects() == Tree{{"a.bak", "2"}});
    CHECK(kind_of(copy_object(*trees.bucket, "a", *trees.other, "c", {.server_side = server_side})) == ErrorKind::not_found);
    CHECK(kind_of(copy_object(*trees.bucket, "a.bak", *trees.bucket, "a.bak", {.move = true, .server_side = server_side})) ==
          ErrorKind::invalid_argument);
    CHECK(trees.objects() == Tree{{"a.bak", "2"}});
  }
}

TEST_CASE("a move through this machine refuses what it would lose the tags of") {
  Trees trees;
  Trees::object(*trees.bucket, "a", "1", {.tags = {{"team", "red"}}});
  const auto moved = copy_object(*trees.bucket, "a", *trees.other, "b", {.move = true, .server_side = false});
  CHECK(kind_of(moved) == ErrorKind::unsupported);
  CHECK(Trees::objects(*trees.bucket) == Tree{{"a", "1"}});
  CHECK(Trees::objects(*trees.other).empty());
}

TEST_CASE("uploads that may only create leave alone what is there") {
  Trees trees;
  trees.file("a", "new");
  trees.file("b", "new");
  trees.object("a", "old");
  SyncOptions options{.mode = SyncMode::all};
  options.upload.condition = CreateOnly{};
  done(sync_to_bucket(trees.folder(), *trees.bucket, "", options), {"a already_exists"});
  CHECK(trees.objects() == Tree{{"a", "old"}, {"b", "new"}});
  options.upload.condition = IfMatch{"x"};
  CHECK(kind_of(sync_to_bucket(trees.folder(), *trees.bucket, "", options)) == ErrorKind::invalid_argument);
}

TEST_CASE("places that overlap are refused, neighbours are not") {
  Trees trees;
  trees.object("a/x", "1");
  for (const auto& [from, to] : std::map<std::string, std::string>{{"a/", "a/b/"}, {"a/b/", "a/"}, {"", "a/"}, {"a/x", "a/x"}}) {
    CAPTURE(from, to);
    CHECK(kind_of(sync_between(*trees.bucket, from, *trees.bucket, to)) == ErrorKind::invalid_argument);
  }
  CHECK(done(sync_between(*trees.bucket, "a/", *trees.bucket, "a-copy/")).copied == 1);
  CHECK(done(sync_between(*trees.bucket, "a/", *trees.other, "a/")).copied == 1);
}

TEST_CASE("an object that is replaced after it was listed is copied as it is now") {
  Trees trees;
  trees.object("a", "old");
  for (const bool server_side : {true, false}) {
    bool replaced = false;
    trees.bucket->before_each = [&](const std::string& line) {
      if (line.starts_with("list") || replaced) return;
      replaced = true;
      REQUIRE(trees.client.bucket("bucket")->upload("a", Body::text(server_side ? "newer" : "newest")));
    };
    CHECK(done(sync_to_folder(*trees.bucket, "", trees.folder(), {.mode = SyncMode::all})).copied == 1);
    CHECK(trees.files().at("a") == (server_side ? "newer" : "newest"));
  }
}

TEST_CASE("a move takes the source away once its copy is stored") {
  const SyncOptions move{.mode = SyncMode::all, .move = true};
  Trees trees;
  trees.file("a", "1");
  trees.file("dir/b", "2");
  CHECK(done(sync_to_bucket(trees.folder(), *trees.bucket, "p/", move)).copied == 2);
  CHECK(trees.files().empty());
  CHECK(trees.objects() == Tree{{"p/a", "1"}, {"p/dir/b", "2"}});
  CHECK(done(sync_between(*trees.bucket, "p/", *trees.bucket, "q/", move)).copied == 2);
  CHECK(trees.objects() == Tree{{"q/a", "1"}, {"q/dir/b", "2"}});
  CHECK(done(sync_to_folder(*trees.bucket, "q/", trees.folder(), move)).copied == 2);
  CHECK(trees.objects().empty());
  CHECK(trees.files() == Tree{{"a", "1"}, {"dir/b", "2"}});
}

TEST_CASE("whichever operation of a move fails, every object is still in one place at least") {
  for (const auto when : {FaultyBucket::When::before, FaultyBucket::When::after}) {
    bool failed_once = true;
    for (int n = 1; failed_once; ++n) {
      CAPTURE(n);
      REQUIRE(n < 100);
      Trees trees;
      for (const char* key : {"a", "b", "c"}) trees.object(key, key);
      trees.bucket->fail({.operation = n, .when = when, .and_all_later = when == FaultyBucket::When::before});
      const auto summary = sync_to_folder(*trees.bucket, "", trees.folder(), {.mode = SyncMode::all, .move = true, .concurrency = 1});
      failed_once = !summary || !summary->ok();
      trees.bucket->fail({});
      const Tree files = trees.files();
      const Tree objects = trees.objects();
      for (const char* key : {"a", "b", "c"}) {
        CAPTURE(key);
        CHECK((objects.contains(key) || files.at(key) == key));
      }
      if (!failed_once) CHECK(objects.empty());
    }
  }
}

TEST_CASE("a source that changes while it is moved stays") {
  const SyncOptions move{.mode = SyncMode::all, .move = true};
  SECTION("a file") {
    Trees trees;
    trees.file("a", "old");
    trees.bucket->before_each = [&](const std::string& line) {
      if (line == "upload a") fs::last_write_time(trees.folder() / "a", fs::file_time_type::clock::now() + std::chrono::hours(1));
    };
    done(sync_to_bucket(trees.folder(), *trees.bucket, "", move), {"a conflict"});
    CHECK(trees.files().contains("a"));
  }
  SECTION("an object") {
    Trees trees;
    trees.object("b", "old");
    trees.bucket->before_each = [&](const std::string& line) {
      if (line == "head b") REQUIRE(trees.client.bucket("bucket")->upload("b", Body::text("new")));
    };
    done(sync_to_folder(*trees.bucket, "", trees.folder(), move), {"b conflict"});
    CHECK(trees.objects() == Tree{{"b", "new"}});
    CHECK(trees.files() == Tree{{"b", "old"}});
  }
}

TEST_CASE("cancelling ends a run early, deletes nothing and says so") {
  Trees trees;
  for (int i = 0; i < 200; ++i) trees.file("f" + std::to_string(i), "x");
  trees.object("zzz", "extra");
  SyncOptions options{.delete_extra = true, .concurrency = 2};
  const CancelToken cancel;
  options.call.cancel = cancel;
  options.on_event = [&](const SyncEvent&) { cancel.cancel(); };
  const auto summary = sync_to_bucket(trees.folder(), *trees.bucket, "", options);
  REQUIRE(summary);
  REQUIRE(summary->stopped);
  CHECK(summary->stopped->kind == ErrorKind::cancelled);
  CHECK(summary->copied < 20);
  CHECK(summary->failed == 0);
  CHECK(trees.objects().contains("zzz"));
}

TEST_CASE("no more requests are in flight than asked for, and progress tells how far it is") {
  Trees trees;
  for (int i = 0; i < 300; ++i) trees.object("k/" + std::to_string(i), "12");
  auto target = std::make_shared<FaultyBucket>(trees.other);
  std::atomic<int> running = 0;
  std::atomic<int> most = 0;
  target->before_each = [&](const std::string& line) {
    if (!line.starts_with("copy")) return;
    const int now = ++running;
    int seen = most;
    while (now > seen && !most.compare_exchange_weak(seen, now)) {
    }
    std::this_thread::yield();
    --running;
  };
  SyncOptions options{.concurrency = 4};
  SyncProgress last;
  bool consistent = true;
  options.on_progress = [&](const SyncProgress& progress) {
    consistent = consistent && progress.objects_done <= progress.objects_found && progress.bytes_done <= progress.bytes_found;
    last = progress;
  };
  done(sync_between(*trees.bucket, "k/", *target, "", options));
  CHECK(most <= 4);
  CHECK(consistent);
  CHECK(last.all_found);
  CHECK(last.objects_done == 300);
  CHECK(last.bytes_done == 600);
  CHECK(last.bytes_found == 600);
}
