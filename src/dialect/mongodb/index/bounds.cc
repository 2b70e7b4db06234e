#include "dialect/mongodb/index/bounds.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "dialect/mongodb/index/entries.h"

namespace octavo::mongodb {
namespace {

using algebra::Bound;
using algebra::KeyRange;
using algebra::KeySet;
using value::Type;
using value::Value;

// How the values of an index stand in it.
class Form {
 public:
  static Form of_entries(const CollatedOrder& order) { return Form(&order); }
  static Form of_primary_keys() { return Form(nullptr); }

  Value operator()(const Value& value) const {
    return order_ == nullptr ? value : index_form(order_->key_of(value));
  }
  // Whether what a condition is equal to, or above or below, is so in the index.
  bool serves(const Condition& condition) const {
    const std::string_view own = order_ == nullptr ? std::string_view() : order_->name();
    return condition.order.name() == own || !has_text(condition.operand);
  }

 private:
  explicit Form(const CollatedOrder* order) : order_(order) {}

  const CollatedOrder* order_;  // null: of primary keys
};

// Keys of which there are more are not looked up one by one.
constexpr std::size_t kMostKeys = 1'000;

// The ends of all values that compare with one, in the native order of keys.
KeyRange bracket_of(const Value& value) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const auto between = [](Value lower, bool lower_inclusive, Value upper, bool upper_inclusive) {
    return KeyRange{.lower = {.value = std::move(lower), .inclusive = lower_inclusive},
                    .upper = {.value = std::move(upper), .inclusive = upper_inclusive}};
  };
  switch (value.type()) {
    case Type::int64:
    case Type::uint64:
    case Type::float64:
    case Type::decimal:
      return between(Value::float64(-kInfinity), true, Value::float64(kInfinity), true);
    case Type::string: return between(Value::string(""), true, Value::symbol(""), false);
    case Type::boolean: return between(Value::boolean(false), true, Value::boolean(true), true);
    case Type::object_id:
      return between(Value::object_id(Bytes(12, '\0')), true, Value::object_id(Bytes(12, '\xff')),
                     true);
    case Type::timestamp:
      return between(Value::timestamp({.seconds = std::numeric_limits<std::int64_t>::min()}), true,
                     Value::date(std::numeric_limits<std::int32_t>::min()), false);
    case Type::log_stamp:
      return between(Value::log_stamp(0, 0), true, Value::log_stamp(~0U, ~0U), true);
    default: return {};
  }
}

bool is_nan(const Value& value) {
  return (value.type() == Type::float64 && std::isnan(value.as_float64())) ||
         (value.type() == Type::decimal && !value.is_null() && std::isnan(value.to_double()));
}

// Whether ranges that begin or end at the value are ranges of keys.
bool bounds_a_range(const Value& value) {
  const bool has_bracket = bracket_of(value).lower.value.has_value();
  return has_bracket && has_ordered_form(value) && !is_nan(value);
}

// What the conditions of one path come to.
struct Field {
  std::vector<Value> keys;  // equal to one of them
  KeyRange range;
  bool ranged = false;
  bool ordered = false;
};

class Reader {
 public:
  Reader(const Conditions& conditions, bool multikey, Form form)
      : conditions_(conditions), multikey_(multikey), form_(form) {}

  Field of(std::span<const std::string> path) const {
    Field field;
    for (const Condition& condition : conditions_.conditions) {
      if (is_about(condition, path) && take_keys(condition, field)) return field;
    }
    for (const Condition& condition : conditions_.conditions) {
      if (is_about(condition, path)) take_range(condition, field);
    }
    return field;
  }

 private:
  bool is_about(const Condition& condition, std::span<const std::string> path) const {
    return std::ranges::equal(condition.path, path) && form_.serves(condition);
  }

  // An array is equal to a whole array, or to an element that is one.
  bool add_key(const Value& value, Field& field) const {
    if (value.is_array()) return false;
    field.keys.push_back(form_(value));
    if (value.is_null()) field.keys.push_back(form_(Value::undefined()));
    return true;
  }

