// The XML documents of S3 as values. Nothing in them is trusted: see the errors.
#include "s3/replies.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/encoding.h"
#include "base/etag.h"
#include "s3/reply_reader.h"
#include "s3/xml.h"

namespace objectstore::s3 {

namespace {

struct ListReader {
  std::string_view bucket;
  const ListOptions& options;
  bool encoded = false;
  ListPage page{};

  Result<std::string> key(const Once& element, std::string_view name) const {
    if (!element.given()) return malformed(name);
    auto key = decode_key(element.text(), encoded);
    if (!key || key->empty() || !base::is_utf8(*key)) return malformed(name);
    if (!std::string_view(*key).starts_with(options.prefix)) return corrupt_reply("the listing holds a key outside the prefix");
    return std::move(*key);
  }

  Status add_object(const pugi::xml_node& contents) {
    Once name, size, etag, modified, storage_class;
    for (const auto& child : contents.children()) {
      const std::string_view tag = child.name();
      bool fine = true;
      if (tag == "Key") {
        fine = name.take(child);
      } else if (tag == "Size") {
        fine = size.take(child);
      } else if (tag == "ETag") {
        fine = etag.take(child);
      } else if (tag == "LastModified") {
        fine = modified.take(child);
      } else if (tag == "StorageClass") {
        fine = storage_class.take(child);
      }
      if (!fine) return malformed(tag);
    }
    auto key_text = key(name, "Key");
    if (!key_text) return std::move(key_text).error();
    const auto bytes = base::parse_decimal(size.text());
    if (!bytes) return malformed("Size");
    if (etag.text().empty()) return malformed("ETag");
    const auto time = read_time(modified, "LastModified");
    if (!time) return time.error();
    if (!options.start_after.empty() && *key_text <= options.start_after) return {};
    ObjectInfo& object = page.objects.emplace_back();
    object.bucket = bucket;
    object.key = std::move(*key_text);
    object.etag = base::strip_etag(etag.text());
    object.size = *bytes;
    object.last_modified = *time;
    if (storage_class.given()) object.storage_class = std::move(*storage_class);
    return {};
  }

