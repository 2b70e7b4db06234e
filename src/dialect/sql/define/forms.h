#pragma once

// What MySQL keeps with definitions for itself (catalog::PerProtocol): words that the catalog has
// no field for, and expressions as they are shown.

#include <string>
#include <string_view>

#include "catalog/per_protocol.h"
#include "dialect/sql/bind/view_forms.h"

namespace octavo::sql {

// Of columns.
namespace column_form {
inline constexpr std::string_view kDefault = "default";  // a literal, as DESCRIBE has it
inline constexpr std::string_view kExpression =
    "expression";                                            // of DEFAULT (…), without parentheses
inline constexpr std::string_view kGenerated = "generated";  // of AS (…), likewise
inline constexpr std::string_view kCharset = "charset";      // true: the statement named it
}  // namespace column_form
// Of indexes.
namespace key_form {
inline constexpr std::string_view kUsing = "using";
inline constexpr std::string_view kBlockSize = "key_block_size";
inline constexpr std::string_view kComment = "comment";
inline constexpr std::string_view kInvisible = "invisible";
inline constexpr std::string_view kOfForeignKey = "of_foreign_key";  // true: made for one
inline constexpr std::string_view kExpressions = "expressions";  // of the parts that are no columns
}  // namespace key_form
// Of checks.
namespace check_form {
inline constexpr std::string_view kCondition = "condition";
}
// Of tables; the names of options beside these are upper case.
namespace table_form {
inline constexpr std::string_view kEngine = "engine";
inline constexpr std::string_view kCollation = "collation";
inline constexpr std::string_view kComment = "comment";
inline constexpr std::string_view kPrimary = "primary";  // an object as an index has it
}  // namespace table_form
// Of databases.
namespace database_form {
inline constexpr std::string_view kCollation = "collation";
}

// Null: it is not there.
value::Value form_of(const catalog::PerProtocol& forms, std::string_view name);
// Empty: it is not there.
std::string form_text(const catalog::PerProtocol& forms, std::string_view name);
bool has_form(const catalog::PerProtocol& forms, std::string_view name);
bool form_flag(const catalog::PerProtocol& forms, std::string_view name);
void set_form(catalog::PerProtocol& forms, std::string_view name, value::Value value);
void set_form(catalog::PerProtocol& forms, std::string_view name, std::string_view text);
void drop_form(catalog::PerProtocol& forms, std::string_view name);

}  // namespace octavo::sql
