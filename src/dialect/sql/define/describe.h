#pragma once

// What is told of a declared table's columns and keys: by DESCRIBE, SHOW COLUMNS, SHOW INDEX, SHOW
// CREATE TABLE and information_schema.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catalog/model.h"

namespace octavo::sql {

struct ColumnText {
  const catalog::ColumnDefinition* column = nullptr;
  std::string type;                          // "int unsigned"
  std::string_view key;                      // "PRI", "UNI", "MUL", ""
  std::optional<std::string> default_value;  // without quotes; of an expression its text
  std::string extra;                         // "DEFAULT_GENERATED on update CURRENT_TIMESTAMP"
  std::string generated;                     // the text of what computes it; empty: nothing does
};
// Without hidden ones, in their order.
std::vector<ColumnText> describe_columns(const catalog::TableDefinition& table);

struct KeyPartText {
  const catalog::ColumnDefinition* column = nullptr;  // null: an expression
  std::string expression = {};
  std::uint32_t prefix = 0;
  bool descending = false;
};
struct KeyText {
  std::string name;
  bool unique = false;
  bool visible = true;
  std::string using_said;  // BTREE, HASH; empty: nothing was said, which is BTREE
  std::string block_size, comment;
  std::vector<KeyPartText> parts;
  const catalog::IndexDefinition* index = nullptr;  // null: the primary key
};
// PRIMARY, unique keys without nulls, other unique ones, the rest; each as they were made.
std::vector<KeyText> describe_keys(const catalog::TableDefinition& table);

// CASCADE, SET NULL, …
std::string_view reference_action(catalog::ReferenceAction action);
// The names at both ends of a foreign key, which may be absent.
struct ForeignKeyText {
  std::string parent_database, parent_table;
  std::vector<std::string> columns, parent_columns;
  std::string parent_key;  // the name of the unique key; empty: there is none
};
ForeignKeyText describe_foreign_key(const catalog::TableDefinition& table,
                                    const catalog::ForeignKeyDefinition& key,
                                    const catalog::CatalogState& state);

struct OptionText {
  std::string name, value;  // as they were said
  bool in_quotes = false;
};
struct TableText {
  std::string engine, collation, comment;
  std::vector<OptionText> options;  // ROW_FORMAT, …
};
TableText describe_table(const catalog::TableDefinition& table);

// What tables of a database have that say nothing else.
std::string database_collation(const catalog::DatabaseDefinition& database);

// CURRENT_TIMESTAMP(3) as a column of the type has it.
std::string current_timestamp(const value::LogicalType& type);

}  // namespace octavo::sql
