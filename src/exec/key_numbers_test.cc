// Numbers of keys against the bytes of the same keys: they must say the same order.

#include "exec/key_numbers.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "base/random.h"
#include "value/decimal.h"
#include "value/order_key.h"

namespace octavo::exec {
namespace {

using value::ColumnType;
using value::Order;
using value::Physical;
using value::Type;
using value::Value;
using value::Vector;

constexpr std::size_t kRows = 500;
constexpr std::array kOrders = {Order::native, Order::by_type_name, Order::bson};

std::int64_t random_integer(Random& random) {
  const auto bits = static_cast<std::int64_t>(random());
  return bits >> random.below(64);
}

Value random_of(const ColumnType& type, Random& random) {
  const std::int64_t integer = random_integer(random);
  switch (*type.type) {
    case Type::boolean: return Value::boolean(integer % 2 != 0);
    case Type::int64: return Value::int64(integer);
    case Type::float64: {
      constexpr std::array kSpecial = {0.0, -0.0, std::numeric_limits<double>::infinity(),
                                       -std::numeric_limits<double>::infinity(), 5e-324};
      if (random.below(5) == 0) return Value::float64(kSpecial[random.below(kSpecial.size())]);
      return Value::float64(std::ldexp(static_cast<double>(integer), -20));
    }
    case Type::decimal:
      return Value::decimal(*value::Decimal::parse(std::to_string(integer % 100'000) + ".25"));
    case Type::date: return Value::date(static_cast<std::int32_t>(integer % 1'000'000));
    case Type::time_of_day: return Value::time_of_day(std::abs(integer % 86'400'000'000'000));
    case Type::duration: return Value::duration(integer);
    case Type::timestamp:
      return Value::timestamp({.seconds = integer % 5'000'000'000,
                               .nanoseconds = static_cast<std::uint32_t>(random.below(3)),
                               .zone_minutes = static_cast<std::int16_t>(random.below(100))});
    default: return {};
  }
}

Vector column_of(const ColumnType& type, Random& random, bool with_absent) {
  Vector column = Vector::flat(type, kRows);
  for (std::size_t row = 0; row < kRows; ++row) {
    const std::uint64_t chance = with_absent ? random.below(10) : 9;
    if (chance < 2) {
      column.validity().clear(row, chance == 0 ? value::Absence::missing : value::Absence::null);
    } else {
      EXPECT_TRUE(column.put(row, random_of(type, random)));
    }
  }
  return column;
}

Bytes bytes_of(const std::optional<Value>& found, Order order) {
  Bytes key;
  value::encode_order_key(found ? *found : Value::min_key(), order, key);
  return key;
}
std::optional<Value> value_at(const Vector& column, std::size_t row) {
  if (column.absence(row) == value::Absence::missing) return std::nullopt;
  return *column.at(row);
}

std::vector<std::uint16_t> all_rows() {
  std::vector<std::uint16_t> rows(kRows);
  std::iota(rows.begin(), rows.end(), std::uint16_t{0});
  return rows;
}

const std::vector<ColumnType>& types() {
  static const std::vector<ColumnType> kTypes = {
      ColumnType::of(Type::boolean, Physical::boolean),
      ColumnType::of(Type::int64, Physical::int64),
      ColumnType::of(Type::float64, Physical::float64),
      ColumnType::decimal(12, 2),
      ColumnType::of(Type::date, Physical::int32),
      ColumnType::of(Type::time_of_day, Physical::int64),
      ColumnType::of(Type::duration, Physical::int64),
      ColumnType::of(Type::timestamp, Physical::instant)};
  return kTypes;
}

TEST(KeyNumbers, AreInTheOrderOfKeys) {
  Random random(7);
  for (const ColumnType& type : types()) {
    for (const Order order : kOrders) {
      // Null comes behind false and true but in BSON's order.
      const bool nulls_last = order != Order::bson && type.type == Type::boolean;
      const Vector column = column_of(type, random, !nulls_last);
      KeyNumbers numbers(order);
      std::vector<KeyNumbers::Number> found(kRows);
      ASSERT_TRUE(numbers.of(column, all_rows(), found.data()));
      for (std::size_t row = 0; row < kRows; ++row) {
        const Bytes key = bytes_of(value_at(column, row), order);
        EXPECT_EQ(bytes_of(numbers.value_of(found[row]), order), key);
        const std::size_t other = random.below(kRows);
        const Bytes of_other = bytes_of(value_at(column, other), order);
        EXPECT_EQ(found[row] < found[other], key < of_other);
        EXPECT_EQ(found[row] == found[other], key == of_other);
      }
    }
  }
}

TEST(KeyNumbers, ThereAreNoneOfOtherTypesThanTheFirst) {
  Random random(11);
  KeyNumbers numbers(Order::native);
  std::vector<KeyNumbers::Number> found(kRows);
  const Vector nothing = [] {
    Vector none = Vector::flat(ColumnType::dynamic(Physical::boxed), kRows);
    for (std::size_t row = 0; row < kRows; ++row) none.validity().clear(row, value::Absence::null);
    return none;
  }();
  ASSERT_TRUE(numbers.of(nothing, all_rows(), found.data()));
  EXPECT_FALSE(numbers.has_values());
  ASSERT_TRUE(numbers.of(column_of(types()[1], random, true), all_rows(), found.data()));
  EXPECT_TRUE(numbers.has_values());
  ASSERT_TRUE(numbers.of(nothing, all_rows(), found.data()));
  EXPECT_FALSE(numbers.of(column_of(types()[2], random, true), all_rows(), found.data()));
  EXPECT_FALSE(
      numbers.of(Vector::constant(ColumnType::dynamic(Physical::boxed), Value::int64(1), kRows),
                 all_rows(), found.data()));
}

TEST(KeyNumbers, ThereAreNoneWhereNullComesBehindValues) {
  Random random(13);
  KeyNumbers numbers(Order::by_type_name);
  std::vector<KeyNumbers::Number> found(kRows);
  EXPECT_FALSE(numbers.of(column_of(types().front(), random, true), all_rows(), found.data()));
}

TEST(KeyNumbers, ThereAreNoneOfWhatHasItsOwnPlace) {
  const std::vector<std::pair<ColumnType, Value>> cases = {
      {types()[2], Value::float64(std::numeric_limits<double>::quiet_NaN())},
      {types()[1], Value::int64(std::numeric_limits<std::int64_t>::min())},
      {types()[7], Value::timestamp({.seconds = 10'000'000'000'000})},
  };
  for (const auto& [type, special] : cases) {
    KeyNumbers numbers(Order::native);
    KeyNumbers::Number found = 0;
    const std::vector<std::uint16_t> first = {0};
    EXPECT_FALSE(numbers.of(Vector::constant(type, special, 1), first, &found));
  }
}

}  // namespace
}  // namespace octavo::exec
