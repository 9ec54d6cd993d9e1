// The XML documents of uploads in parts as values. Nothing in them is trusted: see the errors.
#include "s3/multipart_replies.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/etag.h"
#include "s3/reply_reader.h"

namespace objectstore::s3 {

namespace {

constexpr std::size_t kMaxUploadId = 4096;

/// It comes back to the server in the query of every request.
bool is_upload_id(std::string_view text) {
  return !text.empty() && text.size() <= kMaxUploadId &&
         std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7f; });
}

std::optional<std::uint32_t> read_number(const Once& element) {
  const auto number = base::parse_decimal(element.text());
  if (!number || *number > kMaxPartNumber) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

/// `truncated`: what <IsTruncated> says. Errors: corrupt.
Status read_truncated(const Once& element, bool& truncated) {
  truncated = element.text() == "true";
  if (!truncated && element.given() && element.text() != "false") return malformed("IsTruncated");
  return {};
}

Result<UploadedPart> read_part(const pugi::xml_node& element) {
  Once number, etag, size, sha256;
  for (const auto& child : element.children()) {
    const std::string_view tag = child.name();
    if (tag == "PartNumber" && !number.take(child)) return malformed(tag);
    if (tag == "ETag" && !etag.take(child)) return malformed(tag);
    if (tag == "Size" && !size.take(child)) return malformed(tag);
    if (tag == "ChecksumSHA256" && !sha256.take(child)) return malformed(tag);
  }
  const auto part_number = read_number(number);
  if (!part_number || *part_number == 0) return malformed("PartNumber");
  const auto bytes = base::parse_decimal(size.text());
  if (!bytes) return malformed("Size");
  if (etag.text().empty()) return malformed("ETag");
  return UploadedPart{*part_number, std::string(base::strip_etag(etag.text())), *bytes, sha256.text()};
}

Result<MultipartUpload> read_upload(const pugi::xml_node& element, std::string_view prefix, bool encoded) {
  Once key, id, initiated, storage_class, algorithm;
  for (const auto& child : element.children()) {
    const std::string_view tag = child.name();
    if (tag == "Key" && !key.take(child)) return malformed(tag);
    if (tag == "UploadId" && !id.take(child)) return malformed(tag);
    if (tag == "Initiated" && !initiated.take(child)) return malformed(tag);
    if (tag == "StorageClass" && !storage_class.take(child)) return malformed(tag);
    if (tag == "ChecksumAlgorithm" && !algorithm.take(child)) return malformed(tag);
  }
  auto name = decode_key(key.text(), encoded);
  if (!name || name->empty() || !base::is_utf8(*name)) return malformed("Key");
  if (!std::string_view(*name).starts_with(prefix)) return corrupt_reply("the listing holds a key outside the prefix");
  if (!is_upload_id(id.text())) return malformed("UploadId");
  const auto time = read_time(initiated, "Initiated");
  if (!time) return time.error();
  MultipartUpload upload;
  upload.key = std::move(*name);
  upload.upload_id = id.text();
  upload.initiated = *time;
  upload.storage_class = storage_class.text();
  // S3 always tells. Where nothing is told, as by MinIO, a sum that nobody wants does no harm.
  upload.part_sha256 = algorithm.text().empty() || algorithm.text() == "SHA256";
  return upload;
}

}  // namespace

Result<std::string> parse_created_upload(std::string body) {
  pugi::xml_document document;
  if (auto status = open_reply(body, "InitiateMultipartUploadResult", document); !status) return status.error();
  Once id;
  for (const auto& child : document.document_element().children()) {
    if (std::string_view(child.name()) == "UploadId" && !id.take(child)) return malformed("UploadId");
  }
  if (!is_upload_id(id.text())) return malformed("UploadId");
  return id.text();
}

Result<UploadedPart> parse_copied_part(std::string body) {
  pugi::xml_document document;
  if (auto status = open_reply(body, "CopyPartResult", document); !status) return status.error();
  Once etag, sha256;
  for (const auto& child : document.document_element().children()) {
    const std::string_view tag = child.name();
    if (tag == "ETag" && !etag.take(child)) return malformed(tag);
    if (tag == "ChecksumSHA256" && !sha256.take(child)) return malformed(tag);
  }
  if (etag.text().empty()) return malformed("ETag");
  UploadedPart part;
  part.etag = base::strip_etag(etag.text());
  part.sha256 = sha256.text();
  return part;
}

