#include "dialect/mongodb/match/field_operators.h"

#include <algorithm>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/type/print.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using value::Value;

const FieldOperator* find_operator_of_fields(std::string_view name) {
  constexpr std::span<const FieldOperator> (*kTables[])() = {
      comparison_operators, kind_operators, array_operators,
      pattern_operators,    bit_operators,  geometry_operators,
  };
  for (const auto table : kTables) {
    const std::span<const FieldOperator> rows = table();
    const auto row = std::ranges::find(rows, name, &FieldOperator::name);
    if (row != rows.end()) return &*row;
  }
  return nullptr;
}

}  // namespace

std::string FieldCall::text() const { return std::string(name) + ": " + print(operand); }

bool is_condition_of_values(const Value& condition) {
  return has_operators(condition, true) &&
         find_operator_of_fields(condition.as_object().front().name) != nullptr;
}

Result<ExprPtr> parse_operators(const Subject& subject, const Value& operators,
                                const Place& place) {
  std::vector<ExprPtr> parts;
  for (const value::Field& field : operators.as_object()) {
    const FieldOperator* row = find_operator_of_fields(field.name);
    if (row == nullptr) {
      return error(ErrorCode::bad_value, "unknown operator: {}", field.name);
    }
    TRY(ExprPtr part, row->parse({.name = field.name,
                                  .operand = field.value,
                                  .beside = operators,
                                  .subject = subject,
                                  .place = place}));
    if (part != nullptr) parts.push_back(std::move(part));
  }
  return all_of(std::move(parts));
}

}  // namespace octavo::mongodb
