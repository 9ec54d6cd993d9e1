// Uploads in parts on disk: their bytes, what a fault or a kill leaves of them, and what is swept.
#include "bucket/directory_uploads.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <iterator>

#include "base/encoding.h"
#include "bucket/directory_fixture.h"
#include "bucket/directory_keys.h"
#include "support/fake_clock.h"
#include "support/syscall_faults.h"

namespace objectstore::directory {

namespace {

using Names = std::vector<std::string>;

const std::string kFirst(kMinPartBytes, 'a');

MultipartUpload begin(Bucket& bucket, std::string_view key, const UploadOptions& options = {}) {
  auto upload = bucket.create_multipart_upload(key, options);
  INFO((upload ? "" : to_string(upload.error())));
  REQUIRE(upload);
  return std::move(*upload);
}

UploadedPart part(Bucket& bucket, const MultipartUpload& upload, std::uint32_t number, std::string_view content) {
  auto stored = bucket.upload_part(upload, number, Body::view(content));
  INFO((stored ? "" : to_string(stored.error())));
  REQUIRE(stored);
  return std::move(*stored);
}

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// "old", "new", or why there is none; the bytes are held against the ETag on the way.
std::string told(Bucket& bucket) {
  auto got = bucket.download("k");
  if (!got) return "<" + std::string(to_string(got.error().kind)) + ">";
  if (got->content == "old" && got->object.content_type == "a/old") return "old";
  if (got->content == kFirst + "end" && got->object.content_type == "a/new") return "new";
  return "<torn>";
}

std::size_t count_uploads(Bucket& bucket) {
  auto page = bucket.list_multipart_uploads();
  REQUIRE(page);
  return page->uploads.size();
}

/// An object "k", and an upload that is to replace it.
struct Prepared {
  explicit Prepared(const Fixture& fixture) {
    fixture.put("k", "old", {.content_type = "a/old"});
    upload = begin(*fixture.bucket, "k", {.content_type = "a/new"});
    parts = {part(*fixture.bucket, upload, 1, kFirst), part(*fixture.bucket, upload, 2, "end")};
  }
  bool complete(Bucket& bucket) const { return bucket.complete_multipart_upload(upload, parts).has_value(); }
  MultipartUpload upload;
  std::vector<UploadedPart> parts;
};

/// The upload ends in one way or the other, and then nothing of it is left.
void check_ends(const Fixture& fixture, const Prepared& prepared) {
  const Client later = connect_to(fixture.temp / "root", {.sweep_age = std::chrono::seconds(-10)});
  const auto bucket = later.bucket("bucket");
  if (told(*bucket) == "old") REQUIRE(prepared.complete(*bucket));
  REQUIRE(told(*bucket) == "new");
  REQUIRE(bucket->abort_multipart_upload(prepared.upload));
  REQUIRE(count_uploads(*bucket) == 0);
  const Client last = connect_to(fixture.temp / "root", {.sweep_age = std::chrono::seconds(-10)});
  REQUIRE(last.bucket("bucket")->delete_object("never/was"));
  REQUIRE(fixture.files() == Names{"k", "meta"});
  const auto folder = fixture.path(std::string(kUploadsFolder));
  REQUIRE((!std::filesystem::exists(folder) || std::filesystem::is_empty(folder)));
}

}  // namespace

TEST_CASE("manifest and parts of an upload are the bytes that the format says", "[directory][multipart][golden]") {
  const auto clock = std::make_shared<testing::FakeClock>();
  const Fixture fixture({.durable = false}, clock);
  const auto upload = begin(*fixture.bucket, "a/b", {.content_type = "a/b", .metadata = {{"m", "1"}}, .storage_class = "GLACIER"});
  part(*fixture.bucket, upload, 42, "x");
  const auto folder = fixture.path(std::string(kUploadsFolder) + "/" + upload.upload_id);
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(clock->now().time_since_epoch()).count();
  CHECK(content_of(folder / "manifest") == R"({"format":1,"key":"a/b","initiated":)" + std::to_string(micros) +
                                               R"(,"contentType":"a/b","storageClass":"GLACIER","metadata":{"m":"1"}})" + "\n");
  CHECK(content_of(folder / "00042") == "x" + *base::unhex("9dd4e461268c8034f5c8564e155c67a6") +
                                            *base::unhex("2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"));
}

TEST_CASE("an object made of parts is held against its ETag when it is read whole", "[directory][multipart]") {
  const Fixture fixture;
  const Prepared prepared(fixture);
  REQUIRE(prepared.complete(*fixture.bucket));
  CHECK(told(*fixture.bucket) == "new");
  const auto path = fixture.path("k");
  struct stat before {};
  REQUIRE(::stat(path.c_str(), &before) == 0);
  {
    const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    REQUIRE(file >= 0);
    CHECK(::pwrite(file, "X", 1, 17) == 1);
    const struct timespec times[2] = {before.st_atim, before.st_mtim};  // as a disk that rots: nobody wrote
    CHECK(::futimens(file, times) == 0);
    ::close(file);
  }
  CHECK(told(*fixture.bucket) == "<corrupt>");
}

TEST_CASE("parts are joined where the kernel cannot copy files, too", "[directory][multipart]") {
  for (const int error_number : {EXDEV, ENOSYS, EOPNOTSUPP, EINVAL}) {
    const Fixture fixture;
    const Prepared prepared(fixture);
    {
      testing::SyscallFaults faults;
      faults.fail_at("copy_file_range", 1, error_number);
      REQUIRE(prepared.complete(*fixture.bucket));
      CHECK(faults.happened());
    }
    CHECK(told(*fixture.bucket) == "new");
  }
}

TEST_CASE("a completion whose every system call fails in turn leaves the old object or the new one, and can be repeated",
          "[directory][multipart][faults]") {
  for (int n = 1;; ++n) {
    CAPTURE(n);
    REQUIRE(n < 500);
    const Fixture fixture({.durable = true});
    const Prepared prepared(fixture);
    const Client client = connect_to(fixture.temp / "root");
    const auto bucket = client.bucket("bucket");
    bool happened = false;
    bool succeeded = false;
    std::vector<std::string> operations;
    {
      testing::SyscallFaults faults;
      faults.fail_at(n, EIO);
      succeeded = prepared.complete(*bucket);
      happened = faults.happened();
      operations = faults.operations();
    }
    INFO("failed: " << (operations.size() >= static_cast<std::size_t>(n) ? operations[static_cast<std::size_t>(n) - 1] : "none"));
    const std::string now = told(*bucket);
    REQUIRE((now == "new" || (!succeeded && now == "old")));
    REQUIRE(prepared.complete(*bucket));
    check_ends(fixture, prepared);
    if (!happened) break;
  }
}

TEST_CASE("a process that is killed at any system call of a completion leaves the old object or the new one",
          "[directory][multipart][kill]") {
  for (int n = 1;; ++n) {
    CAPTURE(n);
    REQUIRE(n < 500);
    const Fixture fixture({.durable = true});
    const Prepared prepared(fixture);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      const Client client = Client(*make_directory_backend(fixture.temp / "root", system_clock(), system_random(), {}));
      testing::SyscallFaults faults;
      faults.die_at(n);
      ::_exit(prepared.complete(*client.bucket("bucket")) ? 0 : 1);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    const bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    REQUIRE((killed || (WIFEXITED(status) && WEXITSTATUS(status) == 0)));
    const std::string now = told(*fixture.bucket);
    REQUIRE((now == "new" || (killed && now == "old")));
    REQUIRE(prepared.complete(*fixture.bucket));  // it can be repeated, whatever was done
    check_ends(fixture, prepared);
    if (!killed) break;
  }
}

TEST_CASE("an upload whose writer died between its completion and its removal is over: not listed, and of no use for other parts",
          "[directory][multipart]") {
  const Fixture fixture;
  const Prepared prepared(fixture);
  const auto folder = fixture.path(".objectstore/uploads/" + prepared.upload.upload_id);
  const auto kept = fixture.temp / "kept";
  std::filesystem::copy(folder, kept, std::filesystem::copy_options::recursive);
  REQUIRE(prepared.complete(*fixture.bucket));
  const auto die = [&] { std::filesystem::copy(kept, folder, std::filesystem::copy_options::recursive); };

  die();
  const auto other = part(*fixture.bucket, prepared.upload, 2, "another end");
  const auto completed = fixture.bucket->complete_multipart_upload(prepared.upload, std::vector{prepared.parts[0], other});
  CHECK(kind_of(completed) == ErrorKind::not_found);
  CHECK(told(*fixture.bucket) == "new");

  if (!std::filesystem::exists(folder)) die();
  CHECK(count_uploads(*fixture.bucket) == 0);
  CHECK_FALSE(std::filesystem::exists(folder));
  die();
  CHECK(prepared.complete(*fixture.bucket));  // the same parts: it is what stands there
  CHECK(told(*fixture.bucket) == "new");
}

TEST_CASE("beginning, a part and aborting fail whole at every system call", "[directory][multipart][faults]") {
  for (const std::string what : {"create", "part", "abort"}) {
    for (int n = 1;; ++n) {
      CAPTURE(what, n);
      REQUIRE(n < 200);
      const Fixture fixture({.durable = true});
      const Prepared prepared(fixture);
      const Client client = connect_to(fixture.temp / "root");
      const auto bucket = client.bucket("bucket");
      bool happened = false;
      bool succeeded = false;
      {
        testing::SyscallFaults faults;
        faults.fail_at(n, ENOSPC);
        if (what == "create") succeeded = bucket->create_multipart_upload("other").has_value();
        if (what == "part") succeeded = bucket->upload_part(prepared.upload, 2, Body::view("END")).has_value();
        if (what == "abort") succeeded = bucket->abort_multipart_upload(prepared.upload).has_value();
        happened = faults.happened();
      }
      auto page = bucket->list_multipart_uploads();
      REQUIRE(page);
      for (const auto& upload : page->uploads) {
        if (upload.key == "other") REQUIRE(bucket->abort_multipart_upload(upload));
      }
      if (what == "part") {
        auto parts = bucket->list_parts(prepared.upload);
        REQUIRE(parts);
        REQUIRE(parts->parts.size() == 2);
        if (succeeded) REQUIRE(parts->parts[1].etag != prepared.parts[1].etag);
        part(*bucket, prepared.upload, 2, "end");
      }
      if (what == "abort") {
        REQUIRE(bucket->abort_multipart_upload(prepared.upload));
        REQUIRE(told(*bucket) == "old");
        REQUIRE(count_uploads(*bucket) == 0);
      } else {
        check_ends(fixture, prepared);
      }
      if (!happened) break;
    }
  }
}

TEST_CASE("a part is acknowledged only when its bytes and its folder are synced", "[directory][multipart][faults]") {
  const Fixture fixture({.durable = true});
  const Prepared prepared(fixture);
  testing::SyscallFaults faults;
  REQUIRE(fixture.bucket->upload_part(prepared.upload, 2, Body::view("end")));
  Names order;
  for (const auto& operation : faults.operations()) {
    if (operation != "open" && operation != "close" && operation != "lock") order.push_back(operation);
  }
  CHECK(order == Names{"create", "write", "write", "fsync", "renameat", "fsync"});
}

TEST_CASE("an upload id never leads out of the folder of uploads", "[directory][multipart]") {
  const Fixture fixture;
  const Prepared prepared(fixture);
  for (const std::string id : {"../tmp", "..", ".", "a/b", "/etc", "../../../bucket/.objectstore/uploads"}) {
    CAPTURE(id);
    const MultipartUpload upload{.key = "k", .upload_id = id};
    const auto stored = fixture.bucket->upload_part(upload, 1, Body::view("x"));
    REQUIRE_FALSE(stored);
    CHECK(stored.error().service_code == "NoSuchUpload");
    CHECK(kind_of(fixture.bucket->list_parts(upload)) == ErrorKind::not_found);
    CHECK(kind_of(fixture.bucket->complete_multipart_upload(upload, prepared.parts)) == ErrorKind::not_found);
    CHECK(fixture.bucket->abort_multipart_upload(upload));
  }
  CHECK(count_uploads(*fixture.bucket) == 1);
}

TEST_CASE("unfinished uploads outlive every sweep, and folders without a manifest do not", "[directory][multipart][sweep]") {
  const Fixture fixture;
  const Prepared prepared(fixture);
  const auto orphan = fixture.path(std::string(kUploadsFolder) + "/01932c5e-0000-7000-8000-000000000000");
  std::filesystem::create_directories(orphan);
  testing::write_file(orphan / "00001", "left over");
  const Client young = connect_to(fixture.temp / "root");
  REQUIRE(young.bucket("bucket")->delete_object("never/was"));
  CHECK(std::filesystem::exists(orphan / "00001"));
  const Client later = connect_to(fixture.temp / "root", {.sweep_age = std::chrono::seconds(-10)});
  REQUIRE(later.bucket("bucket")->delete_object("never/was"));
  CHECK_FALSE(std::filesystem::exists(orphan));
  CHECK(count_uploads(*later.bucket("bucket")) == 1);
  CHECK(prepared.complete(*later.bucket("bucket")));
}

TEST_CASE("what somebody did to an upload's files is told, and never makes a wrong object", "[directory][multipart]") {
  const Fixture fixture;
  const Prepared prepared(fixture);
  const auto folder = fixture.path(std::string(kUploadsFolder) + "/" + prepared.upload.upload_id);
  SECTION("a part without its sums") {
    testing::write_file(folder / "00002", "short");
    CHECK(kind_of(fixture.bucket->complete_multipart_upload(prepared.upload, prepared.parts)) == ErrorKind::corrupt);
    CHECK(kind_of(fixture.bucket->list_parts(prepared.upload)) == ErrorKind::corrupt);
  }
  SECTION("a manifest that is none") {
    for (const char* text :
         {"", "{", "[]", "{\"format\":1}", "{\"format\":1,\"key\":\"k\"}", "{\"format\":1,\"key\":\"k\",\"initiated\":1,\"tags\":3}"}) {
      testing::write_file(folder / "manifest", text);
      CHECK(kind_of(fixture.bucket->complete_multipart_upload(prepared.upload, prepared.parts)) == ErrorKind::corrupt);
    }
    testing::write_file(folder / "manifest", "{\"format\":2}");
    CHECK(kind_of(fixture.bucket->list_parts(prepared.upload)) == ErrorKind::unsupported);
    CHECK(count_uploads(*fixture.bucket) == 0);
  }
  SECTION("foreign files and links") {
    testing::write_file(folder / "notes.txt", "mine");
    std::filesystem::create_symlink("/etc/passwd", folder / "00003");
    auto parts = fixture.bucket->list_parts(prepared.upload);
    REQUIRE(parts);
    CHECK(parts->parts == prepared.parts);
  }
  CHECK(told(*fixture.bucket) == "old");
  CHECK(fixture.bucket->abort_multipart_upload(prepared.upload));
  CHECK_FALSE(std::filesystem::exists(folder));
}

}  // namespace objectstore::directory
