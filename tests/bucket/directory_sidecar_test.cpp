// Sidecars: their bytes, and what happens to those that are not.
#include "bucket/directory_sidecar.h"

#include <chrono>

#include "support/catch.h"

namespace objectstore::directory {

namespace {

Sidecar sample() {
  Version first;
  first.stamp = {5, 1'732'000'000'123'456'789};
  first.etag = "5d41402abc4b2a76b9719d911017c592";
  first.modified = SystemTime(std::chrono::microseconds(1'732'000'000'123'456));
  first.attributes.content_type = "text/plain";
  first.attributes.cache_control = "no-store";
  first.attributes.content_disposition = "inline";
  first.attributes.content_encoding = "gzip";
  first.attributes.content_language = "de";
  first.attributes.expires = "never";
  first.attributes.storage_class = "GLACIER";
  first.attributes.metadata = {{"a", "1 \"2\" \\ ü"}, {"b", ""}};
  first.attributes.tags = {{"t", "v"}};
  Version second;
  second.stamp = {0, -1};
  second.etag = "d41d8cd98f00b204e9800998ecf8427e";
  second.attributes.content_type = "application/octet-stream";
  return {"a/b\n\x01\x7f \"ü\".txt", {first, second}};
}

}  // namespace

TEST_CASE("a sidecar's bytes are what the format says", "[directory][sidecar][golden]") {
  CHECK(
      to_json(sample()) ==
      R"({"format":1,"key":"a/b\n\u0001)"
      "\x7f"
      R"( \"ü\".txt","versions":[{"size":5,"mtime":1732000000123456789,"etag":"5d41402abc4b2a76b9719d911017c592","modified":1732000000123456,)"
      R"("contentType":"text/plain","cacheControl":"no-store","contentDisposition":"inline","contentEncoding":"gzip","contentLanguage":"de",)"
      R"("expires":"never","storageClass":"GLACIER","metadata":{"a":"1 \"2\" \\ ü","b":""},"tags":{"t":"v"}},)"
      R"({"size":0,"mtime":-1,"etag":"d41d8cd98f00b204e9800998ecf8427e","modified":0,"contentType":"application/octet-stream"}]})"
      "\n");
}

TEST_CASE("a version that was uploaded in parts keeps their sizes and the upload's id", "[directory][sidecar][golden]") {
  Version version;
  version.stamp = {21, 1};
  version.etag = "d41d8cd98f00b204e9800998ecf8427e-3";
  version.upload_id = "id";
  version.part_sizes = {{2, 8}, {1, 5}};
  const std::string text = to_json({"k", {version}});
  CHECK(
      text ==
      R"({"format":1,"key":"k","versions":[{"size":21,"mtime":1,"etag":"d41d8cd98f00b204e9800998ecf8427e-3","modified":0,"uploadId":"id",)"
      R"("partSizes":[[2,8],[1,5]]}]})"
      "\n");
  auto back = parse_sidecar(text);
  REQUIRE(back);
  CHECK(back->versions.at(0).upload_id == "id");
  CHECK(back->versions.at(0).part_sizes == version.part_sizes);
  for (const char* sizes : {"3", "[3]", "[[1]]", "[[1,-1]]", "[[1,2,3]]"}) {
    CAPTURE(sizes);
    std::string broken = text;
    broken.replace(broken.find("[[2,8],[1,5]]"), 13, sizes);
    CHECK(kind_of(parse_sidecar(broken)) == ErrorKind::corrupt);
  }
}

TEST_CASE("a sidecar comes back as it was written", "[directory][sidecar]") {
  const Sidecar before = sample();
  auto after = parse_sidecar(to_json(before));
  REQUIRE(after);
  CHECK(after->key == before.key);
  REQUIRE(after->versions.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(after->versions[i].stamp == before.versions[i].stamp);
    CHECK(after->versions[i].etag == before.versions[i].etag);
    CHECK(after->versions[i].modified == before.versions[i].modified);
    CHECK(after->versions[i].attributes == before.versions[i].attributes);
  }
}