  bool take_keys(const Condition& condition, Field& field) const {
    if (condition.kind == ConditionKind::equal) return add_key(condition.operand, field);
    if (condition.kind != ConditionKind::in || !condition.operand.is_array()) return false;
    const auto values = condition.operand.as_array();
    const bool has_patterns =
        condition.patterns.is_array() && !condition.patterns.as_array().empty();
    if (has_patterns || values.empty() || values.size() > kMostKeys) return false;
    for (const Value& value : values) {
      if (add_key(value, field)) continue;
      field.keys.clear();
      return false;
    }
    const auto before = [](const Value& a, const Value& b) { return compare(a, b) < 0; };
    const auto same = [](const Value& a, const Value& b) { return compare(a, b) == 0; };
    std::ranges::sort(field.keys, before);
    const auto repeats = std::ranges::unique(field.keys, same);
    field.keys.erase(repeats.begin(), repeats.end());
    return true;
  }

  void take_range(const Condition& condition, Field& field) const {
    const bool lower = condition.kind == ConditionKind::greater ||
                       condition.kind == ConditionKind::greater_or_equal;
    const bool upper =
        condition.kind == ConditionKind::less || condition.kind == ConditionKind::less_or_equal;
    if (!(lower || upper) || !bounds_a_range(condition.operand)) return;
    const Bound bound = {.value = form_(condition.operand),
                         .inclusive = condition.kind == ConditionKind::greater_or_equal ||
                                      condition.kind == ConditionKind::less_or_equal};
    if (!field.ranged) {
      field.range = bracket_of(condition.operand);
      field.ranged = true;
      field.ordered = true;
    } else if (multikey_) {
      return;
    }
    // Of several lower bounds the greatest counts, also where they are of different types: then
    // nothing is within.
    Bound& end = lower ? field.range.lower : field.range.upper;
    const auto order = compare(*bound.value, *end.value);
    const bool tighter = lower ? order > 0 : order < 0;
    if (tighter || (order == 0 && !bound.inclusive)) end = bound;
  }

  const Conditions& conditions_;
  const bool multikey_;
  const Form form_;
};

// Ranges of arrays that begin with the same values.
Value prefix_key(std::vector<Value> prefix, const Value* next, bool beyond) {
  if (next != nullptr) prefix.push_back(*next);
  // Nothing of an index is above it.
  if (beyond) prefix.push_back(Value::max_key());
  return Value::array(std::move(prefix));
}

KeyRange prefix_range(const std::vector<Value>& prefix, const Field& field) {
  const Value* const lower = field.ranged ? &*field.range.lower.value : nullptr;
  const Value* const upper = field.ranged ? &*field.range.upper.value : nullptr;
  // What is behind an array that ends there has it as its beginning.
  const bool over_lower = field.ranged && !field.range.lower.inclusive;
  const bool over_upper = !field.ranged || field.range.upper.inclusive;
  return {.lower = {.value = prefix_key(prefix, lower, over_lower), .inclusive = !over_lower},
          .upper = {.value = prefix_key(prefix, upper, over_upper), .inclusive = false}};
}

// Every combination of the keys of all fields; empty where they are too many.
std::vector<Value> combined(const std::vector<Field>& fields) {
  std::vector<std::vector<Value>> made = {{}};
  for (const Field& field : fields) {
    if (field.keys.size() * made.size() > kMostKeys) return {};
    std::vector<std::vector<Value>> longer;
    for (const auto& one : made) {
      for (const Value& key : field.keys) {
        longer.push_back(one);
        longer.back().push_back(key);
      }
    }
    made = std::move(longer);
  }
  std::vector<Value> keys;
  keys.reserve(made.size());
  for (auto& one : made) keys.push_back(Value::array(std::move(one)));
  return keys;
}

Bounds single(Field field) {
  Bounds bounds;
  if (!field.keys.empty()) {
    bounds.equal_fields = field.keys.size() == 1 ? 1 : 0;
    bounds.exact_keys = field.keys.size();
    bounds.keys = KeySet{std::move(field.keys)};
  } else if (field.ranged) {
    bounds.ranged = true;
    bounds.ordered_field = field.ordered;
    bounds.keys = std::move(field.range);
  }
  return bounds;
}

Bounds compound(std::vector<Field> fields) {
  Bounds bounds;
  const auto has_keys = [](const Field& field) { return !field.keys.empty(); };
  if (std::ranges::all_of(fields, has_keys)) {
    std::vector<Value> keys = combined(fields);
    if (!keys.empty()) {
      bounds.exact_keys = keys.size();
      bounds.equal_fields = keys.size() == 1 ? fields.size() : 0;
      bounds.keys = KeySet{std::move(keys)};
      return bounds;
    }
  }
  std::vector<Value> prefix;
  for (const Field& field : fields) {
    if (field.keys.size() != 1) break;
    prefix.push_back(field.keys.front());
  }
  bounds.equal_fields = prefix.size();
  bounds.prefix = prefix;
  if (prefix.size() == fields.size()) return bounds;
  const Field& next = fields[prefix.size()];
  bounds.ranged = next.ranged;
  bounds.ordered_field = next.ordered;
  if (bounds.any()) bounds.keys = prefix_range(prefix, next);
  return bounds;
}

// Whether the values that a condition is about all have entries of their own.
bool has_entries(const Condition& condition) {
  const auto is_whole = [](const Value& value) {
    return value.is_null() || (value.is_object() && !value.as_object().empty());
  };
  if (condition.kind == ConditionKind::equal) return !is_whole(condition.operand);
  if (condition.kind != ConditionKind::in || !condition.operand.is_array()) return true;
  return std::ranges::none_of(condition.operand.as_array(), is_whole);
}

}  // namespace

