// The backend that the contract suite runs on, chosen by main, and buckets of it for single tests.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "objectstore/async.h"
#include "objectstore/bucket.h"
#include "objectstore/client.h"
#include "support/catch.h"
#include "support/temp_dir.h"

namespace objectstore::contract {

struct BackendUnderTest {
  std::string name;    ///< "memory", "directory", "s3" or "s3_tls"
  std::string server;  ///< of S3: "minio", or what OBJECTSTORE_CONTRACT_SERVER says; else empty
  Client client;
  ConnectOptions options = {};  ///< of S3: how `client` was connected
  [[nodiscard]] bool is_s3() const { return name == "s3" || is_tls(); }
  [[nodiscard]] bool is_tls() const { return name == "s3_tls"; }
  std::unique_ptr<testing::TempDir> folder = nullptr;  ///< of "directory"
  std::optional<AsyncEngine> engine = {};              ///< that every verb of FreshBucket goes through
};

/// For main, before the tests run.
void use_backend(std::string_view name, bool through_engine);
BackendUnderTest& backend();

// Where a server does otherwise than S3, it is said here and nowhere else. Memory and directory have no exceptions.

/// The error that the server gives for an upload to a key that S3 takes. Nothing: it takes the key.
std::optional<ErrorKind> refused(std::string_view key);
/// The server takes no upload in parts to a key that S3 takes.
bool refused_in_parts(std::string_view key);
/// The server stores the key under another name.
bool renamed(std::string_view key);
/// Whether the server keeps and lists "a" beside "a/b", in either order of upload.
bool keeps_key_beside_its_folder();
/// Whether the server lists unfinished uploads by any prefix and page by page (MinIO: all at once, those of deleted buckets
/// of that name too, or those of one whole key).
bool pages_uploads();

/// A new bucket; emptied and deleted at the end of the test.
class FreshBucket {
 public:
  FreshBucket();
  ~FreshBucket();
  FreshBucket(const FreshBucket&) = delete;
  FreshBucket& operator=(const FreshBucket&) = delete;
  Bucket& operator*() const { return *bucket_; }
  Bucket* operator->() const { return bucket_.get(); }

 private:
  std::shared_ptr<Bucket> bucket_;
};

/// A bucket name that is not used yet.
std::string fresh_name();

/// Stores `content`; fails the test when that does not work.
Uploaded put(Bucket& bucket, std::string_view key, std::string_view content, const UploadOptions& options = {});
/// Stores an object under each key, its content the key, with several threads.
void put_all(Bucket& bucket, const std::vector<std::string>& keys);
/// The object's bytes, or "<" the error's kind ">".
std::string text_of(Bucket& bucket, std::string_view key);
/// All keys, page by page, common prefixes with a '*' behind them; "<kind>" for an error.
std::vector<std::string> keys_of(Bucket& bucket, const ListOptions& options = {});
/// Runs `count` threads of `work(index)` and waits for them. Catch's macros are not for threads: collect, then check.
void in_threads(int count, const std::function<void(int)>& work);

template <class T>
std::string failure_of(const Result<T>& result) {
  return result ? "success" : to_string(result.error());
}

/// Every Error of a verb tells where it happened.
template <class T>
void check_context(const Result<T>& result, std::string_view operation, std::string_view bucket, std::string_view key) {
  REQUIRE_FALSE(result);
  CHECK(result.error().operation == operation);
  CHECK(result.error().bucket == bucket);
  CHECK(result.error().key == key);
  CHECK_FALSE(result.error().message.empty());
}

}  // namespace objectstore::contract
