#include "dialect/sql/function/json_order.h"

#include <algorithm>

#include "dialect/sql/json/object.h"

namespace octavo::sql {
namespace {

using value::Type;
using value::Value;

int rank_of(const Value& value) {
  switch (value.type()) {
    case Type::null:
    case Type::undefined: return 0;
    case Type::int64:
    case Type::uint64:
    case Type::float64:
    case Type::decimal: return 1;
    case Type::string:
    case Type::symbol: return 2;
    case Type::object: return 3;
    case Type::array: return 4;
    case Type::boolean: return 5;
    case Type::date: return 6;
    case Type::time_of_day: return 7;
    case Type::timestamp: return 8;
    default: return 9;
  }
}

std::strong_ordering compare_arrays(value::ArrayView a, value::ArrayView b) {
  const std::size_t both = std::min(a.size(), b.size());
  for (std::size_t i = 0; i < both; ++i) {
    if (const auto order = compare_json(a[i], b[i]); order != 0) return order;
  }
  return a.size() <=> b.size();
}

// Objects are equal when their fields are; else any order serves that is one.
std::strong_ordering compare_objects(const Value& a, const Value& b) {
  const Value x = json_sorted(a);
  const Value y = json_sorted(b);
  const value::ObjectView fields = x.as_object();
  const value::ObjectView others = y.as_object();
  if (const auto order = fields.size() <=> others.size(); order != 0) return order;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (const auto order = fields[i].name <=> others[i].name; order != 0) return order;
    if (const auto order = compare_json(fields[i].value, others[i].value); order != 0) {
      return order;
    }
  }
  return std::strong_ordering::equal;
}

}  // namespace

std::strong_ordering compare_json(const Value& a, const Value& b) {
  const int rank = rank_of(a);
  if (const auto order = rank <=> rank_of(b); order != 0) return order;
  switch (rank) {
    case 0: return std::strong_ordering::equal;
    case 3: return compare_objects(a, b);
    case 4: return compare_arrays(a.as_array(), b.as_array());
    default: return value::compare(a, b);
  }
}

// By rank, then by what counts within it. Parts of arrays and objects are keys themselves.
Value json_key(const Value& value) {
  std::vector<Value> key{Value::int64(rank_of(value))};
  switch (rank_of(value)) {
    case 0: break;
    case 3: {
      const Value sorted = json_sorted(value);
      key.push_back(Value::int64(static_cast<std::int64_t>(sorted.as_object().size())));
      for (const value::Field& field : sorted.as_object()) {
        key.push_back(Value::string(field.name));
        key.push_back(json_key(field.value));
      }
      break;
    }
    case 4:
      for (const Value& element : value.as_array()) key.push_back(json_key(element));
      break;
    default: key.push_back(value);
  }
  return Value::array(std::move(key));
}

}  // namespace octavo::sql
