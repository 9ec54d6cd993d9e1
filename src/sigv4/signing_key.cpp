// Derived signing keys and their cache.
#include <algorithm>
#include <deque>
#include <mutex>
#include <string>

#include "base/digest.h"
#include "objectstore/sigv4.h"

namespace objectstore {
namespace {

/// Regions, services and rotated secrets that one client meets in a day are few; a day's end adds one round of them.
constexpr std::size_t kCachedKeys = 16;

}  // namespace

SigningKey::~SigningKey() {
  base::wipe(bytes.data(), bytes.size());
}

SigningKey derive_signing_key(const Secret& secret, std::string_view day, std::string_view region, std::string_view service) {
  std::string start;
  start.reserve(4 + secret.reveal().size());
  start += "AWS4";
  start += secret.reveal();
  SigningKey key;
  const auto step = [&key](std::span<const std::uint8_t> with, std::string_view part) {
    base::Sha256Digest digest = base::hmac_sha256(with, part);
    key.bytes = digest;
    base::wipe(digest.data(), digest.size());
  };
  step({reinterpret_cast<const std::uint8_t*>(start.data()), start.size()}, day);
  base::wipe(start.data(), start.size());
  step(key.bytes, region);
  step(key.bytes, service);
  step(key.bytes, "aws4_request");
  return key;
}

struct SigningKeyCache::State {
  struct Entry {
    Secret secret;
    std::string day, region, service;
    SigningKey key;
  };
  std::mutex mutex;
  std::deque<Entry> entries;  // guarded by mutex; oldest first
};

SigningKeyCache::SigningKeyCache() : state_(std::make_unique<State>()) {}
SigningKeyCache::~SigningKeyCache() = default;

SigningKey SigningKeyCache::get(const Secret& secret, std::string_view day, std::string_view region, std::string_view service) {
  const std::scoped_lock lock(state_->mutex);
  auto& entries = state_->entries;
  const auto found = std::find_if(entries.rbegin(), entries.rend(), [&](const State::Entry& entry) {
    return entry.day == day && entry.region == region && entry.service == service && entry.secret == secret;
  });
  if (found != entries.rend()) return found->key;
  if (entries.size() == kCachedKeys) entries.pop_front();
  entries.push_back(
      {secret, std::string(day), std::string(region), std::string(service), derive_signing_key(secret, day, region, service)});
  return entries.back().key;
}

}  // namespace objectstore
