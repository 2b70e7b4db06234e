// The three orders (docs/formats/value.md). One recursive comparison; an order contributes its
// ranks of types and how it walks the fields of objects.

#include <algorithm>

#include "value/name_order.h"
#include "value/number.h"
#include "value/text.h"
#include "value/type_table.h"

namespace octavo::value {
namespace {

int rank(Type type, Order order) {
  const TypeRow& row = row_of(type);
  switch (order) {
    case Order::native: return row.key_tag;
    case Order::by_type_name: return row.type_name_rank;
    case Order::bson: return row.bson_rank;
  }
  ASSERT(false);
  return 0;
}

std::strong_ordering compare_bytes(std::string_view a, std::string_view b) {
  return a.compare(b) <=> 0;
}

std::strong_ordering compare_instants(const Timestamp& a, const Timestamp& b) {
  if (const auto seconds = a.seconds <=> b.seconds; seconds != 0) return seconds;
  return a.nanoseconds <=> b.nanoseconds;
}

std::strong_ordering compare_arrays(ArrayView a, ArrayView b, Order order) {
  const std::size_t common = std::min(a.size(), b.size());
  for (std::size_t i = 0; i < common; ++i) {
    if (const auto result = compare(a[i], b[i], order); result != 0) return result;
  }
  return a.size() <=> b.size();
}

std::strong_ordering compare_in_field_order(ObjectView a, ObjectView b, Order order) {
  const std::size_t common = std::min(a.size(), b.size());
  for (std::size_t i = 0; i < common; ++i) {
    if (order == Order::bson) {
      const auto types = rank(a[i].value.type(), order) <=> rank(b[i].value.type(), order);
      if (types != 0) return types;
    }
    if (const auto names = compare_bytes(a[i].name, b[i].name); names != 0) return names;
    if (const auto result = compare(a[i].value, b[i].value, order); result != 0) return result;
  }
  return a.size() <=> b.size();
}

std::strong_ordering compare_in_name_order(const Value& a, const Value& b) {
  const NameOrder left(a);
  const NameOrder right(b);
  const std::size_t common = std::min(left.size(), right.size());
  for (std::size_t i = 0; i < common; ++i) {
    if (const auto names = compare_bytes(left[i].name, right[i].name); names != 0) return names;
    const auto result = compare(left[i].value, right[i].value, Order::by_type_name);
    if (result != 0) return result;
  }
  return left.size() <=> right.size();
}

std::strong_ordering compare_objects(const Value& a, const Value& b, Order order) {
  const bool plain = a.type() == Type::object && b.type() == Type::object;
  // ReQL's own objects are sorted, and then field order is name order.
  if (order == Order::by_type_name &&
      !(plain && is_sorted_by_name(a.as_object()) && is_sorted_by_name(b.as_object()))) {
    return compare_in_name_order(a, b);
  }
  return compare_in_field_order(a.as_object(), b.as_object(), order);
}

std::strong_ordering compare_javascript(const Value& a, const Value& b, Order order) {
  const auto code = compare_bytes(a.javascript_code(), b.javascript_code());
  if (code != 0) return code;
  const Value* left = a.javascript_scope();
  const Value* right = b.javascript_scope();
  if (left == nullptr || right == nullptr) return (left != nullptr) <=> (right != nullptr);
  return compare(*left, *right, order);
}

// BSON's binary data: by size, then by subtype.
std::strong_ordering compare_binary(const Value& a, const Value& b) {
  const auto sizes = a.as_bytes().size() <=> b.as_bytes().size();
  if (sizes != 0) return sizes;
  const auto subtypes = a.bytes_subtype() <=> b.bytes_subtype();
  return subtypes != 0 ? subtypes : compare_bytes(a.as_bytes(), b.as_bytes());
}

std::strong_ordering compare_same_type(const Value& a, const Value& b, Order order) {
  switch (a.type()) {
    case Type::null:
    case Type::min_key:
    case Type::max_key:
    case Type::undefined: return std::strong_ordering::equal;
    case Type::boolean: return a.as_boolean() <=> b.as_boolean();
    case Type::int64:
    case Type::uint64:
    case Type::float64:
    case Type::decimal: return compare_numbers(a, b);
    case Type::string:
    case Type::symbol: return compare_bytes(a.as_string(), b.as_string());
    case Type::bytes:
      if (order == Order::bson) return compare_binary(a, b);
      return compare_bytes(a.as_bytes(), b.as_bytes());
    case Type::uuid:
    case Type::object_id: return compare_bytes(a.as_bytes(), b.as_bytes());
    case Type::timestamp: return compare_instants(a.as_timestamp(), b.as_timestamp());
    case Type::date: return a.as_date() <=> b.as_date();
    case Type::time_of_day:
    case Type::duration: return a.as_nanoseconds() <=> b.as_nanoseconds();
    case Type::array: return compare_arrays(a.as_array(), b.as_array(), order);
    case Type::object:
    case Type::geometry: return compare_objects(a, b, order);
    case Type::regex: {
      const auto patterns = compare_bytes(a.regex_pattern(), b.regex_pattern());
      return patterns != 0 ? patterns : compare_bytes(a.regex_options(), b.regex_options());
    }
    case Type::javascript: return compare_javascript(a, b, order);
    case Type::log_stamp:
      if (a.log_stamp_seconds() != b.log_stamp_seconds()) {
        return a.log_stamp_seconds() <=> b.log_stamp_seconds();
      }
      return a.log_stamp_increment() <=> b.log_stamp_increment();
  }
  ASSERT(false);
  return std::strong_ordering::equal;
}

bool is_object_like(Type type) { return type == Type::object || type == Type::geometry; }
bool is_instant(Type type) { return type == Type::timestamp || type == Type::date; }
bool is_text(Type type) {
  return type == Type::string || type == Type::symbol || type == Type::uuid ||
         type == Type::object_id;
}

Timestamp instant_of(const Value& value) {
  if (value.type() == Type::timestamp) return value.as_timestamp();
  return {.seconds = std::int64_t{value.as_date()} * 86'400, .nanoseconds = 0, .zone_minutes = 0};
}

// Types that a dialect presents as one are compared as it presents them.
std::strong_ordering compare_same_rank(const Value& a, const Value& b, Order order) {
  if (is_object_like(a.type()) && is_object_like(b.type())) return compare_objects(a, b, order);
  if (is_instant(a.type()) && is_instant(b.type())) {
    return compare_instants(instant_of(a), instant_of(b));
  }
  if (is_text(a.type()) && is_text(b.type())) {
    return compare_bytes(text_of(a), text_of(b));
  }
  if (order == Order::bson && row_of(Type::bytes).bson_rank == row_of(a.type()).bson_rank) {
    return compare_binary(a, b);
  }
  return row_of(a.type()).key_tag <=> row_of(b.type()).key_tag;
}

}  // namespace

std::strong_ordering compare(const Value& a, const Value& b, Order order) {
  if (a.type() == b.type()) return compare_same_type(a, b, order);
  if (a.is_number() && b.is_number()) return compare_numbers(a, b);
  const auto ranks = rank(a.type(), order) <=> rank(b.type(), order);
  return ranks != 0 ? ranks : compare_same_rank(a, b, order);
}

}  // namespace octavo::value
