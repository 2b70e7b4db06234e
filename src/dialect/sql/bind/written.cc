#include "dialect/sql/bind/written.h"

#include <algorithm>

#include "dialect/sql/bind/defaults.h"
#include "dialect/sql/bind/names.h"
#include "dialect/sql/bind/replace.h"
#include "dialect/sql/bind/reuse.h"
#include "dialect/sql/bind/table.h"
#include "dialect/sql/bind/view.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/function/convert.h"
#include "dialect/sql/function/fold.h"
#include "dialect/sql/function/name_row.h"
#include "dialect/sql/function/numbers.h"
#include "dialect/sql/function/operation.h"
#include "dialect/sql/function/operators.h"

namespace octavo::sql {

using algebra::ExprPtr;

Result<WrittenColumn> WrittenTable::column(const Path& path, const Scope& scope) const {
  const Name name = path.back();
  const bool of_table = path.size() < 2 || path[path.size() - 2] == alias;
  const bool of_database = path.size() < 3 || path.front() == database;
  if (of_table && of_database && is_view) {
    const ScopeColumn* const shown = scope.find_in(number, name);
    if (shown == nullptr || shown->name.empty())
      return error<1054>(dotted(path), words_of(Clause::set));
    if (shown->computed || shown->original_name.empty()) return error<1348>(shown->name);
    return WrittenColumn{.name = shown->original_name,
                         .declared = definition->find_column(shown->original_name)};
  }
  if (of_table && of_database) {
    if (const auto* declared = find_declared(*definition, name)) {
      return WrittenColumn{.name = declared->name, .declared = declared};
    }
    if (!definition->declared() || definition->open) {
      const ScopeColumn* const known = scope.find_in(number, name);
      if (known == nullptr) return WrittenColumn{.name = std::string(name)};
      // The whole document is no field of itself.
      if (!known->original_name.empty()) return WrittenColumn{.name = known->original_name};
    }
  }
  return error<1054>(dotted(path), words_of(Clause::set));
}

namespace {

// Each column is one of the table, and no two are the same.
bool takes_rows(const Scope& scope) {
  std::vector<std::string_view> columns;
  for (const std::size_t i : scope.shown()) {
    const ScopeColumn& column = scope.columns()[i];
    if (column.computed || column.original_name.empty()) return false;
    if (std::ranges::find(columns, column.original_name) != columns.end()) return false;
    columns.push_back(column.original_name);
  }
  return true;
}

Result<WrittenTable> written_view(const NamedView& named, TableUse use, std::string_view statement,
                                  Binding& binding) {
  TRY(const BoundView bound, bind_view(named, use, nullptr, binding));
  if (!bound.rows || !takes_rows(bound.rows->scope)) {
    return error<1471>(named.view->name, statement);
  }
  const ScopeTable& over = bound.rows->scope.tables().front();
  TRY_STATUS(binding.context().tables.may(use, *over.definition, over.as()));
  return WrittenTable{.definition = over.definition,
                      .database = over.home,
                      .alias = named.view->name,
                      .is_view = true,
                      .view = named.view};
}

}  // namespace

Result<Scope> scope_of_written(const WrittenTable& table, Binding& binding) {
  if (table.view != nullptr) {
    const auto* const home = binding.context().definitions.find_database(table.view->database);
    const NamedView named{
        .view = table.view, .database = home == nullptr ? "" : home->name, .alias = table.alias};
    TRY(BoundView bound, bind_view(named, TableUse::insert, nullptr, binding));
    return std::move(bound.rows->scope);
  }
  Scope scope(binding.fresh(), nullptr);
  TRY_STATUS(add_stored_table({.database = table.database, .definition = table.definition},
                              table.alias, algebra::variable(scope.row()), scope, binding));
  return scope;
}

Result<WrittenTable> written_table(const Path& path, TableUse use, std::string_view statement,
                                   Binding& binding) {
  TRY(std::string database, database_of(path, binding));
  const Name name = path.back();
  TRY(const auto computed, binding.context().tables.computed(database, name));
  if (computed) return error<1288>(name, statement);
  if (const auto* const view = find_view(database, name, binding)) {
    return written_view({.view = view, .database = database, .alias = name}, use, statement,
                        binding);
  }
  TRY(const StoredTable stored, find_stored_table(path, use, binding));
  return WrittenTable{
      .definition = stored.definition, .database = std::move(database), .alias = std::string(name)};
}

Result<std::vector<WrittenColumn>> columns_left_out(const std::vector<WrittenColumn>& written,
                                                    const WrittenTable& table, StoreRule rule,
                                                    Binding& binding) {
  std::vector<WrittenColumn> missing;
  for (const catalog::ColumnDefinition& column : table.definition->columns) {
    const bool filled = column.hidden || column.nullable || fills_itself(column);
    const auto same = [&](const WrittenColumn& other) { return other.declared == &column; };
    if (filled || std::ranges::any_of(written, same)) continue;
    if (!has_first_member(column)) {
      if (rule == StoreRule::strict && table.view != nullptr) {
        return error<1423>(table.database, table.alias);
      }
      if (rule == StoreRule::strict) return error<1364>(column.name);
      warn(binding.context().constants, error<1364>(column.name).error());
    }
    missing.push_back({.name = column.name, .declared = &column});
  }
  return missing;
}

namespace {

bool replaces_null(const WrittenColumn& column, StoreRule rule) {
  return rule == StoreRule::adjust && !column.declared->nullable &&
         !column.declared->auto_increment;
}

Typed not_null(const WrittenColumn& column, Typed value) {
  value::Value fallback = implicit_default(*column.declared->type);
  if (const value::Value* const constant = value.constant()) {
    if (!constant->is_null()) return value;
    return typed_constant(std::move(fallback), column_type(column.declared->type, false));
  }
  // Computed once: its warnings are told once.
  const Type type = with_null(value.type, false);
  return make_call(op::kCoalesce, {std::move(value), typed_constant(std::move(fallback), type)},
                   type);
}

}  // namespace

WriteContext::WriteContext(const BindContext& of, std::uint16_t options)
    : facts_(of.session),
      context_{.definitions = of.definitions,
               .shared_definitions = of.shared_definitions,
               .session = facts_,
               .tables = of.tables,
               .variables = of.variables,
               .constants = of.constants,
               .parameters = of.parameters,
               .subqueries = of.subqueries,
               .locks = of.locks,
               .may_have_subqueries = of.may_have_subqueries,
               .reuse = of.reuse} {
  const bool ignore = (options & write_option::kIgnore) != 0;
  facts_.strict_write = store_rule(of.session, ignore) == StoreRule::strict;
}

Result<Typed> stored_as(const WrittenColumn& column, Typed value, StoreRule rule,
                        const Binding& binding) {
  if (column.declared == nullptr) return value;
  const Type type = column_type(column.declared->type, column.declared->nullable);
  TRY(Typed stored, bind_store(std::move(value), type, column.name, rule, binding.calls()));
  if (replaces_null(column, rule)) stored = not_null(column, std::move(stored));
  return stored;
}

value::Value stored_null(const WrittenColumn& column, StoreRule rule) {
  if (!replaces_null(column, rule)) return {};
  return implicit_default(*column.declared->type);
}

Status Assignments::add(const List<Assignment>& assignments) {
  for (const Assignment& assignment : assignments) TRY_STATUS(add(assignment));
  return {};
}

Status Assignments::add(const Assignment& assignment) {
  TRY(const WrittenColumn column, table_.column(assignment.column, *place_.scope));
  if (column.is_generated()) {
    const auto* const given = std::get_if<Default>(&assignment.value.node);
    if (given != nullptr && given->column.empty()) return {};
    return error<3105>(column.name, table_.definition->name);
  }
  TRY(Typed value, bind_value(column, assignment.value));
  const ScopeColumn* const before = place_.scope->find_in(table_.number, assignment.column.back());
  if (before != nullptr) {
    const auto is_column = [&](const auto& pair) {
      return algebra::equal(pair.first, before->typed.expression);
    };
    std::erase_if(replaced_, is_column);
    replaced_.emplace_back(before->typed.expression, value.expression);
  }
  const auto assigned = std::ranges::find(fields_, column.name);
  if (assigned != fields_.end()) {
    values_[static_cast<std::size_t>(assigned - fields_.begin())] = std::move(value);
    return {};
  }
  fields_.push_back(column.name);
  values_.push_back(std::move(value));
  return {};
}

Result<Typed> Assignments::bind_value(const WrittenColumn& column, const Expr& value) {
  Typed bound;
  const auto* const by_default = std::get_if<Default>(&value.node);
  if (by_default != nullptr && by_default->column.empty() && column.declared != nullptr) {
    if (binding_.context().reuse != nullptr) binding_.context().reuse->refuse();
    TRY(bound, default_of(*column.declared, binding_));
  } else {
    TRY(bound, ExprBinder(binding_, place_).bind_stored(value, column.declared));
  }
  bound.expression = replace_parts(bound.expression, [&](const ExprPtr& part) -> ExprPtr {
    for (const auto& [before, after] : replaced_) {
      if (algebra::equal(part, before)) return after;
    }
    return nullptr;
  });
  TRY(Typed stored, stored_as(column, std::move(bound), rule_, binding_));
  stored.expression = fold(stored.expression, binding_.calls());
  return stored;
}

ExprPtr Assignments::values() const {
  std::vector<ExprPtr> parts;
  for (const Typed& value : values_) parts.push_back(value.expression);
  return algebra::make_array(std::move(parts));
}

}  // namespace octavo::sql
