// Uploads of the commands put and cp.
#include "upload.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <utility>

#include "base/encoding.h"
#include "media_type.h"
#include "object_line.h"
#include "progress.h"
#include "spool.h"
#include "text.h"
#include "values.h"

namespace objectstore::cli {
namespace {

Result<Encryption> parse_encryption(std::string_view text) {
  constexpr std::string_view kKms = "aws:kms";
  if (text == "AES256") return Encryption(SseS3{});
  if (text == kKms) return Encryption(SseKms{});
  if (text.starts_with("aws:kms:") && text.size() > kKms.size() + 1) return Encryption(SseKms{std::string(text.substr(kKms.size() + 1))});
  return bad_value("--sse", text, "AES256, aws:kms or aws:kms:KEY-ID");
}

std::string source_name(const Address& source) {
  return source.kind == Address::Kind::stream ? "-" : source.path;
}

Result<Body> open_source(const Session& session, const Address& source) {
  if (source.kind == Address::Kind::stream) {
    const Result<int> input = session.standard_input();
    if (!input) return input.error();
    return stream_of(*input, "standard input");
  }
  struct stat status {};
  if (stat(source.path.c_str(), &status) != 0) return system_error(source.path, errno);
  if (S_ISDIR(status.st_mode)) return usage_error("'" + source.path + "' is a folder; name its files");
  if (S_ISREG(status.st_mode)) return Body::file(source.path);
  const Descriptor opened(open(source.path.c_str(), O_RDONLY | O_CLOEXEC));
  if (opened.get() < 0) return system_error(source.path, errno);
  return stream_of(opened.get(), source.path);
}

}  // namespace

Result<Attributes> read_attributes(const Arguments& arguments) {
  Attributes attributes;
  attributes.content_type = arguments.value("content-type");
  attributes.cache_control = arguments.value("cache-control");
  attributes.content_disposition = arguments.value("content-disposition");
  attributes.content_encoding = arguments.value("content-encoding");
  attributes.content_language = arguments.value("content-language");
  attributes.storage_class = arguments.value_or_empty("storage-class");
  if (const auto text = arguments.value("expires")) {
    Result<std::string> date = parse_http_date("--expires", *text);
    if (!date) return date.error();
    attributes.expires = std::move(*date);
  }
  if (const auto text = arguments.value("sse")) {
    Result<Encryption> encryption = parse_encryption(*text);
    if (!encryption) return encryption.error();
    attributes.encryption = std::move(*encryption);
  }
  for (const std::string& text : arguments.values("meta")) {
    auto pair = parse_pair("--meta", text);
    if (!pair) return pair.error();
    std::string name = base::to_lower(pair->first);  // header names have no case
    if (!attributes.metadata.emplace(name, std::move(pair->second)).second) return usage_error("--meta: '" + name + "' is given twice");
  }
  return attributes;
}

UploadOptions upload_options(const Attributes& attributes) {
  UploadOptions options;
  if (attributes.content_type) options.content_type = *attributes.content_type;
  options.cache_control = attributes.cache_control.value_or("");
  options.content_disposition = attributes.content_disposition.value_or("");
  options.content_encoding = attributes.content_encoding.value_or("");
  options.content_language = attributes.content_language.value_or("");
  options.expires = attributes.expires.value_or("");
  options.metadata = attributes.metadata;
  options.storage_class = attributes.storage_class;
  options.encryption = attributes.encryption;
  return options;
}

Result<S3Uri> upload_target(const Address& source, const S3Uri& target) {
  if (!target.key.empty() && !target.key.ends_with('/')) return target;
  if (source.kind == Address::Kind::stream) {
    return usage_error("'" + to_uri(target) + "': standard input has no name; give the whole key");
  }
  const std::string name = std::filesystem::path(source.path).filename().string();
  return S3Uri{target.bucket, target.key + name};
}

Status upload_one(Session& session, const Address& source, const S3Uri& target, TransferUploadOptions options, bool guess_type) {
  const auto started = std::chrono::steady_clock::now();
  Result<Body> body = open_source(session, source);
  if (!body) return body.error();
  Result<std::shared_ptr<Bucket>> bucket = session.bucket(target.bucket);
  if (!bucket) return bucket.error();
  if (guess_type) options.object.content_type = media_type_of(source.kind == Address::Kind::stream ? target.key : source.path);
  options.object.call = session.call();
  const std::string name = source_name(source);
  bool resumed = false;
  options.progress = progress_line(session.out(), name == "-" ? target.key : name, resumed);
  const Result<Uploaded> uploaded = session.transfers().upload(**bucket, target.key, std::move(*body), options);
  options.progress = nullptr;
  if (!uploaded) return uploaded.error();

  const std::string uri = to_uri(target);
  session.out().succeeded();
  session.out().note(shown(name) + " -> " + shown(uri) + " (" + human_size(uploaded->ref.size) + ")");
  if (session.out().json()) {
    ObjectInfo object;
    object.bucket = uploaded->ref.bucket;
    object.key = uploaded->ref.key;
    object.etag = uploaded->ref.etag;
    object.size = uploaded->ref.size;
    object.content_type = uploaded->ref.content_type;
    object.version_id = uploaded->version_id;
    if (!resumed) object.storage_class = options.object.storage_class;
    (void)session.out().line(transfer_json(object, {name, uri, std::chrono::steady_clock::now() - started, resumed}));
  }
  return {};
}

}  // namespace objectstore::cli
