// $eq, $gt and their kin, $in, $nin, $not.

#include <algorithm>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/collation.h"
#include "dialect/mongodb/match/field_operators.h"
#include "dialect/mongodb/match/operations.h"
#include "dialect/mongodb/match/walk.h"
#include "dialect/mongodb/type/pattern.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using value::Type;
using value::Value;

Status check_defined(const Value& operand) {
  if (operand.type() != Type::undefined) return {};
  return error(ErrorCode::bad_value, "cannot compare to undefined");
}

Status check_no_pattern(const FieldCall& call) {
  if (call.operand.type() != Type::regex) return check_defined(call.operand);
  return error(ErrorCode::bad_value, "Can't have RegEx as arg to predicate over field '{}'.",
               call.subject.path);
}

Result<ExprPtr> parse_equal(const FieldCall& call) {
  TRY_STATUS(check_defined(call.operand));
  return test(op::kEqual, call.place, call.subject.names, call.operand);
}

Result<ExprPtr> parse_not_equal(const FieldCall& call) {
  if (call.operand.type() == Type::regex) {
    return error(ErrorCode::bad_value, "Can't have regex as arg to $ne.");
  }
  TRY(ExprPtr equal, parse_equal(call));
  return not_of(std::move(equal));
}

template <std::uint16_t kTest>
Result<ExprPtr> parse_ordered(const FieldCall& call) {
  TRY_STATUS(check_no_pattern(call));
  return test(kTest, call.place, call.subject.names, call.operand);
}

Result<ExprPtr> parse_in(const FieldCall& call) {
  if (!call.operand.is_array()) return error(ErrorCode::bad_value, "{} needs an array", call.name);
  std::vector<Value> values;
  std::vector<Value> patterns;
  for (const Value& element : call.operand.as_array()) {
    if (has_operators(element)) {
      return error(ErrorCode::bad_value, "cannot nest $ under {}", call.name);
    }
    TRY_STATUS(check_defined(element));
    if (element.type() == Type::regex) {
      TRY_STATUS(Pattern::compile(element.regex_pattern(), element.regex_options()));
      patterns.push_back(element);
    } else {
      values.push_back(element);
    }
  }
  TRY(const CollatedOrder order, collated_order(call.place.context.variables));
  std::ranges::sort(values, CollatedLess{order});
  const auto repeats = std::ranges::unique(
      values, [&order](const Value& a, const Value& b) { return order.equal(a, b); });
  values.erase(repeats.begin(), repeats.end());
  if (values.size() == 1 && patterns.empty()) {
    return test(op::kEqual, call.place, call.subject.names, values.front());
  }
  return test(op::kIn, call.place, call.subject.names,
              Value::array({Value::array(std::move(values)), Value::array(std::move(patterns))}));
}

Result<ExprPtr> parse_not_in(const FieldCall& call) {
  TRY(ExprPtr in, parse_in(call));
  return not_of(std::move(in));
}

Result<ExprPtr> parse_not(const FieldCall& call) {
  if (call.operand.type() == Type::regex) {
    TRY(ExprPtr matches, parse_field(call.subject, call.operand, call.place));
    return not_of(std::move(matches));
  }
  if (!is_document(call.operand)) {
    return error(ErrorCode::bad_value, "$not needs a regex or a document");
  }
  if (call.operand.as_object().empty()) {
    return error(ErrorCode::bad_value, "$not cannot be empty");
  }
  TRY(const Place place, deeper(call.place));
  TRY(ExprPtr condition, parse_operators(call.subject, call.operand, place));
  return not_of(std::move(condition));
}

constexpr FieldOperator kRows[] = {
    {"$eq", parse_equal},
    {"$gt", parse_ordered<op::kGreater>},
    {"$gte", parse_ordered<op::kGreaterOrEqual>},
    {"$in", parse_in},
    {"$lt", parse_ordered<op::kLess>},
    {"$lte", parse_ordered<op::kLessOrEqual>},
    {"$ne", parse_not_equal},
    {"$nin", parse_not_in},
    {"$not", parse_not},
};

}  // namespace

std::span<const FieldOperator> comparison_operators() { return kRows; }

}  // namespace octavo::mongodb
