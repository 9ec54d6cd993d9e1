// Who waits, and who is woken.
#include "base/condition.h"

#include <utility>

namespace objectstore::base {

void Condition::wait(std::unique_lock<std::mutex>& lock) {
  Scheduler* scheduler = Scheduler::current();
  if (scheduler == nullptr) {
    std::unique_lock own(mutex_);
    lock.unlock();
    ++threads_;
    woken_.wait(own);
    --threads_;
    own.unlock();
    lock.lock();
    return;
  }
  Waiter waiter{scheduler, scheduler->ticket()};
  {
    const std::lock_guard own(mutex_);
    (last_ == nullptr ? first_ : last_->next) = &waiter;
    last_ = &waiter;
  }
  lock.unlock();
  scheduler->pause(std::nullopt, nullptr);
  lock.lock();
}

void Condition::notify_one() noexcept {
  const std::lock_guard own(mutex_);
  if (first_ == nullptr) {
    if (threads_ > 0) woken_.notify_one();
    return;
  }
  Waiter& waiter = *first_;  // is gone as soon as it was woken
  first_ = waiter.next;
  if (first_ == nullptr) last_ = nullptr;
  waiter.scheduler->wake(waiter.ticket);
}

void Condition::notify_all() noexcept {
  const std::lock_guard own(mutex_);
  last_ = nullptr;
  for (Waiter* waiter = std::exchange(first_, nullptr); waiter != nullptr;) {
    Waiter& each = *waiter;
    waiter = each.next;
    each.scheduler->wake(each.ticket);
  }
  if (threads_ > 0) woken_.notify_all();
}

}  // namespace objectstore::base
