// A directory backend on a folder of its own, and a look behind it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bucket/directory_store.h"
#include "objectstore/client.h"
#include "support/catch.h"
#include "support/temp_dir.h"

namespace objectstore::directory {

inline Client connect_to(const std::filesystem::path& root, DirectoryOptions options = {}, std::shared_ptr<Clock> clock = system_clock()) {
  auto made = make_directory_backend(root, std::move(clock), system_random(), options);
  REQUIRE(made);
  return Client(std::move(*made));
}

/// One bucket, "bucket", with fsync left out for speed unless asked for.
struct Fixture {
  explicit Fixture(DirectoryOptions options = {.durable = false}, std::shared_ptr<Clock> clock = system_clock())
      : client(connect_to(temp / "root", options, std::move(clock))) {
    REQUIRE(client.create_bucket("bucket"));
    bucket = client.bucket("bucket");
  }

  [[nodiscard]] std::filesystem::path path(std::string_view below) const { return temp / "root" / "bucket" / below; }

  void put(std::string_view key, std::string_view content, const UploadOptions& options = {}) const {
    auto uploaded = bucket->upload(key, Body::view(content), options);
    INFO((uploaded ? "" : to_string(uploaded.error())));
    REQUIRE(uploaded);
  }
  [[nodiscard]] std::string get(std::string_view key) const {
    auto got = bucket->download(key);
    return got ? std::move(got->content) : "<" + std::string(to_string(got.error().kind)) + ">";
  }
  [[nodiscard]] std::vector<std::string> keys(const ListOptions& options = {}) const {
    std::vector<std::string> found;
    for (const auto& entry : list_objects(*bucket, options)) {
      INFO((entry ? "" : to_string(entry.error())));
      REQUIRE(entry);
      found.push_back(entry->object.key + (entry->is_prefix ? "*" : ""));
    }
    return found;
  }
  /// The regular files in the bucket's folder, those in the reserved folder with their tree's name alone: "a/b", "keys:da/fb", "meta", "tmp",
  /// "uploads".
  [[nodiscard]] std::vector<std::string> files() const {
    std::vector<std::string> found;
    const std::string reserved = ".objectstore/";
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path({}))) {
      if (!entry.is_regular_file()) continue;
      const std::string name = std::filesystem::relative(entry.path(), path({})).native();
      if (!name.starts_with(reserved)) {
        found.push_back(name);
      } else if (name.starts_with(reserved + "keys/")) {
        found.push_back("keys:" + name.substr(reserved.size() + 5));
      } else if (name.starts_with(reserved + "meta/")) {
        found.emplace_back("meta");
      } else if (name.starts_with(reserved + "tmp/")) {
        found.emplace_back("tmp");
      } else if (name.starts_with(reserved + "uploads/")) {
        found.emplace_back("uploads");
      }
    }
    std::sort(found.begin(), found.end());
    return found;
  }

  testing::TempDir temp;
  Client client;
  std::shared_ptr<Bucket> bucket;
};

}  // namespace objectstore::directory
