#include "dialect/sql/bind/row_estimates.h"

#include <algorithm>
#include <set>
#include <utility>

#include "algebra/children.h"
#include "base/overloaded.h"
#include "dialect/sql/bind/condition_share.h"
#include "dialect/sql/bind/join_estimate.h"
#include "dialect/sql/bind/key_share.h"
#include "dialect/sql/bind/stored_index.h"

namespace octavo::sql {
namespace {

using algebra::ExprPtr;

constexpr double kRowsOfGroup = 10;
constexpr double kElements = 3;  // of an array that becomes rows
constexpr double kUnknownRows = 1000;
// Where at least so much of the rows have a value of their own, further rows bring further values.
constexpr double kShareOfOwn = 0.1;

double at_least_one(double rows) { return std::max(rows, 1.0); }

// The scan below nodes of single rows; null: there is another node.
const algebra::Scan* scan_below(const algebra::Plan& plan) {
  const algebra::Plan* below = &plan;
  while (true) {
    if (const auto* const filter = std::get_if<algebra::Filter>(&below->node)) {
      below = filter->input.get();
    } else if (const auto* const map = std::get_if<algebra::Map>(&below->node)) {
      below = map->input.get();
    } else {
      return std::get_if<algebra::Scan>(&below->node);
    }
  }
}

const TableId* table_of_scan(const algebra::Plan& plan) {
  if (const auto* const scan = std::get_if<algebra::Scan>(&plan.node)) return &scan->table;
  const auto* const by = std::get_if<algebra::ScanBy>(&plan.node);
  return by == nullptr ? nullptr : &by->table;
}

}  // namespace

const catalog::TableDefinition* RowEstimates::definition(TableId table) const {
  return binding_.context().definitions.find_table(table);
}

double RowEstimates::table(TableId table) {
  if (const auto found = tables_.find(table); found != tables_.end()) return found->second;
  const catalog::TableDefinition* const definition = this->definition(table);
  const auto rows =
      definition == nullptr ? std::nullopt : binding_.context().tables.estimated_rows(*definition);
  const double estimate = rows ? static_cast<double>(*rows) : kUnknownRows;
  return tables_.emplace(table, at_least_one(estimate)).first->second;
}

const statistics::Table* RowEstimates::statistics(TableId table) {
  const auto [known, is_new] = statistics_.try_emplace(table);
  const catalog::TableDefinition* const definition = is_new ? this->definition(table) : nullptr;
  if (definition != nullptr) known->second = binding_.context().tables.statistics(*definition);
  return known->second.get();
}

const statistics::Column* RowEstimates::column(const StoredColumn& column) {
  const statistics::Table* const known = statistics(column.table);
  return known == nullptr ? nullptr : known->find(column.name);
}

// Values of a table that has other rows by now than when they were counted.
double RowEstimates::grown(TableId table, double values) {
  const double rows = this->table(table);
  const auto before = static_cast<double>(statistics(table)->rows);
  if (before > 0 && values >= kShareOfOwn * before) values *= rows / before;
  return at_least_one(std::min(values, rows));
}

std::optional<double> RowEstimates::values(const StoredColumn& column) {
  if (const statistics::Column* const known = this->column(column)) {
    return grown(column.table, known->distinct);
  }
  const catalog::TableDefinition* const definition = this->definition(column.table);
  if (definition == nullptr) return std::nullopt;
  const auto is_it = [&](std::optional<IndexId> index) {
    const auto names = key_columns_of(*definition, index);
    return names.size() == 1 && names.front() == column.name;
  };
  const auto is_key = [&](const catalog::IndexDefinition& index) {
    return index.unique && is_it(index.id);
  };
  const bool is_unique = is_it(std::nullopt) || std::ranges::any_of(definition->indexes, is_key);
  return is_unique ? std::optional(table(column.table)) : std::nullopt;
}

std::optional<double> RowEstimates::most_values(const StoredColumn& column) {
  const catalog::TableDefinition* const definition = this->definition(column.table);
  const catalog::ColumnDefinition* const declared =
      definition == nullptr ? nullptr : definition->find_column(column.name);
  if (declared == nullptr) return std::nullopt;
  std::optional<double> most;
  for (const catalog::ForeignKeyDefinition& key : definition->foreign_keys) {
    const bool has_parent = this->definition(key.parent) != nullptr;
    if (!has_parent || std::ranges::find(key.columns, declared->id) == key.columns.end()) continue;
    most = std::min(most.value_or(table(column.table)), table(key.parent));
  }
  return most;
}

std::optional<double> RowEstimates::values(TableId table, std::span<const std::string> columns) {
  const statistics::Table* const known = statistics(table);
  const statistics::Columns* const together = known == nullptr ? nullptr : known->find(columns);
  if (together != nullptr) return grown(table, together->distinct);
  double all = 1;
  for (const std::string& name : columns) {
    const auto values = this->values({table, name});
    if (!values) return std::nullopt;
    all *= *values;
  }
  return std::min(all, this->table(table));
}

// Values that are in a query's rows are so many of all as the query has rows of its table's.
std::optional<double> RowEstimates::share_of_query(const ExprPtr& condition) {
  const auto* const in = std::get_if<algebra::Subplan>(&condition->node);
  const bool is_meant = in != nullptr && in->kind == algebra::SubplanKind::any &&
                        in->params.empty() && in->comparison == algebra::Comparison::equal;
  const algebra::Scan* const scan = is_meant ? scan_below(*in->plan) : nullptr;
  if (scan == nullptr) return std::nullopt;
  return std::min(1.0, plan(*in->plan) / table(scan->table));
}

double RowEstimates::share(std::span<const ExprPtr> conditions, const ColumnFinder& columns) {
  return ConditionShare(*this, binding_, columns).of_all(conditions);
}

// All filters that are above each other, together.
double RowEstimates::filtered(const algebra::Filter& filter) {
  std::vector<ExprPtr> conditions;
  double share = 1;
  const algebra::Filter* top = &filter;
  std::set<algebra::VarId> rows;
  while (true) {
    const auto* const lambda = std::get_if<algebra::Lambda>(&top->predicate->node);
    const auto of_query = lambda == nullptr ? std::nullopt : share_of_query(lambda->body);
    if (of_query) {
      share *= *of_query;
    } else if (lambda == nullptr || lambda->params.empty()) {
      share *= kShareOfOther;
    } else {
      rows.insert(lambda->params.front());
      conditions.push_back(lambda->body);
    }
    const auto* const below = std::get_if<algebra::Filter>(&top->input->node);
    if (below == nullptr || binding_.estimated_rows(*top->input)) break;
    top = below;
  }
  const algebra::Plan& input = *top->input;
  const ColumnFinder columns = [&](const ExprPtr& value) -> std::optional<StoredColumn> {
    const auto row = row_of_access(value);
    return row && rows.contains(*row) ? origin_of(input, *row, value) : std::nullopt;
  };
  const TableId* const scanned = table_of_scan(input);
  const auto known =
      scanned == nullptr ? std::set<StoredColumn>() : scanned_by(input, definition(*scanned));
  return plan(input) * share * ConditionShare(*this, binding_, columns).of_all(conditions, known);
}

// As many groups as the keys have values together.
double RowEstimates::grouped(const algebra::Group& group) {
  if (group.keys.empty()) return 1;
  const double rows = plan(*group.input);
  double groups = 1;
  for (const ExprPtr& key : group.keys) {
    const auto* const lambda = std::get_if<algebra::Lambda>(&key->node);
    const auto column = lambda == nullptr || lambda->params.empty()
                            ? std::nullopt
                            : origin_of(*group.input, lambda->params.front(), lambda->body);
    const auto values = column ? this->values(*column) : std::nullopt;
    if (!values) return rows / kRowsOfGroup;
    groups *= *values;
  }
  return std::min(groups, rows);
}

double RowEstimates::plan(const algebra::Plan& plan) {
  if (const auto known = binding_.estimated_rows(plan)) return *known;
  const auto of = [this](const algebra::PlanPtr& input) { return this->plan(*input); };
  const double rows = std::visit(
      Overloaded{
          [&](const algebra::Scan& node) {
            return scanned_rows(node, definition(node.table), *this);
          },
          [&](const algebra::ScanBy& node) {
            return scanned_rows(node, definition(node.table), *this);
          },
          [](const algebra::Working&) { return kUnknownRows; },
          [](const algebra::Recursive&) { return kUnknownRows; },
          [&](const algebra::Values& node) { return static_cast<double>(node.rows.size()); },
          [&](const algebra::Filter& node) { return filtered(node); },
          [&](const algebra::Unwind& node) { return of(node.input) * kElements; },
          [&](const algebra::Limit& node) {
            const double all = of(node.input);
            return node.count ? std::min(all, static_cast<double>(*node.count)) : all;
          },
          [&](const algebra::Union& node) {
            double sum = 0;
            for (const algebra::PlanPtr& input : node.inputs) sum += of(input);
            return sum;
          },
          [&](const algebra::LookupJoin& node) {
            return rows_of_lookups(node, definition(node.table), *this);
          },
          [&](const algebra::Apply& node) { return of(node.outer) * of(node.inner); },
          [&](const algebra::Join& node) { return rows_of_join(node, *this); },
          [&](const algebra::Group& node) { return grouped(node); },
          [&](const auto& node) { return of(node.input); },
      },
      plan.node);
  return at_least_one(rows);
}

double RowEstimates::read_by(const algebra::Plan& plan) {
  const algebra::Plan* below = &plan;
  while (const auto* const filter = std::get_if<algebra::Filter>(&below->node)) {
    below = filter->input.get();
  }
  return this->plan(*below);
}

}  // namespace octavo::sql
