// The loop of one thread's fibers.
#include "base/scheduler.h"

#include <algorithm>
#include <new>
#include <utility>

#include "base/fork.h"

namespace objectstore::base {
namespace {

/// How late a pause may notice that it was cancelled. A token is a plain flag that tells nobody; the price is to look at it.
constexpr std::chrono::milliseconds kCancelLatency{50};

// NOLINTBEGIN(cppcoreguidelines-avoid-non-const-global-variables): both are properties of the thread
thread_local constinit Scheduler* loop_here = nullptr;     ///< whose `run` was called
thread_local constinit Scheduler* running_here = nullptr;  ///< the same, while a fiber of it runs
// NOLINTEND(cppcoreguidelines-avoid-non-const-global-variables)

}  // namespace

Scheduler::Scheduler(Poller& poller, std::function<std::unique_ptr<Task>()> next, std::size_t stack_bytes)
    : poller_(poller), next_(std::move(next)), stack_bytes_(stack_bytes), owner_(fork_generation()) {}

Scheduler::~Scheduler() = default;

Scheduler* Scheduler::current() noexcept {
  return running_here != nullptr && running_here->owner_ == fork_generation() ? running_here : nullptr;
}

Scheduler* Scheduler::of_this_thread() noexcept {
  return loop_here;
}

void Scheduler::post(std::unique_ptr<Task> task) {
  if (loop_here == this) {
    tasks_.push_back(std::move(task));
    return;
  }
  bool first = false;
  {
    const std::lock_guard lock(inbox_mutex_);
    first = posted_.empty();
    posted_.push_back(std::move(task));
  }
  if (first) poller_.interrupt();
}

void Scheduler::wake(const Ticket& ticket) noexcept {
  if (loop_here == this) {
    end_pause(*ticket.strand, ticket.pause, Wake::woken);
    return;
  }
  bool first = false;
  {
    const std::lock_guard lock(inbox_mutex_);
    Strand& strand = *ticket.strand;
    strand.woken_pause = std::max(strand.woken_pause, ticket.pause);
    if (!strand.in_inbox) {
      first = woken_ == nullptr;
      strand.in_inbox = true;
      strand.next_in_inbox = std::exchange(woken_, &strand);
    }
  }
  if (first) poller_.interrupt();
}

void Scheduler::stop() noexcept {
  {
    const std::lock_guard lock(inbox_mutex_);
    stop_asked_ = true;
  }
  poller_.interrupt();
}

void Scheduler::run() {
  loop_here = this;
  while (true) {
    take_inbox();
    // Those that are there now: what they add waits until the poller was looked at, so that nobody starves.
    going_on_.swap(ready_);
    for (Strand* strand : going_on_) go_on(*strand);
    going_on_.clear();
    for (std::size_t count = tasks_.size(); count > 0 && !tasks_.empty(); --count) {
      auto task = std::move(tasks_.front());
      tasks_.pop_front();
      begin(std::move(task));
    }
    if (stopping_ && under_way_ == 0 && tasks_.empty()) {
      const std::lock_guard lock(inbox_mutex_);
      if (posted_.empty()) break;
    }
    poller_.wait(patience());
    end_due_pauses();
  }
  loop_here = nullptr;
}

void Scheduler::take_inbox() {
  const std::lock_guard lock(inbox_mutex_);
  stopping_ = stop_asked_;
  for (auto& task : posted_) tasks_.push_back(std::move(task));
  posted_.clear();
  while (woken_ != nullptr) {
    Strand& strand = *woken_;
    woken_ = std::exchange(strand.next_in_inbox, nullptr);
    strand.in_inbox = false;
    end_pause(strand, strand.woken_pause, Wake::woken);
  }
}

void Scheduler::begin(std::unique_ptr<Task> task) {
  if (idle_.empty()) {
    try {
      const std::size_t count = strands_.size() + 1;
      if (count > ready_.capacity() || count > going_on_.capacity()) {
        const std::size_t room = std::max(2 * count, std::size_t{64});
        for (auto* list : {&idle_, &ready_, &going_on_, &watched_}) list->reserve(room);
        strands_.reserve(room);
      }
      strands_.push_back(std::make_unique<Strand>(stack_bytes_));
      idle_.push_back(strands_.back().get());
    } catch (const std::bad_alloc&) {
      if (under_way_ > 0) {
        tasks_.push_front(std::move(task));
        return;
      }
      try {
        task->run();
      } catch (...) {  // NOLINT(bugprone-empty-catch): see Task::run
      }
      task.reset();
      return begin_next();
    }
  }
  Strand& strand = *idle_.back();
  idle_.pop_back();
  ++under_way_;
  running_ = &strand;
  running_here = this;
  const bool ended = strand.fiber.start(std::move(task));
  settle(strand, ended);
}

void Scheduler::go_on(Strand& strand) {
  running_ = &strand;
  running_here = this;
  const bool ended = strand.fiber.resume();
  settle(strand, ended);
}

void Scheduler::settle(Strand& strand, bool ended) {
  running_here = nullptr;
  running_ = nullptr;
  if (!ended) return;
  --under_way_;
  ++strand.pause;
  strand.woken_early = false;
  idle_.push_back(&strand);
  begin_next();
}

void Scheduler::begin_next() {
  if (!next_) return;
  if (auto task = next_()) tasks_.push_back(std::move(task));
}

Scheduler::Ticket Scheduler::ticket() const noexcept {
  Ticket ticket;
  ticket.strand = running_;
  ticket.pause = running_->pause;
  return ticket;
}

Scheduler::Wake Scheduler::pause(std::optional<SteadyTime> until, const CancelToken* cancel) {
  Strand& strand = *running_;
  if (strand.woken_early || (cancel != nullptr && cancel->cancelled())) {
    ++strand.pause;
    return std::exchange(strand.woken_early, false) ? Wake::woken : Wake::cancelled;
  }
  if (until) timers_.push({*until, &strand, strand.pause});
  if (cancel != nullptr) {
    if (watched_.empty()) next_look_ = std::chrono::steady_clock::now() + kCancelLatency;
    strand.watched_at = watched_.size();
    watched_.push_back(&strand);
  }
  strand.cancel = cancel;
  strand.paused = true;
  strand.fiber.pause();
  return strand.reason;
}

void Scheduler::end_pause(Strand& strand, std::uint64_t pause, Wake reason) noexcept {
  if (strand.pause != pause) return;
  if (!strand.paused) {
    strand.woken_early = true;
    return;
  }
  if (strand.cancel != nullptr) {
    watched_[strand.watched_at] = watched_.back();
    watched_[strand.watched_at]->watched_at = strand.watched_at;
    watched_.pop_back();
    strand.cancel = nullptr;
  }
  strand.paused = false;
  ++strand.pause;
  strand.reason = reason;
  ready_.push_back(&strand);
}

void Scheduler::end_due_pauses() {
  if (timers_.empty() && watched_.empty()) return;
  const SteadyTime now = std::chrono::steady_clock::now();
  while (!timers_.empty() && timers_.top().at <= now) {
    const Timer timer = timers_.top();
    timers_.pop();
    if (timer.strand->paused) end_pause(*timer.strand, timer.pause, Wake::timed_out);
  }
  if (watched_.empty() || now < next_look_) return;
  next_look_ = now + kCancelLatency;
  for (std::size_t i = watched_.size(); i > 0; --i) {  // from the back: who goes is replaced by the last
    Strand& strand = *watched_[i - 1];
    if (strand.cancel->cancelled()) end_pause(strand, strand.pause, Wake::cancelled);
  }
}

std::optional<std::chrono::milliseconds> Scheduler::patience() const {
  if (!ready_.empty() || !tasks_.empty()) return std::chrono::milliseconds(0);
  std::optional<SteadyTime> first;
  if (!timers_.empty()) first = timers_.top().at;
  if (!watched_.empty() && (!first || next_look_ < *first)) first = next_look_;
  if (!first) return std::nullopt;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*first - std::chrono::steady_clock::now());
  return std::max(left, std::chrono::milliseconds(0));
}

}  // namespace objectstore::base
