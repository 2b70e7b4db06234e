#pragma once

// {locale: "en", strength: 2, …}: how strings are to be compared, of commands, collections, views
// and indexes.

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "catalog/model.h"
#include "value/value.h"

namespace octavo::mongodb {

class CommandCall;

// Whether a document can be one, but for its locale: 40414 without one, 14 for wrong types, 40415
// for fields that nobody knows, 2 for values out of their range, 161 for another version of the
// rules. `path`: where it stands, for messages.
Status check_collation(std::string_view path, const value::Value& document);

// The collation in full, as it is kept and shown; nothing for `simple`, by which strings compare by
// their bytes. The errors above, and 2 for a locale that is not known. `document` is of the type
// object.
Result<std::optional<value::Value>> read_collation(std::string_view path,
                                                   const value::Value& document);

// What a collection or a view was made with; null: nothing.
const value::Value* own_collation(const catalog::TableDefinition& table);
const value::Value* own_collation(const catalog::ViewDefinition& view);

// The name (expression/collation.h) of what an operation compares by: `given`, which may be null,
// or what the collection or the view of the command has. 167 for another one than the view's.
Result<std::string> operation_collation(CommandCall& call, const value::Value* given);

}  // namespace octavo::mongodb
