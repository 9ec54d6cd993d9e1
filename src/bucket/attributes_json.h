// Attributes as members of a JSON object: the form that sidecars and uploads under way share.
#pragma once

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <string>
#include <string_view>

#include "bucket/attributes.h"

namespace objectstore::json {

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;
using Value = rapidjson::Value;

void put_text(Writer& writer, std::string_view text);
/// Members that are empty are left out.
void put_attributes(Writer& writer, const Attributes& attributes);

/// null: there is none.
const Value* member(const Value& object, const char* name);
std::string_view text_of(const Value& value);
/// False: the member is there and no text.
bool read_text(const Value& object, const char* name, std::string& out);
/// False: a member has another type.
bool read_attributes(const Value& object, Attributes& attributes);

}  // namespace objectstore::json