TEST_CASE("the short look of listings finds the same", "[directory][sidecar]") {
  const Sidecar sidecar = sample();
  for (const auto& version : sidecar.versions) {
    std::string json = to_json(sidecar);
    const auto listed = find_listed_version(json, sidecar.key, version.stamp);
    REQUIRE(listed);
    CHECK(listed->etag == version.etag);
    CHECK(listed->modified == version.modified);
    CHECK(listed->storage_class == version.attributes.storage_class);
  }
  std::string json = to_json(sidecar);
  CHECK_FALSE(find_listed_version(json, "other key", sidecar.versions[0].stamp));
  json = to_json(sidecar);
  CHECK_FALSE(find_listed_version(json, sidecar.key, {5, 1}));
  json = to_json(sidecar);
  CHECK_FALSE(find_listed_version(json, sidecar.key, {6, sidecar.versions[0].stamp.mtime}));
}

TEST_CASE("a sidecar with more in it than we know is read", "[directory][sidecar]") {
  auto sidecar = parse_sidecar(
      R"({"format":1,"key":"k","color":"red","versions":[{"size":1,"mtime":2,"etag":"e","modified":3,"shape":{"round":true}}]})");
  REQUIRE(sidecar);
  REQUIRE(sidecar->versions.size() == 1);
  CHECK(sidecar->versions[0].etag == "e");
}

TEST_CASE("a sidecar of a newer format is unsupported, everything else that is none is corrupt", "[directory][sidecar]") {
  CHECK(kind_of(parse_sidecar(R"({"format":2,"key":"k","versions":[]})")) == ErrorKind::unsupported);
  const std::string whole = to_json(sample());
  for (std::size_t size = 0; size + 2 < whole.size(); ++size) {
    CAPTURE(size);
    auto cut = parse_sidecar(whole.substr(0, size));
    REQUIRE(kind_of(cut) == ErrorKind::corrupt);
    std::string text = whole.substr(0, size);
    REQUIRE_FALSE(find_listed_version(text, sample().key, sample().versions[0].stamp));
  }
  for (const std::string text :
       {"[]", "null", "{}", R"({"format":"1"})", R"({"format":1})", R"({"format":1,"key":""})", R"({"format":1,"key":1,"versions":[]})",
        R"({"format":1,"key":"k"})", R"({"format":1,"key":"k","versions":{}})", R"({"format":1,"key":"k","versions":[1]})",
        R"({"format":1,"key":"k","versions":[{}]})", R"({"format":1,"key":"k","versions":[{"size":-1,"mtime":2,"etag":"e","modified":3}]})",
        R"({"format":1,"key":"k","versions":[{"size":1,"mtime":2,"etag":"","modified":3}]})",
        R"({"format":1,"key":"k","versions":[{"size":1,"mtime":2,"etag":"e"}]})",
        R"({"format":1,"key":"k","versions":[{"size":1,"mtime":2,"etag":"e","modified":3,"metadata":[]}]})",
        R"({"format":1,"key":"k","versions":[{"size":1,"mtime":2,"etag":"e","modified":3,"metadata":{"a":1}}]})",
        R"({"format":1,"key":"k","versions":[{"size":1,"mtime":2,"etag":"e","modified":3,"expires":4}]})"}) {
    CAPTURE(text);
    CHECK(kind_of(parse_sidecar(text)) == ErrorKind::corrupt);
  }
  CHECK(kind_of(parse_sidecar(std::string(100'000, '['))) == ErrorKind::corrupt);
}

TEST_CASE("an object that nobody here wrote has an ETag of its size and time", "[directory][sidecar][golden]") {
  const auto version = computed_version({5, 1'731'579'791'000'000'000});
  CHECK(version.etag == "5-1807cea546ccd600");
  CHECK(version.modified == SystemTime(std::chrono::seconds(1'731'579'791)));
  CHECK(version.attributes.content_type == "application/octet-stream");
  CHECK_FALSE(is_content_etag(version.etag));
  CHECK(is_content_etag("5d41402abc4b2a76b9719d911017c592"));
  CHECK(computed_version({5, 1}).etag != computed_version({5, 2}).etag);
  CHECK(computed_version({0x51, 1}).etag != computed_version({5, 0x11}).etag);
}

}  // namespace objectstore::directory
