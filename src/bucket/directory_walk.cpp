// Reads folders and walks them in the order of keys.
#include "bucket/directory_walk.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "bucket/directory_keys.h"
#include "bucket/directory_stream.h"
#include "bucket/listing.h"
#include "objectstore/bucket.h"

namespace objectstore::directory {

namespace {

/// What an entry means for keys; nothing: it is no object and leads to none.
std::optional<MappedName> meaning(const FolderStream::Entry& entry, Place place, bool top) {
  const std::string_view name = entry.name;
  if (top && place == Place::ordinary && name == kReservedFolder) return std::nullopt;
  const bool file = entry.type == FolderStream::Type::file;
  if (!file && entry.type != FolderStream::Type::folder) return std::nullopt;
  if (place == Place::ordinary) return MappedName{file ? MappedName::Kind::file : MappedName::Kind::folder, std::string(name)};
  auto mapped = read_mapped_name(name);
  if (mapped && (mapped->kind == MappedName::Kind::file) != file) return std::nullopt;
  return mapped;
}

std::string_view top_of(Place place) {
  return place == Place::ordinary ? std::string_view{} : kMappedFolder;
}

}  // namespace

void SortedFolder::add(std::string_view piece, Kind kind) {
  entries_.push_back({static_cast<std::uint32_t>(names_.size()), static_cast<std::uint16_t>(piece.size()), kind});
  names_ += piece;
}

void SortedFolder::keep_first(std::size_t count) {
  const auto before = [this](const Entry& a, const Entry& b) {
    return std::string_view(names_.data() + a.offset, a.size) < std::string_view(names_.data() + b.offset, b.size);
  };
  if (entries_.size() > count) {
    std::nth_element(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(count), entries_.end(), before);
    entries_.resize(count);
    cut_ = true;
    SortedFolder kept;
    for (std::size_t i = 0; i < entries_.size(); ++i) kept.add(piece(i), kind(i));
    names_ = std::move(kept.names_);
    entries_ = std::move(kept.entries_);
  }
}

Result<SortedFolder> SortedFolder::read(const BucketFolder& bucket, const std::string& path, Place place, std::string_view from,
                                        std::size_t max_names) {
  SortedFolder folder;
  folder.first_ = from;
  auto stream = FolderStream::open(bucket, path);
  if (!stream) return std::move(stream).error();
  if (!*stream) return folder;
  while (true) {
    auto entry = (*stream)->next();
    if (!entry) return std::move(entry).error();
    if (!*entry) break;
    auto name = meaning(**entry, place, path.empty());
    if (!name) continue;
    const bool leads_on = name->kind != MappedName::Kind::file;
    if (name->kind == MappedName::Kind::folder) name->piece += '/';
    if (name->piece < from && !(leads_on && from.starts_with(name->piece))) continue;
    folder.add(name->piece, static_cast<Kind>(name->kind));
    if (folder.entries_.size() >= 2 * max_names) folder.keep_first(max_names);
  }
  if (folder.cut_) folder.keep_first(max_names);
  std::sort(folder.entries_.begin(), folder.entries_.end(), [&folder](const Entry& a, const Entry& b) {
    return std::string_view(folder.names_.data() + a.offset, a.size) < std::string_view(folder.names_.data() + b.offset, b.size);
  });
  return folder;
}

bool SortedFolder::covers(std::string_view from) const {
  return from >= first_ && (!cut_ || from <= piece(entries_.size() - 1));
}

std::size_t SortedFolder::find(std::string_view from) const {
  const auto before = [this](const Entry& entry, std::string_view text) {
    return std::string_view(names_.data() + entry.offset, entry.size) < text;
  };
  const auto found = std::lower_bound(entries_.begin(), entries_.end(), from, before);
  auto index = static_cast<std::size_t>(found - entries_.begin());
  // The folder that `from` itself lies in stands just before.
  if (index > 0 && entries_[index - 1].kind != Kind::file && from.starts_with(piece(index - 1))) --index;
  return index;
}

std::string TreeWalk::entry_path(const Level& level, std::size_t index) const {
  std::string_view piece = level.folder.piece(index);
  std::string path = level.path;
  if (!path.empty()) path += '/';
  switch (level.folder.kind(index)) {
    case SortedFolder::Kind::file: path += place_ == Place::mapped ? "f" : ""; break;
    case SortedFolder::Kind::folder:
      path += place_ == Place::mapped ? "d" : "";
      piece.remove_suffix(1);
      break;
    case SortedFolder::Kind::chunk:
      path += 'x';
      return path + base::hex({reinterpret_cast<const std::uint8_t*>(piece.data()), piece.size()});
  }
  path += piece;
  return path;
}

std::string TreeWalk::file_name() const {
  const Level& level = levels_.back();
  return (place_ == Place::mapped ? "f" : "") + std::string(level.folder.piece(level.at));
}

Status TreeWalk::push(const BucketFolder& bucket, std::string path, std::size_t key_size, std::string_view from) {
  auto folder = SortedFolder::read(bucket, path, place_, from, max_names_);
  if (!folder) return std::move(folder).error();
  Level level{std::move(path), key_size, std::move(*folder)};
  level.at = level.folder.find(from);
  levels_.push_back(std::move(level));
  return {};
}

Result<std::optional<TreeWalk::Item>> TreeWalk::seek(const BucketFolder& bucket, std::string_view wanted) {
  const std::string from(wanted);
  // Folders on the way that are known already stay.
  while (!levels_.empty()) {
    const Level& level = levels_.back();
    key_.resize(level.key_size);
    if (from.starts_with(key_) && level.folder.covers(std::string_view(from).substr(level.key_size))) break;
    levels_.pop_back();
  }
  if (levels_.empty()) {
    key_.clear();
    if (auto pushed = push(bucket, std::string(top_of(place_)), 0, from); !pushed) return std::move(pushed).error();
  }
  while (true) {
    Level& level = levels_.back();
    const std::string_view rest = std::string_view(from).substr(level.key_size);
    level.at = level.folder.find(rest);
    if (level.at == level.folder.size() || level.folder.kind(level.at) == SortedFolder::Kind::file) break;
    const std::string_view piece = level.folder.piece(level.at);
    if (!rest.starts_with(piece)) break;
    key_ += piece;
    if (auto pushed = push(bucket, entry_path(level, level.at), key_.size(), rest.substr(piece.size())); !pushed) {
      return std::move(pushed).error();
    }
  }
  return settle(bucket);
}

Result<std::optional<TreeWalk::Item>> TreeWalk::next(const BucketFolder& bucket) {
  key_.resize(levels_.back().key_size);
  ++levels_.back().at;
  return settle(bucket);
}

Result<std::optional<TreeWalk::Item>> TreeWalk::settle(const BucketFolder& bucket) {
  using End = std::optional<Item>;
  while (true) {
    Level& level = levels_.back();
    key_.resize(level.key_size);
    if (level.at == level.folder.size()) {
      if (level.folder.cut()) {
        // Behind the last name; when that is a folder, behind all that lies in it.
        const std::string_view last = level.folder.piece(level.at - 1);
        const bool file = level.folder.kind(level.at - 1) == SortedFolder::Kind::file;
        const std::string from = file ? std::string(last) + '\0' : behind_prefix(last);
        const std::size_t key_size = level.key_size;
        std::string path = std::move(level.path);
        levels_.pop_back();
        if (auto pushed = push(bucket, std::move(path), key_size, from); !pushed) return std::move(pushed).error();
        continue;
      }
      if (levels_.size() == 1) return End();
      levels_.pop_back();
      ++levels_.back().at;
      continue;
    }
    const std::string_view piece = level.folder.piece(level.at);
    key_ += piece;
    const bool within = key_.starts_with(prefix_);
    if (level.folder.kind(level.at) == SortedFolder::Kind::file) {
      if (within && check_key(key_)) return End(Item{key_, false});
    } else if (!within && !prefix_.starts_with(key_)) {
      if (key_ > prefix_) return End();
    } else if (roll_up_ && within && key_.size() > prefix_.size() && level.folder.kind(level.at) == SortedFolder::Kind::folder) {
      auto held = holds_object(bucket, entry_path(level, level.at), place_);
      if (!held) return std::move(held).error();
      if (*held && base::is_utf8(key_)) return End(Item{key_, true});
    } else {
      if (auto pushed = push(bucket, entry_path(level, level.at), key_.size(), {}); !pushed) return std::move(pushed).error();
      continue;
    }
    if (key_ > prefix_ && !within) return End();
    ++level.at;
  }
}

Result<bool> holds_object(const BucketFolder& bucket, const std::string& path, Place place) {
  std::vector<std::string> left{path};
  while (!left.empty()) {
    const std::string folder = std::move(left.back());
    left.pop_back();
    auto stream = FolderStream::open(bucket, folder);
    if (!stream) return std::move(stream).error();
    if (!*stream) continue;
    while (true) {
      auto entry = (*stream)->next();
      if (!entry) return std::move(entry).error();
      if (!*entry) break;
      const auto name = meaning(**entry, place, folder.empty());
      if (!name) continue;
      if (name->kind == MappedName::Kind::file) return true;
      left.push_back(folder.empty() ? (*entry)->name : folder + "/" + (*entry)->name);
    }
  }
  return false;
}

}  // namespace objectstore::directory
