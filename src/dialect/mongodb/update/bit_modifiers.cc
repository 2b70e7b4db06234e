// $bit: {path: {and: 5, or: 1}}, from left to right.

#include <algorithm>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/match/walk.h"
#include "dialect/mongodb/type/number.h"
#include "dialect/mongodb/type/print.h"
#include "dialect/mongodb/type/type.h"
#include "dialect/mongodb/update/modifier.h"

namespace octavo::mongodb {
namespace {

using value::Type;
using value::Value;

using Combine = std::int64_t (*)(std::int64_t, std::int64_t);

struct OperationName {
  std::string_view name;
  Combine combine;
};

constexpr OperationName kOperations[] = {
    {"and", [](std::int64_t a, std::int64_t b) { return a & b; }},
    {"or", [](std::int64_t a, std::int64_t b) { return a | b; }},
    {"xor", [](std::int64_t a, std::int64_t b) { return a ^ b; }},
};

struct Operation {
  Combine combine;
  Value operand;  // an integer
};

class Bit final : public Modifier {
 public:
  explicit Bit(std::vector<Operation> operations) : operations_(std::move(operations)) {}

  Result<Change> apply(const EditTarget& target) const override {
    Value bits = target.existing == nullptr ? Value::int32(0) : *target.existing;
    if (bits.type() != Type::int64) {
      return error(ErrorCode::bad_value,
                   "Cannot apply $bit to a value of non-integral type.{} has the field {} of "
                   "non-integer type {}",
                   target.application.id_text(), target.field(), type_alias(bits));
    }
    for (const Operation& operation : operations_) {
      const NumberKind kind = wider(number_kind(bits), number_kind(operation.operand));
      bits = of_integer(operation.combine(bits.as_int64(), operation.operand.as_int64()), kind);
    }
    return Change::to(target.existing, std::move(bits));
  }

 private:
  std::vector<Operation> operations_;
};

Result<Operation> parse_operation(const value::Field& field, const ModifierCall& call) {
  const auto* const row = std::ranges::find(kOperations, field.name, &OperationName::name);
  if (row == std::end(kOperations)) {
    return error(ErrorCode::bad_value,
                 "The $bit modifier only supports 'and', 'or', and 'xor', not '{}' which is an "
                 "unknown operator: {{{}}}",
                 field.name, call.text());
  }
  if (field.value.type() != Type::int64) {
    return error(ErrorCode::bad_value,
                 "The $bit modifier field must be an Integer(32/64 bit); a '{}' is not supported "
                 "here: {{{}}}",
                 type_alias(field.value), call.text());
  }
  return Operation{.combine = row->combine, .operand = field.value};
}

Result<std::vector<PlacedModifier>> parse_bit(const ModifierCall& call) {
  if (!is_document(call.operand)) {
    return error(ErrorCode::bad_value,
                 "The $bit modifier is not compatible with a {}. You must pass in an embedded "
                 "document: {{$bit: {{field: {{and/or/xor: #}}}}}}",
                 type_alias(call.operand));
  }
  std::vector<Operation> operations;
  for (const value::Field& field : call.operand.as_object()) {
    TRY(Operation operation, parse_operation(field, call));
    operations.push_back(std::move(operation));
  }
  if (operations.empty()) {
    return error(ErrorCode::bad_value,
                 "You must pass in at least one bitwise operation. The format is: {{$bit: {{field: "
                 "{{and/or/xor: #}}}}}}");
  }
  return placed(call, std::make_shared<const Bit>(std::move(operations)));
}

constexpr ModifierRow kRows[] = {{"$bit", parse_bit}};

}  // namespace

std::span<const ModifierRow> bit_modifiers() { return kRows; }

}  // namespace octavo::mongodb
