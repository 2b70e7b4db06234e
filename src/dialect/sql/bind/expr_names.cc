// Names in expressions: columns, and what the select list calls its items.

#include <algorithm>

#include "algebra/expr.h"
#include "dialect/sql/bind/correlation.h"
#include "dialect/sql/bind/expr_binder.h"
#include "dialect/sql/bind/names.h"
#include "dialect/sql/error/error.h"

namespace octavo::sql {

// In this order: aliases where they come first, columns, other aliases, the same of the queries
// around, fields of open tables.
Result<Typed> ExprBinder::bind_name(const ColumnName& name, bool whole) {
  const Path& path = name.path;
  const bool bare = path.size() == 1;
  const Clause clause = place_.clause;
  const bool first = bare && whole && allows(clause, clause_flag::kAliasesFirst);
  if (first) {
    TRY(const SelectedItem* const item, find_item(path.back()));
    if (item != nullptr) return item->typed;
  }
  TRY(auto found, find_name(path, clause, false));
  if (!found && correlation() != nullptr) {
    TRY(found, correlation()->find(path, clause));
  }
  if (!found) found = find_field(path);
  if (!found && correlation() != nullptr) found = correlation()->find_field(path);
  return found ? Result<Typed>(*std::move(found)) : unknown(path);
}

Result<std::optional<Typed>> ExprBinder::find_name(const Path& path, Clause clause,
                                                   bool from_within) const {
  if (place_.scope != nullptr) {
    TRY(const ScopeColumn* const column, place_.scope->find(path, clause));
    if (column != nullptr && may_be_used(*column)) {
      binding_.note_name(path, place_.scope->full_name(*column));
      return column->typed;
    }
  }
  // A query in the select list may name items that stand before it.
  const bool aliases = allows(place_.clause, clause_flag::kAliases) ||
                       (from_within && place_.clause == Clause::select);
  if (path.size() == 1 && aliases) {
    TRY(const SelectedItem* const item, find_item(path.back()));
    if (item != nullptr) return item->typed;
  }
  return std::nullopt;
}

std::optional<Typed> ExprBinder::find_field(const Path& path) const {
  if (place_.scope == nullptr || sees_groups()) return std::nullopt;
  const ScopeColumn* const field = place_.scope->add_field(path);
  if (field == nullptr) return std::nullopt;
  binding_.note_name(path, place_.scope->full_name(*field));
  return field->typed;
}

// Null: there is none. 1052 for one of several that differ, 3594 for one that is of windows.
Result<const SelectedItem*> ExprBinder::find_item(Name name) const {
  const SelectedItem* found = nullptr;
  for (const SelectedItem& item : place_.items) {
    if (!same_name(item.name, name)) continue;
    if (found != nullptr && !algebra::equal(found->typed.expression, item.typed.expression)) {
      return error<1052>(name, words_of(place_.clause));
    }
    found = &item;
  }
  if (found != nullptr && found->has_window && !allows(place_.clause, clause_flag::kWindows) &&
      place_.clause != Clause::group) {
    return error<3594>(name);
  }
  return found;
}

// HAVING sees rows of groups: what was grouped by, and what is selected.
bool ExprBinder::may_be_used(const ScopeColumn& column) const {
  if (!sees_groups()) return true;
  const auto is_column = [&](const Typed& typed) {
    return algebra::equal(typed.expression, column.typed.expression);
  };
  return std::ranges::any_of(place_.grouped, is_column) ||
         std::ranges::any_of(place_.items, is_column, &SelectedItem::typed);
}

bool ExprBinder::sees_groups() const {
  return allows(place_.clause, clause_flag::kGroupedOnly) && !place_.within_aggregate;
}

std::unexpected<Error> ExprBinder::unknown(const Path& path) const {
  return error<1054>(dotted(path), words_of(place_.clause));
}

}  // namespace octavo::sql
