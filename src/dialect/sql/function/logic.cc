// Conditions: true, false, or null for unknown. What is not needed is not computed.

#include "dialect/sql/function/arguments.h"
#include "dialect/sql/function/numbers.h"
#include "dialect/sql/function/operation_tables.h"

namespace octavo::sql {
namespace {

using value::Type;
using value::Value;

// Null: unknown. A number is a condition as well, in case a stored expression says so.
Result<std::optional<bool>> truth_of(const Value& value) {
  if (value.is_null()) return std::nullopt;
  if (value.type() == Type::boolean) return value.as_boolean();
  if (value.is_number()) return value.to_double() != 0;
  return wrong_form();
}

// AND and OR: one operand may decide, `false` or `true`.
template <bool kDeciding>
Result<Value> junction(const SingleCall& /*call*/, LazyArguments& arguments) {
  bool unknown = false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    TRY(const Value operand, arguments.evaluate(i));
    TRY(const std::optional<bool> truth, truth_of(operand));
    if (truth == kDeciding) return Value::boolean(kDeciding);
    unknown = unknown || !truth;
  }
  return unknown ? Value() : Value::boolean(!kDeciding);
}

Result<Value> logical_not(const SingleCall& /*call*/, Args args) {
  TRY(const std::optional<bool> truth, truth_of(args[0]));
  return Value::boolean(!*truth);
}

Result<Value> exclusive_or(const SingleCall& /*call*/, Args args) {
  TRY(const std::optional<bool> a, truth_of(args[0]));
  TRY(const std::optional<bool> b, truth_of(args[1]));
  return Value::boolean(*a != *b);
}

Result<Value> truth(const SingleCall& /*call*/, Args args) {
  TRY(const std::optional<bool> truth, truth_of(args[0]));
  return Value::boolean(*truth);
}

template <bool kWanted>
Result<Value> is(const SingleCall& /*call*/, Args args) {
  TRY(const std::optional<bool> truth, truth_of(args[0]));
  return Value::boolean(truth == kWanted);
}

Result<Value> is_null(const SingleCall& /*call*/, Args args) {
  return Value::boolean(args[0].is_null());
}

// IF and CASE: the result behind the first condition that is true.
Result<Value> choose(const SingleCall& /*call*/, LazyArguments& arguments) {
  std::size_t i = 0;
  for (; i + 1 < arguments.size(); i += 2) {
    TRY(const Value condition, arguments.evaluate(i));
    TRY(const std::optional<bool> truth, truth_of(condition));
    if (truth == true) return arguments.evaluate(i + 1);
  }
  return i < arguments.size() ? arguments.evaluate(i) : Value();
}

Result<Value> coalesce(const SingleCall& /*call*/, LazyArguments& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    TRY(Value operand, arguments.evaluate(i));
    if (!operand.is_null()) return operand;
  }
  return Value();
}

constexpr std::uint16_t kInfixStrict = operation_flag::kStrict | operation_flag::kInfix;

constexpr OperationRow kRows[] = {
    {.number = op::kAnd,
     .name = "sql.and",
     .least = 2,
     .flags = operation_flag::kInfix,
     .symbol = "and",
     .lazy = junction<false>},
    {.number = op::kOr,
     .name = "sql.or",
     .least = 2,
     .flags = operation_flag::kInfix,
     .symbol = "or",
     .lazy = junction<true>},
    {.number = op::kNot,
     .name = "sql.not",
     .least = 1,
     .flags = operation_flag::kStrict | operation_flag::kPrefix,
     .symbol = "not ",
     .single = logical_not},
    {.number = op::kXor,
     .name = "sql.xor",
     .least = 2,
     .flags = kInfixStrict,
     .symbol = "xor",
     .single = exclusive_or},
    {.number = op::kTruth,
     .name = "sql.truth",
     .least = 1,
     .flags = operation_flag::kStrict | operation_flag::kHidden,
     .single = truth},
    {.number = op::kIsTrue, .name = "sql.is_true", .least = 1, .single = is<true>},
    {.number = op::kIsFalse, .name = "sql.is_false", .least = 1, .single = is<false>},
    {.number = op::kIsNull, .name = "sql.is_null", .least = 1, .single = is_null},
    {.number = op::kIf, .name = "sql.if", .least = 3, .lazy = choose},
    {.number = op::kCase, .name = "sql.case", .least = 2, .lazy = choose},
    {.number = op::kCoalesce, .name = "sql.coalesce", .least = 1, .lazy = coalesce},
};

}  // namespace

std::span<const OperationRow> logic_operations() { return kRows; }

}  // namespace octavo::sql
