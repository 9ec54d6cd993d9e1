// Keeps uploads in parts, and makes objects of them.
#include "bucket/directory_uploads.h"

#include <fcntl.h>
#include <rapidjson/document.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <tuple>
#include <utility>

#include "base/encoding.h"
#include "base/parts_etag.h"
#include "base/uuid.h"
#include "bucket/attributes_json.h"
#include "bucket/directory_keys.h"
#include "bucket/directory_lock.h"
#include "bucket/directory_stream.h"
#include "bucket/multipart_checks.h"
#include "bucket/rules.h"

namespace objectstore::directory {

namespace {

constexpr int kFormat = 1;
constexpr int kMaxRaces = 100;
constexpr std::string_view kManifest = "manifest";
constexpr std::size_t kDigits = 5;
constexpr std::size_t kMaxManifest = std::size_t{64} << 10U;
constexpr std::size_t kMd5Bytes = base::Md5Digest{}.size();
constexpr std::size_t kSha256Bytes = base::Sha256Digest{}.size();
constexpr std::size_t kTrailer = kMd5Bytes + kSha256Bytes;

/// Ids come from callers and become names of folders.
bool is_upload_id(std::string_view id) {
  return id.size() == 36 &&
         std::all_of(id.begin(), id.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '-'; });
}

std::string folder_of(std::string_view id) {
  return std::string(kUploadsFolder) + "/" + std::string(id);
}
std::string manifest_of(std::string_view id) {
  return folder_of(id) + "/" + std::string(kManifest);
}

std::string part_name(std::uint32_t number) {
  const std::string digits = std::to_string(number);
  return std::string(kDigits - std::min(kDigits, digits.size()), '0') + digits;
}

std::optional<std::uint32_t> read_part_name(std::string_view name) {
  const auto number = name.size() == kDigits ? base::parse_decimal(name) : std::nullopt;
  if (!number || !check_part_number(static_cast<std::uint32_t>(*number))) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

/// The names in a folder; none where it is not there.
Result<std::vector<std::string>> names_in(const BucketFolder& bucket, const std::string& path) {
  std::vector<std::string> names;
  auto stream = FolderStream::open(bucket, path);
  if (!stream) return std::move(stream).error();
  while (*stream) {
    auto entry = (*stream)->next();
    if (!entry) return std::move(entry).error();
    if (!*entry) break;
    names.emplace_back((*entry)->name);
  }
  return names;
}

std::int64_t microseconds(SystemTime time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}

std::string to_json(const StoredUpload& upload) {
  rapidjson::StringBuffer buffer;
  json::Writer writer(buffer);
  writer.StartObject();
  writer.Key("format");
  writer.Int(kFormat);
  writer.Key("key");
  json::put_text(writer, upload.key);
  writer.Key("initiated");
  writer.Int64(microseconds(upload.initiated));
  json::put_attributes(writer, upload.attributes);
  writer.EndObject();
  std::string text(buffer.GetString(), buffer.GetSize());
  text += '\n';
  return text;
}

Error corrupt(std::string message) {
  return Error{.kind = ErrorKind::corrupt, .message = "manifest of an upload: " + std::move(message)};
}

Result<StoredUpload> parse_manifest(std::string text) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(text.data(), text.size());
  if (document.HasParseError() || !document.IsObject()) return corrupt("no JSON object");
  const auto* format = json::member(document, "format");
  if (format == nullptr || !format->IsInt()) return corrupt("no format");
  if (format->GetInt() != kFormat) {
    return Error{
        .kind = ErrorKind::unsupported,
        .message = "manifest of an upload: format " + std::to_string(format->GetInt()) + " is not known to this version of the library"};
  }
  StoredUpload upload;
  const auto* initiated = json::member(document, "initiated");
  if (!json::read_text(document, "key", upload.key) || !check_key(upload.key)) return corrupt("no key");
  if (initiated == nullptr || !initiated->IsInt64()) return corrupt("no time");
  upload.initiated = SystemTime(std::chrono::duration_cast<SystemTime::duration>(std::chrono::microseconds(initiated->GetInt64())));
  if (!json::read_attributes(document, upload.attributes)) return corrupt("an attribute is of the wrong type");
  return upload;
}

Result<StoredUpload> read_manifest(const BucketFolder& bucket, std::string_view id) {
  const std::string path = manifest_of(id);
  struct stat information {};
  auto file = bucket.open_file(path, O_RDONLY, information);
  if (!file) return std::move(file).error();
  if (!*file) return no_such_upload();
  const auto size = static_cast<std::uint64_t>(information.st_size);
  if (size > kMaxManifest) return annotate(corrupt("too large"), bucket.path_of(path).native());
  std::string text(static_cast<std::size_t>(size), '\0');
  for (std::size_t at = 0; at < text.size();) {
    auto count = (*file)->read(std::as_writable_bytes(std::span(text)).subspan(at));
    if (!count) return std::move(count).error();
    if (*count == 0) break;
    at += *count;
  }
  auto upload = parse_manifest(std::move(text));
  if (!upload) return annotate(std::move(upload).error(), bucket.path_of(path).native());
  return upload;
}

/// Errors: not_found (NoSuchUpload), those of open(2).
Status expect_manifest(const BucketFolder& bucket, std::string_view id) {
  struct stat information {};
  auto file = bucket.open_file(manifest_of(id), O_PATH, information);
  if (!file) return std::move(file).error();
  if (!*file) return no_such_upload();
  return {};
}

bool means_no_upload(const Status& status) {
  return !status && status.error().service_code == "NoSuchUpload";
}

struct StoredPart {
  UploadedPart described;
  io::FileDescriptor file;
};

/// nothing: there is none.
Result<std::optional<StoredPart>> open_part(const BucketFolder& bucket, std::string_view id, std::uint32_t number) {
  const std::string path = folder_of(id) + "/" + part_name(number);
  struct stat information {};
  auto file = bucket.open_file(path, O_RDONLY, information);
  if (!file) return std::move(file).error();
  if (!*file) return std::optional<StoredPart>();
  const auto size = static_cast<std::uint64_t>(information.st_size);
  std::array<char, kTrailer> trailer{};
  auto count =
      size < kTrailer ? Result<std::size_t>(std::size_t{0}) : (*file)->read_at(std::as_writable_bytes(std::span(trailer)), size - kTrailer);
  if (!count) return std::move(count).error();
  if (*count != kTrailer) {
    return Error{.kind = ErrorKind::corrupt, .message = bucket.path_of(path).native() + ": the part has no sums at its end"};
  }
  const std::string_view sums(trailer.data(), trailer.size());
  UploadedPart part;
  part.number = number;
  part.size = size - kTrailer;
  part.etag = base::hex({reinterpret_cast<const std::uint8_t*>(sums.data()), kMd5Bytes});
  part.sha256 = base::base64(sums.substr(kMd5Bytes));
  return std::optional(StoredPart{std::move(part), std::move(**file)});
}

/// The manifest first: without it there is no upload any more. What cannot be removed is swept later.
Status remove_upload(const BucketFolder& bucket, std::string_view id) {
  if (::unlinkat(bucket.get(), manifest_of(id).c_str(), 0) != 0 && !means_absent(errno)) {
    return bucket.failed("remove", manifest_of(id), errno);
  }
  const std::string path = folder_of(id);
  if (auto synced = bucket.sync(path); !synced && synced.error().kind != ErrorKind::not_found) return synced;
  for (int race = 0; race < kMaxRaces; ++race) {  // against parts that arrive meanwhile
    auto names = names_in(bucket, path);
    if (!names) return {};
    for (const auto& name : *names) ::unlinkat(bucket.get(), (path + "/" + name).c_str(), 0);
    if (::unlinkat(bucket.get(), path.c_str(), AT_REMOVEDIR) == 0 || errno != ENOTEMPTY) return {};
  }
  return {};
}

void count_part(std::vector<PartRun>& runs, std::uint64_t size) {
  if (runs.empty() || runs.back().size != size) runs.push_back({0, size});
  ++runs.back().count;
}

Result<Version> assemble(StagedFile& staged, const BucketFolder& bucket, const MultipartUpload& upload, std::span<const UploadedPart> parts,
                         Clock& clock, Random& random, const Verb& verb) {
  // All are looked at before a byte is copied, and each once more as it is copied: it may have been uploaded again.
  std::vector<PartRun> sizes;
  for (const bool copy : {false, true}) {
    for (const auto& part : parts) {
      if (auto go_on = verb.proceed(); !go_on) return std::move(go_on).error();
      auto stored = open_part(bucket, upload.upload_id, part.number);
      if (!stored) return std::move(stored).error();
      const bool last = &part == &parts.back();
      if (auto fine = check_stored_part(part, *stored ? &(*stored)->described : nullptr, last); !fine) return std::move(fine).error();
      if (!copy) continue;
      count_part(sizes, (*stored)->described.size);
      if (auto added = staged.append((*stored)->file, (*stored)->described.size, verb); !added) return std::move(added).error();
    }
  }
  auto version = staged.finish(clock, random);
  if (version) version->part_sizes = std::move(sizes);
  return version;
}

}  // namespace

