#include "protocol/mysql/language/short_plans.h"

#include <optional>

#include "algebra/children.h"
#include "base/overloaded.h"
#include "engine/plan_tables.h"
#include "function/family.h"

namespace octavo::mysql {
namespace {

constexpr std::size_t kQuickRows = 64;

// Whether few rows may become many.
bool may_give_more(const algebra::Plan& plan) {
  return std::visit(Overloaded{
                        [](const algebra::Unwind&) { return true; },
                        [](const algebra::LookupJoin&) { return true; },
                        [](const algebra::Apply&) { return true; },
                        [](const algebra::Join&) { return true; },
                        [](const algebra::Recursive&) { return true; },
                        [](const auto&) { return false; },
                    },
                    plan.node);
}

// Rows that the plan begins with; more than kQuickRows where its nodes may take long.
std::size_t rows_to_begin_with(const algebra::Plan& plan) {
  std::size_t rows = 0;
  const auto with_function = [&rows](const algebra::ExprPtr& function) {
    // What is not the same each time may wait (SLEEP), or is made to take long (BENCHMARK); a query
    // within it is run for each row.
    const bool may_be_long =
        !function::is_deterministic(function) || algebra::has_subplan(function);
    if (may_be_long) rows += kQuickRows + 1;
  };
  if (const auto* values = std::get_if<algebra::Values>(&plan.node)) rows += values->rows.size();
  if (const auto* map = std::get_if<algebra::Map>(&plan.node)) with_function(map->function);
  if (const auto* filter = std::get_if<algebra::Filter>(&plan.node)) {
    with_function(filter->predicate);
  }
  if (may_give_more(plan)) rows += kQuickRows + 1;
  algebra::for_each_input(
      plan, [&rows](const algebra::PlanPtr& input) { rows += rows_to_begin_with(*input); });
  return rows;
}

bool may_be_long(const algebra::ExprPtr& expression) {
  return !function::is_deterministic(expression) || algebra::has_subplan(expression);
}

bool may_be_long(const algebra::Plan& plan) {
  bool is_long = false;
  algebra::for_each_expression(plan, [&is_long](const algebra::ExprPtr& expression) {
    is_long = is_long || may_be_long(expression);
  });
  algebra::for_each_input(plan, [&is_long](const algebra::PlanPtr& input) {
    is_long = is_long || may_be_long(*input);
  });
  return is_long;
}

// The one scan below nodes that make no more rows than they are given; null: there is another node.
const algebra::Scan* only_scan(const algebra::Plan& plan) {
  if (const auto* scan = std::get_if<algebra::Scan>(&plan.node)) return scan;
  const auto below = [](const auto& node) { return only_scan(*node.input); };
  if (const auto* map = std::get_if<algebra::Map>(&plan.node)) return below(*map);
  if (const auto* filter = std::get_if<algebra::Filter>(&plan.node)) return below(*filter);
  if (const auto* sort = std::get_if<algebra::Sort>(&plan.node)) return below(*sort);
  if (const auto* limit = std::get_if<algebra::Limit>(&plan.node)) return below(*limit);
  if (const auto* distinct = std::get_if<algebra::Distinct>(&plan.node)) return below(*distinct);
  if (const auto* group = std::get_if<algebra::Group>(&plan.node)) return below(*group);
  return nullptr;
}

// Between two integers there are so many: at most this difference.
constexpr std::uint64_t kFewKeys = 128;

std::optional<std::int64_t> integer_end(const algebra::Bound& bound) {
  if (!bound.value || bound.value->type() != value::Type::int64) return std::nullopt;
  return bound.value->as_int64();
}

// Whether a key names one row at most: it is the primary key, or of a unique index.
bool names_one_row(const algebra::Scan& scan, const catalog::TableDefinition& table) {
  if (!scan.index) return true;
  const catalog::IndexDefinition* const index = table.find_index(*scan.index);
  return index != nullptr && index->unique;
}

bool names_few_rows(const algebra::Scan& scan, const catalog::TableDefinition& table,
                    std::size_t most) {
  const auto* const set = std::get_if<algebra::KeySet>(&scan.keys);
  return set != nullptr && set->keys.size() <= most && names_one_row(scan, table) &&
         table.layout == catalog::Layout::row;
}

}  // namespace

bool is_quick(const algebra::PlanPtr& plan) {
  return engine::tables_of(plan).empty() && rows_to_begin_with(*plan) <= kQuickRows;
}

bool names_few_rows(const algebra::Plan& plan, const catalog::TableDefinition& table,
                    std::size_t most) {
  const algebra::Scan* const scan = only_scan(plan);
  return scan != nullptr && scan->table == table.id && names_few_rows(*scan, table, most) &&
         !may_be_long(plan);
}

PlanFacts facts_of(const algebra::PlanPtr& plan) {
  return {.tables = engine::tables_of(plan), .may_be_long = may_be_long(*plan)};
}

Reads reads_of(const algebra::PlanPtr& plan, const PlanFacts& facts,
               const catalog::CatalogState& definitions) {
  const algebra::Scan* const scan = only_scan(*plan);
  if (scan == nullptr) return is_quick(plan) ? Reads::nothing : Reads::many;
  const auto* const table = facts.may_be_long ? nullptr : definitions.find_table(scan->table);
  if (table == nullptr || table->layout != catalog::Layout::row) return Reads::many;
  if (names_few_rows(*scan, *table, kQuickRows)) return Reads::few_keys;
  const auto* const range = std::get_if<algebra::KeyRange>(&scan->keys);
  if (scan->index || range == nullptr) return Reads::many;
  const catalog::ColumnDefinition* const key = table->find_column(table->primary_key);
  const bool are_integers = key != nullptr && key->type->kind == value::Kind::integer;
  const auto lower = integer_end(range->lower);
  const auto upper = integer_end(range->upper);
  if (!are_integers || !lower || !upper) return Reads::many;
  const bool is_short =
      *lower >= *upper ||
      static_cast<std::uint64_t>(*upper) - static_cast<std::uint64_t>(*lower) <= kFewKeys;
  return is_short ? Reads::few : Reads::many;
}

}  // namespace octavo::mysql
