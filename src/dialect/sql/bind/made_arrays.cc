#include "dialect/sql/bind/made_arrays.h"

#include "dialect/sql/bind/replace.h"
#include "dialect/sql/function/numbers.h"

namespace octavo::sql {
namespace {

using algebra::ExprPtr;

// Null: it is no such element.
ExprPtr made_element(const ExprPtr& part) {
  const auto* const element = std::get_if<algebra::Call>(&part->node);
  const bool is_element = element != nullptr &&
                          element->function == algebra::FunctionId{kFamily, op::kElement} &&
                          element->args.size() >= 2;
  if (!is_element) return nullptr;
  const auto* const array = std::get_if<algebra::MakeArray>(&element->args[0]->node);
  const auto* const place = std::get_if<algebra::Const>(&element->args[1]->node);
  if (array == nullptr || place == nullptr) return nullptr;
  const auto at = static_cast<std::size_t>(place->value.as_int64());
  return at < array->elements.size() ? array->elements[at] : nullptr;
}

}  // namespace

ExprPtr without_arrays(const ExprPtr& expression) {
  return replace_parts(expression, [](const ExprPtr& part) -> ExprPtr {
    const ExprPtr element = made_element(part);
    return element == nullptr ? nullptr : without_arrays(element);
  });
}

}  // namespace octavo::sql