Result<std::string> parse_completed(std::string body) {
  pugi::xml_document document;
  if (auto status = open_reply(body, "CompleteMultipartUploadResult", document); !status) return status.error();
  Once etag;
  for (const auto& child : document.document_element().children()) {
    if (std::string_view(child.name()) == "ETag" && !etag.take(child)) return malformed("ETag");
  }
  if (etag.text().empty()) return malformed("ETag");
  return std::string(base::strip_etag(etag.text()));
}

std::string complete_document(std::span<const UploadedPart> parts) {
  std::string text = "<CompleteMultipartUpload xmlns=\"";
  text += kNamespace;
  text += "\">";
  for (const auto& part : parts) {
    text += "<Part><PartNumber>" + std::to_string(part.number) + "</PartNumber><ETag>";
    escape_xml_to(text, base::quote_etag(part.etag));
    text += "</ETag>";
    if (!part.sha256.empty()) {
      text += "<ChecksumSHA256>";
      escape_xml_to(text, part.sha256);
      text += "</ChecksumSHA256>";
    }
    text += "</Part>";
  }
  text += "</CompleteMultipartUpload>";
  return text;
}

Result<PartPage> parse_parts(std::string body, std::uint32_t part_after) {
  pugi::xml_document document;
  if (auto status = open_reply(body, "ListPartsResult", document); !status) return status.error();
  PartPage page;
  Once truncated_text, next;
  for (const auto& child : document.document_element().children()) {
    const std::string_view tag = child.name();
    if (tag == "Part") {
      auto part = read_part(child);
      if (!part) return std::move(part).error();
      page.parts.push_back(std::move(*part));
    } else if (tag == "IsTruncated") {
      if (!truncated_text.take(child)) return malformed(tag);
    } else if (tag == "NextPartNumberMarker") {
      if (!next.take(child)) return malformed(tag);
    }
  }
  std::sort(page.parts.begin(), page.parts.end(), [](const auto& a, const auto& b) { return a.number < b.number; });
  const auto twice =
      std::adjacent_find(page.parts.begin(), page.parts.end(), [](const auto& a, const auto& b) { return a.number == b.number; });
  if (twice != page.parts.end()) return corrupt_reply("a part stands twice in the listing");
  std::erase_if(page.parts, [&](const UploadedPart& part) { return part.number <= part_after; });
  bool truncated = false;
  if (auto status = read_truncated(truncated_text, truncated); !status) return status.error();
  if (!truncated) return page;
  const auto marker = read_number(next);
  if (!marker) return malformed("NextPartNumberMarker");
  if (*marker <= part_after) return corrupt_reply("the listing of parts leads back and would never end");
  page.continuation = *marker;
  return page;
}

Result<UploadsPage> parse_uploads(std::string body, std::string_view prefix, const UploadsMarker& after) {
  pugi::xml_document document;
  if (auto status = open_reply(body, "ListMultipartUploadsResult", document); !status) return status.error();
  const pugi::xml_node root = document.document_element();
  const bool encoded = std::string_view(root.child("EncodingType").text().get()) == "url";
  UploadsPage page;
  Once truncated_text, next_key, next_id;
  for (const auto& child : root.children()) {
    const std::string_view tag = child.name();
    if (tag == "Upload") {
      auto upload = read_upload(child, prefix, encoded);
      if (!upload) return std::move(upload).error();
      page.uploads.push_back(std::move(*upload));
    } else if (tag == "IsTruncated") {
      if (!truncated_text.take(child)) return malformed(tag);
    } else if (tag == "NextKeyMarker") {
      if (!next_key.take(child)) return malformed(tag);
    } else if (tag == "NextUploadIdMarker") {
      if (!next_id.take(child)) return malformed(tag);
    }
  }
  std::stable_sort(page.uploads.begin(), page.uploads.end(), [](const MultipartUpload& a, const MultipartUpload& b) {
    return std::tie(a.key, a.initiated) < std::tie(b.key, b.initiated);
  });
  bool truncated = false;
  if (auto status = read_truncated(truncated_text, truncated); !status) return status.error();
  if (!truncated) return page;
  auto key = decode_key(next_key.text(), encoded);
  if (!key || key->empty() || !base::is_utf8(*key)) return malformed("NextKeyMarker");
  page.next = {std::move(*key), next_id.text()};
  // Ids of one key have an order that only the server knows.
  if (page.next.key < after.key || page.next == after) return corrupt_reply("the listing of uploads leads back and would never end");
  return page;
}

}  // namespace objectstore::s3
