#include "protocol/mongodb/command/find_shape.h"

#include <limits>
#include <utility>
#include <vector>

#include "dialect/mongodb/match/values_at.h"
#include "protocol/mongodb/command/capped.h"
#include "protocol/mongodb/command/collection.h"

namespace octavo::mongodb {

using value::Field;
using value::Value;

Value record_id_of(const Value& row, bool is_capped) {
  constexpr std::uint64_t kPositive = std::numeric_limits<std::int64_t>::max();
  const auto number = is_capped ? natural_number_of(row) : std::nullopt;
  if (number) return Value::int64(*number);
  const Value* const id = row.find(kIdField);
  const std::uint64_t hash = value::hash(id == nullptr ? Value::null() : *id);
  return Value::int64(static_cast<std::int64_t>(hash & kPositive));
}

Value index_key_of(const Value& document, const Value* pattern) {
  std::vector<Field> key;
  if (pattern == nullptr) return Value::object({});
  for (const Field& field : pattern->as_object()) {
    Value first = Value::null();
    bool found = false;
    each_value_at(document, field.name, [&](const Value& value) {
      if (!std::exchange(found, true)) first = value;
    });
    key.push_back({field.name, std::move(first)});
  }
  return Value::object(std::move(key));
}

}  // namespace octavo::mongodb