Bounds bounds_of(const Conditions& conditions, const KeyPattern& pattern, bool multikey,
                 const CollatedOrder& order) {
  const Reader reader(conditions, multikey, Form::of_entries(order));
  std::vector<Field> fields;
  for (const KeyField& part : pattern.fields) fields.push_back(reader.of(part.names));
  // Hashes have no order: only equality is answered.
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (pattern.fields[i].kind == KeyKind::hashed && fields[i].ranged) fields[i] = Field();
  }
  if (fields.size() == 1) return single(std::move(fields.front()));
  return compound(std::move(fields));
}

Bounds wildcard_bounds(const Conditions& conditions, std::span<const std::string> path) {
  const bool answers = std::ranges::all_of(conditions.conditions, [&](const Condition& condition) {
    return !std::ranges::equal(condition.path, path) || has_entries(condition);
  });
  if (!answers) return {};
  std::string joined;
  for (const std::string& name : path) joined += joined.empty() ? name : "." + name;
  Field value = Reader(conditions, true, Form::of_entries(CollatedOrder())).of(path);
  if (value.keys.empty() && !value.ranged) return {};
  Field place;
  place.keys.push_back(Value::string(joined));
  std::vector<Field> fields;
  fields.push_back(std::move(place));
  fields.push_back(std::move(value));
  return compound(std::move(fields));
}

KeyRange below_prefix(const std::vector<Value>& prefix, const KeyRange& range, std::size_t fields) {
  if (fields == 1) return range;
  Field field;
  field.range = range;
  field.ranged = true;
  return prefix_range(prefix, field);
}

Bounds primary_bounds(const Conditions& conditions, std::string_view name) {
  const std::string path[] = {std::string(name)};
  return single(Reader(conditions, false, Form::of_primary_keys()).of(path));
}

bool is_better(const Bounds& a, const Bounds& b) {
  const auto rank = [](const Bounds& bounds) {
    return std::array<std::size_t, 3>{bounds.exact_keys != 0 ? 2U
                                      : bounds.any()         ? 1U
                                                             : 0U,
                                      bounds.equal_fields, bounds.ranged ? 1U : 0U};
  };
  return rank(a) > rank(b);
}

}  // namespace octavo::mongodb
