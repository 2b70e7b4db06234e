// $inc, $mul.

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/type/number.h"
#include "dialect/mongodb/type/print.h"
#include "dialect/mongodb/type/type.h"
#include "dialect/mongodb/update/modifier.h"

namespace octavo::mongodb {
namespace {

using value::Value;

struct Arithmetic {
  std::string_view name;  // "$inc"
  std::string_view verb;  // "increment"
  std::optional<Value> (*combine)(const Value& a, const Value& b);
  // What is missing counts as 0, in the kind of the operand.
  Value (*of_missing)(const Value& operand);
};

constexpr Arithmetic kIncrement{
    .name = "$inc",
    .verb = "increment",
    .combine = add_checked,
    .of_missing = [](const Value& operand) { return operand; },
};
constexpr Arithmetic kMultiply{
    .name = "$mul",
    .verb = "multiply",
    .combine = multiply_checked,
    .of_missing = [](const Value& operand) { return zero_of(number_kind(operand)); },
};

// "(NumberLong)5"
std::string with_kind(const Value& number) {
  switch (number_kind(number)) {
    case NumberKind::int32: return "(NumberInt)" + print(number);
    case NumberKind::int64: return "(NumberLong)" + print(number);
    case NumberKind::float64: return "(NumberDouble)" + print(number);
    case NumberKind::decimal: return "(NumberDecimal)" + print(number);
  }
  return {};
}

template <const Arithmetic& kArithmetic>
class ArithmeticModifier final : public Modifier {
 public:
  explicit ArithmeticModifier(Value operand) : operand_(std::move(operand)) {}

  Result<Change> apply(const EditTarget& target) const override {
    if (target.existing == nullptr) {
      return Change::to(nullptr, kArithmetic.of_missing(operand_));
    }
    if (!target.existing->is_number()) {
      return error(ErrorCode::type_mismatch,
                   "Cannot apply {} to a value of non-numeric type. {{{}}} has the field '{}' of "
                   "non-numeric type {}",
                   kArithmetic.name, target.application.id_text(), target.field(),
                   type_alias(*target.existing));
    }
    std::optional<Value> result = kArithmetic.combine(*target.existing, operand_);
    if (!result) {
      return error(ErrorCode::bad_value,
                   "Failed to apply {} operations to current value ({}) for document {{{}}}",
                   kArithmetic.name, with_kind(*target.existing), target.application.id_text());
    }
    // An equal number of its kind, as -0 and 0 are, is no change.
    if (number_kind(*result) == number_kind(*target.existing) && equal(*result, *target.existing)) {
      return Change();
    }
    return Change::to(target.existing, *std::move(result));
  }

 private:
  Value operand_;
};

template <const Arithmetic& kArithmetic>
Result<std::vector<PlacedModifier>> parse(const ModifierCall& call) {
  if (!call.operand.is_number()) {
    return error(ErrorCode::type_mismatch, "Cannot {} with non-numeric argument: {{{}}}",
                 kArithmetic.verb, call.text());
  }
  return placed(call, std::make_shared<const ArithmeticModifier<kArithmetic>>(call.operand));
}

constexpr ModifierRow kRows[] = {
    {"$inc", parse<kIncrement>},
    {"$mul", parse<kMultiply>},
};

}  // namespace

std::span<const ModifierRow> number_modifiers() { return kRows; }

}  // namespace octavo::mongodb
