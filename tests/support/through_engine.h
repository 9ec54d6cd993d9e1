// A bucket whose every verb goes through an asynchronous engine and is waited for.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "objectstore/async.h"

namespace objectstore::testing {

/// What a caller sees is the same as without it. Thread-safety: every member may be called concurrently, off the engine's threads.
class ThroughEngine final : public Bucket {
 public:
  ThroughEngine(const AsyncEngine& engine, std::shared_ptr<Bucket> bucket) : async_(engine, std::move(bucket)) {}

  [[nodiscard]] const std::string& name() const override { return async_.blocking()->name(); }
  [[nodiscard]] std::string describe() const override { return async_.blocking()->describe(); }
  Result<Uploaded> upload(std::string_view key, Body body, const UploadOptions& options) override {
    return async_.upload(std::string(key), std::move(body), options).as_future().get();
  }
  Result<Downloaded> download(std::string_view key, Sink sink, const DownloadOptions& options) override {
    return async_.download(std::string(key), std::move(sink), options).as_future().get();
  }
  Result<ObjectInfo> head(std::string_view key, const HeadOptions& options) override {
    return async_.head(std::string(key), options).as_future().get();
  }
  Result<ListPage> list(const ListOptions& options) override { return async_.list(options).as_future().get(); }
  Result<std::string> presign(std::string_view key, const PresignOptions& options) override {
    return async_.presign(std::string(key), options).as_future().get();
  }
  Status delete_object(std::string_view key, const DeleteOptions& options) override {
    return async_.delete_object(std::string(key), options).as_future().get();
  }
  Result<std::vector<DeleteOutcome>> delete_objects(std::span<const std::string> keys, const CallOptions& options) override {
    return async_.delete_objects({keys.begin(), keys.end()}, options).as_future().get();
  }
  Result<Copied> copy(const CopySource& source, std::string_view key, const CopyOptions& options) override {
    return async_.copy(source, std::string(key), options).as_future().get();
  }
  Result<MultipartUpload> create_multipart_upload(std::string_view key, const UploadOptions& options) override {
    return async_.create_multipart_upload(std::string(key), options).as_future().get();
  }
  Result<UploadedPart> upload_part(const MultipartUpload& upload, std::uint32_t number, Body body, const PartOptions& options) override {
    return async_.upload_part(upload, number, std::move(body), options).as_future().get();
  }
  Result<UploadedPart> upload_part_copy(const MultipartUpload& upload, std::uint32_t number, const CopySource& source,
                                        const ByteRange& range, const PartOptions& options) override {
    return async_.upload_part_copy(upload, number, source, range, options).as_future().get();
  }
  Result<Uploaded> complete_multipart_upload(const MultipartUpload& upload, std::span<const UploadedPart> parts,
                                             const CompleteOptions& options) override {
    return async_.complete_multipart_upload(upload, {parts.begin(), parts.end()}, options).as_future().get();
  }
  Status abort_multipart_upload(const MultipartUpload& upload, const CallOptions& options) override {
    return async_.abort_multipart_upload(upload, options).as_future().get();
  }
  Result<PartPage> list_parts(const MultipartUpload& upload, const ListPartsOptions& options) override {
    return async_.list_parts(upload, options).as_future().get();
  }
  Result<MultipartUploadPage> list_multipart_uploads(const ListMultipartUploadsOptions& options) override {
    return async_.list_multipart_uploads(options).as_future().get();
  }

 private:
  AsyncBucket async_;
};

}  // namespace objectstore::testing