Result<MultipartUpload> create_upload(const BucketFolder& bucket, std::string_view key, Attributes attributes, Clock& clock,
                                      Random& random) {
  MultipartUpload upload;
  upload.key = key;
  upload.initiated = clock.now();
  upload.upload_id = base::uuid_v7(upload.initiated, random);
  upload.put_id = upload.upload_id;
  upload.storage_class = storage_class_of(attributes);
  upload.content_type = attributes.content_type;
  auto staged = StagedFile::create(bucket, Address(key), random);
  if (!staged) return std::move(staged).error();
  const std::string text = to_json({upload.key, upload.initiated, std::move(attributes)});
  if (auto written = staged->write(std::as_bytes(std::span(text))); !written) return std::move(written).error();
  const std::string path = folder_of(upload.upload_id);
  auto folder = bucket.open_or_make(path);
  if (!folder) return std::move(folder).error();
  if (!*folder) return bucket.failed("make", path, ENOTDIR);
  if (auto moved = staged->move_to(manifest_of(upload.upload_id)); !moved) {
    ::unlinkat(bucket.get(), path.c_str(), AT_REMOVEDIR);
    return std::move(moved).error();
  }
  return upload;
}

Result<StoredUpload> find_upload(const BucketFolder& bucket, const MultipartUpload& upload) {
  if (!is_upload_id(upload.upload_id)) return no_such_upload();
  auto stored = read_manifest(bucket, upload.upload_id);
  if (stored && stored->key != upload.key) return no_such_upload();
  return stored;
}

