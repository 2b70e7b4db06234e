// Bits of integers, in two's complement, and of binary data, the first byte having the lowest.

#include <algorithm>

#include "dialect/mongodb/match/operations.h"
#include "dialect/mongodb/match/predicate.h"
#include "dialect/mongodb/type/number.h"

namespace octavo::mongodb {
namespace {

using value::Type;
using value::Value;

bool is_set(std::int64_t bits, std::int64_t position) {
  // Above the highest there is the sign.
  return (static_cast<std::uint64_t>(bits) >> std::min<std::int64_t>(position, 63) & 1U) != 0;
}

bool is_set(BytesView bytes, std::int64_t position) {
  const auto at = static_cast<std::uint64_t>(position);
  if (at / 8 >= bytes.size()) return false;
  return (static_cast<unsigned char>(bytes[at / 8]) >> (at % 8) & 1U) != 0;
}

// Bytes of the old subtype have their size before them, in 32 bits.
constexpr std::uint8_t kOldSubtype = 2;
struct SizedBytes {
  BytesView bytes;
};
bool is_set(const SizedBytes& sized, std::int64_t position) {
  constexpr std::int64_t kSizeBits = 32;
  if (position >= kSizeBits) return is_set(sized.bytes, position - kSizeBits);
  return (sized.bytes.size() >> static_cast<std::uint64_t>(position) & 1U) != 0;
}

// Whether all positions (or any) have bits that are set (or clear).
template <bool kAll, bool kSet, class Bits>
bool bits_hold(const Bits& bits, value::ArrayView positions) {
  for (const Value& position : positions) {
    if ((is_set(bits, position.as_int64()) == kSet) != kAll) return !kAll;
  }
  return kAll;
}

template <bool kAll, bool kSet>
Result<bool> bits(const Value* value, const Value& operand) {
  if (!operand.is_array()) return wrong_operand();
  const value::ArrayView positions = operand.as_array();
  const bool natural = std::ranges::all_of(positions, [](const Value& position) {
    return position.type() == Type::int64 && position.as_int64() >= 0;
  });
  if (!natural) return wrong_operand();
  if (value == nullptr) return false;
  if (value->type() == Type::bytes && value->bytes_subtype() == kOldSubtype) {
    return bits_hold<kAll, kSet>(SizedBytes{value->as_bytes()}, positions);
  }
  if (value->type() == Type::bytes || value->type() == Type::uuid) {
    return bits_hold<kAll, kSet>(value->as_bytes(), positions);
  }
  if (!value->is_number()) return false;
  const auto whole = value->to_int64();
  return whole && bits_hold<kAll, kSet>(*whole, positions);
}

constexpr Predicate kRows[] = {
    {op::kBitsAllSet, "match.bits_all_set", Leaf::elements, bits<true, true>},
    {op::kBitsAllClear, "match.bits_all_clear", Leaf::elements, bits<true, false>},
    {op::kBitsAnySet, "match.bits_any_set", Leaf::elements, bits<false, true>},
    {op::kBitsAnyClear, "match.bits_any_clear", Leaf::elements, bits<false, false>},
};

}  // namespace

std::span<const Predicate> bit_predicates() { return kRows; }

}  // namespace octavo::mongodb
