// AsyncEngine and AsyncBucket: very many operations at a time on a few threads, with callbacks, futures or coroutines.
#pragma once

#include <atomic>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "objectstore/bucket.h"
#include "objectstore/clock.h"
#include "objectstore/export.h"
#include "objectstore/multipart.h"
#include "objectstore/result.h"

namespace objectstore {

namespace async {
class Engine;
}  // namespace async

namespace detail {

/// One operation, whatever its type. Of use inside the library only, as all in this namespace.
class OBJECTSTORE_EXPORT AsyncJob {
 public:
  AsyncJob(Error subject, CancelToken cancel) : subject_(std::move(subject)), cancel_(std::move(cancel)) {}
  virtual ~AsyncJob();
  AsyncJob(const AsyncJob&) = delete;
  AsyncJob& operator=(const AsyncJob&) = delete;
  /// Works, and calls back.
  virtual void run() = 0;
  /// Calls back without having worked.
  virtual void fail(ErrorKind kind, const char* message) = 0;
  [[nodiscard]] const CancelToken& token() const noexcept { return cancel_; }

 protected:
  [[nodiscard]] Error error(ErrorKind kind, std::string message) const;

 private:
  const Error subject_;  ///< operation, bucket and key
  const CancelToken cancel_;
};

template <class T>
class AsyncJobOf : public AsyncJob {
 public:
  using AsyncJob::AsyncJob;
  void call_back_to(std::function<void(Result<T>)> done) { done_ = std::move(done); }
  void run() final {
    auto outcome = token().cancelled() ? error(ErrorKind::cancelled, "cancelled before it began") : attempt();
    let_go();
    call_back(std::move(outcome));
  }
  void fail(ErrorKind kind, const char* message) final { call_back(error(kind, message)); }

 protected:
  virtual Result<T> work() = 0;
  /// What the work needed is destroyed before its caller hears of its end.
  virtual void let_go() = 0;

 private:
  Result<T> attempt() {
    try {
      return work();
    } catch (const std::exception& thrown) {
      return error(ErrorKind::internal, thrown.what());
    } catch (...) {
      return error(ErrorKind::internal, "an unknown exception");
    }
  }
  void call_back(Result<T> outcome) {
    if (auto done = std::exchange(done_, nullptr)) done(std::move(outcome));
  }
  std::function<void(Result<T>)> done_;
};

template <class T, class Work>
class AsyncJobBy final : public AsyncJobOf<T> {
 public:
  AsyncJobBy(Error subject, CancelToken cancel, Work work) : AsyncJobOf<T>(std::move(subject), std::move(cancel)), work_(std::move(work)) {}

 private:
  Result<T> work() override { return (*work_)(this->token()); }
  void let_go() override { work_.reset(); }
  std::optional<Work> work_;
};

template <class R>
struct ValueOf;
template <class T>
struct ValueOf<Result<T>> {
  using Type = T;
};

}  // namespace detail

/// A handle to an operation that was started. Copies name the same one; a default-constructed one names none.
/// Thread-safety: every member may be called concurrently, also when the operation has ended and the engine is gone.
class OBJECTSTORE_EXPORT AsyncCall {
 public:
  AsyncCall() = default;
  /// Ends the operation as its CancelToken does: in the queue at once, under way within a fraction of a second. It still calls back, with the
  /// kind `cancelled` unless it had come to its end already. Other operations that share the token given in its options go on.
  void cancel() const;

 private:
  template <class T>
  friend class AsyncOperation;
  /// Hands the job to the engine.
  AsyncCall(const std::shared_ptr<async::Engine>& engine, std::shared_ptr<detail::AsyncJob> job);
  std::shared_ptr<detail::AsyncJob> job_;
  std::weak_ptr<async::Engine> engine_;
};

/// An operation that is ready to start. Start it in one of three ways, once; one that is dropped does nothing.
///
///   bucket.download("k").start([](Result<Downloaded> got) { ... });
///   std::future<Result<Downloaded>> got = bucket.download("k").as_future();
///   Result<Downloaded> got = co_await bucket.download("k");
///
/// g++ 12 destroys twice what braces make inside a co_await expression (its bug): give options that are not defaults a name there.
///
/// Starting never fails: all errors arrive as the Result, that of an engine that is gone as well (`cancelled`). While as many operations wait
/// as AsyncOptions::max_waiting says, starting one blocks until there is room; on an engine's own thread (in a callback, in a coroutine that
/// was resumed) it never does, and the bound may be exceeded.
/// Move-only. Thread-safety: one thread at a time.
template <class T>
class [[nodiscard]] AsyncOperation {
 public:
  using Callback = std::function<void(Result<T>)>;

