// Downloads of the commands get, cat and cp.
#include "download.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <memory>
#include <utility>

#include "object_line.h"
#include "progress.h"
#include "spool.h"
#include "text.h"
#include "values.h"

namespace objectstore::cli {
namespace {

/// Makes the folder of a file when its first byte arrives, not before: an object that is not there leaves no folder.
class FolderMaker final : public BodySink {
 public:
  FolderMaker(Sink sink, std::filesystem::path folder) : sink_(std::move(sink)), folder_(std::move(folder)) {}
  Status begin(std::optional<std::uint64_t> size) override {
    std::error_code failed;
    std::filesystem::create_directories(folder_, failed);
    if (failed) return system_error(folder_.string(), failed.value());
    return sink_.target().begin(size);
  }
  Status write(std::span<const std::byte> bytes) override { return sink_.target().write(bytes); }
  Status finish() override { return sink_.target().finish(); }
  void discard() noexcept override { sink_.target().discard(); }

 private:
  Sink sink_;
  std::filesystem::path folder_;
};

/// A device or pipe is written to; renaming a file over it would replace it.
Result<Sink> special_file(const std::string& path) {
  auto file = std::make_shared<Descriptor>(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (file->get() < 0) return system_error(path, errno);
  return Sink::callback([file, path](std::span<const std::byte> data) -> Status {
    while (!data.empty()) {
      const ssize_t written = write(file->get(), data.data(), data.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return system_error(path, errno);
      data = data.subspan(static_cast<std::size_t>(written));
    }
    return {};
  });
}

Sink standard_output(Output& output) {
  return Sink::callback([&output](std::span<const std::byte> data) -> Status {
    if (!output.bytes(data)) return output.write_error();
    return {};
  });
}

Result<Sink> file_sink(const std::string& path) {
  struct stat status {};
  const bool exists = stat(path.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode)) return system_error(path, EISDIR);
  if (exists && !S_ISREG(status.st_mode)) return special_file(path);
  return Sink::file(path);
}

struct Target {
  Sink sink;
  std::string path;
  std::filesystem::path new_folder = {};  ///< to be made for it; empty = it is there
};

Result<Target> open_target(Session& session, const S3Uri& source, const std::string& destination) {
  if (destination == "-") {
    if (session.in_run() && session.out().json()) {
      return usage_error("an object's bytes on standard output would stand between the JSON lines of a run");
    }
    return Target{standard_output(session.out()), "-"};
  }
  const bool wants_folder = destination.ends_with('/');
  struct stat status {};
  const bool is_folder = destination.empty() || (stat(destination.c_str(), &status) == 0 && S_ISDIR(status.st_mode));
  if (!wants_folder && !is_folder) {
    Result<Sink> sink = file_sink(destination);
    if (!sink) return sink.error();
    return Target{std::move(*sink), destination};
  }
  const Result<std::string> name = file_name_of(source);
  if (!name) return name.error();
  const std::filesystem::path folder = destination;
  const std::string path = (folder / *name).string();
  Result<Sink> sink = file_sink(path);
  if (!sink) return sink.error();
  if (is_folder) return Target{std::move(*sink), path};
  return Target{Sink::from(std::make_unique<FolderMaker>(std::move(*sink), folder)), path, folder};
}

/// A download that is resumed keeps its partial file in the folder, which has to be there before the first byte.
Result<Downloaded> resume_file(Session& session, Bucket& bucket, const S3Uri& source, const Target& target,
                               const TransferFileOptions& options) {
  if (!target.new_folder.empty()) {
    const Result<ObjectInfo> there = bucket.head(source.key, {.version_id = options.download.object.version_id, .call = session.call()});
    if (!there) return there.error();  // an object that is not there leaves no folder
    std::error_code failed;
    std::filesystem::create_directories(target.new_folder, failed);
    if (failed) return system_error(target.new_folder.string(), failed.value());
  }
  return session.transfers().download_file(bucket, source.key, target.path, options);
}

}  // namespace

Status download_one(Session& session, const S3Uri& source, const std::string& destination, TransferFileOptions options) {
  const auto started = std::chrono::steady_clock::now();
  Result<Target> target = open_target(session, source, destination);
  if (!target) return target.error();
  Result<std::shared_ptr<Bucket>> bucket = session.bucket(source.bucket);
  if (!bucket) return bucket.error();
  options.download.object.call = session.call();
  const std::string uri = to_uri(source);
  bool resumed = false;
  options.download.progress = progress_line(session.out(), uri, resumed);
  const Result<Downloaded> got = options.resume
                                     ? resume_file(session, **bucket, source, *target, options)
                                     : session.transfers().download(**bucket, source.key, std::move(target->sink), options.download);
  options.download.progress = nullptr;
  if (!got) return got.error();
  session.out().succeeded();
  if (target->path == "-") return {};  // standard output is the object's
  session.out().note(shown(uri) + " -> " + shown(target->path) + " (" + human_size(got->size) + ")");
  if (session.out().json())
    (void)session.out().line(transfer_json(got->object, {uri, target->path, std::chrono::steady_clock::now() - started, resumed}));
  return {};
}

}  // namespace objectstore::cli
