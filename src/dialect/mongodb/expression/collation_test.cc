// That the keys of a collation are in its order, and what names it has.

#include "dialect/mongodb/expression/collation.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace octavo::mongodb {
namespace {

using value::Order;
using value::Value;

Value spec(std::string_view locale, std::vector<value::Field> options = {}) {
  options.insert(options.begin(), {"locale", Value::string(locale)});
  return Value::object(std::move(options));
}

std::vector<Value> specs() {
  return {spec("en"),
          spec("en", {{"strength", Value::int32(1)}}),
          spec("en", {{"strength", Value::int32(1)}, {"caseLevel", Value::boolean(true)}}),
          spec("da", {{"strength", Value::int32(5)}}),
          spec("fr_CA"),
          spec("zh", {{"numericOrdering", Value::boolean(true)}}),
          spec("en", {{"alternate", Value::string("shifted")}}),
          spec("de@collation=phonebook"),
          spec("root")};
}

std::vector<Value> values() {
  std::vector<Value> values;
  for (const std::string_view text : {"",          "a",
                                      "A",         "á",
                                      "ä",         "ae",
                                      "b",         "B",
                                      "aa",        "z",
                                      "å",         "cote",
                                      "coté",      "côte",
                                      "côté",      "a10",
                                      "a9",        "black-bird",
                                      "blackbird", "中",
                                      "文",        "\xF0\x9F\x98\x80",
                                      "ß",         "ss"}) {
    values.push_back(Value::string(text));
    values.push_back(Value::array({Value::string(text), Value::int64(1)}));
    values.push_back(Value::object({{"k", Value::string(text)}}));
  }
  values.push_back(Value::int64(5));
  values.push_back(Value());
  values.push_back(Value::symbol("a"));
  values.push_back(Value::object({{"K", Value::string("a")}}));
  return values;
}

TEST(Collation, KeysCompareAsTheirValues) {
  for (const Value& given : specs()) {
    const auto full = full_collation(given);
    ASSERT_TRUE(full) << full.error().what;
    const auto order = CollatedOrder::of(collation_name(&*full));
    ASSERT_TRUE(order) << order.error().what;
    for (const Value& a : values()) {
      for (const Value& b : values()) {
        EXPECT_EQ(order->compare(a, b),
                  value::compare(order->key_of(a), order->key_of(b), Order::bson))
            << collation_name(&*full);
      }
    }
  }
}

TEST(Collation, IsInFullWhatTheLocaleSays) {
  const auto canadian = full_collation(spec("fr_CA"));
  ASSERT_TRUE(canadian);
  EXPECT_EQ(*canadian->find("backwards"), Value::boolean(true));
  EXPECT_EQ(*canadian->find("strength"), Value::int32(3));
  const auto danish = full_collation(spec("da", {{"caseFirst", Value::string("off")}}));
  ASSERT_TRUE(danish);
  EXPECT_EQ(*danish->find("caseFirst"), Value::string("off"));
  // In full already: the same.
  const auto again = full_collation(*canadian);
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, *canadian);
}

TEST(Collation, RulesOfAnotherVersionAreNoneOfThese) {
  const auto full = full_collation(spec("en"));
  ASSERT_TRUE(full);
  std::string name = collation_name(&*full);
  ASSERT_TRUE(CollatedOrder::of(name));
  for (const std::string& other :
       {"icu0.0" + name.substr(name.find(' ')), name + " x", std::string("en"), std::string(" ")}) {
    const auto order = CollatedOrder::of(other);
    ASSERT_FALSE(order) << other;
    EXPECT_EQ(order.error().code, Code::unsupported);
  }
  EXPECT_TRUE(CollatedOrder::of(""));
  EXPECT_EQ(collation_name(nullptr), "");
}

}  // namespace
}  // namespace octavo::mongodb
