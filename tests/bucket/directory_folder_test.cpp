// Opening below a bucket's folder: nothing leads out of it.
#include "bucket/directory_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "support/catch.h"
#include "support/temp_dir.h"

namespace objectstore::directory {

TEST_CASE("no path leads out of the folder, with openat2 and without", "[directory][folder]") {
  const testing::TempDir temp;
  std::filesystem::create_directories(temp / "bucket/a/b");
  std::filesystem::create_directories(temp / "outside");
  testing::write_file(temp / "outside/secret", "secret");
  testing::write_file(temp / "bucket/a/b/file", "file");
  std::filesystem::create_directory_symlink("../outside", temp / "bucket/link");
  std::filesystem::create_directory_symlink("a", temp / "bucket/inner");
  std::filesystem::create_symlink("../outside/secret", temp / "bucket/leaf");
  std::filesystem::create_symlink(temp / "outside/secret", temp / "bucket/a/absolute");
  const io::FileDescriptor folder(::open((temp / "bucket").c_str(), O_PATH | O_DIRECTORY), {});
  REQUIRE(folder.is_open());

  using Open = int (*)(int, const std::string&, int, mode_t) noexcept;
  for (const Open open : {Open(&open_beneath), Open(&open_beneath_by_steps)}) {
    const auto error_of = [&](const std::string& path, int flags) {
      const io::FileDescriptor file(open(folder.get(), path, flags, 0666), {});
      return file.is_open() ? 0 : errno;
    };
    CHECK(error_of("a/b/file", O_RDONLY) == 0);
    CHECK(error_of("a/b/file", O_PATH) == 0);
    CHECK(error_of("a/b", O_RDONLY | O_DIRECTORY) == 0);
    for (const std::string path : {"link/secret", "inner/b/file", "leaf", "a/absolute", "link", "missing", "a/missing/x", "a/b/file/x"}) {
      CAPTURE(path);
      const int error = error_of(path, O_RDONLY);
      CHECK(error != 0);
      CHECK(means_absent(error));
    }
    CHECK(error_of("link/new", O_WRONLY | O_CREAT | O_EXCL) != 0);
    CHECK(error_of(std::string(300, 'n'), O_RDONLY) == ENAMETOOLONG);
  }
  CHECK_FALSE(std::filesystem::exists(temp / "outside/new"));
}

TEST_CASE("folders are made on the way, and given up when a file or a link is there", "[directory][folder]") {
  const testing::TempDir temp;
  std::filesystem::create_directories(temp / "bucket");
  testing::write_file(temp / "bucket/file", "x");
  std::filesystem::create_directory_symlink(temp.path(), temp / "bucket/link");
  auto bucket = BucketFolder::open(temp.path(), "bucket", true);
  REQUIRE(bucket);
  auto made = bucket->open_or_make("a/b/c");
  REQUIRE(made);
  CHECK(*made);
  CHECK(std::filesystem::is_directory(temp / "bucket/a/b/c"));
  auto top = bucket->open_or_make("");
  REQUIRE(top);
  CHECK(*top);
  for (const std::string path : {"file", "file/a", "link", "link/a/b"}) {
    CAPTURE(path);
    auto blocked = bucket->open_or_make(path);
    REQUIRE(blocked);
    CHECK_FALSE(*blocked);
  }
  CHECK_FALSE(std::filesystem::exists(temp / "a"));
}

TEST_CASE("empty folders are removed upwards as far as they are empty, and never what is kept", "[directory][folder]") {
  const testing::TempDir temp;
  std::filesystem::create_directories(temp / "bucket/a/b/c/d");
  testing::write_file(temp / "bucket/a/file", "x");
  std::filesystem::create_directories(temp / "bucket/k/e/e/p");
  auto bucket = BucketFolder::open(temp.path(), "bucket", true);
  REQUIRE(bucket);
  bucket->remove_empty("a/b/c/d", {});
  CHECK(temp.names() ==
        std::vector<std::string>{"bucket/", "bucket/a/", "bucket/a/file", "bucket/k/", "bucket/k/e/", "bucket/k/e/e/", "bucket/k/e/e/p/"});
  bucket->remove_empty("k/e/e/p", "k/e");
  CHECK(std::filesystem::exists(temp / "bucket/k/e"));
  CHECK_FALSE(std::filesystem::exists(temp / "bucket/k/e/e"));
  bucket->remove_empty("", {});
}

TEST_CASE("a bucket that is missing, a file or a link is no bucket", "[directory][folder]") {
  const testing::TempDir temp;
  testing::write_file(temp / "file", "x");
  std::filesystem::create_directories(temp / "real");
  std::filesystem::create_directory_symlink("real", temp / "link");
  for (const std::string name : {"missing", "file", "link"}) {
    CAPTURE(name);
    auto bucket = BucketFolder::open(temp.path(), name, true);
    CHECK(kind_of(bucket) == ErrorKind::not_found);
    REQUIRE_FALSE(bucket);
    CHECK(bucket.error().service_code == "NoSuchBucket");
  }
}

}  // namespace objectstore::directory
