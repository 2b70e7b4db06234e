#include "function/family.h"

#include <algorithm>
#include <vector>

#include "algebra/children.h"
#include "base/assert.h"
#include "function/work.h"

namespace octavo::function {
namespace {

// The first call in reading order, or null.
const algebra::Call* first_call(const algebra::ExprPtr& expression) {
  const auto* first = std::get_if<algebra::Call>(&expression->node);
  if (first != nullptr) return first;
  // A call ends the search, so that calls inside of it are not reached.
  algebra::any_child(*expression, [&first](const algebra::ExprPtr& part) {
    first = first_call(part);
    return first != nullptr;
  });
  return first;
}

}  // namespace

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

const Family& family(algebra::Family id) {
  const auto index = static_cast<std::size_t>(id);
  ASSERT(index < families().size());
  return families()[index];
}

algebra::Family family_of(const algebra::ExprPtr& expression) {
  const algebra::Call* call = first_call(expression);
  return call == nullptr ? algebra::Family::core : call->function.family;
}

std::string_view name_of(algebra::FunctionId function) {
  return family(function.family).name_of(function.number);
}

bool is_deterministic(const algebra::ExprPtr& expression) {
  return family(family_of(expression)).is_deterministic(expression);
}

std::optional<std::vector<std::string>> fields_read(const algebra::ExprPtr& lambda) {
  return family(family_of(lambda)).fields_read(lambda);
}

Result<value::Value> evaluate_lambda(const algebra::ExprPtr& lambda,
                                     std::span<const value::Value> arguments,
                                     EvalContext& context) {
  return family(family_of(lambda)).evaluate(lambda, arguments, context);
}

}  // namespace octavo::function