  Status add_prefix(const pugi::xml_node& common) {
    Once prefix;
    for (const auto& child : common.children()) {
      if (std::string_view(child.name()) == "Prefix" && !prefix.take(child)) return malformed("Prefix");
    }
    auto text = key(prefix, "Prefix");
    if (!text) return std::move(text).error();
    if (!options.start_after.empty() && *text <= options.start_after) return {};
    page.common_prefixes.push_back(std::move(*text));
    return {};
  }
};

/// What to begin the next page behind when this one ends with a common prefix; "" where the server's own token serves.
std::string behind_last_prefix(const ListPage& page, const ListOptions& options) {
  constexpr std::string_view kLastCharacter = "\xf4\x8f\xbf\xbf";
  if (options.delimiter.empty() || options.delimiter == "/" || page.common_prefixes.empty()) return {};
  const std::string& last = page.common_prefixes.back();
  if (!page.objects.empty() && page.objects.back().key > last) return {};
  if (last.size() + kLastCharacter.size() > kMaxKeyBytes) return {};
  std::string token(kOwnToken);
  token += last;
  token += kLastCharacter;
  return token;
}

}  // namespace

Result<ListPage> parse_list(std::string body, std::string_view bucket, const ListOptions& options) {
  pugi::xml_document document;
  if (auto status = open_reply(body, "ListBucketResult", document); !status) return status.error();
  const pugi::xml_node root = document.document_element();
  ListReader reader{.bucket = bucket, .options = options};
  // First what the entries depend on.
  reader.encoded = std::string_view(root.child("EncodingType").text().get()) == "url";
  Once truncated, token;
  for (const auto& child : root.children()) {
    const std::string_view tag = child.name();
    if (tag == "Contents") {
      if (auto status = reader.add_object(child); !status) return status.error();
    } else if (tag == "CommonPrefixes") {
      if (auto status = reader.add_prefix(child); !status) return status.error();
    } else if (tag == "IsTruncated") {
      if (!truncated.take(child)) return malformed(tag);
    } else if (tag == "NextContinuationToken") {
      if (!token.take(child)) return malformed(tag);
    }
  }
  if (truncated.text() == "true") {
    if (token.text().empty()) return corrupt_reply("the listing goes on, but no continuation token came");
    if (token.text() == options.continuation) return corrupt_reply("the listing repeats its continuation token and would never end");
    reader.page.continuation = std::move(*token);
  } else if (truncated.given() && truncated.text() != "false") {
    return malformed("IsTruncated");
  }
  const auto by_key = [](const ObjectInfo& a, const ObjectInfo& b) { return a.key < b.key; };
  auto& objects = reader.page.objects;
  if (!std::is_sorted(objects.begin(), objects.end(), by_key)) std::stable_sort(objects.begin(), objects.end(), by_key);
  auto& prefixes = reader.page.common_prefixes;
  if (!std::is_sorted(prefixes.begin(), prefixes.end())) std::sort(prefixes.begin(), prefixes.end());
  if (!reader.page.continuation.empty()) {
    if (auto own = behind_last_prefix(reader.page, options); !own.empty()) reader.page.continuation = std::move(own);
  }
  return std::move(reader.page);
}

Result<CopyReply> parse_copy(std::string body) {
  pugi::xml_document document;
  if (auto status = open_reply(body, "CopyObjectResult", document); !status) return status.error();
  Once etag, modified;
  for (const auto& child : document.document_element().children()) {
    const std::string_view tag = child.name();
    if (tag == "ETag" && !etag.take(child)) return malformed(tag);
    if (tag == "LastModified" && !modified.take(child)) return malformed(tag);
  }
  if (etag.text().empty()) return malformed("ETag");
  const auto time = read_time(modified, "LastModified");
  if (!time) return time.error();
  return CopyReply{std::string(base::strip_etag(etag.text())), *time};
}

Result<std::vector<DeletedKey>> parse_delete(std::string body) {
  pugi::xml_document document;
  if (auto status = open_reply(body, "DeleteResult", document); !status) return status.error();
  std::vector<DeletedKey> keys;
  for (const auto& entry : document.document_element().children()) {
    const std::string_view kind = entry.name();
    if (kind != "Deleted" && kind != "Error") continue;
    Once key, code, message;
    for (const auto& child : entry.children()) {
      const std::string_view tag = child.name();
      if (tag == "Key" && !key.take(child)) return malformed(tag);
      if (tag == "Code" && !code.take(child)) return malformed(tag);
      if (tag == "Message" && !message.take(child)) return malformed(tag);
    }
    if (!key.given()) return malformed("Key");
    DeletedKey& deleted = keys.emplace_back();
    deleted.key = key.text();
    if (kind == "Error") {
      deleted.code = code.text().empty() ? "UnknownError" : code.text();
      deleted.message = message.text();
    }
  }
  return keys;
}

std::string delete_document(std::span<const std::string_view> keys) {
  std::string text = "<Delete xmlns=\"";
  text += kNamespace;
  text += "\">";
  for (const auto key : keys) {
    text += "<Object><Key>";
    escape_xml_to(text, key);
    text += "</Key></Object>";
  }
  text += "</Delete>";
  return text;
}

Result<BucketPage> parse_buckets(std::string body) {
  pugi::xml_document document;
  if (auto status = open_reply(body, "ListAllMyBucketsResult", document); !status) return status.error();
  BucketPage page;
  Once token;
  for (const auto& child : document.document_element().children()) {
    const std::string_view tag = child.name();
    if (tag == "ContinuationToken" && !token.take(child)) return malformed(tag);
    if (tag != "Buckets") continue;
    for (const auto& bucket : child.children("Bucket")) {
      Once name, created;
      for (const auto& field : bucket.children()) {
        const std::string_view field_tag = field.name();
        if (field_tag == "Name" && !name.take(field)) return malformed(field_tag);
        if (field_tag == "CreationDate" && !created.take(field)) return malformed(field_tag);
      }
      if (name.text().empty() || !base::is_utf8(name.text())) return malformed("Name");
      const auto time = read_time(created, "CreationDate");
      if (!time) return time.error();
      page.buckets.push_back({name.text(), *time});
    }
  }
  page.continuation = token.text();
  return page;
}

std::string location_document(std::string_view region) {
  std::string text = "<CreateBucketConfiguration xmlns=\"";
  text += kNamespace;
  text += "\"><LocationConstraint>";
  escape_xml_to(text, region);
  text += "</LocationConstraint></CreateBucketConfiguration>";
  return text;
}

}  // namespace objectstore::s3
