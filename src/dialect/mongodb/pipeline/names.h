#pragma once

// Names of databases and collections, as stages have them, and the fields of stages' documents.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dialect/mongodb/pipeline/collections.h"
#include "value/value.h"

namespace octavo::mongodb {

// 73 for what is no name of a collection, or too long with that of the database.
Status check_collection_name(const CollectionName& name);

// What documents say that MongoDB describes by its IDL: 40415 for a field that is none of them.
Status check_fields(std::string_view where, const value::Value& document,
                    std::span<const std::string_view> names);
// The field, which must be of a type (14); null where it is missing or null.
Result<const value::Value*> string_field(std::string_view where, const value::Value& document,
                                         std::string_view name);
// The same of one that must be there (40414).
Result<std::string> required_string(std::string_view where, const value::Value& document,
                                    std::string_view name);

// The parts of a path of fields; as split_field_path, and 16411 for a null byte.
Result<std::vector<std::string>> split_path(std::string_view path);

// The error of a type (14): "BSON field 'x.y' is the wrong type 'int', expected type 'string'".
std::unexpected<Error> wrong_type(std::string_view where, std::string_view name,
                                  const value::Value& value, std::string_view expected);

}  // namespace octavo::mongodb
