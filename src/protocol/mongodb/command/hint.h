#pragma once

// Which index a client wants to be used: by its name, its key, or none at all ($natural).

#include <string_view>

#include "base/result.h"
#include "value/value.h"

namespace octavo::mongodb {

// {$natural: …}: all documents, as they came or the other way round.
inline constexpr std::string_view kNatural = "$natural";
bool is_natural(const value::Value& given);

// 9 for what is neither a string nor a document; 2 for {$natural: …} that is no direction. Null:
// none was given. Whether there is such an index is found out where it is used.
Status check_hint(const value::Value* hint);

}  // namespace octavo::mongodb
