// A bucket in a folder: the whole contract, for any number of processes at a time.
#include <fcntl.h>

#include <algorithm>
#include <cstddef>
#include <tuple>
#include <utility>
#include <vector>

#include "base/errors.h"
#include "bucket/attributes.h"
#include "bucket/conditions.h"
#include "bucket/directory_content.h"
#include "bucket/directory_listing.h"
#include "bucket/directory_object.h"
#include "bucket/directory_store.h"
#include "bucket/directory_uploads.h"
#include "bucket/directory_writer.h"
#include "bucket/listing.h"
#include "bucket/local_checks.h"
#include "bucket/multipart_checks.h"
#include "bucket/verb.h"
#include "s3/range.h"

namespace objectstore::directory {

namespace {

constexpr std::size_t kPiece = std::size_t{256} << 10U;

ObjectInfo info_of(const std::string& bucket, std::string_view key, const Version& version) {
  ObjectInfo info;
  info.bucket = bucket;
  info.key = key;
  info.etag = version.etag;
  info.size = version.stamp.size;
  info.last_modified = version.modified;
  describe_to(version.attributes, info);
  return info;
}

/// Hands `span` of the object to `write`; a whole object that we wrote is held against its ETag.
/// Errors: conflict (the file was changed by hand meanwhile), corrupt, and what `write` returns.
template <class Write>
Status read_object(const FoundObject& object, const s3::ByteSpan& span, const Verb& verb, const Write& write) {
  const Version& version = object.version;
  ContentCheck check(version);
  const bool verify = span.size == version.stamp.size && check.possible();
  std::vector<std::byte> piece(static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, span.size)));
  for (std::uint64_t done = 0; done < span.size;) {
    if (auto go_on = verb.proceed(); !go_on) return go_on;
    const auto wanted = std::span(piece).first(static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), span.size - done)));
    auto count = object.file.read_at(wanted, span.first + done);
    if (!count) return std::move(count).error();
    if (*count == 0) return base::make_error(ErrorKind::conflict, "the file was cut while it was read");
    if (verify) check.update(wanted.first(*count));
    if (auto written = write(std::span<const std::byte>(wanted.first(*count))); !written) return written;
    done += *count;
  }
  auto now = object.file.status();
  if (!now) return std::move(now).error();
  if (stamp_of(*now) != version.stamp) return base::make_error(ErrorKind::conflict, "the file was changed while it was read");
  if (!verify || check.holds()) return {};
  return base::make_error(ErrorKind::corrupt, object.file.path().native() + ": the bytes are not those that were stored");
}

