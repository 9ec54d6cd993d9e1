// A bucket on an S3 server.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "objectstore/bucket.h"
#include "s3/send.h"

namespace objectstore {

class S3Bucket final : public Bucket {
 public:
  S3Bucket(std::shared_ptr<s3::Sender> sender, std::string_view name);

  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] std::string describe() const override;
  Result<Uploaded> upload(std::string_view key, Body body, const UploadOptions& options) override;
  Result<Downloaded> download(std::string_view key, Sink sink, const DownloadOptions& options) override;
  Result<ObjectInfo> head(std::string_view key, const HeadOptions& options) override;
  Result<ListPage> list(const ListOptions& options) override;
  Result<std::string> presign(std::string_view key, const PresignOptions& options) override;
  Status delete_object(std::string_view key, const DeleteOptions& options) override;
  Result<std::vector<DeleteOutcome>> delete_objects(std::span<const std::string> keys, const CallOptions& options) override;
  Result<Copied> copy(const CopySource& source, std::string_view key, const CopyOptions& options) override;
  Result<MultipartUpload> create_multipart_upload(std::string_view key, const UploadOptions& options) override;
  Result<UploadedPart> upload_part(const MultipartUpload& upload, std::uint32_t number, Body body, const PartOptions& options) override;
  Result<UploadedPart> upload_part_copy(const MultipartUpload& upload, std::uint32_t number, const CopySource& source,
                                        const ByteRange& range, const PartOptions& options) override;
  Result<Uploaded> complete_multipart_upload(const MultipartUpload& upload, std::span<const UploadedPart> parts,
                                             const CompleteOptions& options) override;
  Status abort_multipart_upload(const MultipartUpload& upload, const CallOptions& options) override;
  Result<PartPage> list_parts(const MultipartUpload& upload, const ListPartsOptions& options) override;
  Result<MultipartUploadPage> list_multipart_uploads(const ListMultipartUploadsOptions& options) override;

 private:
  /// The bucket's name and the key, before anything is sent.
  [[nodiscard]] Status check(std::string_view key) const;
  [[nodiscard]] Status check(const MultipartUpload& upload, bool customer_key) const;
  /// A customer's key goes over TLS only, or stays on this machine.
  [[nodiscard]] Status check_customer_key() const;
  [[nodiscard]] Error fail(Error error, std::string_view operation, std::string_view key) const;
  /// A HEAD's 404 has no body that could say what is missing: asks once whether the bucket is there.
  void name_what_is_missing(Error& error, const s3::Call& call);

  const std::shared_ptr<s3::Sender> sender_;
  const std::string name_;
  const Status name_check_;
  std::atomic<bool> seen_{false};  ///< some request showed that the bucket is there
};

}  // namespace objectstore
