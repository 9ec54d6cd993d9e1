// Pointers made of stored objects.
#pragma once

#include <optional>

#include "objectstore/emitter.h"
#include "objectstore/events.h"

namespace objectstore::events {

/// `fields` are those of the object's key; null where it is of no layout.
Pointer make_pointer(ObjectRef object, const Fields* fields);
/// The fields of `key` under `layout`, where both are of one kind.
std::optional<Fields> fields_of(const std::optional<KeyTemplate>& layout, std::string_view key);
/// The pointer of an object from HEAD: its fields by `layout`, or else by the layout that the object itself names.
Pointer make_pointer(const ObjectInfo& object, const std::optional<KeyTemplate>& layout);

/// User metadata of payloads.
inline constexpr const char* kIdMetadata = "id";          ///< the payload's own id
inline constexpr const char* kLayoutMetadata = "layout";  ///< the key template that it was received under, where a header can carry it
/// What the metadata `layout` says; nothing: too long, not ASCII, or with spaces that HTTP would not keep.
std::optional<std::string> layout_metadata(const KeyTemplate& layout);
Message to_message(const Pointer& pointer);

}  // namespace objectstore::events
