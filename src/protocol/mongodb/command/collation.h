#pragma once

// {locale: "en", strength: 2, …}: how strings are to be compared.

#include <string_view>

#include "base/result.h"
#include "value/value.h"

namespace octavo::mongodb {

// Whether a document is one: 40414 without a locale, 14 for wrong types, 40415 for fields that
// nobody knows, 2 for values out of their range, 161 for another version of the rules. `path`:
// where it stands, for messages.
Status check_collation(std::string_view path, const value::Value& document);

}  // namespace octavo::mongodb
