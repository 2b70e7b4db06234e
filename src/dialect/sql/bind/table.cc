#include "dialect/sql/bind/table.h"

#include <algorithm>
#include <utility>

#include "algebra/expr.h"
#include "dialect/sql/ast/quoted_name.h"
#include "dialect/sql/bind/bound.h"
#include "dialect/sql/bind/names.h"
#include "dialect/sql/bind/replace.h"
#include "dialect/sql/bind/types.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/function/operators.h"

namespace octavo::sql {
namespace {

using algebra::ExprPtr;
using catalog::ColumnDefinition;
using catalog::TableDefinition;

// The whole row of a table that declares nothing.
constexpr std::string_view kDocument = "_doc";

// How messages name a column.
std::string shown(const StoredTable& table, std::string_view alias, std::string_view column) {
  return quoted_name(table.database) + "." + quoted_name(alias) + "." + quoted_name(column);
}

std::uint16_t key_flags(const TableDefinition& table, const ColumnDefinition& column) {
  std::uint16_t flags = 0;
  if (is_of_primary_key(table, column.name)) {
    flags |= column_flag::kPrimaryKey | column_flag::kPartKey;
  }
  for (const catalog::IndexDefinition& index : table.indexes) {
    if (index.hidden) continue;
    const auto part = std::ranges::find(index.parts, column.id, &catalog::IndexPart::column);
    if (part == index.parts.end()) continue;
    flags |= column_flag::kPartKey;
    const bool alone = index.unique && index.parts.size() == 1;
    if (alone) flags |= column_flag::kUniqueKey;
    if (!alone && part == index.parts.begin()) flags |= column_flag::kMultipleKey;
  }
  return flags;
}

std::uint16_t flags_of(const TableDefinition& table, const ColumnDefinition& column) {
  std::uint16_t flags = key_flags(table, column);
  if (column.auto_increment) flags |= column_flag::kAutoIncrement;
  if (column.update_now) flags |= column_flag::kOnUpdateNow;
  if (column.update_now || column.default_now) flags |= column_flag::kTimestamp;
  if (!column.nullable && !fills_itself(column)) flags |= column_flag::kNoDefault;
  return flags;
}

// A column that is computed when it is read.
Result<ExprPtr> generated_over(const ColumnDefinition& column, const ExprPtr& document) {
  ByteReader reader(column.generated_value);
  TRY(const ExprPtr function, algebra::decode(reader));
  const auto* const lambda = std::get_if<algebra::Lambda>(&function->node);
  if (lambda == nullptr || lambda->params.size() != 1) {
    return fail(Code::corrupt, "The expression of column '" + column.name + "' is no function.");
  }
  return replace_parts(lambda->body, [&](const ExprPtr& part) -> ExprPtr {
    const algebra::Var* const variable = variable_of(part);
    const bool is_row = variable != nullptr && variable->id == lambda->params.front();
    return is_row ? document : nullptr;
  });
}

Result<ScopeColumn> declared_column(const StoredTable& table, const ColumnDefinition& column,
                                    std::string_view alias, const ExprPtr& document) {
  const Type type = column_type(column.type, column.nullable);
  ScopeColumn made{
      .name = column.name,
      .typed = bind_field(document, column.name, type, shown(table, alias, column.name)),
      .original_name = column.name,
      .flags = flags_of(*table.definition, column),
      .hidden = column.invisible};
  if (column.generated == catalog::Generated::read) {
    TRY(made.typed.expression, generated_over(column, document));
    made.computed = true;
  }
  return made;
}

ScopeColumn inferred_column(const StoredTable& table, const InferredColumns::Column& column,
                            std::string_view alias, const ExprPtr& document) {
  Typed field = bind_field(document, column.name, any_type(), shown(table, alias, column.name));
  if (column.type.kind() != Kind::dynamic) {
    field = read_as(std::move(field), column.type);
  }
  const bool is_key = table.definition->primary_key == column.name;
  if (is_key) field.type.nullable = false;
  const std::uint16_t flags = is_key ? column_flag::kPrimaryKey | column_flag::kPartKey : 0;
  return ScopeColumn{
      .name = column.name, .typed = std::move(field), .original_name = column.name, .flags = flags};
}

}  // namespace

Type any_type() { return column_type(value::make_type({.kind = Kind::dynamic}), true); }

Result<std::string> database_of(const Path& path, const Binding& binding) {
  if (path.size() > 1) return std::string(path[path.size() - 2]);
  const auto& database = binding.session().database;
  return database ? Result<std::string>(*database) : Result<std::string>(error<1046>());
}

Result<StoredTable> find_stored_table(const Path& path, TableUse use, const Binding& binding) {
  TRY(std::string database, database_of(path, binding));
  const catalog::CatalogState& definitions = binding.definitions();
  const catalog::DatabaseDefinition* const found = definitions.find_database(database);
  if (found == nullptr) return error<1049>(database);
  const TableDefinition* const table = definitions.find_table(found->id, path.back());
  if (table == nullptr) return error<1146>(database, path.back());
  TRY_STATUS(binding.context().tables.may(use, *table, binding.as()));
  return StoredTable{.database = std::move(database), .definition = table};
}

Status add_stored_table(const StoredTable& table, std::string_view alias, const ExprPtr& document,
                        Scope& scope, Binding& binding) {
  const TableDefinition& definition = *table.definition;
  std::vector<ScopeColumn> columns;
  for (const ColumnDefinition& column : definition.columns) {
    if (column.hidden) continue;
    TRY(ScopeColumn made, declared_column(table, column, alias, document));
    columns.push_back(std::move(made));
  }
  const bool open = !definition.declared() || definition.open;
  if (open) {
    TRY(const InferredColumns inferred, binding.context().tables.inferred(definition));
    for (const InferredColumns::Column& column : inferred.columns) {
      if (definition.find_column(column.name) != nullptr) continue;
      ScopeColumn made = inferred_column(table, column, alias, document);
      columns.push_back(std::move(made));
    }
    columns.push_back({.name = std::string(kDocument),
                       .typed = {document, with_null(json_type(), false)},
                       .hidden = true});
  }
  return scope.add({.database = table.database,
                    .name = definition.name,
                    .alias = std::string(alias),
                    .definition = &definition,
                    .stored = document,
                    .document = open ? document : nullptr},
                   std::move(columns));
}

bool fills_itself(const ColumnDefinition& column) {
  return column.auto_increment || !column.default_value.empty() || column.default_now ||
         column.generated != catalog::Generated::no;
}

const ColumnDefinition* find_declared(const TableDefinition& table, std::string_view name) {
  for (const ColumnDefinition& column : table.columns) {
    if (!column.hidden && same_name(column.name, name)) return &column;
  }
  return nullptr;
}

bool is_of_primary_key(const TableDefinition& table, std::string_view column) {
  if (table.primary_key == column) return true;
  return std::ranges::any_of(table.key_columns, [&](ColumnId id) {
    const ColumnDefinition* const part = table.find_column(id);
    return part != nullptr && part->name == column;
  });
}

}  // namespace octavo::sql
