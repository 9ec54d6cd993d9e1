// The header vector: sorted by lower-case name, looked up in any case.
#include <algorithm>
#include <iterator>

#include "objectstore/http.h"

namespace objectstore {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lower_name(std::string_view name) {
  std::string text(name.size(), '\0');
  for (std::size_t i = 0; i < name.size(); ++i) text[i] = lower(name[i]);
  return text;
}

/// `stored` is lower case already; `name` may be any case.
bool same_name(const std::string& stored, std::string_view name) {
  return stored.size() == name.size() && std::equal(name.begin(), name.end(), stored.begin(), [](char a, char b) { return lower(a) == b; });
}

}  // namespace

void Headers::set(std::string_view name, std::string value) {
  auto first = std::find_if(entries_.begin(), entries_.end(), [&](const Header& header) { return same_name(header.name, name); });
  if (first == entries_.end()) {
    add(name, std::move(value));
    return;
  }
  first->value = std::move(value);
  auto last = std::find_if(first + 1, entries_.end(), [&](const Header& header) { return header.name != first->name; });
  entries_.erase(first + 1, last);
}

void Headers::add(std::string_view name, std::string value) {
  Header header{lower_name(name), std::move(value)};
  auto place = entries_.end();
  while (place != entries_.begin() && header.name < std::prev(place)->name) --place;  // often the end itself
  entries_.insert(place, std::move(header));
}

void Headers::erase(std::string_view name) {
  std::erase_if(entries_, [&](const Header& header) { return same_name(header.name, name); });
}

const std::string* Headers::find(std::string_view name) const {
  for (const Header& header : entries_) {
    if (same_name(header.name, name)) return &header.value;
  }
  return nullptr;
}

std::string_view Headers::get(std::string_view name) const {
  const std::string* value = find(name);
  return value != nullptr ? std::string_view(*value) : std::string_view();
}

}  // namespace objectstore
