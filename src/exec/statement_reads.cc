#include "exec/statement_reads.h"

#include <algorithm>
#include <utility>

#include "algebra/children.h"
#include "exec/operators.h"
#include "exec/quantified.h"
#include "exec/spill_space.h"
#include "value/document.h"

namespace octavo::exec {
namespace {

using value::Value;

constexpr std::size_t kRowBytes = 32;      // of a list, beside what the row holds
constexpr std::size_t kResultBytes = 256;  // of a result that is kept, beside its rows

}  // namespace

Result<Value> StatementReads::evaluate(const algebra::Subplan& subplan,
                                       std::span<const Value> arguments, const Value& operand) {
  TRY_STATUS(query_.check());
  TRY(Entry* const entry, entry_of(subplan));
  Bytes key;
  for (const Value& argument : arguments) {
    Bytes encoded;
    TRY_STATUS(value::encode_document(argument, encoded));
    put_length_prefixed(key, encoded);
  }
  const auto known = entry->by_arguments.find(key);
  if (known != entry->by_arguments.end()) {
    entry->kept.splice(entry->kept.begin(), entry->kept, known->second);
    return result_of(subplan, *entry->kept.front().found, operand);
  }
  TRY(auto found, run(*entry, subplan, arguments));
  auto result = result_of(subplan, *found, operand);
  if (entry->keeps) {
    TRY_STATUS(found->charge.add(kResultBytes + 2 * key.size()));
    keep(*entry, std::move(key), std::move(found));
  }
  return result;
}

Result<StatementReads::Entry*> StatementReads::entry_of(const algebra::Subplan& subplan) {
  const auto known = entries_.find(subplan.plan.get());
  if (known != entries_.end()) return &known->second;
  TRY_STATUS(may_read_(subplan.plan));
  Entry& entry = entries_[subplan.plan.get()];
  entry.plan = subplan.plan;
  entry.keeps = function::is_deterministic(subplan.plan);
  return &entry;
}

// The query has little memory left that what is kept should not take from its operators.
bool StatementReads::is_short() const {
  const value::Account* const account = query_.evaluation.account;
  if (account == nullptr || query_.spill == nullptr) return false;
  return account->used() >= query_.spill->options().query_bytes / 4 * 3;
}

// Forgets what was not asked for for the longest time.
void StatementReads::keep(Entry& entry, Bytes arguments, std::unique_ptr<const Found> found) const {
  entry.rows += found->rows();
  entry.kept.push_front({.key = nullptr, .found = std::move(found)});
  const auto added = entry.by_arguments.emplace(std::move(arguments), entry.kept.begin()).first;
  entry.kept.front().key = &added->first;
  while (entry.kept.size() > 1 &&
         (entry.kept.size() > kMostKept || entry.rows > kMostRows || is_short())) {
    entry.rows -= entry.kept.back().found->rows();
    entry.by_arguments.erase(entry.by_arguments.find(*entry.kept.back().key));
    entry.kept.pop_back();
  }
}

// The largest parts of the plan that name none of the variables, as the rows that they give.
algebra::PlanPtr StatementReads::with_kept_parts(const algebra::PlanPtr& plan,
                                                 const algebra::Bindings& bindings, Entry& entry) {
  if (std::holds_alternative<algebra::Values>(plan->node)) return plan;
  if (algebra::bind(plan, bindings) == plan) return kept_part(plan, entry);
  // Parts of these may name what they themselves set.
  const bool is_whole = std::holds_alternative<algebra::Apply>(plan->node) ||
                        std::holds_alternative<algebra::Recursive>(plan->node);
  if (is_whole) return plan;
  return algebra::map_inputs(*plan, [&](const algebra::PlanPtr& input) {
    return with_kept_parts(input, bindings, entry);
  });
}

// The part itself where it gives many rows, fails, or tells of something, which it may never come
// to.
algebra::PlanPtr StatementReads::kept_part(const algebra::PlanPtr& plan, Entry& entry) {
  if (is_short()) return plan;
  function::Notes notes;
  function::Notes* const told = std::exchange(query_.evaluation.notes, &notes);
  Rows rows;
  MemoryCharge charge(query_);
  const auto collected = [&]() -> Status {
    TRY(const OperatorPtr root, build(plan, OperatorContext{*source_, query_}));
    for (std::size_t before = 0;; before = rows.size()) {
      TRY_STATUS(query_.check());
      TRY_STATUS(root->next(kBatchRows, rows));
      if (rows.size() == before || rows.size() > kMostRowsOfPart) break;
    }
    return charge.add(rows.size() * kRowBytes);
  }();
  query_.evaluation.notes = told;
  if (!collected || rows.size() > kMostRowsOfPart || notes.count() > 0) return plan;
  entry.part_charges.push_back(std::move(charge));
  return algebra::make_plan(algebra::Values{std::move(rows)});
}

Result<std::unique_ptr<StatementReads::Found>> StatementReads::run(
    Entry& entry, const algebra::Subplan& subplan, std::span<const Value> arguments) {
  algebra::Bindings bindings;
  for (std::size_t i = 0; i < subplan.params.size(); ++i) {
    bindings.emplace_back(subplan.params[i], arguments[i]);
  }
  if (entry.keeps && !bindings.empty() && ++entry.runs == kRunsBeforeParts) {
    entry.with_parts = with_kept_parts(subplan.plan, bindings, entry);
  }
  const algebra::PlanPtr plan =
      algebra::bind(entry.with_parts == nullptr ? subplan.plan : entry.with_parts, bindings);
  TRY(const OperatorPtr root, build(plan, OperatorContext{*source_, query_}, subplan.plan.get()));
  auto found = std::make_unique<Found>(query_);
  if (subplan.kind == algebra::SubplanKind::exists) {
    Rows first;
    TRY_STATUS(root->next(1, first));
    found->value = Value::boolean(!first.empty());
    return found;
  }
  TRY_STATUS(collect(*root, *found));
  if (subplan.kind == algebra::SubplanKind::rows) {
    found->value = Value::array(std::exchange(found->sorted, {}));
    return found;
  }
  const auto nulls = std::ranges::partition(found->sorted, std::not_fn(has_null));
  found->with_null.assign(nulls.begin(), nulls.end());
  found->sorted.erase(nulls.begin(), nulls.end());
  std::ranges::sort(found->sorted,
                    [](const Value& a, const Value& b) { return value::compare(a, b) < 0; });
  return found;
}

Status StatementReads::collect(Operator& root, Found& found) {
  for (std::size_t before = 0;; before = found.sorted.size()) {
    TRY_STATUS(query_.check());
    TRY_STATUS(root.next(kBatchRows, found.sorted));
    if (found.sorted.size() == before) return {};
    TRY_STATUS(found.charge.add((found.sorted.size() - before) * kRowBytes));
  }
}

Result<Value> StatementReads::result_of(const algebra::Subplan& subplan, const Found& found,
                                        const Value& operand) {
  if (subplan.kind != algebra::SubplanKind::any) return found.value;
  return any_of({found.sorted, found.with_null}, subplan.comparison, operand, query_.evaluation);
}

}  // namespace octavo::exec
