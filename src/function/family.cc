#include "function/family.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "algebra/children.h"
#include "function/work.h"

namespace octavo::function {
namespace {

// That of the first call or subplan in reading order; nothing: there is neither.
std::optional<algebra::FamilyId> first_family(const algebra::ExprPtr& expression) {
  if (const auto* call = std::get_if<algebra::Call>(&expression->node)) {
    return call->function.family;
  }
  if (const auto* subplan = std::get_if<algebra::Subplan>(&expression->node)) {
    return subplan->family;
  }
  // Asked for every row: the usual ways to the first call are short.
  if (const auto* lambda = std::get_if<algebra::Lambda>(&expression->node)) {
    return first_family(lambda->body);
  }
  if (std::holds_alternative<algebra::Var>(expression->node) ||
      std::holds_alternative<algebra::Const>(expression->node)) {
    return std::nullopt;
  }
  std::optional<algebra::FamilyId> first;
  algebra::any_child(*expression, [&first](const algebra::ExprPtr& part) {
    first = first_family(part);
    return first.has_value();
  });
  return first;
}

// The first family that an expression calls and that is not known.
std::optional<algebra::FamilyId> unknown_family(const algebra::ExprPtr& expression) {
  if (const auto* call = std::get_if<algebra::Call>(&expression->node)) {
    if (find_family(call->function.family) == nullptr) return call->function.family;
  }
  std::optional<algebra::FamilyId> found;
  algebra::any_child(*expression, [&found](const algebra::ExprPtr& part) {
    found = unknown_family(part);
    return found.has_value();
  });
  return found;
}

std::unexpected<Error> unknown(algebra::FamilyId id) {
  return fail(
      Code::unsupported,
      fmt::format("Functions of family {} are not known to this version.", std::to_underlying(id)));
}

}  // namespace

const Family* find_family(algebra::FamilyId id) {
  for (const Family& row : families()) {
    if (row.id == id) return &row;
  }
  return nullptr;
}

Status EvalContext::check_now() const {
  if (cancel.cancelled()) return stopped();
  return deadline_ns == 0 ? Status() : check_deadline();
}

Status EvalContext::spend_on(const value::Value& value, std::uint64_t times) {
  if (!limited) return {};
  const auto most = static_cast<std::uint64_t>(std::max<std::int64_t>(steps_left, 0)) + 1;
  const std::uint64_t once = work_of(value, most);
  return spend(times > most / once ? most : once * times);
}

Status EvalContext::over_limit() {
  return fail(Code::resource_exhausted, "The function takes more steps than an index may take.");
}

Status EvalContext::stopped() { return fail(Code::cancelled, "Query interrupted."); }

Status EvalContext::check_clocks() {
  if (pacer != nullptr) {
    TRY_STATUS(pacer->pace());
    if (cancel.cancelled()) return stopped();
  }
  return deadline_ns == 0 ? Status() : check_deadline();
}

Status EvalContext::check_deadline() const {
  if (clock == nullptr || clock->monotonic_ns() < deadline_ns) return {};
  return fail(Code::timed_out, "Query terminated: it took longer than `query-timeout` allows.");
}

algebra::FamilyId family_of(const algebra::ExprPtr& expression) {
  return first_family(expression).value_or(algebra::kCore);
}

Result<algebra::ExprPtr> open_function(ByteReader& encoded) {
  TRY(algebra::ExprPtr function, algebra::decode(encoded));
  if (const auto id = unknown_family(function)) return unknown(*id);
  return function;
}

std::string_view name_of(algebra::FunctionId function) {
  const Family* family = find_family(function.family);
  const std::string_view name =
      family == nullptr ? std::string_view() : family->name_of(function.number);
  if (!name.empty()) return name;
  const AggregateRow* aggregate = find_aggregate(function);
  return aggregate == nullptr ? std::string_view() : aggregate->name;
}

bool is_deterministic(const algebra::ExprPtr& expression) {
  const Family* row = find_family(family_of(expression));
  return row != nullptr && row->is_deterministic(expression);
}

bool is_deterministic(const algebra::PlanPtr& plan) {
  bool holds = true;
  algebra::for_each_expression(*plan, [&holds](const algebra::ExprPtr& expression) {
    holds = holds && is_deterministic(expression);
  });
  algebra::for_each_input(
      *plan, [&holds](const algebra::PlanPtr& input) { holds = holds && is_deterministic(input); });
  return holds;
}

std::optional<std::vector<std::string>> fields_read(const algebra::ExprPtr& lambda) {
  const Family* row = find_family(family_of(lambda));
  return row == nullptr ? std::nullopt : row->fields_read(lambda);
}

Result<value::Value> evaluate_lambda(const algebra::ExprPtr& lambda,
                                     std::span<const value::Value> arguments,
                                     EvalContext& context) {
  const algebra::FamilyId id = family_of(lambda);
  const Family* row = find_family(id);
  return row == nullptr ? unknown(id) : row->evaluate(lambda, arguments, context);
}

}  // namespace octavo::function
