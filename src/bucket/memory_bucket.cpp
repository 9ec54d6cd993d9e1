// A bucket in memory: the whole contract, nothing kept after the process ends.
#include <algorithm>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/etag.h"
#include "base/parts_etag.h"
#include "base/uuid.h"
#include "bucket/conditions.h"
#include "bucket/listing.h"
#include "bucket/local_checks.h"
#include "bucket/memory_store.h"
#include "bucket/multipart_checks.h"
#include "bucket/verb.h"
#include "s3/range.h"

namespace objectstore {

namespace {

constexpr std::size_t kPiece = std::size_t{256} << 10;

using ObjectPointer = std::shared_ptr<const MemoryObject>;

ObjectInfo describe_object(const std::string& bucket, std::string_view key, const MemoryObject& object) {
  ObjectInfo info;
  info.bucket = bucket;
  info.key = key;
  info.etag = object.etag;
  info.size = object.content.size();
  info.last_modified = object.last_modified;
  describe_to(object.attributes, info);
  return info;
}

std::string md5_of(std::string_view content) {
  return base::hex(base::md5(std::as_bytes(std::span(content))));
}

/// Checks the parts that make the object, and joins them.
Status join(const MemoryUpload& upload, std::span<const UploadedPart> parts, MemoryObject& object) {
  base::PartsEtag etag;
  std::vector<const std::string*> contents;
  std::size_t size = 0;
  for (const auto& part : parts) {
    const auto found = upload.parts.find(part.number);
    const UploadedPart* stored = found == upload.parts.end() ? nullptr : &found->second->described;
    if (auto fine = check_stored_part(part, stored, &part == &parts.back()); !fine) return fine;
    etag.add(stored->etag);
    contents.push_back(&found->second->content);
    size += contents.back()->size();
  }
  object.etag = etag.text();
  try {
    object.content.reserve(size);
    for (const auto* content : contents) object.content += *content;
  } catch (const std::bad_alloc&) {
    return Error{.kind = ErrorKind::internal, .message = "out of memory for the object"};
  }
  return {};
}

/// Walks a bucket's map; the store's lock is held while it lives.
class MapWalk final : public KeyWalk {
 public:
  MapWalk(const std::string& bucket, const MemoryContents& contents) : bucket_(&bucket), contents_(&contents) {}

  Result<std::optional<Item>> seek(std::string_view from) override {
    position_ = contents_->objects.lower_bound(from);
    return here();
  }
  Result<std::optional<Item>> next() override {
    ++position_;
    return here();
  }
  Result<bool> describe(ObjectInfo& info) override {
    const MemoryObject& object = *position_->second;
    info.bucket = *bucket_;
    info.etag = object.etag;
    info.size = object.content.size();
    info.last_modified = object.last_modified;
    info.storage_class = storage_class_of(object.attributes);
    return true;
  }

 private:
  [[nodiscard]] std::optional<Item> here() const {
    if (position_ == contents_->objects.end()) return std::nullopt;
    return Item{position_->first};
  }

  const std::string* bucket_;
  const MemoryContents* contents_;
  decltype(MemoryContents::objects)::const_iterator position_;
};

class MemoryBucket final : public Bucket {
 public:
  MemoryBucket(std::shared_ptr<MemoryStore> store, std::string name) : store_(std::move(store)), name_(std::move(name)) {}

  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] std::string describe() const override { return "memory(" + name_ + ")"; }

  Result<Uploaded> upload(std::string_view key, Body body, const UploadOptions& options) override {
    const Verb verb = store_->begin("upload", name_, key, options.call);
    if (auto fine = check_call(verb, name_, key); !fine) return std::move(fine).error();
    auto attributes = attributes_of(options);
    if (!attributes) return verb.failed(std::move(attributes).error());
    if (auto fine = check_encryption(verb, options.encryption); !fine) return std::move(fine).error();
    auto object = std::make_shared<MemoryObject>();
    object->attributes = std::move(*attributes);
    auto content = read_body(verb, body);
    if (!content) return std::move(content).error();
    object->content = std::move(*content);
    object->etag = md5_of(object->content);
    const Uploaded uploaded = uploaded_of(key, *object);
    if (auto stored = store(verb, key, std::move(object), options.condition); !stored) return std::move(stored).error();
    return uploaded;
  }

