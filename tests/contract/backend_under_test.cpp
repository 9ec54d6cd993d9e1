// Makes backends and buckets for the contract suite.
#include "contract/backend_under_test.h"

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <thread>
#include <utility>

#include "base/uuid.h"
#include "support/through_engine.h"

namespace objectstore::contract {

namespace {

std::optional<BackendUnderTest> chosen;

std::string environment(const char* name, const char* fallback) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : fallback;
}

Client connect_or_die(ConnectOptions options) {
  auto client = connect(std::move(options));
  if (!client) {
    std::fprintf(stderr, "%s\n", to_string(client.error()).c_str());
    std::exit(1);
  }
  return std::move(*client);
}

/// What stands between the key's separators.
std::vector<std::string_view> segments(std::string_view key, std::string_view separators) {
  std::vector<std::string_view> found;
  while (true) {
    const auto end = key.find_first_of(separators);
    found.push_back(key.substr(0, end));
    if (end == std::string_view::npos) return found;
    key.remove_prefix(end + 1);
  }
}

}  // namespace

void use_backend(std::string_view name, bool through_engine) {
  if (name == "memory") {
    chosen = BackendUnderTest{"memory", "", connect_or_die({.endpoint = "memory:"})};
  } else if (name == "directory") {
    auto folder = std::make_unique<testing::TempDir>();
    auto client = connect_or_die({.endpoint = "file:" + (folder->path() / "buckets").native()});
    chosen = BackendUnderTest{"directory", "", std::move(client), {}, std::move(folder)};
  } else if (name == "s3" || name == "s3_tls") {
    const bool tls = name == "s3_tls";
    Credentials credentials;
    credentials.access_key_id = environment("OBJECTSTORE_TEST_ACCESS_KEY", "");
    credentials.secret_access_key = environment("OBJECTSTORE_TEST_SECRET_KEY", "");
    ConnectOptions options;
    options.endpoint = environment(tls ? "OBJECTSTORE_TEST_S3_TLS" : "OBJECTSTORE_TEST_S3", "");
    if (tls) options.ca_bundle = environment("OBJECTSTORE_TEST_S3_CA", "");
    options.region = environment("OBJECTSTORE_TEST_REGION", "us-east-1");
    options.credentials = static_credentials(std::move(credentials));
    chosen = BackendUnderTest{std::string(name), environment("OBJECTSTORE_CONTRACT_SERVER", "minio"), connect_or_die(options), options};
  } else {
    std::fprintf(stderr, "no such backend: %s\n", std::string(name).c_str());
    std::exit(2);
  }
  if (!through_engine) return;
  auto engine = AsyncEngine::start();
  if (!engine) {
    std::fprintf(stderr, "%s\n", to_string(engine.error()).c_str());
    std::exit(1);
  }
  chosen->engine = std::move(*engine);
}

BackendUnderTest& backend() {
  return *chosen;
}

std::optional<ErrorKind> refused(std::string_view key) {
  const std::string& server = backend().server;
  if (server == "minio") {
    // It keeps keys as paths of a file system (XMinioInvalidObjectName, XMinioInvalidResourceName), and a backslash separates too.
    if (key == "/" || key.find("//") != std::string_view::npos) return ErrorKind::invalid_argument;
    for (const auto segment : segments(key, "/\\")) {
      if (segment == "." || segment == "..") return ErrorKind::invalid_argument;
    }
    for (const auto segment : segments(key, "/")) {
      if (segment.size() > 255) return ErrorKind::invalid_argument;
    }
  }
  return std::nullopt;
}

bool refused_in_parts(std::string_view key) {
  return refused(key) || (backend().server == "minio" && key.ends_with('/'));
}

bool renamed(std::string_view key) {
  return backend().server == "minio" && key.starts_with('/');  // MinIO drops the slash
}

bool keeps_key_beside_its_folder() {
  return backend().server != "minio" && backend().server != "versitygw";  // MinIO keeps both and lists only the shorter
}

bool pages_uploads() {
  return backend().server != "minio";
}

std::string fresh_name() {
  return "contract-" + base::uuid_v7(system_clock()->now(), *system_random());
}

FreshBucket::FreshBucket() {
  const std::string name = fresh_name();
  auto created = backend().client.create_bucket(name);
  INFO(failure_of(created));
  REQUIRE(created);
  bucket_ = backend().client.bucket(name);
  if (backend().engine) bucket_ = std::make_shared<testing::ThroughEngine>(*backend().engine, bucket_);
}

FreshBucket::~FreshBucket() {
  std::vector<std::string> keys;
  for (const auto& entry : list_objects(*bucket_)) {
    if (entry) keys.push_back(entry->object.key);
  }
  (void)bucket_->delete_objects(keys);
  auto deleted = backend().client.delete_bucket(bucket_->name());
  INFO(failure_of(deleted));
  CHECK((deleted || deleted.error().service_code == "NoSuchBucket"));
}

Uploaded put(Bucket& bucket, std::string_view key, std::string_view content, const UploadOptions& options) {
  auto uploaded = bucket.upload(key, Body::view(content), options);
  INFO("upload of \"" << key << "\": " << failure_of(uploaded));
  REQUIRE(uploaded);
  return std::move(*uploaded);
}

void put_all(Bucket& bucket, const std::vector<std::string>& keys) {
  std::atomic<std::size_t> next{0};
  std::atomic<int> failures{0};
  in_threads(8, [&](int) {
    for (std::size_t i = next++; i < keys.size(); i = next++) {
      if (!bucket.upload(keys[i], Body::view(keys[i]))) ++failures;
    }
  });
  REQUIRE(failures == 0);
}

std::string text_of(Bucket& bucket, std::string_view key) {
  auto downloaded = bucket.download(key);
  if (!downloaded) return "<" + std::string(to_string(downloaded.error().kind)) + ">";
  return std::move(downloaded->content);
}

std::vector<std::string> keys_of(Bucket& bucket, const ListOptions& options) {
  std::vector<std::string> keys;
  for (const auto& entry : list_objects(bucket, options)) {
    if (!entry) {
      UNSCOPED_INFO(failure_of(entry));
      keys.push_back("<" + std::string(to_string(entry.error().kind)) + ">");
    } else {
      keys.push_back(entry->object.key + (entry->is_prefix ? "*" : ""));
    }
  }
  return keys;
}

void in_threads(int count, const std::function<void(int)>& work) {
  std::vector<std::thread> threads;
  threads.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) threads.emplace_back(work, i);
  for (auto& thread : threads) thread.join();
}

}  // namespace objectstore::contract