class DirectoryBucket final : public Bucket {
 public:
  DirectoryBucket(std::shared_ptr<DirectoryStore> store, std::string name) : store_(std::move(store)), name_(std::move(name)) {}

  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] std::string describe() const override { return "directory(" + (store_->root() / name_).native() + ")"; }

  Result<Uploaded> upload(std::string_view key, Body body, const UploadOptions& options) override {
    const Verb verb = store_->begin("upload", name_, key, options.call);
    if (auto fine = check_call(verb, name_, key); !fine) return std::move(fine).error();
    auto attributes = attributes_of(options);
    if (!attributes) return verb.failed(std::move(attributes).error());
    if (auto fine = check_encryption(verb, options.encryption); !fine) return std::move(fine).error();
    auto folder = store_->open_to_write(name_);
    if (!folder) return verb.failed(std::move(folder).error());
    const Address address(key);
    auto staged = StagedFile::create(*folder, address, store_->random());
    if (!staged) return verb.failed(std::move(staged).error());
    auto filled = fill(body, verb, [&](std::span<const std::byte> bytes) { return staged->write(bytes); });
    if (!filled) return verb.failed(std::move(filled).error());
    auto version = staged->finish(store_->clock(), store_->random());
    if (!version) return verb.failed(std::move(version).error());
    version->attributes = std::move(*attributes);
    Uploaded uploaded;
    uploaded.ref = {name_, std::string(key), version->etag, version->stamp.size, version->attributes.content_type};
    if (auto stored = staged->publish(address, std::move(*version), options.condition, store_->random(), verb); !stored) {
      return verb.failed(std::move(stored).error());
    }
    return uploaded;
  }

  Result<Downloaded> download(std::string_view key, Sink sink, const DownloadOptions& options) override {
    const Verb verb = store_->begin("download", name_, key, options.call);
    auto object = read(verb, name_, key, O_RDONLY, options.conditions, options.version_id, options.customer_key.has_value());
    if (!object) return verb.failed(std::move(object).error());
    auto span = s3::resolve_range(options.range, object->version.stamp.size);
    if (!span) return verb.failed(std::move(span).error());
    auto delivered = sink.target().begin(span->size);
    if (delivered) {
      delivered = read_object(*object, *span, verb, [&](std::span<const std::byte> bytes) { return sink.target().write(bytes); });
    }
    if (delivered) delivered = sink.target().finish();
    if (!delivered) {
      sink.target().discard();
      return verb.failed(std::move(delivered).error());
    }
    Downloaded downloaded;
    downloaded.object = info_of(name_, key, object->version);
    downloaded.first = span->first;
    downloaded.size = span->size;
    downloaded.content = sink.target().take_content();
    return downloaded;
  }

  Result<ObjectInfo> head(std::string_view key, const HeadOptions& options) override {
    const Verb verb = store_->begin("head", name_, key, options.call);
    auto object = read(verb, name_, key, O_PATH, options.conditions, options.version_id, options.customer_key.has_value());
    if (!object) return verb.failed(std::move(object).error());
    return info_of(name_, key, object->version);
  }

  Result<ListPage> list(const ListOptions& options) override {
    const Verb verb = store_->begin("list", name_, {}, options.call);
    if (auto fine = check_call(verb, name_); !fine) return std::move(fine).error();
    auto start = check_list_options(options);
    if (!start) return verb.failed(std::move(start).error());
    auto folder = store_->open(name_);
    if (!folder) return verb.failed(std::move(folder).error());
    const bool roll_up = options.delimiter == "/";
    ListingCache::Key id{start->walk, name_, options.prefix, roll_up};
    auto listing = id.number == 0 ? nullptr : store_->listings().take(id);
    if (!listing) {
      listing = std::make_unique<DirectoryListing>(options.prefix, roll_up);
      id.number = store_->random().next() | 1U;
    }
    listing->begin_page(*folder, name_, verb);
    auto page = list_page(*listing, options, *start, id.number, verb);
    listing->end_page();
    if (!page) return verb.failed(std::move(page).error());
    if (!page->continuation.empty()) store_->listings().put(std::move(id), std::move(listing));
    return page;
  }

  Result<std::string> presign(std::string_view key, const PresignOptions&) override {
    const Verb verb = store_->begin("presign", name_, key, {});
    if (auto fine = check_call(verb, name_, key); !fine) return std::move(fine).error();
    return verb.failed(ErrorKind::unsupported, "objects in a folder have no URL");
  }

  Status delete_object(std::string_view key, const DeleteOptions& options) override {
    const Verb verb = store_->begin("delete_object", name_, key, options.call);
    if (auto fine = check_call(verb, name_, key); !fine) return fine;
    if (auto fine = check_version(verb, options.version_id); !fine) return fine;
    auto folder = store_->open_to_write(name_);
    if (!folder) return verb.failed(std::move(folder).error());
    if (auto erased = erase(*folder, Address(key), store_->random(), verb); !erased) return verb.failed(std::move(erased).error());
    return {};
  }

  Result<std::vector<DeleteOutcome>> delete_objects(std::span<const std::string> keys, const CallOptions& options) override {
    const Verb verb = store_->begin("delete_objects", name_, {}, options);
    if (auto fine = check_call(verb, name_); !fine) return std::move(fine).error();
    auto folder = store_->open_to_write(name_);
    if (!folder) return verb.failed(std::move(folder).error());
    std::vector<DeleteOutcome> outcomes;
    outcomes.reserve(keys.size());
    for (const std::string& key : keys) {
      CallOptions rest = options;
      if (const auto left = verb.left()) rest.deadline = std::max(*left, std::chrono::milliseconds{1});
      const Verb each = store_->begin("delete_objects", name_, key, rest);
      auto deleted = verb.proceed();
      if (deleted) deleted = check_call(each, name_, key);
      if (deleted) deleted = erase(*folder, Address(key), store_->random(), each);
      outcomes.push_back({key, deleted ? std::nullopt : std::optional(each.failed(std::move(deleted).error()))});
    }
    return outcomes;
  }

  Result<Copied> copy(const CopySource& source, std::string_view key, const CopyOptions& options) override {
    const Verb verb = store_->begin("copy", name_, key, options.call);
    if (auto fine = check_call(verb, name_, key); !fine) return std::move(fine).error();
    if (auto fine = check_encryption(verb, options.encryption); !fine) return std::move(fine).error();
    const std::string& from = source.bucket.empty() ? name_ : source.bucket;
    ReadConditions conditions;
    conditions.if_match = source.if_match;
    auto original = read(verb, from, source.key, O_RDONLY, conditions, source.version_id, false);
    if (!original) return verb.failed(annotate(std::move(original).error(), "source s3://" + from + "/" + source.key));
    if (auto fine = check_copy_changes(verb, source, name_, key, options); !fine) return std::move(fine).error();
    auto copied = copy_to(verb, *original, key, options);
    if (!copied) return verb.failed(std::move(copied).error());
    return copied;
  }

  Result<MultipartUpload> create_multipart_upload(std::string_view key, const UploadOptions& options) override {
    const Verb verb = store_->begin("create_multipart_upload", name_, key, options.call);
    if (auto fine = check_call(verb, name_, key); !fine) return std::move(fine).error();
    auto attributes = attributes_of(options);
    if (!attributes) return verb.failed(std::move(attributes).error());
    if (auto fine = check_encryption(verb, options.encryption); !fine) return std::move(fine).error();
    auto folder = store_->open_to_write(name_);
    if (!folder) return verb.failed(std::move(folder).error());
    auto upload = create_upload(*folder, key, std::move(*attributes), store_->clock(), store_->random());
    if (!upload) return verb.failed(std::move(upload).error());
    return upload;
  }

  Result<UploadedPart> upload_part(const MultipartUpload& upload, std::uint32_t number, Body body, const PartOptions& options) override {
    const Verb verb = store_->begin("upload_part", name_, upload.key, options.call);
    if (auto fine = check_part_number(number); !fine) return verb.failed(std::move(fine).error());
    if (auto fine = check_upload_call(verb, upload, options.customer_key.has_value()); !fine) return std::move(fine).error();
    return keep_part(verb, upload, number, [&](const auto& write) { return fill(body, verb, write); });
  }

  Result<UploadedPart> upload_part_copy(const MultipartUpload& upload, std::uint32_t number, const CopySource& source,
                                        const ByteRange& range, const PartOptions& options) override {
    const Verb verb = store_->begin("upload_part_copy", name_, upload.key, options.call);
    if (auto fine = check_part_number(number); !fine) return verb.failed(std::move(fine).error());
    if (auto fine = check_upload_call(verb, upload, options.customer_key.has_value()); !fine) return std::move(fine).error();
    const std::string& from = source.bucket.empty() ? name_ : source.bucket;
    ReadConditions conditions;
    conditions.if_match = source.if_match;
    auto original = read(verb, from, source.key, O_RDONLY, conditions, source.version_id, false);
    if (!original) return verb.failed(annotate(std::move(original).error(), "source s3://" + from + "/" + source.key));
    auto span = s3::resolve_copied_range(range, original->version.stamp.size);
    if (!span) return verb.failed(std::move(span).error());
    return keep_part(verb, upload, number, [&](const auto& write) { return read_object(*original, *span, verb, write); });
  }

  Result<Uploaded> complete_multipart_upload(const MultipartUpload& upload, std::span<const UploadedPart> parts,
                                             const CompleteOptions& options) override {
    const Verb verb = store_->begin("complete_multipart_upload", name_, upload.key, options.call);
    if (auto fine = check_upload_call(verb, upload, options.customer_key.has_value()); !fine) return std::move(fine).error();
    if (auto fine = check_completion(parts, options); !fine) return verb.failed(std::move(fine).error());
    auto folder = store_->open_to_write(name_);
    if (!folder) return verb.failed(std::move(folder).error());
    auto version = complete_upload(*folder, upload, parts, options.condition, store_->clock(), store_->random(), verb);
    if (!version) return verb.failed(std::move(version).error());
    Uploaded uploaded;
    uploaded.ref = {name_, upload.key, version->etag, version->stamp.size, version->attributes.content_type};
    return uploaded;
  }

  Status abort_multipart_upload(const MultipartUpload& upload, const CallOptions& options) override {
    const Verb verb = store_->begin("abort_multipart_upload", name_, upload.key, options);
    if (auto fine = check_upload_call(verb, upload, false); !fine) return fine;
    auto folder = store_->open_to_write(name_);
    if (!folder) return verb.failed(std::move(folder).error());
    if (auto aborted = abort_upload(*folder, upload, verb); !aborted) return verb.failed(std::move(aborted).error());
    return {};
  }

  Result<PartPage> list_parts(const MultipartUpload& upload, const ListPartsOptions& options) override {
    const Verb verb = store_->begin("list_parts", name_, upload.key, options.call);
    if (auto fine = check_upload_call(verb, upload, options.customer_key.has_value()); !fine) return std::move(fine).error();
    if (auto fine = check_list_parts(options); !fine) return verb.failed(std::move(fine).error());
    auto folder = store_->open(name_);
    if (!folder) return verb.failed(std::move(folder).error());
    if (auto there = find_upload(*folder, upload); !there) return verb.failed(std::move(there).error());
    auto parts = stored_parts(*folder, upload, options.part_after, std::size_t{options.page_size} + 1, verb);
    if (!parts) return verb.failed(std::move(parts).error());
    PartPage page{std::move(*parts), 0};
    if (page.parts.size() > options.page_size) {
      page.parts.pop_back();
      page.continuation = page.parts.back().number;
    }
    return page;
  }

  Result<MultipartUploadPage> list_multipart_uploads(const ListMultipartUploadsOptions& options) override {
    const Verb verb = store_->begin("list_multipart_uploads", name_, {}, options.call);
    if (auto fine = check_call(verb, name_); !fine) return std::move(fine).error();
    auto start = check_list_uploads(options);
    if (!start) return verb.failed(std::move(start).error());
    auto folder = store_->open(name_);
    if (!folder) return verb.failed(std::move(folder).error());
    auto uploads = all_uploads(*folder, options.prefix, verb);
    if (!uploads) return verb.failed(std::move(uploads).error());
    MultipartUploadPage page;
    for (auto& upload : *uploads) {
      if (std::tie(upload.key, upload.upload_id) <= std::tie(start->key, start->upload_id)) continue;
      if (page.uploads.size() == options.page_size) {
        page.continuation = make_uploads_token(page.uploads.back().key, page.uploads.back().upload_id);
        break;
      }
      page.uploads.push_back(std::move(upload));
    }
    return page;
  }

 private:
  Result<Copied> copy_to(const Verb& verb, const FoundObject& original, std::string_view key, const CopyOptions& options) {
    auto attributes = attributes_of(options, original.version.attributes);
    if (!attributes) return std::move(attributes).error();
    auto folder = store_->open_to_write(name_);
    if (!folder) return std::move(folder).error();
    const Address address(key);
    auto staged = StagedFile::create(*folder, address, store_->random());
    if (!staged) return std::move(staged).error();
    const s3::ByteSpan whole{0, original.version.stamp.size};
    auto filled = read_object(original, whole, verb, [&](std::span<const std::byte> bytes) { return staged->write(bytes); });
    if (!filled) return std::move(filled).error();
    auto version = staged->finish(store_->clock(), store_->random());
    if (!version) return std::move(version).error();
    version->attributes = std::move(*attributes);
    Copied copied{version->etag, version->modified, {}};
    if (auto stored = staged->publish(address, std::move(*version), Overwrite{}, store_->random(), verb); !stored) {
      return std::move(stored).error();
    }
    return copied;
  }

  /// Hands the body's bytes to `write`.
  template <class Write>
  static Status fill(Body& body, const Verb& verb, const Write& write) {
    auto size = open_body(verb, body);
    if (!size) return std::move(size).error();
    return read_all(verb, body, *size, write);
  }

  Status check_upload_call(const Verb& verb, const MultipartUpload& upload, bool customer_key) const {
    if (auto fine = check_multipart_upload(upload); !fine) return verb.failed(std::move(fine).error());
    if (auto fine = check_customer_key(verb, customer_key); !fine) return fine;
    return check_call(verb, name_, upload.key);
  }

  /// Stores a part of what `give` hands to the function it gets.
  template <class Give>
  Result<UploadedPart> keep_part(const Verb& verb, const MultipartUpload& upload, std::uint32_t number, const Give& give) {
    auto folder = store_->open_to_write(name_);
    if (!folder) return verb.failed(std::move(folder).error());
    if (auto there = find_upload(*folder, upload); !there) return verb.failed(std::move(there).error());
    auto part = PartWriter::create(*folder, upload.key, store_->random());
    if (!part) return verb.failed(std::move(part).error());
    auto given = give([&](std::span<const std::byte> bytes) { return part->write(bytes); });
    if (!given) return verb.failed(std::move(given).error());
    auto kept = part->finish(upload, number);
    if (!kept) return verb.failed(std::move(kept).error());
    return kept;
  }

  Result<FoundObject> read(const Verb& verb, const std::string& bucket, std::string_view key, int flags, const ReadConditions& conditions,
                           std::string_view version_id, bool customer_key) {
    if (auto fine = check_call(verb, bucket, key); !fine) return std::move(fine).error();
    if (auto fine = check_version(verb, version_id); !fine) return std::move(fine).error();
    if (auto fine = check_customer_key(verb, customer_key); !fine) return std::move(fine).error();
    auto folder = store_->open(bucket);
    if (!folder) return std::move(folder).error();
    auto object = find_object(*folder, Address(key), flags, verb);
    if (!object) return std::move(object).error();
    if (!*object) return no_such_key();
    const Version& version = (*object)->version;
    if (auto hold = check_read_conditions(conditions, version.etag, version.modified); !hold) return std::move(hold).error();
    return std::move(**object);
  }

  const std::shared_ptr<DirectoryStore> store_;
  const std::string name_;
};

}  // namespace

std::shared_ptr<Bucket> make_directory_bucket(std::shared_ptr<DirectoryStore> store, std::string name) {
  return std::make_shared<DirectoryBucket>(std::move(store), std::move(name));
}

}  // namespace objectstore::directory
