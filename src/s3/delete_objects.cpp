// DeleteObjects: any number of keys in batches, one outcome per key.
#include "s3/delete_objects.h"

#include <unordered_map>
#include <utility>

#include "base/digest.h"
#include "base/encoding.h"
#include "s3/replies.h"
#include "s3/xml.h"

namespace objectstore::s3 {

namespace {

/// After these the remaining keys would fail in the same way, each at the price of its own attempts.
bool ends_the_call(const Error& error) {
  switch (error.kind) {
    case ErrorKind::not_found:
    case ErrorKind::unauthenticated:
    case ErrorKind::permission_denied:
    case ErrorKind::cancelled:
    case ErrorKind::timeout:
    case ErrorKind::invalid_argument: return true;
    default: return false;
  }
}

class DeleteObjects {
 public:
  DeleteObjects(Sender& sender, std::string_view bucket, std::span<const std::string> keys, const CallOptions& options)
      : sender_(sender), bucket_(bucket), keys_(keys), call_(sender.begin("delete_objects", bucket, {}, options)) {}

  Result<std::vector<DeleteOutcome>> run();

 private:
  using Places = std::unordered_map<std::string_view, std::vector<std::size_t>>;

  void send_batch();
  void send_singly(const std::vector<std::string_view>& keys);
  Result<std::vector<DeletedKey>> request_batch(const std::vector<std::string_view>& keys);
  void set_outcome(std::string_view key, const std::optional<Error>& error);
  [[nodiscard]] Error of_key(Error error, std::string_view key) const;
  void note_failed_request(const Error& error);

  Sender& sender_;
  const std::string_view bucket_;
  const std::span<const std::string> keys_;
  Call call_;
  Places places_;  ///< where each key stands in `keys_`
  std::vector<DeleteOutcome> outcomes_;
  std::vector<std::string_view> batch_;
  bool no_batches_ = false;       ///< the server cannot do DeleteObjects
  bool answered_ = false;         ///< some key got an answer of its own
  std::optional<Error> failure_;  ///< the first request that failed as a whole
  bool ended_ = false;            ///< ... for a reason that holds for all others
};

Error DeleteObjects::of_key(Error error, std::string_view key) const {
  Call call = call_;
  call.key = key;
  return Sender::in_context(std::move(error), call);
}

void DeleteObjects::set_outcome(std::string_view key, const std::optional<Error>& error) {
  const auto found = places_.find(key);
  if (found == places_.end()) return;
  for (const std::size_t place : found->second) outcomes_[place].error = error;
}

void DeleteObjects::note_failed_request(const Error& error) {
  if (!failure_) failure_ = error;
  if (ends_the_call(error)) ended_ = true;
}

Result<std::vector<DeletedKey>> DeleteObjects::request_batch(const std::vector<std::string_view>& keys) {
  const std::string document = delete_document(keys);
  Request request;
  request.bucket = bucket_;
  request.http.method = "POST";
  request.http.query = "delete=";
  request.http.headers.set("content-type", "application/xml");
  request.http.headers.set("content-md5", base::base64(base::md5(std::as_bytes(std::span(document)))));
  request.payload = Payload::of_memory(std::as_bytes(std::span(document)));
  std::vector<DeletedKey> deleted;
  request.judge = judge_document(deleted, parse_delete);
  auto reply = sender_.send(request, call_);
  if (!reply) return std::move(reply).error();
  return deleted;
}

void DeleteObjects::send_singly(const std::vector<std::string_view>& keys) {
  for (const auto key : keys) {
    if (ended_) {
      set_outcome(key, of_key(*failure_, key));
      continue;
    }
    if (auto status = delete_one(sender_, call_, key, {}); !status) {
      set_outcome(key, of_key(status.error(), key));
      // A refusal may hold for this key alone; an end of the whole call does not.
      if (status.error().kind != ErrorKind::permission_denied) note_failed_request(status.error());
    } else {
      answered_ = true;
    }
  }
}

void DeleteObjects::send_batch() {
  const std::vector<std::string_view> keys = std::exchange(batch_, {});
  if (keys.empty()) return;
  if (no_batches_) return send_singly(keys);
  if (ended_) {
    for (const auto key : keys) set_outcome(key, of_key(*failure_, key));
    return;
  }
  auto deleted = request_batch(keys);
  if (!deleted && deleted.error().kind == ErrorKind::unsupported) {
    no_batches_ = true;
    return send_singly(keys);
  }
  if (!deleted) {
    note_failed_request(deleted.error());
    for (const auto key : keys) set_outcome(key, of_key(deleted.error(), key));
    return;
  }
  answered_ = true;
  // What the reply does not mention was not confirmed.
  for (const auto key : keys) set_outcome(key, of_key(corrupt_reply("it does not mention the key"), key));
  for (const auto& entry : *deleted) {
    if (entry.code.empty() || entry.code == "NoSuchKey") {
      set_outcome(entry.key, std::nullopt);
    } else {
      set_outcome(entry.key, of_key(failure_of_code(entry.code, presentable(entry.message), 200).error, entry.key));
    }
  }
}

Result<std::vector<DeleteOutcome>> DeleteObjects::run() {
  outcomes_.reserve(keys_.size());
  places_.reserve(keys_.size());
  std::vector<std::string_view> singles;
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    outcomes_.push_back({keys_[i], std::nullopt});
    if (auto status = check_key(keys_[i]); !status) {
      outcomes_[i].error = of_key(status.error(), keys_[i]);
      continue;
    }
    places_[keys_[i]].push_back(i);
  }
  for (const auto& key : keys_) {
    const auto found = places_.find(key);
    if (found == places_.end() || &keys_[found->second.front()] != &key) continue;  // refused, or a repetition
    if (!fits_xml(key)) {
      singles.push_back(key);
      continue;
    }
    batch_.push_back(key);
    if (batch_.size() == kMaxDeleteBatch) send_batch();
  }
  send_batch();
  send_singly(singles);
  if (failure_ && !answered_) return Sender::in_context(std::move(*failure_), call_);
  return std::move(outcomes_);
}

}  // namespace

Status delete_one(Sender& sender, Call& call, std::string_view key, std::string_view version_id) {
  Request request;
  request.http.method = "DELETE";
  request.bucket = call.bucket;
  request.key = key;
  if (!version_id.empty()) request.http.query = "versionId=" + base::uri_encode(version_id);
  auto reply = sender.send(request, call);
  if (reply) return {};
  const Error& error = reply.error();
  if (error.kind == ErrorKind::not_found && error.service_code == "NoSuchKey") return {};  // gone is gone
  return error;
}

Result<std::vector<DeleteOutcome>> delete_objects(Sender& sender, std::string_view bucket, std::span<const std::string> keys,
                                                  const CallOptions& options) {
  return DeleteObjects(sender, bucket, keys, options).run();
}

}  // namespace objectstore::s3
