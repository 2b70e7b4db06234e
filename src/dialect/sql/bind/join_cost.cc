#include "dialect/sql/bind/join_cost.h"

#include <algorithm>

#include "algebra/children.h"
#include "base/overloaded.h"
#include "dialect/sql/function/numbers.h"

namespace octavo::sql {
namespace {

constexpr double kShareOfEqual = 0.1;
constexpr double kShareOfOther = 1.0 / 3;
constexpr double kShareOfKeyRange = 0.25;
constexpr double kRowsOfGroup = 10;
constexpr double kElements = 3;  // of an array that becomes rows
constexpr double kUnknownRows = 1000;
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

bool is_unique(const catalog::TableDefinition* table, std::optional<IndexId> index) {
  if (!index) return true;
  const catalog::IndexDefinition* const found =
      table == nullptr ? nullptr : table->find_index(*index);
  return found != nullptr && found->unique;
}

}  // namespace

double RowEstimates::table(TableId table) {
  if (const auto found = tables_.find(table); found != tables_.end()) return found->second;
  const catalog::TableDefinition* const definition = context_.definitions.find_table(table);
  const auto rows =
      definition == nullptr ? std::nullopt : context_.tables.estimated_rows(*definition);
  const double estimate = rows ? static_cast<double>(*rows) : kUnknownRows;
  return tables_.emplace(table, at_least_one(estimate)).first->second;
}

double RowEstimates::of_keys(TableId table, std::optional<IndexId> index, std::size_t keys) {
  const double rows = this->table(table);
  const bool unique = is_unique(context_.definitions.find_table(table), index);
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

double RowEstimates::plan(const algebra::Plan& plan) {
  const auto of = [this](const algebra::PlanPtr& input) { return this->plan(*input); };
  const double rows = std::visit(
      Overloaded{
          [&](const algebra::Scan& node) { return scan(node); },
          [&](const algebra::ScanBy& node) { return scan(node); },
          [](const algebra::Working&) { return kUnknownRows; },
          [](const algebra::Recursive&) { return kUnknownRows; },
          [&](const algebra::Values& node) { return static_cast<double>(node.rows.size()); },
          [&](const algebra::Filter& node) { return of(node.input) * share_of(node.predicate); },
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

double share_of(const algebra::ExprPtr& condition) {
  if (const auto* const lambda = std::get_if<algebra::Lambda>(&condition->node)) {
    return share_of(lambda->body);
  }
  const auto* const call = std::get_if<algebra::Call>(&condition->node);
  if (call == nullptr || call->function.family != kFamily) return kShareOfOther;
  const std::uint16_t number = call->function.number;
  return number == op::kEqual || number == op::kEqualText ? kShareOfEqual : kShareOfOther;
}

bool is_less_work(const LookupWork& lookup, const HashWork& hash) {
  if (hash.held > kMostHeldRows) return true;
  const double work = lookup.by_index ? lookup.outer * kIndexLookup + lookup.matches * kIndexMatch
                                      : lookup.outer * kLookup;
  return work <= hash.read;
}

}  // namespace octavo::sql
