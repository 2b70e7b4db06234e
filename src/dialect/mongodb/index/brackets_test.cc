#include "dialect/mongodb/index/brackets.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"
#include "dialect/mongodb/index/entries.h"
#include "value/random_value.h"

namespace octavo::mongodb {
namespace {

using value::Type;
using value::Value;

bool is_within(const Value& key, const algebra::KeyRange& range) {
  const auto lower = compare(key, *range.lower.value);
  const auto upper = compare(key, *range.upper.value);
  return (lower > 0 || (lower == 0 && range.lower.inclusive)) &&
         (upper < 0 || (upper == 0 && range.upper.inclusive));
}

// The number of the bracket that the key is in; how often it is in one.
std::pair<std::size_t, int> find(const Value& key, KeyForm form) {
  std::pair<std::size_t, int> found{0, 0};
  const auto& all = brackets(form);
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (const auto& range : all[i].ranges) {
      if (!is_within(key, range)) continue;
      found.first = i;
      ++found.second;
    }
  }
  return found;
}

// What is shown as a string stands behind all others: sorts put it where it is shown.
bool has_no_type(const Value& value) {
  return value.type() == Type::time_of_day || value.type() == Type::duration;
}

void check(KeyForm form) {
  Random random(3);
  std::vector<Value> values;
  while (values.size() < 600) {
    Value value = value::random_value(random, 2);
    if (value.is_array() && form == KeyForm::entries) continue;  // makes it multikey
    values.push_back(std::move(value));
  }
  std::erase_if(values, has_no_type);
  const auto key_of = [&](const Value& value) {
    return form == KeyForm::entries ? index_form(value) : value;
  };
  for (const Value& value : values) ASSERT_EQ(find(key_of(value), form).second, 1);
  for (std::size_t i = 1; i < values.size(); ++i) {
    const Value& a = values[i - 1];
    const Value& b = values[i];
    const std::size_t left = find(key_of(a), form).first;
    const std::size_t right = find(key_of(b), form).first;
    const auto order = compare(a, b, value::Order::bson);
    if (left != right) {
      EXPECT_EQ(left < right, order < 0);
    } else if (brackets(form)[left].ordered) {
      EXPECT_EQ(compare(key_of(a), key_of(b)) < 0, order < 0);
    }
  }
}

TEST(MongodbBrackets, OfEntries) { check(KeyForm::entries); }
TEST(MongodbBrackets, OfPrimaryKeys) { check(KeyForm::primary_keys); }

}  // namespace
}  // namespace octavo::mongodb