  /// `done` is called exactly once, on a thread of the engine, also when the operation is cancelled or the engine destroyed. (Where the engine
  /// is gone already, or belongs to the parent of this process, it is called before `start` returns.) It may start further operations and call
  /// blocking verbs, which then let others go on; whatever else blocks in it holds up the operations of its thread. It has some 200 KiB of
  /// stack. What it throws is dropped.
  AsyncCall start(Callback done) && {
    job_->call_back_to(std::move(done));
    return AsyncCall(engine_, std::exchange(job_, nullptr));
  }

  /// To wait for it on a thread of the engine would be a deadlock: use a callback there, or the blocking verb itself.
  std::future<Result<T>> as_future() && {
    auto promise = std::make_shared<std::promise<Result<T>>>();
    auto future = promise->get_future();
    std::move(*this).start([promise = std::move(promise)](Result<T> outcome) { promise->set_value(std::move(outcome)); });
    return future;
  }

  class Awaiter {
   public:
    explicit Awaiter(AsyncOperation operation) : operation_(std::move(operation)) {}
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> caller) {
      std::move(operation_).start([this, caller](Result<T> outcome) {
        outcome_.emplace(std::move(outcome));
        if (one_is_there_.exchange(true)) caller.resume();
      });
      return !one_is_there_.exchange(true);  // whoever comes second goes on
    }
    Result<T> await_resume() { return std::move(*outcome_); }

   private:
    AsyncOperation operation_;
    std::optional<Result<T>> outcome_;
    std::atomic<bool> one_is_there_ = false;
  };
  /// The coroutine goes on where a callback would run. It must not be destroyed meanwhile.
  Awaiter operator co_await() && { return Awaiter(std::move(*this)); }

 private:
  friend class AsyncEngine;
  friend class AsyncBucket;
  AsyncOperation(std::shared_ptr<async::Engine> engine, std::shared_ptr<detail::AsyncJobOf<T>> job)
      : engine_(std::move(engine)), job_(std::move(job)) {}
  std::shared_ptr<async::Engine> engine_;
  std::shared_ptr<detail::AsyncJobOf<T>> job_;
};

struct AsyncOptions {
  int threads = 0;                      ///< 0 = one for each core, at most 4
  std::size_t max_running = 1024;       ///< operations under way at a time, each with a connection of its own (see `ulimit -n`)
  std::size_t max_waiting = 1U << 16U;  ///< operations behind those, before starting one blocks
};

/// The threads that carry asynchronous operations. One in a program is enough. Each operation runs as plain blocking code on a small stack of
/// its own: where it would wait for the network or sleep between attempts, its thread carries on with others. Connections are pooled by
/// thread. Work with local files is not waited for asynchronously: it occupies the thread. Sources and sinks of bodies are called on its thread
/// and should not block; a verb that they call themselves blocks it.
/// RULE for code of yours that runs in operations (buckets, credentials providers, transports, callbacks): hold no lock while you call a verb
/// or Clock::sleep. Another operation of the same thread that wants the lock would wait for ever.
/// In a forked child the engine is of no use: what is started there is `cancelled`. A child makes one of its own.
/// The process may end, by exit or a return from main, with operations under way, and an engine may be destroyed after main: so that connections
/// over TLS can stand this, the library keeps OpenSSL from taking itself down in exit. Where the program uses OpenSSL before this library
/// does, that is up to the program (OPENSSL_INIT_NO_ATEXIT).
/// Move-only. Thread-safety: every member may be called concurrently but the destructor and the moves.
class OBJECTSTORE_EXPORT AsyncEngine {
 public:
  /// Errors: internal (the machine gives no thread or file descriptor).
  static Result<AsyncEngine> start(const AsyncOptions& options = {});
  /// Cancels the operations that wait; those under way come to their end (cancel them to be faster). Returns when every callback has been
  /// called. In a callback it does not wait: they are called all the same.
  ~AsyncEngine();
  AsyncEngine(AsyncEngine&& other) noexcept = default;
  AsyncEngine& operator=(AsyncEngine&& other) noexcept;

