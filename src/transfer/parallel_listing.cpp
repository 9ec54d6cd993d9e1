// Ranges of keys, the lanes that fetch them, and the order in which their pages are handed on.
#include <algorithm>
#include <cstddef>
#include <deque>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "base/condition.h"
#include "objectstore/listing.h"
#include "transfer/key_space.h"
#include "transfer/worker_pool.h"

namespace objectstore {

namespace {

/// Pages that wait to be handed on, over all ranges, where lanes do not need more.
constexpr std::size_t kWaitingPages = 16;
/// Pages that a range should have: fewer would make many half-empty ones, more would leave the lanes too far apart to be in order.
constexpr std::uint32_t kPagesOfRange = 4;
/// Pages in a row that hold nothing but a token, after which a listing is taken for endless.
constexpr int kMaxEmptyPages = 1000;
/// As many more for a range that has to find its beginning.
constexpr int kPatience = 1'000'000'000;

Error list_error(const Bucket& bucket, ErrorKind kind, std::string message) {
  return Error{.kind = kind, .message = std::move(message), .operation = "list", .bucket = bucket.name()};
}

}  // namespace

class ParallelListing::Impl {
 public:
  Impl(Bucket& bucket, ParallelListOptions options)
      : bucket_(bucket),
        options_(std::move(options)),
        lanes_(std::max<std::uint32_t>(1, options_.concurrency)),
        waiting_limit_(std::max<std::size_t>(kWaitingPages, std::size_t{2} * lanes_)),
        cancel_(options_.list.call.cancel ? options_.list.call.cancel->child() : CancelToken()),
        pool_(lanes_, lanes_) {
    options_.list.call.cancel = cancel_;
  }
  ~Impl() {
    cancel_.cancel();
    {
      const std::scoped_lock lock(mutex_);
      over_ = true;
    }
    changed_.notify_all();
    pool_.wait();
  }

  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Result<std::vector<ObjectInfo>> next();

 private:
  using Page = std::vector<ObjectInfo>;

  /// The keys behind `after` up to `until`. Guarded by `mutex_`, but for what only the lane that is `busy` with it touches.
  struct Range {
    std::string after;                 ///< the last key that was fetched, or where the range begins
    std::optional<std::string> until;  ///< the last key it may have; nothing = all that follow
    std::string continuation;          ///< of the page before
    std::string first_of_page;         ///< the first key of the last page fetched
    bool cut_off = false;              ///< of another one, which lies in front of it
    int empty_pages = 0;               ///< in a row
    bool busy = false;                 ///< a lane fetches its next page
    bool fetched = false;              ///< there is no page behind those fetched
    std::optional<Error> error;        ///< why it ended
    std::deque<Page> pages;            ///< to be handed on
  };

  Status check() const;
  void start();
  void work();
  void fetch(std::unique_lock<std::mutex>& lock, Range& range);
  void take_in(Range& range, Result<ListPage> page);
  void give_back(Range& range);
  Range* range_to_fetch();
  Range* split_some_range();
  [[nodiscard]] bool room_for(const Range& range) const;
  [[nodiscard]] std::optional<Result<Page>> next_in_order();
  [[nodiscard]] std::optional<Result<Page>> next_of_any();
  Page take_page(Range& range);
  std::optional<Result<Page>> end_of(std::list<Range>::iterator range);

  Bucket& bucket_;
  ParallelListOptions options_;
  const std::uint32_t lanes_;
  const std::size_t waiting_limit_;
  const CancelToken cancel_;

  std::mutex mutex_;
  base::Condition changed_;
  // Guarded by `mutex_`:
  std::list<Range> ranges_;  ///< in the order of keys, side by side; those that were handed on whole are gone
  std::size_t waiting_ = 0;  ///< pages fetched and not handed on, or being fetched
  bool over_ = false;        ///< no lane begins anything any more
  bool may_split_ = true;
  // Of the caller's thread:
  bool started_ = false;
  bool ended_ = false;  ///< the end, or an error, was handed on
  bool alone_ = false;  ///< there are no lanes: it fetches itself

