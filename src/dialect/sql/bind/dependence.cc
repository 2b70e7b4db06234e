#include "dialect/sql/bind/dependence.h"

#include <algorithm>

#include "dialect/sql/bind/comparison.h"

namespace octavo::sql {
namespace {

using catalog::ColumnDefinition;
using catalog::IndexDefinition;
using catalog::IndexPart;
using catalog::TableDefinition;

}  // namespace

Dependence::Dependence(const Scope& scope, std::span<const Typed> keys,
                       std::span<const Typed> conditions, const Binding& binding)
    : scope_(scope) {
  for (const ScopeColumn& column : scope.columns()) {
    const auto is_column = [&](const Typed& key) {
      return algebra::equal(key.expression, column.typed.expression);
    };
    if (std::ranges::any_of(keys, is_column)) known_.insert(&column);
  }
  for (const Typed& condition : conditions) {
    for (const ScopeColumn& column : scope.columns()) {
      const algebra::ExprPtr value = equal_to(condition.expression, column);
      if (value != nullptr && binding.is_fixed(value)) known_.insert(&column);
    }
    for (const ColumnBound& bound : bounds_of(condition.expression, scope)) {
      if (bound.relates == Relates::equal && bound.values.size() == 1) known_.insert(bound.column);
    }
  }
  close(conditions);
}

// What is known makes more known, until nothing is added.
void Dependence::close(std::span<const Typed> conditions) {
  std::size_t before = 0;
  do {
    before = known_.size();
    for (const Typed& condition : conditions) {
      const auto columns = equal_columns(condition.expression, scope_);
      if (!columns) continue;
      if (known_.contains(columns->first)) known_.insert(columns->second);
      if (known_.contains(columns->second)) known_.insert(columns->first);
    }
    for (std::size_t table = 0; table < scope_.tables().size(); ++table) {
      if (!knows_key_of(table)) continue;
      for (const ScopeColumn& column : scope_.columns()) {
        if (column.table == table) known_.insert(&column);
      }
    }
  } while (known_.size() > before);
}

bool Dependence::knows(std::size_t table, std::string_view column) const {
  return std::ranges::any_of(known_, [&](const ScopeColumn* known) {
    return known->table == table && known->original_name == column;
  });
}

bool Dependence::knows_key_of(std::size_t table) const {
  const TableDefinition* const definition = scope_.tables()[table].definition;
  if (definition == nullptr) return false;
  const auto knows_id = [&](ColumnId id, bool may_be_null) {
    const ColumnDefinition* const column = definition->find_column(id);
    return column != nullptr && (may_be_null || !column->nullable) && knows(table, column->name);
  };
  const auto knows_part = [&](const IndexPart& part) {
    return part.prefix == 0 && knows_id(part.column, false);
  };
  if (knows(table, definition->primary_key)) return true;
  if (!definition->key_columns.empty() &&
      std::ranges::all_of(definition->key_columns,
                          [&](ColumnId id) { return knows_id(id, true); })) {
    return true;
  }
  return std::ranges::any_of(definition->indexes, [&](const IndexDefinition& index) {
    return index.unique && !index.parts.empty() && std::ranges::all_of(index.parts, knows_part);
  });
}

}  // namespace octavo::sql
