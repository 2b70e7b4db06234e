#include "value/order_key.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "value/decimal.h"
#include "value/notation.h"
#include "value/random_value.h"

namespace octavo::value {
namespace {

constexpr Order kOrders[] = {Order::native, Order::by_type_name, Order::bson};

std::string shown(const Value& value) {
  std::string text;
  write_notation(value, text);
  return text;
}

Bytes key_of(const Value& value, Order order, KeyOrder direction = KeyOrder::ascending) {
  Bytes key;
  encode_order_key(value, order, key, direction);
  return key;
}

void expect_in_order(const std::vector<Value>& values) {
  for (const Order order : kOrders) {
    std::vector<Bytes> keys;
    std::vector<Bytes> descending;
    for (const Value& value : values) {
      keys.push_back(key_of(value, order));
      descending.push_back(key_of(value, order, KeyOrder::descending));
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
      for (std::size_t j = 0; j < values.size(); ++j) {
        const auto expected = compare(values[i], values[j], order);
        ASSERT_EQ(keys[i].compare(keys[j]) <=> 0, expected)
            << static_cast<int>(order) << ": " << shown(values[i]) << " and " << shown(values[j]);
        ASSERT_EQ(descending[j].compare(descending[i]) <=> 0, expected);
        ASSERT_TRUE(expected == 0 || !keys[j].starts_with(keys[i]));
      }
    }
  }
}

TEST(OrderKey, OrdersAsCompareDoes) {
  for (const std::uint64_t seed : {41U, 42U, 43U}) {
    Random random(seed);
    std::vector<Value> values;
    for (int i = 0; i < 400; ++i) values.push_back(random_value(random, 4));
    expect_in_order(values);
  }
}

TEST(OrderKey, EveryPairOfTypes) {
  Random random(44);
  std::vector<Value> values;
  for (std::size_t type = 0; type < kTypeCount; ++type) {
    for (int i = 0; i < 16; ++i) {
      values.push_back(random_of_type(random, static_cast<Type>(type), 2));
    }
  }
  expect_in_order(values);
}

TEST(OrderKey, OfATextIsThatOfTheString) {
  for (const std::string_view text :
       {std::string_view(), std::string_view("abc"), std::string_view("\0a\0\xc3\xa4", 5)}) {
    for (const Order order : kOrders) {
      for (const KeyOrder direction : {KeyOrder::ascending, KeyOrder::descending}) {
        Bytes key = "before";
        encode_order_key_of_text(text, order, key, direction);
        EXPECT_EQ(key, "before" + key_of(Value::string(text), order, direction));
      }
    }
  }
}

TEST(OrderKey, Numbers) {
  using Limits = std::numeric_limits<double>;
  std::vector<Value> values;
  for (const double real : {0.0,
                            -0.0,
                            0.5,
                            -0.5,
                            1.0,
                            255.0,
                            256.0,
                            0x1p53,
                            0x1p63,
                            -0x1p63,
                            0x1p64,
                            Limits::max(),
                            Limits::lowest(),
                            Limits::min(),
                            Limits::denorm_min(),
                            -Limits::denorm_min(),
                            Limits::infinity(),
                            -Limits::infinity(),
                            Limits::quiet_NaN(),
                            -Limits::quiet_NaN()}) {
    values.push_back(Value::float64(real));
    values.push_back(Value::decimal(Decimal::from_double(real)));
  }
  for (const std::int64_t integer :
       {0LL, 1LL, -1LL, 255LL, (1LL << 53) + 1, -(1LL << 53) - 1,
        static_cast<long long>(std::numeric_limits<std::int64_t>::max()),
        static_cast<long long>(std::numeric_limits<std::int64_t>::min())}) {
    values.push_back(Value::int64(integer));
  }
  values.push_back(Value::uint64(1ULL << 63));
  values.push_back(Value::uint64(~0ULL));
  for (const std::string_view text :
       {"0.1", "0.10", "-0.1", "1e400", "-1e400", "1e-400", "-1e-400", "9007199254740992.5",
        "9007199254740993", "18446744073709551616", "1.00", "Infinity", "-Infinity", "NaN"}) {
    values.push_back(Value::decimal(*Decimal::parse(text)));
  }
  Random random(45);
  for (int i = 0; i < 300; ++i) values.push_back(random_number(random));
  expect_in_order(values);
}

TEST(OrderKey, TextsAndBinaryData) {
  std::vector<Value> values;
  std::vector<std::string> texts = {"",
                                    "a",
                                    "b",
                                    std::string(1, '\0'),
                                    std::string("a\0", 2),
                                    std::string("a\0b", 3),
                                    std::string("a\x01", 2),
                                    "\xff",
                                    "\xff\xff"};
  for (const std::size_t size : {15U, 16U, 17U, 300U, 70'000U}) {
    texts.emplace_back(size, 'x');
    texts.emplace_back(size, '\0');
    texts.push_back(std::string(size, 'x') + std::string("\0y", 2));
  }
  for (const std::string& text : texts) {
    values.push_back(Value::string(text));
    values.push_back(Value::symbol(text));
    values.push_back(Value::bytes(text));
    values.push_back(Value::regex(text, "i"));
    values.push_back(Value::javascript(text, std::nullopt));
    values.push_back(Value::array({Value::string(text), Value::int64(1)}));
    values.push_back(Value::object({{text, Value::int64(1)}}));
  }
  const std::string id(16, 'x');
  values.push_back(Value::uuid(id));
  values.push_back(Value::uuid(std::string(16, '\0')));
  values.push_back(Value::object_id(id.substr(4)));
  values.push_back(Value::string("78787878-7878-7878-7878-787878787878"));  // as that uuid is shown
  values.push_back(Value::string("787878787878787878787878"));
  expect_in_order(values);
}

TEST(OrderKey, TimesByInstantWhateverTheZone) {
  std::vector<Value> values;
  for (const std::int64_t seconds : {-86'401LL, -86'400LL, -1LL, 0LL, 86'400LL, 1LL << 40}) {
    for (const std::uint32_t nanoseconds : {0U, 1U, 999'999'999U}) {
      values.push_back(Value::timestamp({seconds, nanoseconds, 0}));
      values.push_back(Value::timestamp({seconds, nanoseconds, -720}));
    }
    values.push_back(Value::time_of_day(seconds));
    values.push_back(Value::duration(seconds));
  }
  for (const std::int32_t day : {-1, 0, 1, std::numeric_limits<std::int32_t>::min(),
                                 std::numeric_limits<std::int32_t>::max()}) {
    values.push_back(Value::date(day));
  }
  expect_in_order(values);
  EXPECT_EQ(key_of(Value::date(1), Order::by_type_name),
            key_of(Value::timestamp({86'400, 0, 60}), Order::by_type_name));
}

TEST(OrderKey, FieldsInTheOrderThatCounts) {
  const Value ab = Value::object({{"a", Value::int64(1)}, {"b", Value::int64(2)}});
  const Value ba = Value::object({{"b", Value::int64(2)}, {"a", Value::int64(1)}});
  EXPECT_EQ(key_of(ab, Order::by_type_name), key_of(ba, Order::by_type_name));
  EXPECT_NE(key_of(ab, Order::bson), key_of(ba, Order::bson));
  const std::vector<Field> point = {{"type", Value::string("Point")}, {"x", Value::int64(1)}};
  const Value as_object = Value::object({{"$reql_type$", Value::string("GEOMETRY")},
                                         {"type", Value::string("Point")},
                                         {"x", Value::int64(1)}});
  EXPECT_EQ(key_of(Value::geometry(point), Order::by_type_name),
            key_of(as_object, Order::by_type_name));
  expect_in_order({ab, ba, Value::geometry(point), as_object, Value::object(point)});
}

TEST(OrderKey, NativeIsTheKeyOfIndexes) {
  Random random(46);
  for (int i = 0; i < 300; ++i) {
    const Value value = random_value(random, 3);
    EXPECT_EQ(key_of(value, Order::native), encoded_key(value));
  }
}

}  // namespace
}  // namespace octavo::value
