#include "dialect/mongodb/index/brackets.h"

#include <cmath>
#include <limits>
#include <utility>

#include "dialect/mongodb/index/entries.h"
#include "value/key.h"

namespace octavo::mongodb {
namespace {

using algebra::KeyRange;
using value::Value;

// From a value on up to another, which is not in it.
KeyRange between(Value from, Value to) {
  return {.lower = {.value = std::move(from), .inclusive = true},
          .upper = {.value = std::move(to), .inclusive = false}};
}
KeyRange exactly(const Value& value) {
  return {.lower = {.value = value, .inclusive = true},
          .upper = {.value = value, .inclusive = true}};
}

// The least values of types, in the native order (value/value.h, docs/formats/value.md).
Value least_number() { return Value::float64(std::numeric_limits<double>::quiet_NaN()); }
Value least_timestamp() {
  return Value::timestamp({.seconds = std::numeric_limits<std::int64_t>::min()});
}
Value least_id(char fill) { return Value::object_id(Bytes(12, fill)); }

KeyRange numbers() { return between(least_number(), Value::object({})); }
KeyRange booleans() {
  return {.lower = {.value = Value::boolean(false), .inclusive = true},
          .upper = {.value = Value::boolean(true), .inclusive = true}};
}
KeyRange instants() { return between(least_timestamp(), Value::string("")); }
KeyRange object_ids() {
  return {.lower = {.value = least_id('\0'), .inclusive = true},
          .upper = {.value = least_id('\xff'), .inclusive = true}};
}
KeyRange log_stamps() {
  return {.lower = {.value = Value::log_stamp(0, 0), .inclusive = true},
          .upper = {.value = Value::log_stamp(~0U, ~0U), .inclusive = true}};
}

// A bracket of keys that are sorted by whoever reads them.
Bracket unordered(std::vector<KeyRange> ranges) { return {std::move(ranges), false}; }
Bracket ordered(KeyRange range) { return {{std::move(range)}, true}; }

std::vector<Bracket> of_primary_keys() {
  const Value uuids = Value::uuid(Bytes(16, '\0'));
  return {
      ordered(exactly(Value::min_key())),
      ordered(exactly(Value::undefined())),
      ordered(exactly(Value::null())),
      ordered(numbers()),
      unordered({between(Value::string(""), uuids)}),
      // Geometries are shown as objects.
      unordered({between(Value::object({}), Value::bytes(""))}),
      unordered({between(Value::array({}), Value::boolean(false))}),
      unordered({between(Value::bytes(""), least_timestamp()), between(uuids, least_id('\0'))}),
      ordered(object_ids()),
      ordered(booleans()),
      unordered({instants()}),
      ordered(log_stamps()),
      unordered({between(Value::regex("", ""), Value::max_key())}),
      ordered(exactly(Value::max_key())),
      // What BSON has no type for, as it is shown: times of day and durations.
      unordered({between(Value::time_of_day(std::numeric_limits<std::int64_t>::min()),
                         Value::log_stamp(0, 0))}),
  };
}

// Of values that stand as bytes within an array (index_form): those of the type of `sample`.
KeyRange enclosed(const Value& sample) {
  Bytes key;
  value::encode_key(sample, key);
  const auto tag = static_cast<unsigned char>(key.front());
  const auto form = [](unsigned char first) {
    return Value::array({Value::bytes(Bytes(1, static_cast<char>(first)))});
  };
  return between(form(tag), form(static_cast<unsigned char>(tag + 1)));
}

std::vector<Bracket> of_entries() {
  return {
      ordered(exactly(index_form(Value::min_key()))),
      ordered(exactly(index_form(Value::undefined()))),
      ordered(exactly(index_form(Value::null()))),
      ordered(numbers()),
      ordered(between(Value::string(""), Value::symbol(""))),
      unordered({enclosed(Value::object({})), enclosed(Value::geometry({}))}),
      unordered({enclosed(Value::bytes("")), enclosed(Value::uuid(Bytes(16, '\0')))}),
      ordered(object_ids()),
      ordered(booleans()),
      ordered(instants()),
      ordered(log_stamps()),
      unordered({enclosed(Value::regex("", "")), enclosed(Value::javascript("", std::nullopt))}),
      ordered(exactly(index_form(Value::max_key()))),
      unordered({enclosed(Value::time_of_day(0)), enclosed(Value::duration(0))}),
  };
}

}  // namespace

const std::vector<Bracket>& brackets(KeyForm form) {
  static const std::vector<Bracket> kOfEntries = of_entries();
  static const std::vector<Bracket> kOfPrimaryKeys = of_primary_keys();
  return form == KeyForm::entries ? kOfEntries : kOfPrimaryKeys;
}

}  // namespace octavo::mongodb
