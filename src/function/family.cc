#include "function/family.h"

#include <algorithm>
#include <vector>

#include "base/assert.h"
#include "function/work.h"

namespace octavo::function {
namespace {

// The first call in reading order, or null.
const algebra::Call* first_call(const algebra::ExprPtr& expression);

const algebra::Call* first_of(const std::vector<algebra::Option>& options) {
  for (const algebra::Option& option : options) {
    if (const algebra::Call* call = first_call(option.value)) return call;
  }
  return nullptr;
}

const algebra::Call* first_call(const algebra::ExprPtr& expression) {
  if (const auto* call = std::get_if<algebra::Call>(&expression->node)) return call;
  if (const auto* lambda = std::get_if<algebra::Lambda>(&expression->node)) {
    return first_call(lambda->body);
  }
  if (const auto* object = std::get_if<algebra::MakeObject>(&expression->node)) {
    return first_of(object->fields);
  }
  if (const auto* array = std::get_if<algebra::MakeArray>(&expression->node)) {
    for (const algebra::ExprPtr& element : array->elements) {
      if (const algebra::Call* call = first_call(element)) return call;
    }
  }
  return nullptr;
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
