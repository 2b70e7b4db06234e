#include "dialect/sql/bind/join_cost.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "algebra/children.h"
#include "base/overloaded.h"
#include "dialect/sql/bind/stored_index.h"
#include "dialect/sql/function/numbers.h"

namespace octavo::sql {
namespace {

constexpr double kShareOfEqual = 0.1;
constexpr double kShareOfOther = 1.0 / 3;
constexpr double kShareOfKeyRange = 0.25;
constexpr double kRowsOfGroup = 10;
constexpr double kElements = 3;  // of an array that becomes rows
constexpr double kUnknownRows = 1000;
// An equality of columns that are no keys: as if each value were there so often.
constexpr double kRowsOfValue = 10;
// An index that is not UNIQUE has so many rows of each key, or so much of the table.
constexpr double kRowsOfKey = 10;
constexpr double kShareOfKey = 0.01;

// In rows that a scan reads: 0.4 µs each, where a look by key takes 4 µs (note 0017, 5.4).
constexpr double kLookup = 10;
constexpr double kIndexLookup = 20;  // opens a cursor
constexpr double kIndexMatch = 5;    // and reads each row by its key

// More than these may be more than the memory of a query, in which they are held.
constexpr double kMostHeldRows = 500'000;

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

}  // namespace

double RowEstimates::table(TableId table) {
  if (const auto found = tables_.find(table); found != tables_.end()) return found->second;
  const catalog::TableDefinition* const definition =
      binding_.context().definitions.find_table(table);
  const auto rows =
      definition == nullptr ? std::nullopt : binding_.context().tables.estimated_rows(*definition);
  const double estimate = rows ? static_cast<double>(*rows) : kUnknownRows;
  return tables_.emplace(table, at_least_one(estimate)).first->second;
}

double RowEstimates::of_keys(TableId table, std::optional<IndexId> index, std::size_t keys) {
  const double rows = this->table(table);
  const bool unique = is_unique_key(binding_.context().definitions.find_table(table), index);
  const double of_key = unique ? 1 : std::max(kRowsOfKey, rows * kShareOfKey);
  return std::min(rows, static_cast<double>(keys) * of_key);
}

double RowEstimates::scan(const algebra::Scan& scan) {
  if (const auto* const set = std::get_if<algebra::KeySet>(&scan.keys)) {
    return of_keys(scan.table, scan.index, set->keys.size());
  }
  const double rows = table(scan.table);
  const auto& range = std::get<algebra::KeyRange>(scan.keys);
  double share = range.lower.value ? kShareOfKeyRange : 1;
  if (range.upper.value) share *= kShareOfKeyRange;
  return rows * share;
}

double RowEstimates::scan(const algebra::ScanBy& scan) {
  if (!scan.keys.empty()) return of_keys(scan.table, scan.index, scan.keys.size());
  const double rows = table(scan.table);
  double share = scan.lower.value != nullptr ? kShareOfKeyRange : 1;
  if (scan.upper.value != nullptr) share *= kShareOfKeyRange;
  return rows * share;
}

// Values that are in a query's rows are so many of all as the query has rows of its table's.
double RowEstimates::share(const algebra::ExprPtr& condition) {
  const auto* const lambda = std::get_if<algebra::Lambda>(&condition->node);
  const auto* const in =
      lambda == nullptr ? nullptr : std::get_if<algebra::Subplan>(&lambda->body->node);
  const bool is_meant = in != nullptr && in->kind == algebra::SubplanKind::any &&
                        in->params.empty() && in->comparison == algebra::Comparison::equal;
  const algebra::Scan* const scan = is_meant ? scan_below(*in->plan) : nullptr;
  if (scan == nullptr) return share_of(condition);
  return std::min(1.0, plan(*in->plan) / table(scan->table));
}

double RowEstimates::plan(const algebra::Plan& plan) {
  if (const auto known = binding_.estimated_rows(plan)) return *known;
  const auto of = [this](const algebra::PlanPtr& input) { return this->plan(*input); };
  const double rows = std::visit(
      Overloaded{
          [&](const algebra::Scan& node) { return scan(node); },
          [&](const algebra::ScanBy& node) { return scan(node); },
          [](const algebra::Working&) { return kUnknownRows; },
          [](const algebra::Recursive&) { return kUnknownRows; },
          [&](const algebra::Values& node) { return static_cast<double>(node.rows.size()); },
          [&](const algebra::Filter& node) { return of(node.input) * share(node.predicate); },
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
          [&](const algebra::LookupJoin& node) { return of(node.outer); },
          [&](const algebra::Apply& node) { return of(node.outer); },
          [&](const algebra::Join& node) {
            return node.kind == algebra::JoinKind::inner || node.kind == algebra::JoinKind::left
                       ? std::max(of(node.left), of(node.right))
                       : of(node.left);
          },
          [&](const algebra::Group& node) {
            return node.keys.empty() ? 1 : of(node.input) / kRowsOfGroup;
          },
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

namespace {

// Of one of several values, and of all but those.
double share_of_some(double values) { return std::min(kShareOfOther, values * kShareOfEqual); }

double share_of_list(const algebra::Call& call) {
  const auto* const items =
      call.args.size() < 2 ? nullptr : std::get_if<algebra::Const>(&call.args[1]->node);
  if (items == nullptr || !items->value.is_array()) return kShareOfOther;
  return share_of_some(static_cast<double>(items->value.as_array().size()));
}

}  // namespace

double share_of(const algebra::ExprPtr& condition) {
  if (const auto* const lambda = std::get_if<algebra::Lambda>(&condition->node)) {
    return share_of(lambda->body);
  }
  const auto* const call = std::get_if<algebra::Call>(&condition->node);
  if (call == nullptr || call->function.family != kFamily) return kShareOfOther;
  switch (call->function.number) {
    case op::kEqual:
    case op::kEqualText:
    case op::kLike: return kShareOfEqual;
    case op::kNotEqual:
    case op::kNotEqualText: return 1 - kShareOfEqual;
    case op::kInSorted: return share_of_list(*call);
    case op::kIsTrue: return call->args.empty() ? kShareOfOther : share_of(call->args.front());
    case op::kAnd: {
      double share = 1;
      for (const algebra::ExprPtr& part : call->args) share *= share_of(part);
      return share;
    }
    case op::kShare: return call->args.size() < 2 ? kShareOfOther : share_of(call->args[1]);
    case op::kOr: {
      double others = 1;
      for (const algebra::ExprPtr& part : call->args) others *= 1 - share_of(part);
      return 1 - others;
    }
    default: return kShareOfOther;
  }
}

double joined_rows(double left, double right, const JoinKeys& keys) {
  const double of_key = keys.values.empty() ? 1 : *std::ranges::max_element(keys.values);
  double rows = left * right / of_key;
  // Several keys often say much the same.
  bool is_first = true;
  for (const double values : keys.values) {
    if (values == of_key && std::exchange(is_first, false)) continue;
    rows /= std::sqrt(values);
  }
  return at_least_one(rows);
}

double values_of_no_key(double rows) { return at_least_one(rows / kRowsOfValue); }

bool is_less_work(const LookupWork& lookup, const HashWork& hash) {
  if (hash.held > kMostHeldRows) return true;
  const double work = lookup.by_index ? lookup.outer * kIndexLookup + lookup.matches * kIndexMatch
                                      : lookup.outer * kLookup;
  return work <= hash.read;
}

}  // namespace octavo::sql
