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
Message to_message(const Pointer& pointer);

}  // namespace objectstore::events
