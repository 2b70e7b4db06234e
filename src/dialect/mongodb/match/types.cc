#include "dialect/mongodb/match/types.h"

namespace octavo::mongodb {

using value::Value;

Value numbers_of(const TypeSet& types) {
  std::vector<Value> numbers;
  const auto add = [&](std::int64_t number) {
    const auto type = type_of_number(number);
    if (type && types.has(*type)) numbers.push_back(Value::int64(number));
  };
  for (auto number = static_cast<std::int64_t>(BsonType::min_key);
       number <= static_cast<std::int64_t>(BsonType::max_key); ++number) {
    add(number);
  }
  return Value::array(std::move(numbers));
}

}  // namespace octavo::mongodb
