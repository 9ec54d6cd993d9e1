// The public face of the engine.
#include "objectstore/async.h"

#include <new>
#include <utility>

#include "async/engine.h"

namespace objectstore {
namespace {

class JobTask final : public base::Task {
 public:
  explicit JobTask(std::shared_ptr<detail::AsyncJob> job) : job_(std::move(job)) {}
  void run() override { job_->run(); }
  void cancel() noexcept override { job_->token().cancel(); }

 private:
  const std::shared_ptr<detail::AsyncJob> job_;
};

/// Where the options of a verb keep their CancelToken; null: nowhere.
template <class Options>
std::optional<CancelToken>* token_in(Options& options) {
  if constexpr (requires { options.call.cancel; }) {
    return &options.call.cancel;
  } else if constexpr (requires { options.cancel; }) {
    return &options.cancel;
  } else {
    return nullptr;
  }
}

}  // namespace

namespace detail {

AsyncJob::~AsyncJob() = default;

Error AsyncJob::error(ErrorKind kind, std::string message) const {
  Error error = subject_;
  error.kind = kind;
  error.message = std::move(message);
  return error;
}

}  // namespace detail

AsyncCall::AsyncCall(const std::shared_ptr<async::Engine>& engine, std::shared_ptr<detail::AsyncJob> job)
    : job_(std::move(job)), engine_(engine) {
  try {
    engine->submit(std::make_unique<JobTask>(job_), job_.get());
  } catch (const std::bad_alloc&) {
    job_->fail(ErrorKind::internal, "out of memory");
  }
}

void AsyncCall::cancel() const {
  if (!job_) return;
  job_->token().cancel();
  if (const auto engine = engine_.lock()) engine->hurry(job_.get());
}

Result<AsyncEngine> AsyncEngine::start(const AsyncOptions& options) {
  auto engine = async::Engine::start({.threads = options.threads, .max_running = options.max_running, .max_waiting = options.max_waiting});
  if (!engine) return std::move(engine).error();
  return AsyncEngine(std::move(*engine));
}

AsyncEngine::AsyncEngine(std::shared_ptr<async::Engine> engine) : engine_(std::move(engine)) {}

AsyncEngine::~AsyncEngine() {
  if (engine_) engine_->shut_down();
}

AsyncEngine& AsyncEngine::operator=(AsyncEngine&& other) noexcept {
  AsyncEngine ended(std::move(*this));
  engine_ = std::move(other.engine_);
  return *this;
}

std::size_t AsyncEngine::running() const {
  return engine_->running();
}

std::size_t AsyncEngine::waiting() const {
  return engine_->waiting();
}

AsyncBucket::AsyncBucket(const AsyncEngine& engine, std::shared_ptr<Bucket> bucket) : engine_(engine.engine_), bucket_(std::move(bucket)) {}

template <class T, class Options, class Verb>
AsyncOperation<T> AsyncBucket::make(const char* operation, std::string key, Options options, Verb verb) const {
  const auto* given = token_in(options);
  CancelToken token = given != nullptr && *given ? (*given)->child() : CancelToken();
  Error subject{.operation = operation, .bucket = bucket_->name(), .key = key};
  auto work = [bucket = bucket_, key = std::move(key), options = std::move(options),
               verb = std::move(verb)](const CancelToken& cancel) mutable {
    if (auto* place = token_in(options)) *place = cancel;
    return verb(*bucket, key, options);
  };
  auto job = std::make_shared<detail::AsyncJobBy<T, decltype(work)>>(std::move(subject), std::move(token), std::move(work));
  return AsyncOperation<T>(engine_, std::move(job));
}

AsyncOperation<Uploaded> AsyncBucket::upload(std::string key, Body body, UploadOptions options) const {
  return make<Uploaded>("upload", std::move(key), std::move(options),
                        [body = std::move(body)](Bucket& bucket, const std::string& k, const UploadOptions& o) mutable {
                          return bucket.upload(k, std::move(body), o);
                        });
}

AsyncOperation<Downloaded> AsyncBucket::download(std::string key, Sink sink, DownloadOptions options) const {
  return make<Downloaded>("download", std::move(key), std::move(options),
                          [sink = std::move(sink)](Bucket& bucket, const std::string& k, const DownloadOptions& o) mutable {
                            return bucket.download(k, std::move(sink), o);
                          });
}

AsyncOperation<ObjectInfo> AsyncBucket::head(std::string key, HeadOptions options) const {
  return make<ObjectInfo>("head", std::move(key), std::move(options),
                          [](Bucket& bucket, const std::string& k, const HeadOptions& o) { return bucket.head(k, o); });
}

AsyncOperation<ListPage> AsyncBucket::list(ListOptions options) const {
  return make<ListPage>("list", {}, std::move(options),
                        [](Bucket& bucket, const std::string&, const ListOptions& o) { return bucket.list(o); });
}

AsyncOperation<std::string> AsyncBucket::presign(std::string key, PresignOptions options) const {
  return make<std::string>("presign", std::move(key), std::move(options),
                           [](Bucket& bucket, const std::string& k, const PresignOptions& o) { return bucket.presign(k, o); });
}

AsyncOperation<void> AsyncBucket::delete_object(std::string key, DeleteOptions options) const {
  return make<void>("delete_object", std::move(key), std::move(options),
                    [](Bucket& bucket, const std::string& k, const DeleteOptions& o) { return bucket.delete_object(k, o); });
}

AsyncOperation<std::vector<DeleteOutcome>> AsyncBucket::delete_objects(std::vector<std::string> keys, CallOptions options) const {
  return make<std::vector<DeleteOutcome>>(
      "delete_objects", {}, std::move(options),
      [keys = std::move(keys)](Bucket& bucket, const std::string&, const CallOptions& o) { return bucket.delete_objects(keys, o); });
}

AsyncOperation<Copied> AsyncBucket::copy(CopySource source, std::string key, CopyOptions options) const {
  return make<Copied>(
      "copy", std::move(key), std::move(options),
      [source = std::move(source)](Bucket& bucket, const std::string& k, const CopyOptions& o) { return bucket.copy(source, k, o); });
}

AsyncOperation<MultipartUpload> AsyncBucket::create_multipart_upload(std::string key, UploadOptions options) const {
  return make<MultipartUpload>(
      "create_multipart_upload", std::move(key), std::move(options),
      [](Bucket& bucket, const std::string& k, const UploadOptions& o) { return bucket.create_multipart_upload(k, o); });
}

AsyncOperation<UploadedPart> AsyncBucket::upload_part(MultipartUpload upload, std::uint32_t number, Body body, PartOptions options) const {
  return make<UploadedPart>("upload_part", upload.key, std::move(options),
                            [upload, number, body = std::move(body)](Bucket& bucket, const std::string&, const PartOptions& o) mutable {
                              return bucket.upload_part(upload, number, std::move(body), o);
                            });
}

AsyncOperation<UploadedPart> AsyncBucket::upload_part_copy(MultipartUpload upload, std::uint32_t number, CopySource source, ByteRange range,
                                                           PartOptions options) const {
  return make<UploadedPart>("upload_part_copy", upload.key, std::move(options),
                            [upload, number, source = std::move(source), range](Bucket& bucket, const std::string&, const PartOptions& o) {
                              return bucket.upload_part_copy(upload, number, source, range, o);
                            });
}

AsyncOperation<Uploaded> AsyncBucket::complete_multipart_upload(MultipartUpload upload, std::vector<UploadedPart> parts,
                                                                CompleteOptions options) const {
  return make<Uploaded>("complete_multipart_upload", upload.key, std::move(options),
                        [upload, parts = std::move(parts)](Bucket& bucket, const std::string&, const CompleteOptions& o) {
                          return bucket.complete_multipart_upload(upload, parts, o);
                        });
}

AsyncOperation<void> AsyncBucket::abort_multipart_upload(MultipartUpload upload, CallOptions options) const {
  return make<void>(
      "abort_multipart_upload", upload.key, std::move(options),
      [upload](Bucket& bucket, const std::string&, const CallOptions& o) { return bucket.abort_multipart_upload(upload, o); });
}

AsyncOperation<PartPage> AsyncBucket::list_parts(MultipartUpload upload, ListPartsOptions options) const {
  return make<PartPage>("list_parts", upload.key, std::move(options),
                        [upload](Bucket& bucket, const std::string&, const ListPartsOptions& o) { return bucket.list_parts(upload, o); });
}

AsyncOperation<MultipartUploadPage> AsyncBucket::list_multipart_uploads(ListMultipartUploadsOptions options) const {
  return make<MultipartUploadPage>(
      "list_multipart_uploads", {}, std::move(options),
      [](Bucket& bucket, const std::string&, const ListMultipartUploadsOptions& o) { return bucket.list_multipart_uploads(o); });
}

}  // namespace objectstore
