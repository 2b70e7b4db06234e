#pragma once

// Types as MySQL writes them, and as they are written in a statement.

#include <string>

#include "dialect/sql/ast/type.h"
#include "dialect/sql/type/type.h"

namespace octavo::sql {

// "int unsigned", "varchar(20)", "enum('a','b')", "decimal(10,2)": as SHOW CREATE TABLE, DESCRIBE
// and COLUMN_TYPE have it, without character set and collation.
std::string type_text(const value::LogicalType& type);
// "int", "varchar", "enum": DATA_TYPE of information_schema.
std::string_view type_word(const value::LogicalType& type);

// What the statement declares. `fallback`: the collation of what names none. `column`: for
// messages. 1074, 1115, 1273, 1253, 1425, 1426, 1427, 1439, 1235.
Result<value::LogicalType> declared_type(const DataType& type, const value::Collation& fallback,
                                         std::string_view column);

}  // namespace octavo::sql