  Result<Downloaded> download(std::string_view key, Sink sink, const DownloadOptions& options) override {
    const Verb verb = store_->begin("download", name_, key, options.call);
    auto object = read(verb, name_, key, options.conditions, options.version_id, options.customer_key.has_value());
    if (!object) return verb.failed(std::move(object).error());
    const std::string_view content = (*object)->content;
    auto span = s3::resolve_range(options.range, content.size());
    if (!span) return verb.failed(std::move(span).error());
    const auto bytes = std::as_bytes(std::span(content)).subspan(span->first, span->size);
    if (auto delivered = deliver(verb, bytes, sink.target()); !delivered) {
      sink.target().discard();
      return verb.failed(std::move(delivered).error());
    }
    Downloaded downloaded;
    downloaded.object = describe_object(name_, key, **object);
    downloaded.first = span->first;
    downloaded.size = span->size;
    downloaded.content = sink.target().take_content();
    return downloaded;
  }

  Result<ObjectInfo> head(std::string_view key, const HeadOptions& options) override {
    const Verb verb = store_->begin("head", name_, key, options.call);
    auto object = read(verb, name_, key, options.conditions, options.version_id, options.customer_key.has_value());
    if (!object) return verb.failed(std::move(object).error());
    return describe_object(name_, key, **object);
  }

  Result<ListPage> list(const ListOptions& options) override {
    const Verb verb = store_->begin("list", name_, {}, options.call);
    if (auto fine = check_call(verb, name_); !fine) return std::move(fine).error();
    auto start = check_list_options(options);
    if (!start) return verb.failed(std::move(start).error());
    const std::shared_lock lock(store_->mutex);
    const auto contents = store_->buckets.find(name_);
    if (contents == store_->buckets.end()) return verb.failed(no_such_bucket());
    MapWalk walk(name_, contents->second);
    auto page = list_page(walk, options, *start, 0, verb);
    if (!page) return verb.failed(std::move(page).error());
    return page;
  }

  Result<std::string> presign(std::string_view key, const PresignOptions&) override {
    const Verb verb = store_->begin("presign", name_, key, {});
    if (auto fine = check_call(verb, name_, key); !fine) return std::move(fine).error();
    return verb.failed(ErrorKind::unsupported, "objects in memory have no URL");
  }

  Status delete_object(std::string_view key, const DeleteOptions& options) override {
    const Verb verb = store_->begin("delete_object", name_, key, options.call);
    if (auto fine = check_call(verb, name_, key); !fine) return fine;
    if (auto fine = check_version(verb, options.version_id); !fine) return fine;
    return erase(verb, key);
  }

