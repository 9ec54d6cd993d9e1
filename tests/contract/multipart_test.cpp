// Contract: uploads in parts, from their creation to the object or to nothing.
#include "objectstore/multipart.h"

#include <algorithm>
#include <atomic>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/parts_etag.h"
#include "contract/backend_under_test.h"

namespace objectstore::contract {

namespace {

constexpr std::size_t kFull = kMinPartBytes;

std::string bytes(std::size_t count, char c) {
  return std::string(count, c);
}

MultipartUpload begin(Bucket& bucket, std::string_view key, const UploadOptions& options = {}) {
  auto upload = bucket.create_multipart_upload(key, options);
  INFO(failure_of(upload));
  REQUIRE(upload);
  return std::move(*upload);
}

UploadedPart part(Bucket& bucket, const MultipartUpload& upload, std::uint32_t number, std::string_view content) {
  auto stored = bucket.upload_part(upload, number, Body::view(content));
  INFO("part " << number << ": " << failure_of(stored));
  REQUIRE(stored);
  return std::move(*stored);
}

std::string md5_of(std::string_view content) {
  return base::hex(base::md5(std::as_bytes(std::span(content))));
}

std::vector<std::string> upload_keys(Bucket& bucket, const ListMultipartUploadsOptions& options = {}) {
  auto page = bucket.list_multipart_uploads(options);
  if (!page) return {failure_of(page)};
  std::vector<std::string> keys;
  for (const auto& upload : page->uploads) keys.push_back(upload.key);
  return keys;
}

}  // namespace

TEST_CASE("an upload in parts becomes one object with the attributes that it began with", "[contract][multipart]") {
  const FreshBucket bucket;
  const UploadOptions options{.content_type = "text/plain",
                              .cache_control = "no-cache",
                              .content_disposition = "attachment",
                              .metadata = {{"owner", "ana"}, {"city", "K\xc3\xb6ln"}},
                              .tags = {{"a", "1"}}};
  const auto upload = begin(*bucket, "big", options);
  CHECK(upload.key == "big");
  CHECK_FALSE(upload.upload_id.empty());
  const std::string first = bytes(kFull, 'a');
  const std::string second = bytes(kFull + 1, 'b');
  std::vector<UploadedPart> parts;
  parts.push_back(part(*bucket, upload, 2, second));  // in any order
  parts.insert(parts.begin(), part(*bucket, upload, 1, first));
  parts.push_back(part(*bucket, upload, 7, "tail"));
  CHECK(parts[0].number == 1);
  CHECK(parts[0].etag == md5_of(first));
  CHECK(parts[0].size == first.size());
  CHECK(kind_of(bucket->head("big")) == ErrorKind::not_found);  // nothing shows before the end
  CHECK(keys_of(*bucket).empty());

  auto completed = bucket->complete_multipart_upload(upload, parts);
  INFO(failure_of(completed));
  REQUIRE(completed);
  base::PartsEtag etag;
  for (const auto& each : parts) etag.add(each.etag);
  CHECK(completed->ref == ObjectRef{bucket->name(), "big", etag.text(), 2 * kFull + 5, "text/plain"});

  auto head = bucket->head("big");
  REQUIRE(head);
  CHECK(head->etag == completed->ref.etag);
  CHECK(head->size == 2 * kFull + 5);
  CHECK(head->content_type == "text/plain");
  CHECK(head->cache_control == "no-cache");
  CHECK(head->content_disposition == "attachment");
  CHECK(head->metadata == options.metadata);
  CHECK(head->tag_count == 1);
  CHECK(text_of(*bucket, "big") == first + second + "tail");
  auto middle = bucket->download("big", {}, {.range = ByteRange::first_last(kFull - 1, kFull)});
  REQUIRE(middle);
  CHECK(middle->content == "ab");
  CHECK(keys_of(*bucket) == std::vector<std::string>{"big"});
  CHECK(upload_keys(*bucket).empty());

  auto copied = bucket->copy({.key = "big", .if_match = completed->ref.etag}, "copy");
  INFO(failure_of(copied));
  REQUIRE(copied);
  CHECK(text_of(*bucket, "copy") == first + second + "tail");
}

TEST_CASE("one part of any size makes an object, an empty one too", "[contract][multipart]") {
  const FreshBucket bucket;
  for (const std::string content : {"", "x"}) {
    CAPTURE(content);
    const auto upload = begin(*bucket, "k");
    const std::vector parts{part(*bucket, upload, 10'000, content)};
    auto completed = bucket->complete_multipart_upload(upload, parts);
    INFO(failure_of(completed));
    REQUIRE(completed);
    CHECK(completed->ref.size == content.size());
    CHECK(completed->ref.etag.ends_with("-1"));
    CHECK(text_of(*bucket, "k") == content);
  }
}

TEST_CASE("a part that is uploaded again replaces the one before it, and parts not named are dropped", "[contract][multipart]") {
  const FreshBucket bucket;
  const auto upload = begin(*bucket, "k");
  const auto old = part(*bucket, upload, 1, "old");
  const auto fresh = part(*bucket, upload, 1, "fresh");
  part(*bucket, upload, 2, "never named");
  CHECK(kind_of(bucket->complete_multipart_upload(upload, std::vector{old})) == ErrorKind::invalid_argument);
  REQUIRE(bucket->complete_multipart_upload(upload, std::vector{fresh}));
  CHECK(text_of(*bucket, "k") == "fresh");
}

TEST_CASE("parts are listed by number and page by page, with all that completing needs", "[contract][multipart]") {
  const FreshBucket bucket;
  const auto upload = begin(*bucket, "k");
  CHECK(bucket->list_parts(upload)->parts.empty());
  const std::string full = bytes(kFull, 'x');
  for (const std::uint32_t number : {5U, 1U, 3U}) part(*bucket, upload, number, number == 5 ? std::string_view("end") : full);
  std::vector<UploadedPart> listed;
  std::uint32_t after = 0;
  int pages = 0;
  do {
    auto page = bucket->list_parts(upload, {.part_after = after, .page_size = 2});
    INFO(failure_of(page));
    REQUIRE(page);
    CHECK(page->parts.size() <= 2);
    listed.insert(listed.end(), page->parts.begin(), page->parts.end());
    after = page->continuation;
  } while (after != 0 && ++pages < 10);
  REQUIRE(listed.size() == 3);
  CHECK(listed[0].number == 1);
  CHECK(listed[1].number == 3);
  CHECK(listed[2].number == 5);
  CHECK(listed[0].etag == md5_of(full));
  CHECK(listed[0].size == kFull);
  CHECK(listed[2].sha256 == base::base64(base::sha256(std::string_view("end"))));
  const MultipartUpload known{.key = upload.key, .upload_id = upload.upload_id};  // what another process has
  auto completed = bucket->complete_multipart_upload(known, listed);
  INFO(failure_of(completed));
  REQUIRE(completed);
  CHECK(text_of(*bucket, "k") == full + full + "end");
  for (const std::uint32_t size : {0U, 1001U}) {
    CHECK(kind_of(bucket->list_parts(upload, {.page_size = size})) == ErrorKind::invalid_argument);
  }
}

TEST_CASE("unfinished uploads are listed by key, and leave the list when they end", "[contract][multipart]") {
  const FreshBucket bucket;
  CHECK(upload_keys(*bucket).empty());
  const auto b = begin(*bucket, "b/1", {.storage_class = "STANDARD"});
  const auto a = begin(*bucket, "a/1");
  const auto again = begin(*bucket, "b/1");
  CHECK(again.upload_id != b.upload_id);
  CHECK(upload_keys(*bucket) == std::vector<std::string>{"a/1", "b/1", "b/1"});
  CHECK(upload_keys(*bucket, {.prefix = "b/1"}) == std::vector<std::string>{"b/1", "b/1"});
  CHECK(upload_keys(*bucket, {.prefix = "c"}).empty());
  const auto listed = bucket->list_multipart_uploads({.prefix = "a/1"});
  REQUIRE(listed);
  REQUIRE(listed->uploads.size() == 1);
  CHECK(listed->uploads[0].upload_id == a.upload_id);
  CHECK(std::chrono::abs(listed->uploads[0].initiated - a.initiated) < std::chrono::minutes(1));
  part(*bucket, listed->uploads[0], 1, "found by listing");
  if (pages_uploads()) {
    CHECK(upload_keys(*bucket, {.prefix = "b/"}) == std::vector<std::string>{"b/1", "b/1"});
    std::vector<std::string> ids;
    std::string continuation;
    do {
      auto page = bucket->list_multipart_uploads({.page_size = 1, .continuation = continuation});
      INFO(failure_of(page));
      REQUIRE(page);
      REQUIRE(page->uploads.size() == 1);
      ids.push_back(page->uploads[0].upload_id);
      continuation = page->continuation;
    } while (!continuation.empty() && ids.size() < 10);
    REQUIRE(ids.size() == 3);
    CHECK(ids[0] == a.upload_id);
    CHECK(std::is_permutation(ids.begin() + 1, ids.end(), std::vector{b.upload_id, again.upload_id}.begin()));  // of one millisecond
  }
  REQUIRE(bucket->abort_multipart_upload(a));
  REQUIRE(bucket->complete_multipart_upload(b, std::vector{part(*bucket, b, 1, "x")}));
  CHECK(upload_keys(*bucket) == std::vector<std::string>{"b/1"});
  CHECK(kind_of(bucket->list_multipart_uploads({.page_size = 0})) == ErrorKind::invalid_argument);
  CHECK(kind_of(bucket->list_multipart_uploads({.continuation = "x"})) == ErrorKind::invalid_argument);
}

TEST_CASE("an aborted upload is gone with its parts, and aborting once more is success", "[contract][multipart]") {
  const FreshBucket bucket;
  put(*bucket, "k", "before");
  const auto upload = begin(*bucket, "k");
  const std::vector parts{part(*bucket, upload, 1, "x")};
  REQUIRE(bucket->abort_multipart_upload(upload));
  REQUIRE(bucket->abort_multipart_upload(upload));
  CHECK(upload_keys(*bucket).empty());
  CHECK(text_of(*bucket, "k") == "before");
  const auto is_gone = [&](const auto& result, std::string_view operation) {
    check_context(result, operation, bucket->name(), "k");
    CHECK(kind_of(result) == ErrorKind::not_found);
    CHECK(result.error().service_code == "NoSuchUpload");
  };
  is_gone(bucket->upload_part(upload, 2, Body::view("y")), "upload_part");
  is_gone(bucket->upload_part_copy(upload, 2, {.key = "k"}), "upload_part_copy");
  is_gone(bucket->list_parts(upload), "list_parts");
  is_gone(bucket->complete_multipart_upload(upload, parts), "complete_multipart_upload");
}

TEST_CASE("an upload that never was, or is another key's, is not found", "[contract][multipart]") {
  const FreshBucket bucket;
  auto other = begin(*bucket, "k");
  const std::vector parts{part(*bucket, other, 1, "x")};
  other.key = "l";
  for (const auto& upload : {other, MultipartUpload{.key = "k", .upload_id = "01932c5e-0000-7000-8000-000000000000"},
                             MultipartUpload{.key = "k", .upload_id = "none"}}) {
    CAPTURE(upload.key, upload.upload_id);
    CHECK(kind_of(bucket->complete_multipart_upload(upload, parts)) == ErrorKind::not_found);
    CHECK(kind_of(bucket->upload_part(upload, 1, Body::view("x"))) == ErrorKind::not_found);
    CHECK(kind_of(bucket->list_parts(upload)) == ErrorKind::not_found);
    CHECK(bucket->abort_multipart_upload(upload));
  }
  CHECK(upload_keys(*bucket) == std::vector<std::string>{"k"});
}

TEST_CASE("completing twice succeeds while the object stands, and does not undo what came after it", "[contract][multipart]") {
  const FreshBucket bucket;
  const auto upload = begin(*bucket, "k");
  const std::vector parts{part(*bucket, upload, 1, "x")};
  const auto first = bucket->complete_multipart_upload(upload, parts, {.condition = CreateOnly{}});
  REQUIRE(first);
  const auto second = bucket->complete_multipart_upload(upload, parts, {.condition = CreateOnly{}});
  INFO(failure_of(second));
  REQUIRE(second);
  CHECK(second->ref.etag == first->ref.etag);
  put(*bucket, "k", "later");
  CHECK(kind_of(bucket->complete_multipart_upload(upload, parts)) == ErrorKind::not_found);
  CHECK(text_of(*bucket, "k") == "later");
}

TEST_CASE("the condition of an upload in parts is decided when it is completed", "[contract][multipart]") {
  const FreshBucket bucket;
  const auto upload = begin(*bucket, "k", {.condition = CreateOnly{}});
  const std::vector parts{part(*bucket, upload, 1, "parts")};
  const auto there = put(*bucket, "k", "taken");
  const auto create = bucket->complete_multipart_upload(upload, parts, {.condition = CreateOnly{}});
  check_context(create, "complete_multipart_upload", bucket->name(), "k");
  CHECK(kind_of(create) == ErrorKind::already_exists);
  CHECK(kind_of(bucket->complete_multipart_upload(upload, parts, {.condition = IfMatch{md5_of("other")}})) ==
        ErrorKind::precondition_failed);
  CHECK(text_of(*bucket, "k") == "taken");
  CHECK(bucket->list_parts(upload)->parts.size() == 1);  // it stays
  REQUIRE(bucket->delete_object("k"));
  CHECK(kind_of(bucket->complete_multipart_upload(upload, parts, {.condition = IfMatch{there.ref.etag}})) == ErrorKind::not_found);
  const auto back = put(*bucket, "k", "taken");
  auto matched = bucket->complete_multipart_upload(upload, parts, {.condition = IfMatch{back.ref.etag}});
  INFO(failure_of(matched));
  REQUIRE(matched);
  CHECK(text_of(*bucket, "k") == "parts");
  CHECK(kind_of(bucket->complete_multipart_upload(begin(*bucket, "k"), parts, {.condition = IfMatch{""}})) == ErrorKind::invalid_argument);
}

TEST_CASE("of several uploads that create one key exactly one completes", "[contract][multipart]") {
  const FreshBucket bucket;
  constexpr int kWriters = 6;
  std::vector<MultipartUpload> uploads;
  std::vector<std::vector<UploadedPart>> parts;
  for (int i = 0; i < kWriters; ++i) {
    uploads.push_back(begin(*bucket, "k"));
    parts.push_back({part(*bucket, uploads.back(), 1, std::to_string(i))});
  }
  std::atomic<int> winners{0};
  std::atomic<int> losers{0};
  std::atomic<int> winner{-1};
  in_threads(kWriters, [&](int i) {
    const auto at = static_cast<std::size_t>(i);
    auto completed = bucket->complete_multipart_upload(uploads[at], parts[at], {.condition = CreateOnly{}});
    if (completed) {
      ++winners;
      winner = i;
    } else if (completed.error().kind == ErrorKind::already_exists) {
      ++losers;
    }
  });
  CHECK(winners == 1);
  CHECK(losers == kWriters - 1);
  CHECK(text_of(*bucket, "k") == std::to_string(winner));
}

TEST_CASE("a part under 5 MiB that is not the last is too small, and the upload stays", "[contract][multipart]") {
  const FreshBucket bucket;
  const auto upload = begin(*bucket, "k");
  const std::vector parts{part(*bucket, upload, 1, bytes(kFull - 1, 'x')), part(*bucket, upload, 2, "end")};
  auto small = bucket->complete_multipart_upload(upload, parts);
  check_context(small, "complete_multipart_upload", bucket->name(), "k");
  CHECK(kind_of(small) == ErrorKind::invalid_argument);
  CHECK(small.error().service_code == "EntityTooSmall");
  CHECK(keys_of(*bucket).empty());
  CHECK(bucket->complete_multipart_upload(upload, std::vector{parts[1]}));
}

TEST_CASE("parts that cannot make an object are refused", "[contract][multipart]") {
  const FreshBucket bucket;
  const auto upload = begin(*bucket, "k");
  const auto one = part(*bucket, upload, 1, bytes(kFull, 'x'));
  const auto two = part(*bucket, upload, 2, "y");
  auto wrong = one;
  wrong.etag = md5_of("other");
  auto missing = two;
  missing.number = 3;
  auto nameless = one;
  nameless.etag.clear();
  auto zero = one;
  zero.number = 0;
  auto beyond = one;
  beyond.number = kMaxPartNumber + 1;
  struct Case {
    const char* what;
    std::vector<UploadedPart> parts;
    std::string code;
  };
  for (const auto& row : std::vector<Case>{{"none", {}, "MalformedXML"},
                                           {"wrong ETag", {wrong, two}, "InvalidPart"},
                                           {"not uploaded", {one, missing}, "InvalidPart"},
                                           {"no ETag", {nameless}, "InvalidPart"},
                                           {"not ascending", {two, one}, "InvalidPartOrder"},
                                           {"twice", {one, one}, "InvalidPartOrder"},
                                           {"number 0", {zero}, ""},
                                           {"number 10,001", {beyond}, ""}}) {
    CAPTURE(row.what);
    auto refused = bucket->complete_multipart_upload(upload, row.parts);
    check_context(refused, "complete_multipart_upload", bucket->name(), "k");
    CHECK(kind_of(refused) == ErrorKind::invalid_argument);
    CHECK(refused.error().service_code == row.code);
  }
  for (const std::uint32_t number : {0U, kMaxPartNumber + 1}) {
    CHECK(kind_of(bucket->upload_part(upload, number, Body::view("x"))) == ErrorKind::invalid_argument);
    CHECK(kind_of(bucket->upload_part_copy(upload, number, {.key = "k"})) == ErrorKind::invalid_argument);
  }
  CHECK(kind_of(bucket->upload_part({.key = "k", .upload_id = ""}, 1, Body::view("x"))) == ErrorKind::invalid_argument);  // no id
  CHECK(bucket->complete_multipart_upload(upload, std::vector{one, two}));
}

TEST_CASE("parts are copied from stored objects, whole and by range", "[contract][multipart]") {
  const FreshBucket bucket;
  const std::string source = bytes(kFull, 'a') + bytes(kFull, 'b') + "end";
  const auto stored = put(*bucket, "source \xc3\xbc+%", source);
  const CopySource from{.key = "source \xc3\xbc+%"};
  const auto upload = begin(*bucket, "k", {.part_sha256 = false});
  const auto copy = [&](std::uint32_t number, const CopySource& of, const ByteRange& range) {
    return bucket->upload_part_copy(upload, number, of, range);
  };
  std::vector<UploadedPart> parts;
  struct Case {
    ByteRange range;
    std::string expected;
  };
  for (const auto& row : std::vector<Case>{{ByteRange::whole(), source},
                                           {ByteRange::first_last(0, kFull - 1), bytes(kFull, 'a')},
                                           {ByteRange::from(kFull), bytes(kFull, 'b') + "end"},
                                           {ByteRange::suffix(3), "end"}}) {
    auto part = copy(static_cast<std::uint32_t>(parts.size() + 1), from, row.range);
    INFO(failure_of(part));
    REQUIRE(part);
    CHECK(part->size == row.expected.size());
    CHECK(part->etag == md5_of(row.expected));
    parts.push_back(*part);
  }
  CHECK(kind_of(copy(9, from, ByteRange::first_last(0, source.size()))) == ErrorKind::invalid_argument);
  CHECK(kind_of(copy(9, from, ByteRange::from(source.size()))) == ErrorKind::invalid_argument);
  CHECK(kind_of(copy(9, from, ByteRange::first_last(2, 1))) == ErrorKind::invalid_argument);
  CHECK(kind_of(copy(9, {.key = "missing"}, {})) == ErrorKind::not_found);
  CHECK(kind_of(copy(9, {.key = "missing"}, ByteRange::first_last(0, 1))) == ErrorKind::not_found);
  CHECK(kind_of(copy(9, {.key = from.key, .if_match = md5_of("x")}, ByteRange::first_last(0, 1))) == ErrorKind::precondition_failed);
  CHECK(copy(9, {.key = from.key, .if_match = stored.ref.etag}, ByteRange::first_last(0, 1)));
  auto completed = bucket->complete_multipart_upload(upload, parts);
  INFO(failure_of(completed));
  REQUIRE(completed);
  CHECK(completed->ref.size == 2 * source.size() + 3);
  CHECK(text_of(*bucket, "k") == source + source + "end");
}

TEST_CASE("keys that no store takes are refused by every verb of uploads in parts, and odd ones are kept", "[contract][multipart]") {
  const FreshBucket bucket;
  for (const std::string& key : {std::string(), std::string(1025, 'k'), std::string("a\0b", 3), std::string("\xff")}) {
    const MultipartUpload upload{.key = key, .upload_id = "id"};
    CHECK(kind_of(bucket->create_multipart_upload(key)) == ErrorKind::invalid_argument);
    CHECK(kind_of(bucket->upload_part(upload, 1, Body::view("x"))) == ErrorKind::invalid_argument);
    CHECK(kind_of(bucket->upload_part_copy(upload, 1, {.key = "k"})) == ErrorKind::invalid_argument);
    CHECK(kind_of(bucket->complete_multipart_upload(upload, std::vector<UploadedPart>{{1, "e"}})) == ErrorKind::invalid_argument);
    CHECK(kind_of(bucket->abort_multipart_upload(upload)) == ErrorKind::invalid_argument);
    CHECK(kind_of(bucket->list_parts(upload)) == ErrorKind::invalid_argument);
  }
  for (const std::string key :
       {"a//b", "../x", "a b+c%2F&d=e?f#g", "\xc3\xa4/\xf0\x9f\x98\x80", "line\nbreak\ttab", "<&>\"'", "a/", ".objectstore/x"}) {
    CAPTURE(key);
    if (refused_in_parts(key)) continue;
    const auto upload = begin(*bucket, key);
    CHECK(upload_keys(*bucket, {.prefix = key}) == std::vector<std::string>{key});
    auto completed = bucket->complete_multipart_upload(upload, std::vector{part(*bucket, upload, 1, key)});
    INFO(failure_of(completed));
    REQUIRE(completed);
    CHECK(text_of(*bucket, key) == key);
  }
}

TEST_CASE("a bucket that holds nothing but unfinished uploads can be deleted, and they are gone with it", "[contract][multipart]") {
  const FreshBucket bucket;
  const auto upload = begin(*bucket, "k");
  part(*bucket, upload, 1, "x");
  auto deleted = backend().client.delete_bucket(bucket->name());
  INFO(failure_of(deleted));
  REQUIRE(deleted);
  CHECK(kind_of(bucket->list_multipart_uploads()) == ErrorKind::not_found);
  CHECK(kind_of(bucket->create_multipart_upload("k")) == ErrorKind::not_found);
  auto created = backend().client.create_bucket(bucket->name());
  REQUIRE(created);
  if (pages_uploads()) CHECK(upload_keys(*bucket).empty());
}

TEST_CASE("a part whose body fails leaves the part before it", "[contract][multipart]") {
  const FreshBucket bucket;
  const auto upload = begin(*bucket, "k");
  const auto good = part(*bucket, upload, 1, "good");
  auto failed = bucket->upload_part(upload, 1, Body::stream(4, [](std::span<std::byte>) -> Result<std::size_t> {
                                      return Error{.kind = ErrorKind::permission_denied, .message = "the source is locked"};
                                    }));
  check_context(failed, "upload_part", bucket->name(), "k");
  CHECK(kind_of(failed) == ErrorKind::permission_denied);
  auto cut = bucket->upload_part(upload, 1, Body::stream(4, [](std::span<std::byte>) -> Result<std::size_t> { return std::size_t{0}; }));
  CHECK(kind_of(cut) == ErrorKind::invalid_argument);
  auto once = bucket->upload_part(upload, 2, Body::stream(4, [left = 4](std::span<std::byte> out) mutable -> Result<std::size_t> {
                                    const auto count = std::min(out.size(), static_cast<std::size_t>(std::exchange(left, 0)));
                                    std::fill_n(out.begin(), count, std::byte{'s'});
                                    return count;
                                  }));
  INFO(failure_of(once));
  REQUIRE(once);
  CHECK(once->etag == md5_of("ssss"));
  REQUIRE(bucket->complete_multipart_upload(upload, std::vector{good}));
  CHECK(text_of(*bucket, "k") == "good");
}

TEST_CASE("a multipart call that was cancelled does nothing", "[contract][multipart]") {
  const FreshBucket bucket;
  const auto upload = begin(*bucket, "k");
  const std::vector parts{part(*bucket, upload, 1, "x")};
  CancelToken token;
  token.cancel();
  const CallOptions cancelled{.cancel = token};
  CHECK(kind_of(bucket->create_multipart_upload("l", {.call = cancelled})) == ErrorKind::cancelled);
  CHECK(kind_of(bucket->upload_part(upload, 2, Body::view("y"), {.call = cancelled})) == ErrorKind::cancelled);
  CHECK(kind_of(bucket->upload_part_copy(upload, 2, {.key = "k"}, {}, {.call = cancelled})) == ErrorKind::cancelled);
  CHECK(kind_of(bucket->complete_multipart_upload(upload, parts, {.call = cancelled})) == ErrorKind::cancelled);
  CHECK(kind_of(bucket->abort_multipart_upload(upload, cancelled)) == ErrorKind::cancelled);
  CHECK(kind_of(bucket->list_parts(upload, {.call = cancelled})) == ErrorKind::cancelled);
  CHECK(kind_of(bucket->list_multipart_uploads({.call = cancelled})) == ErrorKind::cancelled);
  CHECK(upload_keys(*bucket) == std::vector<std::string>{"k"});
  CHECK(bucket->list_parts(upload)->parts == parts);
}

}  // namespace objectstore::contract
