// $regex with $options.

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/match/field_operators.h"
#include "dialect/mongodb/match/operations.h"
#include "dialect/mongodb/type/pattern.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using value::Type;
using value::Value;

constexpr std::string_view kRegex = "$regex";
constexpr std::string_view kOptions = "$options";

struct Parts {
  std::string_view pattern;
  std::string_view options;
};

Status take_pattern(const Value& operand, Parts& parts) {
  if (operand.is_string()) {
    parts.pattern = operand.as_string();
    if (parts.pattern.find('\0') != std::string_view::npos) {
      return error(ErrorCode::bad_value, "Regular expression cannot contain an embedded null byte");
    }
    return {};
  }
  if (operand.type() != Type::regex) {
    return error(ErrorCode::bad_value, "$regex has to be a string");
  }
  parts.pattern = operand.regex_pattern();
  if (operand.regex_options().empty()) return {};
  if (!parts.options.empty()) return error(51074, "options set in both $regex and $options");
  parts.options = operand.regex_options();
  return {};
}

Status take_options(const Value& operand, Parts& parts) {
  if (!operand.is_string()) return error(ErrorCode::bad_value, "$options has to be a string");
  if (!parts.options.empty()) return error(51075, "options set in both $regex and $options");
  parts.options = operand.as_string();
  return {};
}

// Both, in their order.
Result<ExprPtr> parse_regex(const FieldCall& call) {
  Parts parts;
  for (const value::Field& field : call.beside.as_object()) {
    if (field.name == kRegex) TRY_STATUS(take_pattern(field.value, parts));
    if (field.name == kOptions) TRY_STATUS(take_options(field.value, parts));
  }
  TRY_STATUS(Pattern::compile(parts.pattern, parts.options));
  return test(op::kMatches, call.place, call.subject.names,
              Value::regex(parts.pattern, parts.options));
}

Result<ExprPtr> parse_options(const FieldCall& call) {
  if (call.beside.find(kRegex) != nullptr) return ExprPtr();
  return error(ErrorCode::bad_value, "$options needs a $regex");
}

constexpr FieldOperator kRows[] = {
    {kOptions, parse_options},
    {kRegex, parse_regex},
};

}  // namespace

std::span<const FieldOperator> pattern_operators() { return kRows; }

}  // namespace octavo::mongodb
