#pragma once

// Options of tables and databases.

#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"
#include "dialect/sql/ast/table_def.h"
#include "value/collation.h"

namespace octavo::sql {

// What is to be done with an option of a table.
enum class OptionUse : std::uint8_t {
  engine,
  charset,
  collation,
  comment,
  next_number,
  shown,        // kept for SHOW CREATE TABLE; it changes nothing here
  shown_text,   // the same, in quotes
  passed_over,  // says how a server stores rows that stores them otherwise
  off,          // may be said to be off, which it is; else 1235
  refused,      // 1235
};
struct OptionRow {
  std::string_view name;  // as the parser has it
  OptionUse use;
};
// Null: there is none.
const OptionRow* find_option(std::string_view name);
// Those that are shown, in the order in which they are.
std::span<const OptionRow> option_rows();

// Of an option that may be said to be off.
bool is_off(std::string_view value);

// The name of a storage engine as it is shown: 1286.
Result<std::string_view> engine_name(std::string_view name);

// The collation that CHARACTER SET and COLLATE mean together, either of which may be empty: 1115,
// 1273, 1253.
Result<const value::Collation*> collation_of(std::string_view charset, std::string_view collation);

}  // namespace octavo::sql