  Result<std::vector<DeleteOutcome>> delete_objects(std::span<const std::string> keys, const CallOptions& options) override {
    const Verb verb = store_->begin("delete_objects", name_, {}, options);
    if (auto fine = check_call(verb, name_); !fine) return std::move(fine).error();
    {
      const std::shared_lock lock(store_->mutex);
      if (store_->buckets.find(name_) == store_->buckets.end()) return verb.failed(no_such_bucket());
    }
    std::vector<DeleteOutcome> outcomes;
    outcomes.reserve(keys.size());
    for (const std::string& key : keys) {
      CallOptions one;
      one.cancel = options.cancel;
      const Verb each = store_->begin("delete_objects", name_, key, one);
      auto deleted = verb.proceed();
      if (deleted) deleted = check_call(each, name_, key);
      if (deleted) deleted = erase(each, key);
      outcomes.push_back({key, deleted ? std::nullopt : std::optional(std::move(deleted).error())});
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
    auto original = read(verb, from, source.key, conditions, source.version_id, false);
    if (!original) return verb.failed(annotate(std::move(original).error(), "source s3://" + from + "/" + source.key));
    if (auto fine = check_copy_changes(verb, source, name_, key, options); !fine) return std::move(fine).error();
    auto attributes = attributes_of(options, (*original)->attributes);
    if (!attributes) return verb.failed(std::move(attributes).error());
    auto object = std::make_shared<MemoryObject>(**original);
    object->attributes = std::move(*attributes);
    if (!object->upload_id.empty()) {  // what is copied in one piece has the ETag of one piece
      object->etag = md5_of(object->content);
      object->upload_id.clear();
    }
    const ObjectPointer copied = object;
    if (auto stored = store(verb, key, std::move(object), Overwrite{}); !stored) return std::move(stored).error();
    return Copied{copied->etag, copied->last_modified, {}};
  }

  Result<MultipartUpload> create_multipart_upload(std::string_view key, const UploadOptions& options) override {
    const Verb verb = store_->begin("create_multipart_upload", name_, key, options.call);
    if (auto fine = check_call(verb, name_, key); !fine) return std::move(fine).error();
    auto attributes = attributes_of(options);
    if (!attributes) return verb.failed(std::move(attributes).error());
    if (auto fine = check_encryption(verb, options.encryption); !fine) return std::move(fine).error();
    MultipartUpload upload;
    upload.key = key;
    upload.initiated = store_->clock->now();
    upload.upload_id = base::uuid_v7(upload.initiated, *store_->random);
    upload.put_id = upload.upload_id;
    upload.storage_class = storage_class_of(*attributes);
    upload.content_type = attributes->content_type;
    const std::unique_lock lock(store_->mutex);
    const auto contents = store_->buckets.find(name_);
    if (contents == store_->buckets.end()) return verb.failed(no_such_bucket());
    contents->second.uploads.emplace(std::pair(upload.key, upload.upload_id), MemoryUpload{upload.initiated, std::move(*attributes)});
    return upload;
  }

  Result<UploadedPart> upload_part(const MultipartUpload& upload, std::uint32_t number, Body body, const PartOptions& options) override {
    const Verb verb = store_->begin("upload_part", name_, upload.key, options.call);
    if (auto fine = check_part_call(verb, upload, number, options); !fine) return std::move(fine).error();
    if (auto there = look_at(upload, [](const MemoryUpload&) {}); !there) return verb.failed(std::move(there).error());
    auto content = read_body(verb, body);
    if (!content) return std::move(content).error();
    return keep_part(verb, upload, number, std::move(*content));
  }

  Result<UploadedPart> upload_part_copy(const MultipartUpload& upload, std::uint32_t number, const CopySource& source,
                                        const ByteRange& range, const PartOptions& options) override {
    const Verb verb = store_->begin("upload_part_copy", name_, upload.key, options.call);
    if (auto fine = check_part_call(verb, upload, number, options); !fine) return std::move(fine).error();
    const std::string& from = source.bucket.empty() ? name_ : source.bucket;
    ReadConditions conditions;
    conditions.if_match = source.if_match;
    auto original = read(verb, from, source.key, conditions, source.version_id, false);
    if (!original) return verb.failed(annotate(std::move(original).error(), "source s3://" + from + "/" + source.key));
    auto span = s3::resolve_copied_range(range, (*original)->content.size());
    if (!span) return verb.failed(std::move(span).error());
    return keep_part(verb, upload, number, (*original)->content.substr(span->first, span->size));
  }

  Result<Uploaded> complete_multipart_upload(const MultipartUpload& upload, std::span<const UploadedPart> parts,
                                             const CompleteOptions& options) override {
    const Verb verb = store_->begin("complete_multipart_upload", name_, upload.key, options.call);
    if (auto fine = check_upload_call(verb, upload, options.customer_key.has_value()); !fine) return std::move(fine).error();
    if (auto fine = check_completion(parts, options); !fine) return verb.failed(std::move(fine).error());
    MemoryUpload stored;
    if (auto there = look_at(upload, [&](const MemoryUpload& found) { stored = found; }); !there)
      return settle(verb, upload, parts, there.error());
    auto object = std::make_shared<MemoryObject>();
    if (auto joined = join(stored, parts, *object); !joined) return verb.failed(std::move(joined).error());
    object->attributes = std::move(stored.attributes);
    object->upload_id = upload.upload_id;
    const Uploaded uploaded = uploaded_of(upload.key, *object);
    if (auto put = store(verb, upload.key, std::move(object), options.condition, &upload); !put) {
      return put.error().service_code == "NoSuchUpload" ? settle(verb, upload, parts, put.error()) : std::move(put).error();
    }
    return uploaded;
  }

  Status abort_multipart_upload(const MultipartUpload& upload, const CallOptions& options) override {
    const Verb verb = store_->begin("abort_multipart_upload", name_, upload.key, options);
    if (auto fine = check_upload_call(verb, upload, false); !fine) return fine;
    const std::unique_lock lock(store_->mutex);
    const auto contents = store_->buckets.find(name_);
    if (contents == store_->buckets.end()) return verb.failed(no_such_bucket());
    contents->second.uploads.erase({upload.key, upload.upload_id});
    return {};
  }

  Result<PartPage> list_parts(const MultipartUpload& upload, const ListPartsOptions& options) override {
    const Verb verb = store_->begin("list_parts", name_, upload.key, options.call);
    if (auto fine = check_upload_call(verb, upload, options.customer_key.has_value()); !fine) return std::move(fine).error();
    if (auto fine = check_list_parts(options); !fine) return verb.failed(std::move(fine).error());
    PartPage page;
    auto listed = look_at(upload, [&](const MemoryUpload& found) {
      for (auto at = found.parts.upper_bound(options.part_after); at != found.parts.end(); ++at) {
        if (page.parts.size() == options.page_size) {
          page.continuation = page.parts.back().number;
          return;
        }
        page.parts.push_back(at->second->described);
      }
    });
    if (!listed) return verb.failed(std::move(listed).error());
    return page;
  }

  Result<MultipartUploadPage> list_multipart_uploads(const ListMultipartUploadsOptions& options) override {
    const Verb verb = store_->begin("list_multipart_uploads", name_, {}, options.call);
    if (auto fine = check_call(verb, name_); !fine) return std::move(fine).error();
    auto start = check_list_uploads(options);
    if (!start) return verb.failed(std::move(start).error());
    const std::shared_lock lock(store_->mutex);
    const auto contents = store_->buckets.find(name_);
    if (contents == store_->buckets.end()) return verb.failed(no_such_bucket());
    const auto& uploads = contents->second.uploads;
    MultipartUploadPage page;
    const bool behind = start->key >= options.prefix;
    auto at = behind ? uploads.upper_bound({start->key, start->upload_id}) : uploads.lower_bound({options.prefix, {}});
    for (; at != uploads.end() && at->first.first.starts_with(options.prefix); ++at) {
      if (page.uploads.size() == options.page_size) {
        page.continuation = make_uploads_token(page.uploads.back().key, page.uploads.back().upload_id);
        return page;
      }
      MultipartUpload& upload = page.uploads.emplace_back();
      upload.key = at->first.first;
      upload.upload_id = at->first.second;
      upload.initiated = at->second.initiated;
      upload.storage_class = storage_class_of(at->second.attributes);
    }
    return page;
  }

 private:
  static Result<std::string> read_body(const Verb& verb, Body& body) {
    auto size = open_body(verb, body);
    if (!size) return std::move(size).error();
    std::string content;
    try {
      if (*size) content.reserve(static_cast<std::size_t>(**size));
      auto read = read_all(verb, body, *size, [&content](std::span<const std::byte> bytes) {
        content.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        return Status();
      });
      if (!read) return std::move(read).error();
      return content;
    } catch (const std::bad_alloc&) {
      return verb.failed(ErrorKind::internal, "out of memory for the body");
    }
  }

  static Status deliver(const Verb& verb, std::span<const std::byte> bytes, BodySink& sink) {
    if (auto begun = sink.begin(bytes.size()); !begun) return begun;
    for (std::size_t at = 0; at < bytes.size(); at += kPiece) {
      if (auto go_on = verb.proceed(); !go_on) return go_on;
      if (auto written = sink.write(bytes.subspan(at, std::min(kPiece, bytes.size() - at))); !written) return written;
    }
    return sink.finish();
  }

  [[nodiscard]] Uploaded uploaded_of(std::string_view key, const MemoryObject& object) const {
    Uploaded uploaded;
    uploaded.ref = {name_, std::string(key), object.etag, object.content.size(), object.attributes.content_type};
    return uploaded;
  }

  Status check_upload_call(const Verb& verb, const MultipartUpload& upload, bool customer_key) const {
    if (auto fine = check_multipart_upload(upload); !fine) return verb.failed(std::move(fine).error());
    if (auto fine = check_customer_key(verb, customer_key); !fine) return fine;
    return check_call(verb, name_, upload.key);
  }

  Status check_part_call(const Verb& verb, const MultipartUpload& upload, std::uint32_t number, const PartOptions& options) const {
    if (auto fine = check_part_number(number); !fine) return verb.failed(std::move(fine).error());
    return check_upload_call(verb, upload, options.customer_key.has_value());
  }

  /// Hands the upload to `look`, under the lock. Errors: not_found (NoSuchUpload, NoSuchBucket).
  template <class Look>
  Status look_at(const MultipartUpload& upload, const Look& look) {
    const std::shared_lock lock(store_->mutex);
    const auto contents = store_->buckets.find(name_);
    if (contents == store_->buckets.end()) return no_such_bucket();
    const auto found = contents->second.uploads.find({upload.key, upload.upload_id});
    if (found == contents->second.uploads.end()) return no_such_upload();
    look(found->second);
    return {};
  }

  Result<UploadedPart> keep_part(const Verb& verb, const MultipartUpload& upload, std::uint32_t number, std::string content) {
    auto part = std::make_shared<MemoryPart>();
    part->described = {number, md5_of(content), content.size(), base::base64(base::sha256(content))};
    part->content = std::move(content);
    UploadedPart described = part->described;
    const std::unique_lock lock(store_->mutex);
    const auto contents = store_->buckets.find(name_);
    if (contents == store_->buckets.end()) return verb.failed(no_such_bucket());
    const auto found = contents->second.uploads.find({upload.key, upload.upload_id});
    if (found == contents->second.uploads.end()) return verb.failed(no_such_upload());
    found->second.parts.insert_or_assign(number, std::move(part));
    return described;
  }

  /// The upload is gone: completed, as long as what it made of these parts still stands there.
  Result<Uploaded> settle(const Verb& verb, const MultipartUpload& upload, std::span<const UploadedPart> parts, Error gone) {
    base::PartsEtag digest;
    for (const auto& part : parts) digest.add(base::strip_etag(part.etag));
    const std::shared_lock lock(store_->mutex);
    if (const auto contents = store_->buckets.find(name_); contents != store_->buckets.end()) {
      const auto found = contents->second.objects.find(upload.key);
      if (found != contents->second.objects.end() && found->second->upload_id == upload.upload_id && found->second->etag == digest.text()) {
        return uploaded_of(upload.key, *found->second);
      }
    }
    return verb.failed(std::move(gone));
  }

  /// Puts `object` under the key if the condition holds at that very moment; gives it its time. `upload` (may be null) must still be there,
  /// and ends with it.
  Status store(const Verb& verb, std::string_view key, std::shared_ptr<MemoryObject> object, const WriteCondition& condition,
               const MultipartUpload* upload = nullptr) {
    object->last_modified = store_->clock->now();
    const std::unique_lock lock(store_->mutex);
    const auto contents = store_->buckets.find(name_);
    if (contents == store_->buckets.end()) return verb.failed(no_such_bucket());
    auto& uploads = contents->second.uploads;
    const auto ended = upload != nullptr ? uploads.find({upload->key, upload->upload_id}) : uploads.end();
    if (upload != nullptr && ended == uploads.end()) return no_such_upload();
    auto& objects = contents->second.objects;
    const auto found = objects.lower_bound(key);
    const bool taken = found != objects.end() && found->first == key;
    const auto existing = taken ? std::optional<std::string_view>(found->second->etag) : std::nullopt;
    if (auto holds = check_write_condition(condition, existing); !holds) return verb.failed(std::move(holds).error());
    if (taken) {
      found->second = std::move(object);
    } else {
      objects.emplace_hint(found, std::string(key), std::move(object));
    }
    if (ended != uploads.end()) uploads.erase(ended);
    return {};
  }

  Status erase(const Verb& verb, std::string_view key) {
    const std::unique_lock lock(store_->mutex);
    const auto contents = store_->buckets.find(name_);
    if (contents == store_->buckets.end()) return verb.failed(no_such_bucket());
    if (const auto found = contents->second.objects.find(key); found != contents->second.objects.end())
      contents->second.objects.erase(found);
    return {};
  }

  Result<ObjectPointer> read(const Verb& verb, std::string_view bucket, std::string_view key, const ReadConditions& conditions,
                             std::string_view version_id, bool customer_key) {
    if (auto fine = check_call(verb, bucket, key); !fine) return std::move(fine).error();
    if (auto fine = check_version(verb, version_id); !fine) return std::move(fine).error();
    if (auto fine = check_customer_key(verb, customer_key); !fine) return std::move(fine).error();
    ObjectPointer object;
    {
      const std::shared_lock lock(store_->mutex);
      const auto contents = store_->buckets.find(bucket);
      if (contents == store_->buckets.end()) return no_such_bucket();
      const auto found = contents->second.objects.find(key);
      if (found == contents->second.objects.end()) return no_such_key();
      object = found->second;
    }
    if (auto hold = check_read_conditions(conditions, object->etag, object->last_modified); !hold) return std::move(hold).error();
    return object;
  }

  const std::shared_ptr<MemoryStore> store_;
  const std::string name_;
};

}  // namespace

std::shared_ptr<Bucket> make_memory_bucket(std::shared_ptr<MemoryStore> store, std::string name) {
  return std::make_shared<MemoryBucket>(std::move(store), std::move(name));
}

}  // namespace objectstore
