// Conditions: true, false, or null for unknown. What is not needed is not computed.

#include <algorithm>
#include <array>

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

// (any, where it is used, slot)
Result<Value> share(const SingleCall& /*call*/, LazyArguments& arguments) {
  TRY(const Value slot, arguments.evaluate(2));
  const auto number = slot.is_number() ? slot.to_int64() : std::nullopt;
  if (!number) return wrong_form();
  TRY(Value value, arguments.evaluate(0));
  return arguments.evaluate_with(1, static_cast<std::uint64_t>(*number), std::move(value));
}

Result<Value> shared(const SingleCall& /*call*/, LazyArguments& arguments) {
  TRY(const Value slot, arguments.evaluate(0));
  const auto number = slot.is_number() ? slot.to_int64() : std::nullopt;
  if (!number) return wrong_form();
  return arguments.shared(static_cast<std::uint64_t>(*number));
}

// (constant, what it is, warnings): each of these an array of level, number and text. They are told
// where the statement has not told the same yet.
Result<Value> told(const SingleCall& call, LazyArguments& arguments) {
  TRY(const Value notes, arguments.evaluate(2));
  if (!notes.is_array()) return wrong_form();
  for (const Value& note : notes.as_array()) {
    if (!note.is_array() || note.as_array().size() != 3) return wrong_form();
    const std::array<Value, 3> parts{note.as_array()[0], note.as_array()[1], note.as_array()[2]};
    TRY(const std::int64_t level, integer_at(parts, 0));
    TRY(const std::int64_t number, integer_at(parts, 1));
    TRY(const std::string_view text, text_at(parts, 2));
    if (call.context.notes == nullptr) continue;
    const auto is_same = [&](const function::Note& told) {
      return told.number == number && told.text == text;
    };
    if (std::ranges::any_of(call.context.notes->kept(), is_same)) continue;
    call.context.notes->add(static_cast<function::NoteLevel>(level),
                            static_cast<std::uint16_t>(number), std::string(text));
  }
  return arguments.evaluate(1);
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
    {.number = op::kShare, .name = "sql.share", .least = 3, .lazy = share},
    {.number = op::kShared, .name = "sql.shared", .least = 1, .lazy = shared},
    {.number = op::kTold,
     .name = "sql.told",
     .least = 3,
     .flags = operation_flag::kHidden,
     .lazy = told},
};

}  // namespace

std::span<const OperationRow> logic_operations() { return kRows; }

}  // namespace octavo::sql
