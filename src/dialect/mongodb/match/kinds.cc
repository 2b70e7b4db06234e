// What values at a path are: whether there are any, their types, remainders of numbers, sizes of
// arrays.

#include <algorithm>
#include <cmath>

#include "dialect/mongodb/match/operations.h"
#include "dialect/mongodb/match/predicate.h"
#include "dialect/mongodb/match/whole_number.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using value::Type;
using value::Value;

Result<bool> exists(const Value* value, const Value& /*operand*/) { return value != nullptr; }

Result<bool> has_type(const Value* value, const Value& operand) {
  if (!operand.is_array()) return wrong_operand();
  if (value == nullptr) return false;
  const auto type = static_cast<std::int64_t>(bson_type(*value));
  return std::ranges::any_of(operand.as_array(), [type](const Value& number) {
    return number.type() == Type::int64 && number.as_int64() == type;
  });
}

Result<bool> modulo(const Value* value, const Value& operand) {
  if (!operand.is_array() || operand.as_array().size() != 2) return wrong_operand();
  const Value& divisor = operand.as_array()[0];
  const Value& remainder = operand.as_array()[1];
  if (divisor.type() != Type::int64 || divisor.as_int64() == 0 || remainder.type() != Type::int64) {
    return wrong_operand();
  }
  if (value == nullptr || !value->is_number()) return false;
  const auto number = truncated_int64(*value);
  if (!number) return false;
  // The least integer by -1 is no quotient of 64 bits.
  if (divisor.as_int64() == -1) return remainder.as_int64() == 0;
  return *number % divisor.as_int64() == remainder.as_int64();
}

Result<bool> size_is(const Value* value, const Value& operand) {
  if (operand.type() != Type::int64) return wrong_operand();
  return value != nullptr && value->is_array() &&
         std::cmp_equal(value->as_array().size(), operand.as_int64());
}

constexpr Predicate kRows[] = {
    {op::kExists, "match.exists", Leaf::elements, exists},
    {op::kHasType, "match.type", Leaf::elements, has_type},
    {op::kModulo, "match.mod", Leaf::elements, modulo},
    {op::kSizeIs, "match.size", Leaf::whole, size_is},
};

}  // namespace

std::span<const Predicate> kind_predicates() { return kRows; }

}  // namespace octavo::mongodb
