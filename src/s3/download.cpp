// GetObject into a sink: breaks are repaired from the byte where they happened, what arrives is verified.
#include "s3/download.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/errors.h"
#include "base/etag.h"
#include "s3/attributes.h"
#include "s3/range.h"
#include "s3/xml.h"

namespace objectstore::s3 {

namespace {

/// An attempt that brought this much does not count towards the limit: a long download over a shaky line ends some day.
constexpr std::uint64_t kProgressBytes = 1u << 20;

std::string range_header(const ByteRange& range) {
  switch (range.form) {
    case ByteRange::Form::whole: return {};
    case ByteRange::Form::first_last: return "bytes=" + std::to_string(range.first) + '-' + std::to_string(range.last);
    case ByteRange::Form::from: return "bytes=" + std::to_string(range.first) + '-';
    case ByteRange::Form::suffix: return "bytes=-" + std::to_string(range.count);
  }
  return {};
}

/// The digest of a whole object, where the server tells one that we can compute.
struct ExpectedDigest {
  base::Hasher::Algorithm algorithm;
  std::string bytes;
};

std::optional<ExpectedDigest> expected_digest(const Headers& headers) {
  if (base::equals_ignoring_case(headers.get("x-amz-checksum-type"), "COMPOSITE")) return std::nullopt;
  struct Known {
    std::string_view header;
    base::Hasher::Algorithm algorithm;
    std::size_t size;
  };
  constexpr std::array<Known, 3> kKnown = {Known{"x-amz-checksum-sha256", base::Hasher::Algorithm::sha256, 32},
                                           Known{"x-amz-checksum-crc32", base::Hasher::Algorithm::crc32, 4},
                                           Known{"x-amz-checksum-sha1", base::Hasher::Algorithm::sha1, 20}};
  for (const auto& known : kKnown) {
    const std::string* value = headers.find(known.header);
    if (value == nullptr || value->find('-') != std::string::npos) continue;  // "digest-N": of parts, not of the bytes
    if (auto bytes = base::unbase64(base::trim(*value)); bytes && bytes->size() == known.size) {
      return ExpectedDigest{known.algorithm, std::move(*bytes)};
    }
  }
  return std::nullopt;
}

/// The reply's own framing shows whether its body came whole. Without it a body ends where the connection does, and so does a cut one.
bool tells_its_end(const Headers& headers) {
  return headers.find("content-length") != nullptr || headers.find("transfer-encoding") != nullptr;
}

Failure endless() {
  return {corrupt_reply("neither Content-Length nor Transfer-Encoding nor a checksum, so nothing shows whether the object came whole"),
          Retry::no};
}

Failure behind_the_end() {
  return {base::make_error(ErrorKind::invalid_argument, "the range begins behind the end of the object", "InvalidRange"), Retry::no};
}

class Download final : public ReplyBody {
 public:
  Download(Sender& sender, std::string_view bucket, std::string_view key, BodySink& sink, const DownloadOptions& options)
      : sender_(sender), bucket_(bucket), key_(key), sink_(sink), options_(options) {}

  Result<Downloaded> run();

  Status on_head(int status, const Headers& headers) override;
  Status on_bytes(std::span<const std::byte> bytes) override;

 private:
  Request first_request();
  void set_original_headers(Headers& headers) const;
  Status before_retry(HttpRequest& http);
  void judge(HttpReply& reply, std::optional<Failure>& failure);

  Status start(int status, const Headers& headers);
  Status resume(int status, const Headers& headers, const ObjectInfo& info);
  std::optional<Failure> verify();
  /// Ends the exchange; the failure is kept for `judge`.
  Error give_up(Failure failure);
  [[nodiscard]] bool can_resume() const { return !info_.etag.empty() && !base::is_weak_etag(info_.etag); }

  Sender& sender_;
  const std::string_view bucket_;
  const std::string_view key_;
  BodySink& sink_;
  const DownloadOptions& options_;

