// $bitsAllSet and its kin: masks of bits as positions.

#include <algorithm>
#include <limits>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/match/field_operators.h"
#include "dialect/mongodb/match/operations.h"
#include "dialect/mongodb/match/whole_number.h"
#include "dialect/mongodb/type/print.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using value::Type;
using value::Value;

std::vector<Value> positions_of(BytesView bytes) {
  std::vector<Value> positions;
  for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
    if ((static_cast<unsigned char>(bytes[i / 8]) >> (i % 8) & 1U) != 0) {
      positions.push_back(Value::int64(static_cast<std::int64_t>(i)));
    }
  }
  return positions;
}

std::vector<Value> positions_of(std::int64_t mask) {
  std::vector<Value> positions;
  for (std::int64_t i = 0; i < 63; ++i) {
    if ((mask >> i & 1) != 0) positions.push_back(Value::int64(i));
  }
  return positions;
}

Result<Value> position_of_bit(const Value& given) {
  if (!given.is_number()) {
    return error(ErrorCode::bad_value, "bit positions must be an integer but got: {}",
                 print(given));
  }
  const auto position = given.to_int64();
  if (!position) {
    return error(ErrorCode::bad_value, "Failed to parse bit position. Expected an integer: {}",
                 print(given));
  }
  if (*position < 0) {
    return error(ErrorCode::bad_value, "bit positions must be >= 0 but got: {}", print(given));
  }
  if (*position > std::numeric_limits<std::int32_t>::max()) {
    return error(ErrorCode::bad_value,
                 "bit positions cannot be represented as a 32-bit signed integer: {}",
                 print(given));
  }
  return Value::int64(*position);
}

Result<std::vector<Value>> listed_positions(value::ArrayView given) {
  std::vector<Value> positions;
  for (const Value& element : given) {
    TRY(Value position, position_of_bit(element));
    positions.push_back(std::move(position));
  }
  std::ranges::sort(positions, {}, &Value::as_int64);
  const auto repeats = std::ranges::unique(positions, {}, &Value::as_int64);
  positions.erase(repeats.begin(), repeats.end());
  return positions;
}

Result<std::vector<Value>> read_mask(const FieldCall& call) {
  if (call.operand.is_array()) return listed_positions(call.operand.as_array());
  if (call.operand.type() == Type::bytes || call.operand.type() == Type::uuid) {
    return positions_of(call.operand.as_bytes());
  }
  if (!call.operand.is_number()) {
    return error(ErrorCode::bad_value,
                 "value takes an Array, a number, or a BinData but received: {}", call.text());
  }
  TRY(const std::int64_t mask, natural_number(call.name, call.operand));
  return positions_of(mask);
}

template <std::uint16_t kTest>
Result<ExprPtr> parse_bits(const FieldCall& call) {
  TRY(std::vector<Value> positions, read_mask(call));
  return test(kTest, call.place, call.subject.names, Value::array(std::move(positions)));
}

constexpr FieldOperator kRows[] = {
    {"$bitsAllClear", parse_bits<op::kBitsAllClear>},
    {"$bitsAllSet", parse_bits<op::kBitsAllSet>},
    {"$bitsAnyClear", parse_bits<op::kBitsAnyClear>},
    {"$bitsAnySet", parse_bits<op::kBitsAnySet>},
};

}  // namespace

std::span<const FieldOperator> bit_operators() { return kRows; }

}  // namespace octavo::mongodb
