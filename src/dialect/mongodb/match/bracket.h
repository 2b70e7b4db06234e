#pragma once

// The brackets of types: values of one compare with each other in filters, values of two do not.
// Comparison by value::Order::bson agrees: it never says that values of two brackets are equal.

#include "value/value.h"

namespace octavo::mongodb {

// One type stands for all of its bracket.
constexpr value::Type bracket(value::Type type) {
  using value::Type;
  switch (type) {
    case Type::int64:
    case Type::uint64:
    case Type::float64:
    case Type::decimal: return Type::float64;
    case Type::string:
    case Type::symbol: return Type::string;
    case Type::object:
    case Type::geometry: return Type::object;
    case Type::bytes:
    case Type::uuid: return Type::bytes;
    case Type::timestamp:
    case Type::date: return Type::timestamp;
    case Type::null:
    case Type::boolean:
    case Type::time_of_day:
    case Type::duration:
    case Type::object_id:
    case Type::array:
    case Type::min_key:
    case Type::max_key:
    case Type::undefined:
    case Type::regex:
    case Type::javascript:
    case Type::log_stamp: return type;
  }
  return type;
}

}  // namespace octavo::mongodb
