// A bucket that fails when it is told to: the n-th operation, before or after it took effect, with a kind of error of the test's choice.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "objectstore/bucket.h"

namespace objectstore::testing {

/// Thread-safety: every member may be called concurrently, the wrapped bucket permitting.
class FaultyBucket final : public Bucket {
 public:
  enum class When { before, after };
  struct Fault {
    int operation = 0;  ///< 1 = the first from now on; 0 = none
    When when = When::before;
    ErrorKind kind = ErrorKind::unavailable;
    bool and_all_later = false;  ///< as if the process had ended there (later ones have no effect)
  };

  explicit FaultyBucket(std::shared_ptr<Bucket> inner) : inner_(std::move(inner)) {}

  /// Counts operations from 1 again.
  void fail(Fault fault) {
    const std::lock_guard lock(mutex_);
    fault_ = fault;
    log_.clear();
  }
  /// The operations so far, such as "upload outbox/p/...".
  [[nodiscard]] std::vector<std::string> operations() const {
    const std::lock_guard lock(mutex_);
    return log_;
  }
  /// Called before each operation, with its line of the log; may call the inner bucket.
  std::function<void(const std::string&)> before_each;
  /// Answers listings in the inner bucket's place.
  std::function<Result<ListPage>(const ListOptions&)> list_instead;
  /// Takes a download's sink and gives the one to use.
  std::function<Sink(Sink)> change_sink;
  [[nodiscard]] Bucket& inner() const { return *inner_; }
  /// The most operations that were under way at one time.
  [[nodiscard]] int most_at_once() const {
    const std::lock_guard lock(mutex_);
    return most_at_once_;
  }

  [[nodiscard]] const std::string& name() const override { return inner_->name(); }
  [[nodiscard]] std::string describe() const override { return "faulty(" + inner_->describe() + ")"; }
  Result<Uploaded> upload(std::string_view key, Body body, const UploadOptions& options) override {
    return run<Result<Uploaded>>("upload", key, [&] { return inner_->upload(key, std::move(body), options); });
  }
  Result<Downloaded> download(std::string_view key, Sink sink, const DownloadOptions& options) override {
    if (change_sink) sink = change_sink(std::move(sink));
    return run<Result<Downloaded>>("download", key, [&] { return inner_->download(key, std::move(sink), options); });
  }
  Result<ObjectInfo> head(std::string_view key, const HeadOptions& options) override {
    return run<Result<ObjectInfo>>("head", key, [&] { return inner_->head(key, options); });
  }
  Result<ListPage> list(const ListOptions& options) override {
    return run<Result<ListPage>>("list", options.prefix, [&] { return list_instead ? list_instead(options) : inner_->list(options); });
  }
  Result<std::string> presign(std::string_view key, const PresignOptions& options) override { return inner_->presign(key, options); }
  Status delete_object(std::string_view key, const DeleteOptions& options) override {
    return run<Status>("delete", key, [&] { return inner_->delete_object(key, options); });
  }
  Result<std::vector<DeleteOutcome>> delete_objects(std::span<const std::string> keys, const CallOptions& options) override {
    return run<Result<std::vector<DeleteOutcome>>>("delete", std::to_string(keys.size()) + " keys",
                                                   [&] { return inner_->delete_objects(keys, options); });
  }
  Result<Copied> copy(const CopySource& source, std::string_view key, const CopyOptions& options) override {
    return run<Result<Copied>>("copy", key, [&] { return inner_->copy(source, key, options); });
  }
  Result<MultipartUpload> create_multipart_upload(std::string_view key, const UploadOptions& options) override {
    return run<Result<MultipartUpload>>("create_multipart_upload", key, [&] { return inner_->create_multipart_upload(key, options); });
  }
  Result<UploadedPart> upload_part(const MultipartUpload& upload, std::uint32_t number, Body body, const PartOptions& options) override {
    return run<Result<UploadedPart>>("upload_part", upload.key + " " + std::to_string(number),
                                     [&] { return inner_->upload_part(upload, number, std::move(body), options); });
  }
  Result<UploadedPart> upload_part_copy(const MultipartUpload& upload, std::uint32_t number, const CopySource& source,
                                        const ByteRange& range, const PartOptions& options) override {
    return run<Result<UploadedPart>>("upload_part_copy", upload.key + " " + std::to_string(number),
                                     [&] { return inner_->upload_part_copy(upload, number, source, range, options); });
  }
  Result<Uploaded> complete_multipart_upload(const MultipartUpload& upload, std::span<const UploadedPart> parts,
                                             const CompleteOptions& options) override {
    return run<Result<Uploaded>>("complete_multipart_upload", upload.key,
                                 [&] { return inner_->complete_multipart_upload(upload, parts, options); });
  }
  Status abort_multipart_upload(const MultipartUpload& upload, const CallOptions& options) override {
    return run<Status>("abort_multipart_upload", upload.key, [&] { return inner_->abort_multipart_upload(upload, options); });
  }
  Result<PartPage> list_parts(const MultipartUpload& upload, const ListPartsOptions& options) override {
    return run<Result<PartPage>>("list_parts", upload.key, [&] { return inner_->list_parts(upload, options); });
  }
  Result<MultipartUploadPage> list_multipart_uploads(const ListMultipartUploadsOptions& options) override {
    return run<Result<MultipartUploadPage>>("list_multipart_uploads", options.prefix,
                                            [&] { return inner_->list_multipart_uploads(options); });
  }

 private:
  template <class Out, class Call>
  Out run(const char* operation, std::string_view key, Call call) {
    bool before = false;
    bool after = false;
    ErrorKind kind = ErrorKind::unavailable;
    const std::string line = std::string(operation) + " " + std::string(key);
    {
      const std::lock_guard lock(mutex_);
      log_.push_back(line);
      const int number = static_cast<int>(log_.size());
      const bool hit = fault_.operation != 0 && number == fault_.operation;
      const bool later = fault_.operation != 0 && fault_.and_all_later && number > fault_.operation;
      before = later || (hit && fault_.when == When::before);
      after = hit && fault_.when == When::after;
      kind = fault_.kind;
    }
    if (before_each) before_each(line);
    const Error error{.kind = kind, .message = "injected fault", .operation = operation, .bucket = name(), .key = std::string(key)};
    if (before) return error;
    {
      const std::lock_guard lock(mutex_);
      most_at_once_ = std::max(most_at_once_, ++under_way_);
    }
    Out result = call();
    {
      const std::lock_guard lock(mutex_);
      --under_way_;
    }
    if (after) return error;
    return result;
  }

  const std::shared_ptr<Bucket> inner_;
  mutable std::mutex mutex_;
  Fault fault_;                   ///< guarded by mutex_
  std::vector<std::string> log_;  ///< guarded by mutex_
  int under_way_ = 0;             ///< guarded by mutex_
  int most_at_once_ = 0;          ///< guarded by mutex_
};

}  // namespace objectstore::testing