  /// Any blocking code of the library as an operation: `Result<T> work(const CancelToken&)`, which should hand the token on.
  ///   engine.operation([=](const CancelToken& cancel) { return store->receive(event, {.cancel = cancel}); }).start(...)
  /// What it throws becomes the kind `internal`.
  template <class Work>
  auto operation(Work work) const {
    using T = typename detail::ValueOf<std::invoke_result_t<Work&, const CancelToken&>>::Type;
    auto job = std::make_shared<detail::AsyncJobBy<T, Work>>(Error{.operation = "operation"}, CancelToken(), std::move(work));
    return AsyncOperation<T>(engine_, std::move(job));
  }

  /// Operations under way, and those that wait for their turn, at this moment.
  [[nodiscard]] std::size_t running() const;
  [[nodiscard]] std::size_t waiting() const;

 private:
  friend class AsyncBucket;
  explicit AsyncEngine(std::shared_ptr<async::Engine> engine);
  std::shared_ptr<async::Engine> engine_;
};

/// The verbs of a Bucket, whichever it is, as operations of an engine: same options, results and errors. The options' CancelToken ends an
/// operation too. Names and options are copied; bytes that a Body only views must stay until the operation has called back.
/// Copies are cheap and may outlive the engine (their operations are `cancelled` then). Thread-safety: every member may be called concurrently.
class OBJECTSTORE_EXPORT AsyncBucket {
 public:
  AsyncBucket(const AsyncEngine& engine, std::shared_ptr<Bucket> bucket);
  [[nodiscard]] const std::shared_ptr<Bucket>& blocking() const noexcept { return bucket_; }

  AsyncOperation<Uploaded> upload(std::string key, Body body, UploadOptions options = UploadOptions()) const;
  AsyncOperation<Downloaded> download(std::string key, Sink sink = Sink(), DownloadOptions options = DownloadOptions()) const;
  AsyncOperation<ObjectInfo> head(std::string key, HeadOptions options = HeadOptions()) const;
  AsyncOperation<ListPage> list(ListOptions options = ListOptions()) const;
  AsyncOperation<std::string> presign(std::string key, PresignOptions options = PresignOptions()) const;
  AsyncOperation<void> delete_object(std::string key, DeleteOptions options = DeleteOptions()) const;
  AsyncOperation<std::vector<DeleteOutcome>> delete_objects(std::vector<std::string> keys, CallOptions options = CallOptions()) const;
  AsyncOperation<Copied> copy(CopySource source, std::string key, CopyOptions options = CopyOptions()) const;
  AsyncOperation<MultipartUpload> create_multipart_upload(std::string key, UploadOptions options = UploadOptions()) const;
  AsyncOperation<UploadedPart> upload_part(MultipartUpload upload, std::uint32_t number, Body body,
                                           PartOptions options = PartOptions()) const;
  AsyncOperation<UploadedPart> upload_part_copy(MultipartUpload upload, std::uint32_t number, CopySource source,
                                                ByteRange range = ByteRange(), PartOptions options = PartOptions()) const;
  AsyncOperation<Uploaded> complete_multipart_upload(MultipartUpload upload, std::vector<UploadedPart> parts,
                                                     CompleteOptions options = CompleteOptions()) const;
  AsyncOperation<void> abort_multipart_upload(MultipartUpload upload, CallOptions options = CallOptions()) const;
  AsyncOperation<PartPage> list_parts(MultipartUpload upload, ListPartsOptions options = ListPartsOptions()) const;
  AsyncOperation<MultipartUploadPage> list_multipart_uploads(ListMultipartUploadsOptions options = ListMultipartUploadsOptions()) const;

 private:
  template <class T, class Options, class Verb>
  AsyncOperation<T> make(const char* operation, std::string key, Options options, Verb verb) const;
  std::shared_ptr<async::Engine> engine_;
  std::shared_ptr<Bucket> bucket_;
};

}  // namespace objectstore
