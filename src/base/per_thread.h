// One object per thread, for memory that is worth keeping between calls.
#pragma once

#include <memory>
#include <utility>

namespace objectstore::base {

/// Lends the calling thread's T, which `Make` returns from new when first asked for and which is deleted when the thread ends.
/// A plain thread_local must not be touched once it is destroyed, yet the destructor of a static or thread_local object may end up here
/// after that: it gets a T for this one use.
template <class T, T* (*Make)()>
class PerThread {
 public:
  PerThread() {
    if (gone_) {
      own_.reset(Make());
    } else if (kept_ == nullptr) {
      kept_ = Make();
      [[maybe_unused]] thread_local const Owner owner;
    }
  }
  T& operator*() const { return own_ ? *own_ : *kept_; }  // NOLINT(clang-analyzer-core.uninitialized.UndefReturn): the constructor made one
  T* operator->() const { return &**this; }

 private:
  struct Owner {
    ~Owner() {
      gone_ = true;
      delete std::exchange(kept_, nullptr);
    }
  };
  // NOLINTBEGIN(cppcoreguidelines-avoid-non-const-global-variables): one per thread is what this is for
  inline static thread_local T* kept_ = nullptr;
  inline static thread_local bool gone_ = false;
  // NOLINTEND(cppcoreguidelines-avoid-non-const-global-variables)
  std::unique_ptr<T> own_;
};

}  // namespace objectstore::base
