// The verdict on writes whose reply does not say for certain what became of them: a HEAD tells whose object stands under the key.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "objectstore/bucket.h"
#include "s3/send.h"

namespace objectstore::s3 {

/// What stands under a key, as a HEAD sees it.
struct Seen {
  enum class What : std::uint8_t { ours, another, nothing, not_told } what = What::not_told;
  std::string etag;
  std::string version_id;
  std::string trouble;  ///< not_told: why
};

/// One write, over all its attempts. It carries an id in the object's metadata, and where the reply leaves a doubt, a HEAD compares ids:
///
///   HEAD sees            after 412                                      after a lost reply (a)
///   our id               success                                        success
///   another, CreateOnly  already_exists                                 already_exists
///   another, IfMatch     precondition_failed; outcome_unknown if (b)    outcome_unknown
///   404, CreateOnly      sent again, at the limit outcome_unknown (c)   outcome_unknown (c)
///   404, IfMatch         not_found; outcome_unknown if (b)              outcome_unknown
///   nothing (it fails)   outcome_unknown                                outcome_unknown
///
///   (a) or after any error, when an earlier sending may have been carried out
///   (b) an earlier sending may have been carried out, and then ours may have been stored and replaced or deleted
///   (c) a delayed request can still land
///
/// "Another id" under CreateOnly is a conflict for certain only where keys are never overwritten or deleted.
/// Thread-safety: one instance, one thread. What the constructor takes must outlive it.
class Settlement {
 public:
  /// `customer_key` may be null.
  Settlement(Sender& sender, Call& call, const WriteCondition& condition, const SseCustomerKey* customer_key);

  /// What shows that an object is ours: the id in its metadata, or where `put_id` is empty its ETag. With neither, none is.
  void expect(std::string put_id, std::string etag = {});

  [[nodiscard]] bool conditional() const { return conditional_; }
  Seen look();
  /// For Request::judge, once a reply: what a refused condition means.
  void judge(HttpReply& reply, std::optional<Failure>& failure);
  /// What becomes of a call that ends with `error`: an error that stands, or settle.
  Result<HttpReply> end(Error error);
  /// The end of a write that failed while it may have been carried out.
  Result<HttpReply> settle(Error error);
  /// A reply as if the write had been confirmed.
  static HttpReply confirmed(const Seen& seen);

 private:
  void judge_refused_condition(HttpReply& reply, std::optional<Failure>& failure);

  Sender& sender_;
  Call& call_;
  const SseCustomerKey* const customer_key_;
  const bool conditional_;
  const bool create_only_;
  std::string put_id_;
  std::string own_etag_;
  bool final_ = false;     ///< the verdict stands: nothing is left to settle
  bool vanished_ = false;  ///< refused as taken, and then nothing was there
};

}  // namespace objectstore::s3
