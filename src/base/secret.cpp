// Secret: a string that leaves no copy of itself behind.
#include "base/digest.h"
#include "objectstore/credentials.h"

namespace objectstore {
namespace {

/// Short strings live inside the object and long ones keep their buffer when moved from or shortened, so all of it is overwritten.
void wipe_text(std::string& text) noexcept {
  text.resize(text.capacity());
  base::wipe(text.data(), text.size());
  text.clear();
}

}  // namespace

Secret::Secret(std::string value) {
  value_.swap(value);
  wipe_text(value);
}

Secret::Secret(Secret&& other) noexcept {
  value_.swap(other.value_);
  wipe_text(other.value_);
}

Secret& Secret::operator=(const Secret& other) {
  if (this != &other) {
    wipe_text(value_);
    value_ = other.value_;
  }
  return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe_text(value_);
    value_.swap(other.value_);
    wipe_text(other.value_);
  }
  return *this;
}

Secret::~Secret() {
  wipe_text(value_);
}

bool Secret::operator==(const Secret& other) const {
  return base::equal_in_constant_time(value_, other.value_);
}

}  // namespace objectstore