  // Since the last start from the first byte.
  bool started_ = false;  ///< a head was accepted, the sink has begun
  ObjectInfo info_;
  std::optional<std::uint64_t> total_;
  std::uint64_t begin_ = 0;           ///< offset in the object of the first byte for the sink
  std::optional<std::uint64_t> end_;  ///< behind its last byte; nothing = where the reply ends
  std::uint64_t delivered_ = 0;       ///< bytes the sink took
  std::optional<ExpectedDigest> expected_;
  std::optional<base::Hasher> hasher_;

  // Of the attempt under way.
  bool resuming_ = false;
  std::uint64_t skip_ = 0;  ///< bytes of the reply in front of what is wanted
  bool surplus_ = false;    ///< the server ignored the range: the reply may go on behind the wanted bytes
  bool sink_failed_ = false;
  bool enough_ = false;  ///< all wanted bytes are there, the rest was cut off by us
  std::uint64_t delivered_before_ = 0;
  std::optional<Failure> failure_;

  bool sink_begun_ = false;
  std::optional<Error> restart_;  ///< why the next attempt starts over
};

Error Download::give_up(Failure failure) {
  failure_ = std::move(failure);
  return failure_->error;
}

void Download::set_original_headers(Headers& headers) const {
  for (const std::string_view name : {"range", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since"})
    headers.erase(name);
  if (auto range = range_header(options_.range); !range.empty()) headers.set("range", std::move(range));
  add_read_conditions(headers, options_.conditions);
}

Request Download::first_request() {
  Request request;
  request.bucket = bucket_;
  request.key = key_;
  request.http.method = "GET";
  if (!options_.version_id.empty()) request.http.query = "versionId=" + base::uri_encode(options_.version_id);
  request.http.headers.reserve(12);
  set_original_headers(request.http.headers);
  if (options_.range.form == ByteRange::Form::whole) request.http.headers.set("x-amz-checksum-mode", "ENABLED");
  if (options_.customer_key) add_customer_key(request.http.headers, *options_.customer_key);
  request.http.reply_body = this;
  request.before_retry = [this](HttpRequest& http) { return before_retry(http); };
  request.judge = [this](HttpReply& reply, std::optional<Failure>& failure) { judge(reply, failure); };
  return request;
}

Status Download::before_retry(HttpRequest& http) {
  resuming_ = started_ && !restart_ && delivered_ > 0;
  skip_ = 0;
  surplus_ = false;
  enough_ = false;
  sink_failed_ = false;
  failure_.reset();
  delivered_before_ = delivered_;
  set_original_headers(http.headers);
  if (!resuming_) {
    started_ = false;
    return {};
  }
  // The conditions held when the first byte came; from now on the ETag pins the object.
  for (const std::string_view name : {"if-none-match", "if-modified-since", "if-unmodified-since"}) http.headers.erase(name);
  http.headers.set("if-match", base::quote_etag(info_.etag));
  const std::uint64_t from = begin_ + delivered_;
  http.headers.set("range", "bytes=" + std::to_string(from) + '-' + (end_ ? std::to_string(*end_ - 1) : std::string()));
  return {};
}

Status Download::start(int status, const Headers& headers) {
  const std::string* length_text = headers.find("content-length");
  const auto length = length_text != nullptr ? base::parse_decimal(*length_text) : std::nullopt;
  if (length_text != nullptr && !length) return give_up({corrupt_reply("Content-Length is no number"), Retry::transient});
  if (status == 206) {
    if (options_.range.form == ByteRange::Form::whole)
      return give_up({corrupt_reply("a part came where the whole was asked for"), Retry::no});
    const auto range = parse_content_range(headers.get("content-range"));
    if (!range && length == 0u && options_.range.form == ByteRange::Form::suffix) return give_up(behind_the_end());  // MinIO, empty object
    if (!range) return give_up({corrupt_reply("Content-Range is missing or malformed"), Retry::transient});
    const auto span = resolve_range(options_.range, range->total);
    if (!span || span->first != range->first || span->end() != range->last + 1) {
      return give_up({corrupt_reply("Content-Range is another range than the one asked for"), Retry::transient});
    }
    total_ = range->total;
    begin_ = span->first;
    end_ = span->end();
  } else if (options_.range.form == ByteRange::Form::whole) {
    total_ = length;
    begin_ = 0;
    end_ = length;
  } else {  // the server knows no ranges: take the wanted bytes out of the whole
    if (!length) return give_up({base::make_error(ErrorKind::unsupported, "the server ignores ranges and tells no length"), Retry::no});
    const auto span = resolve_range(options_.range, *length);
    if (!span) return give_up(behind_the_end());
    total_ = length;
    begin_ = span->first;
    end_ = span->end();
    skip_ = span->first;
    surplus_ = true;
  }
  delivered_ = 0;
  delivered_before_ = 0;
  expected_.reset();
  hasher_.reset();
  if (options_.range.form == ByteRange::Form::whole) expected_ = expected_digest(headers);
  if (!end_ && !expected_ && !tells_its_end(headers)) return give_up(endless());
  if (expected_) hasher_.emplace(expected_->algorithm);
  if (auto begun = sink_.begin(end_ ? std::optional(*end_ - begin_) : std::nullopt); !begun) {
    if (!restart_) return give_up({std::move(begun).error(), Retry::no});
    Error error = *restart_;
    error.message += "; the bytes handed on cannot be taken back to start over";
    return give_up({std::move(error), Retry::no});
  }
  sink_begun_ = true;
  restart_.reset();
  started_ = true;
  return {};
}

Status Download::resume(int status, const Headers& headers, const ObjectInfo& info) {
  const std::uint64_t position = begin_ + delivered_;
  const auto start_over = [this](std::string message) {
    restart_ = base::make_error(ErrorKind::conflict, std::move(message));
    return give_up({*restart_, Retry::transient});
  };
  if (info.etag != info_.etag) return start_over("the object was replaced during the download");
  if (status == 206) {
    const auto range = parse_content_range(headers.get("content-range"));
    if (!range || range->first != position || (total_ && range->total != *total_) || range->last + 1 != end_.value_or(range->total)) {
      restart_ = corrupt_reply("the rest of the object came with another range than asked for");
      return give_up({*restart_, Retry::transient});
    }
    total_ = range->total;
    end_ = range->last + 1;
    return {};
  }
  // The whole object again, and the same one: skip what the sink has.
  const auto length = base::parse_decimal(headers.get("content-length"));
  if (total_ && length && *length != *total_) return start_over("the object changed its size during the download");
  if (!end_ && !expected_ && !tells_its_end(headers)) return give_up(endless());
  skip_ = position;
  surplus_ = end_.has_value();
  return {};
}

Status Download::on_head(int status, const Headers& headers) {
  if (status < 200 || status > 299) return {};
  auto info = read_object_headers(headers, bucket_, key_);
  if (!info) return give_up({std::move(info).error(), Retry::transient});
  if (resuming_) return resume(status, headers, *info);
  if (auto status_of_start = start(status, headers); !status_of_start) return status_of_start;
  info_ = std::move(*info);
  return {};
}

Status Download::on_bytes(std::span<const std::byte> bytes) {
  const auto skipped = static_cast<std::size_t>(std::min<std::uint64_t>(skip_, bytes.size()));
  skip_ -= skipped;
  bytes = bytes.subspan(skipped);
  bool beyond = false;
  if (end_) {
    const std::uint64_t wanted = *end_ - begin_ - delivered_;
    beyond = bytes.size() > wanted;
    if (beyond) bytes = bytes.first(static_cast<std::size_t>(wanted));
  }
  if (!bytes.empty()) {
    if (auto status = sink_.write(bytes); !status) {
      sink_failed_ = true;
      return give_up({std::move(status).error(), Retry::no});
    }
    if (hasher_) hasher_->update(bytes);
    delivered_ += bytes.size();
  }
  if (!beyond) return {};
  if (surplus_) {
    enough_ = true;
    return base::make_error(ErrorKind::cancelled, "all wanted bytes have arrived");
  }
  return give_up({corrupt_reply("more bytes came than were announced"), Retry::transient});
}

std::optional<Failure> Download::verify() {
  if (end_ && delivered_ != *end_ - begin_) {
    return Failure{corrupt_reply("only " + std::to_string(delivered_) + " of " + std::to_string(*end_ - begin_) + " bytes came"),
                   Retry::transient};
  }
  if (!total_) total_ = begin_ + delivered_;
  if (!hasher_) return std::nullopt;
  const std::string digest = hasher_->finish();
  hasher_.reset();
  if (digest == expected_->bytes) return std::nullopt;
  restart_ = base::make_error(ErrorKind::corrupt, "the bytes that arrived do not match the object's checksum");
  return Failure{*restart_, Retry::transient};
}

void Download::judge(HttpReply& reply, std::optional<Failure>& failure) {
  if (reply.status < 200 || reply.status > 299) {
    // Pinned by the ETag and refused: the object is another one by now.
    if (resuming_ && (reply.status == 412 || reply.status == 416)) {
      restart_ = base::make_error(ErrorKind::conflict, "the object was replaced during the download");
      failure->error.kind = ErrorKind::conflict;
      failure->error.message = restart_->message;
      failure->retry = Retry::transient;
    }
    return;
  }
  if (enough_) {
    reply.error.reset();
    failure.reset();
  } else if (failure_) {  // ours says more than what the transport made of it
    failure_->error.request_id = reply.headers.get("x-amz-request-id");
    failure_->error.host_id = reply.headers.get("x-amz-id-2");
    if (!sink_failed_) failure_->error.http_status = reply.status;
    failure = std::exchange(failure_, std::nullopt);
  } else if (failure && started_ && end_ && delivered_ == *end_ - begin_) {
    failure.reset();  // it broke behind the last byte
  }
  if (!failure) failure = verify();
  if (!failure) return;
  if (started_ && delivered_ > 0 && !restart_ && !can_resume()) restart_ = failure->error;
  failure->progress = !restart_ && delivered_ - delivered_before_ >= kProgressBytes;
}

Result<Downloaded> Download::run() {
  Call call = sender_.begin("download", bucket_, key_, options_.call);
  Request request = first_request();
  auto reply = sender_.send(request, call);
  if (!reply) {
    if (sink_begun_) sink_.discard();
    return Sender::in_context(std::move(reply).error(), call);
  }
  if (auto finished = sink_.finish(); !finished) return Sender::in_context(std::move(finished).error(), call);
  Downloaded result;
  result.object = std::move(info_);
  result.object.size = total_.value_or(delivered_);
  result.first = begin_;
  result.size = delivered_;
  result.content = sink_.take_content();
  result.attempts = call.attempts;
  return result;
}

}  // namespace

std::optional<ContentRange> parse_content_range(std::string_view text) {
  text = base::trim(text);
  if (!text.starts_with("bytes ")) return std::nullopt;
  text.remove_prefix(6);
  const auto dash = text.find('-');
  const auto slash = text.find('/');
  if (dash == std::string_view::npos || slash == std::string_view::npos || slash < dash) return std::nullopt;
  const auto first = base::parse_decimal(text.substr(0, dash));
  const auto last = base::parse_decimal(text.substr(dash + 1, slash - dash - 1));
  const auto total = base::parse_decimal(text.substr(slash + 1));
  if (!first || !last || !total || *first > *last || *last >= *total) return std::nullopt;
  return ContentRange{*first, *last, *total};
}

Result<Downloaded> download(Sender& sender, std::string_view bucket, std::string_view key, BodySink& sink, const DownloadOptions& options) {
  return Download(sender, bucket, key, sink, options).run();
}

}  // namespace objectstore::s3