  transfer::WorkerPool pool_;  ///< last: its threads use the others
};

Status ParallelListing::Impl::check() const {
  if (!options_.list.delimiter.empty() || !options_.list.continuation.empty()) {
    return list_error(bucket_, ErrorKind::invalid_argument, "a listing in parallel takes neither a delimiter nor a continuation");
  }
  return {};
}

/// The first page, on the caller's thread: most listings are no longer.
void ParallelListing::Impl::start() {
  std::unique_lock lock(mutex_);
  Range& all = ranges_.emplace_back();
  all.after = options_.list.start_after;
  fetch(lock, all);
  if (all.fetched) return;
  lock.unlock();
  std::uint32_t lane = 0;
  while (lane < lanes_ && pool_.offer([this] { work(); })) ++lane;
  alone_ = lane == 0;
}

void ParallelListing::Impl::work() {
  std::unique_lock lock(mutex_);
  while (!over_) {
    Range* range = range_to_fetch();
    if (range == nullptr && lanes_ > 1) range = split_some_range();
    if (range != nullptr) {
      fetch(lock, *range);
    } else {
      changed_.wait(lock);
    }
  }
}

/// Fetches the next page of `range`. `lock` is let go meanwhile.
void ParallelListing::Impl::fetch(std::unique_lock<std::mutex>& lock, Range& range) {
  range.busy = true;
  ++waiting_;
  ListOptions options = options_.list;
  options.start_after = range.after;
  options.continuation = range.continuation;
  lock.unlock();
  auto page = bucket_.list(options);
  lock.lock();
  range.busy = false;
  --waiting_;
  take_in(range, std::move(page));
  if (range.error && !options_.ordered) over_ = true;
  changed_.notify_all();
}

void ParallelListing::Impl::take_in(Range& range, Result<ListPage> page) {
  const auto fail = [&](Error error) {
    range.error = std::move(error);
    range.fetched = true;
  };
  if (!page) return fail(std::move(page).error());
  Page& objects = page->objects;
  // Listings are compared key by key, and what is missing may be deleted: that rests on the order, and on no key coming twice.
  const auto not_behind = [](const ObjectInfo& one, const ObjectInfo& other) { return one.key >= other.key; };
  if (!objects.empty() &&
      (objects.front().key <= range.after || std::adjacent_find(objects.begin(), objects.end(), not_behind) != objects.end())) {
    return fail(list_error(bucket_, ErrorKind::corrupt, "the listing is not in the order of keys"));
  }
  range.fetched = page->continuation.empty();
  range.continuation = std::move(page->continuation);
  if (objects.empty() && !range.fetched && range.first_of_page.empty() && range.cut_off) return give_back(range);
  if (objects.empty() && !range.fetched && ++range.empty_pages > kMaxEmptyPages) {
    return fail(list_error(bucket_, ErrorKind::corrupt, "the listing consists of empty pages and does not end"));
  }
  if (objects.empty()) return;
  range.empty_pages = 0;
  range.first_of_page = objects.front().key;
  range.after = objects.back().key;
  if (range.until && range.after >= *range.until) {  // what lies behind it is another range's
    range.fetched = true;
    const auto behind = [&](const std::string& key, const ObjectInfo& object) { return key < object.key; };
    objects.erase(std::upper_bound(objects.begin(), objects.end(), *range.until, behind), objects.end());
    if (objects.empty()) return;
  }
  range.pages.push_back(std::move(objects));
  ++waiting_;
}

/// A range that was cut off began with a page of nothing but a token: the server does not know start-after, and lists from its first key. Another
/// split would list all that once more. The range becomes again what it was, the end of the one in front of it, unless that has ended by now.
void ParallelListing::Impl::give_back(Range& range) {
  may_split_ = false;
  const auto place = std::find_if(ranges_.begin(), ranges_.end(), [&](const Range& each) { return &each == &range; });
  // In any order ranges between may be gone: their keys were handed on, and must not be listed again.
  if (place == ranges_.begin() || std::prev(place)->fetched || std::prev(place)->until != range.after) {
    range.cut_off = false;  // it goes on, page by page, to where it begins
    range.empty_pages = -kPatience;
    return;
  }
  std::prev(place)->until = range.until;
  range.fetched = true;
}

/// The first range's page is what the caller waits for; all others must find room.
bool ParallelListing::Impl::room_for(const Range& range) const {
  if (waiting_ < waiting_limit_) return true;
  return options_.ordered && &range == &ranges_.front() && range.pages.empty();
}

ParallelListing::Impl::Range* ParallelListing::Impl::range_to_fetch() {
  const auto found = std::find_if(ranges_.begin(), ranges_.end(), [&](const Range& range) {
    const bool far_enough = range.pages.size() >= kPagesOfRange;
    return !range.busy && !range.fetched && !far_enough && room_for(range);
  });
  return found == ranges_.end() ? nullptr : &*found;
}

/// Cuts the first range that goes on for longer than its share, and returns what was cut off.
ParallelListing::Impl::Range* ParallelListing::Impl::split_some_range() {
  if (waiting_ >= waiting_limit_ || !may_split_) return nullptr;
  for (auto range = ranges_.begin(); range != ranges_.end(); ++range) {
    if (range->fetched || range->first_of_page.empty()) continue;
    auto cut = transfer::key_ahead(range->first_of_page, range->after, kPagesOfRange - 1, options_.list.prefix);
    if (!cut || (range->until && *cut >= *range->until)) continue;
    Range rest;
    rest.cut_off = true;
    rest.after = *cut;
    rest.until = std::exchange(range->until, std::move(cut));
    return &*ranges_.insert(std::next(range), std::move(rest));
  }
  return nullptr;
}

ParallelListing::Impl::Page ParallelListing::Impl::take_page(Range& range) {
  Page page = std::move(range.pages.front());
  range.pages.pop_front();
  --waiting_;
  changed_.notify_all();
  return page;
}

/// The range is handed on whole: it goes, and where it failed the listing is over.
std::optional<Result<ParallelListing::Impl::Page>> ParallelListing::Impl::end_of(std::list<Range>::iterator range) {
  std::optional<Error> error = std::move(range->error);
  ranges_.erase(range);
  changed_.notify_all();
  if (!error) return std::nullopt;
  return *std::move(error);
}

std::optional<Result<ParallelListing::Impl::Page>> ParallelListing::Impl::next_in_order() {
  while (!ranges_.empty()) {
    const auto front = ranges_.begin();
    if (!front->pages.empty()) return take_page(*front);
    if (!front->fetched) return std::nullopt;
    if (auto failed = end_of(front)) return failed;
  }
  return Page();
}

std::optional<Result<ParallelListing::Impl::Page>> ParallelListing::Impl::next_of_any() {
  for (auto range = ranges_.begin(); range != ranges_.end();) {
    const auto here = range++;
    if (!here->pages.empty()) return take_page(*here);
    if (!here->fetched) continue;
    if (auto failed = end_of(here)) return failed;
  }
  if (!ranges_.empty()) return std::nullopt;
  return Page();
}

Result<std::vector<ObjectInfo>> ParallelListing::Impl::next() {
  if (ended_) return Page();
  if (!std::exchange(started_, true)) {
    if (auto checked = check(); !checked) {
      ended_ = true;
      return std::move(checked).error();
    }
    start();
  }
  std::unique_lock lock(mutex_);
  auto page = options_.ordered ? next_in_order() : next_of_any();
  for (; !page; page = options_.ordered ? next_in_order() : next_of_any()) {
    if (alone_) {
      fetch(lock, ranges_.front());
    } else {
      changed_.wait(lock);
    }
  }
  ended_ = !*page || (*page)->empty();
  if (ended_) over_ = true;
  if (ended_) changed_.notify_all();
  return *std::move(page);
}

ParallelListing::ParallelListing(Bucket& bucket, ParallelListOptions options) : impl_(std::make_unique<Impl>(bucket, std::move(options))) {}
ParallelListing::~ParallelListing() = default;

Result<std::vector<ObjectInfo>> ParallelListing::next() {
  return impl_->next();
}

}  // namespace objectstore