Result<std::vector<MultipartUpload>> all_uploads(const BucketFolder& bucket, std::string_view prefix, const Verb& verb) {
  auto names = names_in(bucket, std::string(kUploadsFolder));
  if (!names) return std::move(names).error();
  std::vector<MultipartUpload> uploads;
  for (auto& id : *names) {
    if (auto go_on = verb.proceed(); !go_on) return std::move(go_on).error();
    if (!is_upload_id(id)) continue;
    auto stored = read_manifest(bucket, id);
    if (!stored || !stored->key.starts_with(prefix)) continue;
    auto object = find_object(bucket, Address(stored->key), O_PATH, verb);
    if (object && *object && (*object)->version.upload_id == id) {  // it is complete: its writer died before it removed the upload
      (void)remove_upload(bucket, id);
      continue;
    }
    MultipartUpload& upload = uploads.emplace_back();
    upload.key = std::move(stored->key);
    upload.upload_id = std::move(id);
    upload.initiated = stored->initiated;
    upload.storage_class = storage_class_of(stored->attributes);
  }
  std::sort(uploads.begin(), uploads.end(),
            [](const MultipartUpload& a, const MultipartUpload& b) { return std::tie(a.key, a.upload_id) < std::tie(b.key, b.upload_id); });
  return uploads;
}

Status abort_upload(const BucketFolder& bucket, const MultipartUpload& upload, const Verb& verb) {
  auto stored = find_upload(bucket, upload);
  if (!stored && stored.error().service_code == "NoSuchUpload") return {};
  auto lock = Lock::shard(bucket, Address(upload.key).shard, verb);
  if (!lock) return std::move(lock).error();
  return remove_upload(bucket, upload.upload_id);
}

