// Bits of integers: a long where one of them is a long.

#include "dialect/mongodb/expression/operands.h"
#include "dialect/mongodb/expression/operation_tables.h"
#include "dialect/mongodb/expression/operator_tables.h"
#include "dialect/mongodb/expression/operators.h"
#include "dialect/mongodb/type/number.h"

namespace octavo::mongodb {
namespace {

using value::Value;

Result<Item> combine(std::span<const Item> arguments, std::string_view name, std::int64_t neutral,
                     std::int64_t (*with)(std::int64_t a, std::int64_t b)) {
  std::int64_t result = neutral;
  NumberKind kind = NumberKind::int32;
  bool nothing = false;
  for (const Item& argument : arguments) {
    if (is_nullish(argument)) {
      nothing = true;
      continue;
    }
    if (argument->type() != value::Type::int64) {
      return error(ErrorCode::type_mismatch, "{} only supports int and long operands, not {}", name,
                   type_alias(argument));
    }
    kind = wider(kind, number_kind(*argument));
    result = with(result, argument->as_int64());
  }
  return nothing ? null_item() : Item(of_integer(result, kind));
}

Result<Item> and_all(const OperationCall& /*call*/, std::span<const Item> arguments) {
  return combine(arguments, "$bitAnd", -1, [](std::int64_t a, std::int64_t b) { return a & b; });
}
Result<Item> or_all(const OperationCall& /*call*/, std::span<const Item> arguments) {
  return combine(arguments, "$bitOr", 0, [](std::int64_t a, std::int64_t b) { return a | b; });
}
Result<Item> xor_all(const OperationCall& /*call*/, std::span<const Item> arguments) {
  return combine(arguments, "$bitXor", 0, [](std::int64_t a, std::int64_t b) { return a ^ b; });
}
Result<Item> invert(const OperationCall& /*call*/, std::span<const Item> arguments) {
  const Item& argument = arguments[0];
  if (is_nullish(argument)) return null_item();
  if (argument->type() != value::Type::int64) {
    return error(ErrorCode::type_mismatch, "$bitNot only supports int and long, not: {}.",
                 type_alias(argument));
  }
  return Item(of_integer(~argument->as_int64(), number_kind(*argument)));
}

constexpr OperationRow kOperations[] = {
    {.number = op::kBitAnd, .name = "bitAnd", .eager = and_all},
    {.number = op::kBitOr, .name = "bitOr", .eager = or_all},
    {.number = op::kBitXor, .name = "bitXor", .eager = xor_all},
    {.number = op::kBitNot, .name = "bitNot", .least = 1, .eager = invert},
};

constexpr OperatorRow kOperators[] = {
    {.name = "$bitAnd", .number = op::kBitAnd, .least = 0, .most = OperatorRow::kAny},
    {.name = "$bitOr", .number = op::kBitOr, .least = 0, .most = OperatorRow::kAny},
    {.name = "$bitXor", .number = op::kBitXor, .least = 0, .most = OperatorRow::kAny},
    {.name = "$bitNot", .number = op::kBitNot},
};

}  // namespace

std::span<const OperationRow> bits_operations() { return kOperations; }
std::span<const OperatorRow> bits_operators() { return kOperators; }

}  // namespace octavo::mongodb
