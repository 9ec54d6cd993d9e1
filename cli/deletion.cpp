// Deleting many objects in batches.
#include "deletion.h"

#include <utility>

#include "addresses.h"
#include "json_line.h"
#include "object_walk.h"
#include "text.h"

namespace objectstore::cli {
namespace {

constexpr std::size_t kBatch = 1000;

}  // namespace

Deletion::Deletion(Session& session, std::shared_ptr<Bucket> bucket, bool dry_run)
    : session_(session), bucket_(std::move(bucket)), dry_run_(dry_run) {}

Status Deletion::add(std::string key) {
  keys_.push_back(std::move(key));
  return keys_.size() < kBatch ? Status() : flush();
}

Status Deletion::flush() {
  const std::vector<std::string> keys = std::exchange(keys_, {});
  if (keys.empty() || session_.stopped()) return {};
  if (dry_run_) {
    for (const std::string& key : keys) print(key);
    return {};
  }
  if (keys.size() == 1) {
    const Status done = bucket_->delete_object(keys.front(), {.call = session_.call()});
    if (!done) {
      session_.out().fail(done.error(), to_uri(bucket_->name(), keys.front()));
    } else {
      print(keys.front());
    }
    return {};
  }
  const Result<std::vector<DeleteOutcome>> outcomes = bucket_->delete_objects(keys, session_.call());
  if (!outcomes) return outcomes.error();
  for (const DeleteOutcome& outcome : *outcomes) {
    if (outcome.error) {
      session_.out().fail(*outcome.error, to_uri(bucket_->name(), outcome.key));
    } else {
      print(outcome.key);
    }
  }
  return {};
}

void Deletion::print(const std::string& key) {
  ++deleted_;
  session_.out().succeeded();
  if (session_.out().json()) {
    JsonLine json;
    json.member("bucket", bucket_->name()).member("key", key).member("deleted", !dry_run_);
    (void)session_.out().line(json.text());
  } else if (dry_run_) {
    (void)session_.out().line(shown(to_uri(bucket_->name(), key)));
  }
}

Status Deletion::add_all(std::string_view prefix, const PathFilter& filter) {
  Status added;
  const Status listed = walk_objects(session_, *bucket_, {.prefix = std::string(prefix) + filter.prefix()}, false, [&](ObjectInfo& object) {
    if (filter.matches(std::string_view(object.key).substr(prefix.size()))) added = add(std::move(object.key));
    return static_cast<bool>(added);
  });
  return added ? listed : added;
}

}  // namespace objectstore::cli
