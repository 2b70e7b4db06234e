#include "dialect/mongodb/update/identical.h"

#include <algorithm>
#include <bit>

#include "value/decimal.h"

namespace octavo::mongodb {
namespace {

using value::Type;
using value::Value;

bool same_field(const value::Field& a, const value::Field& b) {
  return a.name == b.name && identical(a.value, b.value);
}

bool same_decimal(const value::Decimal& a, const value::Decimal& b) {
  return a.kind() == b.kind() && a.is_negative() == b.is_negative() && a.scale() == b.scale() &&
         (!a.is_finite() || a.coefficient() == b.coefficient());
}

bool same_javascript(const Value& a, const Value& b) {
  const Value* left = a.javascript_scope();
  const Value* right = b.javascript_scope();
  if (a.javascript_code() != b.javascript_code()) return false;
  if (left == nullptr || right == nullptr) return left == right;
  return identical(*left, *right);
}

}  // namespace

bool identical(const Value& a, const Value& b) {
  if (a.type() != b.type()) return false;
  switch (a.type()) {
    case Type::int64: return a.as_int64() == b.as_int64() && a.is_int32() == b.is_int32();
    case Type::float64:
      return std::bit_cast<std::uint64_t>(a.as_float64()) ==
             std::bit_cast<std::uint64_t>(b.as_float64());
    case Type::decimal: return same_decimal(a.as_decimal(), b.as_decimal());
    case Type::array: return std::ranges::equal(a.as_array(), b.as_array(), identical);
    case Type::object:
    case Type::geometry: return std::ranges::equal(a.as_object(), b.as_object(), same_field);
    case Type::javascript: return same_javascript(a, b);
    case Type::null:
    case Type::boolean:
    case Type::uint64:
    case Type::string:
    case Type::bytes:
    case Type::timestamp:
    case Type::date:
    case Type::time_of_day:
    case Type::duration:
    case Type::uuid:
    case Type::object_id:
    case Type::min_key:
    case Type::max_key:
    case Type::undefined:
    case Type::regex:
    case Type::symbol:
    case Type::log_stamp: return compare(a, b, value::Order::bson) == 0;
  }
  return false;
}

}  // namespace octavo::mongodb
