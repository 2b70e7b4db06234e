// $all, $elemMatch.

#include <algorithm>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/parse.h"
#include "dialect/mongodb/match/field_operators.h"
#include "dialect/mongodb/match/operations.h"
#include "dialect/mongodb/match/walk.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using value::Type;
using value::Value;

constexpr std::string_view kElemMatch = "$elemMatch";

Result<ElementFilter> parse_element_at(std::string_view path, const Value& condition,
                                       const Place& outer) {
  const algebra::VarId element = outer.context.variables.fresh();
  TRY(const Place place, within(outer, algebra::variable(element)));
  ElementFilter filter{.lambda = nullptr, .of_values = is_condition_of_values(condition)};
  ExprPtr body;
  if (filter.of_values) {
    // The element itself, and nothing within it.
    const Subject subject{.path = path, .names = Value::array({})};
    TRY(body, parse_operators(subject, condition, place));
  } else {
    TRY(body, parse_document(condition, place));
  }
  filter.lambda = row_lambda(element, std::move(body));
  return filter;
}

Result<ExprPtr> parse_elem_match(const FieldCall& call) {
  if (!is_document(call.operand)) {
    return error(ErrorCode::bad_value, "$elemMatch needs an Object");
  }
  TRY(ElementFilter filter, parse_element_at(call.subject.path, call.operand, call.place));
  return mongodb::call(
      filter.of_values ? op::kElementIs : op::kElement,
      {call.place.object, algebra::constant(call.subject.names), std::move(filter.lambda)});
}

bool is_elem_match(const Value& element) {
  return is_document(element) && !element.as_object().empty() &&
         element.as_object().front().name == kElemMatch;
}

Result<ExprPtr> parse_all_elem_match(const FieldCall& call) {
  std::vector<ExprPtr> parts;
  for (const Value& element : call.operand.as_array()) {
    if (!is_elem_match(element)) {
      return error(ErrorCode::bad_value, "$all/$elemMatch has to be consistent");
    }
    TRY(ExprPtr part, parse_elem_match({.name = kElemMatch,
                                        .operand = element.as_object().front().value,
                                        .beside = element,
                                        .subject = call.subject,
                                        .place = call.place}));
    parts.push_back(std::move(part));
  }
  return all_of(std::move(parts));
}

Result<ExprPtr> parse_all(const FieldCall& call) {
  if (!call.operand.is_array()) return error(ErrorCode::bad_value, "$all needs an array");
  const value::ArrayView elements = call.operand.as_array();
  if (elements.empty()) return truth(false);
  if (is_elem_match(elements.front())) return parse_all_elem_match(call);
  std::vector<ExprPtr> parts;
  for (const Value& element : elements) {
    if (has_operators(element)) {
      return error(ErrorCode::bad_value, "no $ expressions in $all");
    }
    TRY(ExprPtr part, parse_field(call.subject, element, call.place));
    parts.push_back(std::move(part));
  }
  return all_of(std::move(parts));
}

constexpr FieldOperator kRows[] = {
    {"$all", parse_all},
    {kElemMatch, parse_elem_match},
};

}  // namespace

Result<ElementFilter> parse_element(const Value& condition, const FilterContext& context) {
  return parse_element_at("", condition, {.context = context, .object = nullptr});
}

std::span<const FieldOperator> array_operators() { return kRows; }

}  // namespace octavo::mongodb