void sweep_uploads(const BucketFolder& bucket, SystemTime newest) {
  const auto names = names_in(bucket, std::string(kUploadsFolder));
  if (!names) return;
  for (const auto& id : *names) {
    struct stat information {};
    if (!is_upload_id(id) || ::fstatat(bucket.get(), folder_of(id).c_str(), &information, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (!S_ISDIR(information.st_mode) || SystemTime(std::chrono::seconds(information.st_ctim.tv_sec)) > newest) continue;
    if (means_no_upload(expect_manifest(bucket, id))) (void)remove_upload(bucket, id);
  }
}

PartWriter::PartWriter(const BucketFolder& bucket, StagedFile staged)
    : bucket_(&bucket), staged_(std::move(staged)), sha256_(base::Hasher::Algorithm::sha256) {}

Result<PartWriter> PartWriter::create(const BucketFolder& bucket, std::string_view key, Random& random) {
  auto staged = StagedFile::create(bucket, Address(key), random);
  if (!staged) return std::move(staged).error();
  return PartWriter(bucket, std::move(*staged));
}

Status PartWriter::write(std::span<const std::byte> bytes) {
  sha256_.update(bytes);
  size_ += bytes.size();
  return staged_.write(bytes);
}

Result<UploadedPart> PartWriter::finish(const MultipartUpload& upload, std::uint32_t number) {
  const std::string md5 = staged_.take_md5();
  const std::string sha256 = sha256_.finish();
  const std::string trailer = md5 + sha256;
  if (auto written = staged_.write(std::as_bytes(std::span(trailer))); !written) return std::move(written).error();
  const std::string path = folder_of(upload.upload_id) + "/" + part_name(number);
  auto moved = staged_.move_to(path);
  if (!moved && moved.error().kind != ErrorKind::not_found) return std::move(moved).error();
  auto there = moved ? expect_manifest(*bucket_, upload.upload_id) : Status(no_such_upload());
  if (means_no_upload(there)) {  // it ended meanwhile
    ::unlinkat(bucket_->get(), path.c_str(), 0);
    ::unlinkat(bucket_->get(), folder_of(upload.upload_id).c_str(), AT_REMOVEDIR);
  }
  if (!there) return std::move(there).error();
  return UploadedPart{number, base::hex({reinterpret_cast<const std::uint8_t*>(md5.data()), md5.size()}), size_, base::base64(sha256)};
}

Result<std::vector<UploadedPart>> stored_parts(const BucketFolder& bucket, const MultipartUpload& upload, std::uint32_t part_after,
                                               std::size_t limit, const Verb& verb) {
  auto names = names_in(bucket, folder_of(upload.upload_id));
  if (!names) return std::move(names).error();
  std::vector<std::uint32_t> numbers;
  for (const auto& name : *names) {
    const auto number = read_part_name(name);
    if (number && *number > part_after) numbers.push_back(*number);
  }
  std::sort(numbers.begin(), numbers.end());
  std::vector<UploadedPart> parts;
  for (const auto number : numbers) {
    if (parts.size() == limit) break;
    if (auto go_on = verb.proceed(); !go_on) return std::move(go_on).error();
    auto part = open_part(bucket, upload.upload_id, number);
    if (!part) return std::move(part).error();
    if (*part) parts.push_back(std::move((*part)->described));
  }
  return parts;
}

Result<Version> complete_upload(const BucketFolder& bucket, const MultipartUpload& upload, std::span<const UploadedPart> parts,
                                const WriteCondition& condition, Clock& clock, Random& random, const Verb& verb) {
  const Address address(upload.key);
  base::PartsEtag digest;
  for (const auto& part : parts) digest.add(strip_etag(part.etag));
  const std::string etag = digest.text();
  // The upload is gone: completed, as long as what it made of these parts still stands there.
  const auto settle = [&](Error gone) -> Result<Version> {
    if (gone.service_code != "NoSuchUpload") return gone;
    auto object = find_object(bucket, address, O_PATH, verb);
    if (!object) return std::move(object).error();
    const bool ours = *object && (*object)->version.upload_id == upload.upload_id && (*object)->version.etag == etag;
    if (ours) return std::move((*object)->version);
    return gone;
  };
  auto stored = find_upload(bucket, upload);
  if (!stored) return settle(std::move(stored).error());
  auto staged = StagedFile::create(bucket, address, random);
  if (!staged) return std::move(staged).error();
  auto version = assemble(*staged, bucket, upload, parts, clock, random, verb);
  if (!version) return means_no_upload(expect_manifest(bucket, upload.upload_id)) ? settle(no_such_upload()) : std::move(version);
  version->etag = etag;
  version->attributes = std::move(stored->attributes);
  version->upload_id = upload.upload_id;
  auto published = staged->publish(address, *version, condition, random, verb, [&](const Version* current) -> Status {
    const bool over = current != nullptr && current->upload_id == upload.upload_id;  // its writer died before it removed the upload
    return over ? Status(no_such_upload()) : expect_manifest(bucket, upload.upload_id);
  });
  if (!published) version = settle(std::move(published).error());
  if (!version) return version;
  (void)remove_upload(bucket, upload.upload_id);  // else it stays listed, to be aborted
  return version;
}

}  // namespace objectstore::directory
