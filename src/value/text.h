#pragma once

// Small text forms of values that have one everywhere: UUIDs and object ids.

#include <optional>
#include <string>
#include <string_view>

#include "value/value.h"

namespace octavo::value {

// With or without dashes and braces; nullopt for anything else.
std::optional<Bytes> parse_uuid(std::string_view text);

// A string, symbol, uuid or object id as text.
std::string text_of(const Value& value);

}  // namespace octavo::value
