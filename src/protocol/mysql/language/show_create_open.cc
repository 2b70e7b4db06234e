#include "protocol/mysql/language/show_create_open.h"

#include <utility>

namespace octavo::mysql {
namespace {

// Any value at all is shown as a text.
value::LogicalTypePtr shown_type(const value::LogicalTypePtr& type) {
  if (type->kind != value::Kind::dynamic) return type;
  value::LogicalType text;
  text.kind = value::Kind::text;
  text.extent = value::Extent::large;
  text.length = 0xffffffff;
  text.collation = value::find_collation("utf8mb4_0900_bin");
  return value::make_type(std::move(text));
}

}  // namespace

catalog::TableDefinition as_declared(const catalog::TableDefinition& table,
                                     const sql::InferredColumns& columns) {
  catalog::TableDefinition out = table;
  for (const auto& column : columns.columns) {
    catalog::ColumnDefinition definition;
    definition.id = ColumnId{out.next_part++};
    definition.name = column.name;
    definition.type = shown_type(column.type.logical);
    definition.nullable = column.name != table.primary_key;
    if (!definition.nullable) out.key_columns.push_back(definition.id);
    out.columns.push_back(std::move(definition));
  }
  return out;
}

}  // namespace octavo::mysql
