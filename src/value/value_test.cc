#include "value/value.h"

#include <gtest/gtest.h>

#include <limits>
#include <thread>

#include "base/uuid.h"
#include "value/decimal.h"
#include "value/random_value.h"
#include "value/text.h"

namespace octavo::value {
namespace {

// GoogleTest compares with int, std::strong_ordering only with a literal zero.
int sign(std::strong_ordering order) { return order < 0 ? -1 : order > 0 ? 1 : 0; }
int sign(const Value& a, const Value& b, Order order = Order::native) {
  return sign(compare(a, b, order));
}

Value object(std::initializer_list<Field> fields) { return Value::object(fields); }

TEST(Value, DefaultIsNull) {
  EXPECT_TRUE(Value().is_null());
  EXPECT_EQ(Value(), Value::null());
}

TEST(Value, ScalarsKeepTheirValue) {
  EXPECT_TRUE(Value::boolean(true).as_boolean());
  EXPECT_EQ(Value::int64(-5).as_int64(), -5);
  EXPECT_EQ(Value::uint64(5).type(), Type::int64);
  EXPECT_EQ(Value::uint64(1ULL << 63).as_uint64(), 1ULL << 63);
  EXPECT_EQ(Value::float64(1.5).as_float64(), 1.5);
  EXPECT_EQ(Value::string("abc").as_string(), "abc");
  EXPECT_EQ(Value::string("").as_string(), "");
  const Timestamp time{-1, 999'999'999, -330};
  EXPECT_EQ(Value::timestamp(time).as_timestamp(), time);
  EXPECT_EQ(Value::date(-719'162).as_date(), -719'162);
  EXPECT_EQ(Value::regex("a.*", "i").regex_pattern(), "a.*");
  EXPECT_EQ(Value::regex("a.*", "i").regex_options(), "i");
  EXPECT_EQ(Value::log_stamp(7, 9).log_stamp_increment(), 9U);
  EXPECT_EQ(Value::javascript("f()", std::nullopt).javascript_scope(), nullptr);
  const Value code = Value::javascript("f()", object({{"x", Value::int64(1)}}));
  EXPECT_EQ(code.javascript_code(), "f()");
  EXPECT_EQ(*code.javascript_scope()->find("x"), Value::int64(1));
}

TEST(Value, AssignmentFromInsideItself) {
  Value nested = Value::array({Value::array({Value::string("inner")})});
  nested = nested.as_array()[0];
  nested = nested.as_array()[0];
  EXPECT_EQ(nested.as_string(), "inner");
  const Value& alias = nested;
  nested = alias;
  EXPECT_EQ(nested.as_string(), "inner");
}

TEST(Value, MovedFromIsNull) {
  Value source = Value::string("text");
  const Value target = std::move(source);
  EXPECT_TRUE(source.is_null());  // NOLINT(bugprone-use-after-move): documented
  EXPECT_EQ(target.as_string(), "text");
}

TEST(Value, FindInSmallAndLargeObjects) {
  for (const int count : {1, 16, 17, 300}) {
    ObjectBuilder builder;
    for (int i = 0; i < count; ++i) builder.append("k" + std::to_string(i), Value::int64(i));
    const Value value = std::move(builder).build();
    for (int i = 0; i < count; ++i) {
      ASSERT_NE(value.find("k" + std::to_string(i)), nullptr);
      EXPECT_EQ(value.find("k" + std::to_string(i))->as_int64(), i);
    }
    EXPECT_EQ(value.find("k"), nullptr);
    EXPECT_EQ(value.find("zzz"), nullptr);
  }
  EXPECT_EQ(Value::int64(1).find("a"), nullptr);
}

TEST(Value, BuilderReplacesInPlaceAndErases) {
  ObjectBuilder builder(object({{"a", Value::int64(1)}, {"b", Value::int64(2)}}));
  builder.set("a", Value::int64(3)).set("c", Value::int64(4));
  EXPECT_TRUE(builder.erase("b"));
  EXPECT_FALSE(builder.erase("b"));
  const Value built = std::move(builder).build();
  ASSERT_EQ(built.as_object().size(), 2U);
  EXPECT_EQ(built.as_object()[0].name, "a");
  EXPECT_EQ(built.as_object()[0].value.as_int64(), 3);
}

TEST(Value, BuilderOfManyFields) {
  ObjectBuilder builder;
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 100'000; ++i) builder.set("k" + std::to_string(i), Value::int64(round));
  }
  EXPECT_EQ(builder.size(), 100'000U);
  EXPECT_TRUE(builder.erase("k7"));
  EXPECT_EQ(builder.find("k7"), nullptr);
  EXPECT_EQ(builder.find("k99999")->as_int64(), 1);
  builder.set("k7", Value::int64(7));
  const Value built = std::move(builder).build();
  EXPECT_EQ(built.as_object().size(), 100'000U);
  EXPECT_EQ(built.as_object().back().name, "k7");
}

TEST(Value, DepthIsKnownAndDeepValuesAreDestroyedWithoutDeepRecursion) {
  EXPECT_EQ(Value::int64(1).depth(), 0U);
  Value value = Value::array({});
  EXPECT_EQ(value.depth(), 1U);
  for (int i = 0; i < 300'000; ++i) {
    value = i % 2 == 0 ? Value::array({std::move(value)}) : object({{"k", std::move(value)}});
  }
  EXPECT_EQ(value.depth(), 300'001U);
}

TEST(Value, SharedAcrossThreads) {
  const Value shared = object({{"list", Value::array({Value::string("x"), Value::string("y")})}});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&shared] {
      for (int i = 0; i < 10'000; ++i) {
        Value copy = shared;
        const Value element = copy.find("list")->as_array()[1];
        copy = Value();
        ASSERT_EQ(element.as_string(), "y");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Value, ToInt64AndToDouble) {
  EXPECT_EQ(Value::float64(3.0).to_int64(), 3);
  EXPECT_EQ(Value::float64(3.5).to_int64(), std::nullopt);
  EXPECT_EQ(Value::float64(0x1p63).to_int64(), std::nullopt);
  EXPECT_EQ(Value::float64(std::numeric_limits<double>::quiet_NaN()).to_int64(), std::nullopt);
  EXPECT_EQ(Value::decimal(*Decimal::parse("12.00")).to_int64(), 12);
  EXPECT_EQ(Value::decimal(*Decimal::parse("0.1")).to_double(), 0.1);
  EXPECT_EQ(Value::uint64(~0ULL).to_int64(), std::nullopt);
}

TEST(Compare, NumbersOfAllKindsCompareExactly) {
  const Value big = Value::int64((1LL << 53) + 1);
  EXPECT_GT(sign(big, Value::float64(0x1p53)), 0);
  EXPECT_LT(sign(big, Value::float64(0x1p53 + 2)), 0);
  EXPECT_EQ(Value::int64(1), Value::float64(1.0));
  EXPECT_EQ(Value::decimal(*Decimal::parse("1.50")), Value::float64(1.5));
  EXPECT_LT(sign(Value::decimal(*Decimal::parse("0.1")), Value::float64(0.1)), 0);
  EXPECT_EQ(Value::float64(-0.0), Value::int64(0));
  const Value nan = Value::float64(std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(nan, nan);
  EXPECT_LT(sign(nan, Value::float64(-std::numeric_limits<double>::infinity())), 0);
  EXPECT_EQ(Value::uint64(1ULL << 63), Value::float64(0x1p63));
  EXPECT_GT(sign(Value::uint64(~0ULL), Value::int64(1)), 0);
  EXPECT_LT(sign(Value::uint64(~0ULL), Value::float64(0x1p64)), 0);
}

TEST(Compare, ReqlOrderOfTypes) {
  const Value ordered[] = {Value::min_key(),      Value::array({Value::int64(9)}),
                           Value::boolean(false), Value::null(),
                           Value::float64(7),     Value::object({}),
                           Value::bytes("x"),     Value::timestamp({}),
                           Value::string(""),     Value::max_key()};
  for (std::size_t i = 0; i + 1 < std::size(ordered); ++i) {
    EXPECT_LT(sign(ordered[i], ordered[i + 1], Order::by_type_name), 0) << i;
  }
}

TEST(Compare, ReqlObjectsByNameAndGeometryAsObject) {
  const Value ab = object({{"a", Value::int64(1)}, {"b", Value::int64(2)}});
  const Value ba = object({{"b", Value::int64(2)}, {"a", Value::int64(1)}});
  EXPECT_EQ(sign(ab, ba, Order::by_type_name), 0);
  EXPECT_LT(sign(ab, ba, Order::native), 0);
  const Value point = Value::geometry({{"type", Value::string("Point")}});
  // `$reql_type$` sorts before letters and after the empty name.
  EXPECT_LT(sign(point, object({{"a", Value::null()}}), Order::by_type_name), 0);
  EXPECT_GT(sign(point, object({{"", Value::null()}}), Order::by_type_name), 0);
}

TEST(Compare, BsonOrder) {
  EXPECT_EQ(sign(Value::symbol("a"), Value::string("a"), Order::bson), 0);
  EXPECT_LT(sign(Value::null(), Value::int64(0), Order::bson), 0);
  EXPECT_LT(sign(Value::string("z"), Value::object({}), Order::bson), 0);
  EXPECT_LT(sign(Value::array({}), Value::bytes(""), Order::bson), 0);
  EXPECT_GT(sign(Value::boolean(false), Value::object_id("123456789012"), Order::bson), 0);
  EXPECT_LT(sign(Value::bytes("z"), Value::bytes("aa"), Order::bson), 0);
  EXPECT_LT(sign(Value::bytes("z"), Value::bytes("a", 5), Order::bson), 0);
  EXPECT_EQ(sign(Value::bytes("z"), Value::bytes("z", 5), Order::native), 0);
  // The type of the value goes before the name.
  EXPECT_LT(sign(object({{"b", Value::int64(1)}}), object({{"a", Value::string("")}}), Order::bson),
            0);
}

TEST(Compare, IsATotalOrderInEveryDialect) {
  Random random(42);
  std::vector<Value> values;
  for (int i = 0; i < 120; ++i) values.push_back(random_value(random));
  for (const Order order : {Order::native, Order::by_type_name, Order::bson}) {
    for (const Value& a : values) {
      EXPECT_EQ(sign(a, a, order), 0);
      for (const Value& b : values) {
        const auto ab = compare(a, b, order);
        EXPECT_EQ(sign(ab), -sign(b, a, order));
        for (const Value& c : values) {
          if (ab <= 0 && compare(b, c, order) <= 0) {
            ASSERT_LE(sign(a, c, order), 0)
                << type_name(a.type()) << " " << type_name(b.type()) << " " << type_name(c.type());
          }
        }
      }
    }
  }
}

TEST(Equality, IgnoresFieldOrderAndAgreesWithHash) {
  const Value ab = object({{"a", Value::int64(1)}, {"b", Value::float64(2)}});
  const Value ba = object({{"b", Value::int64(2)}, {"a", Value::float64(1)}});
  EXPECT_EQ(ab, ba);
  EXPECT_EQ(hash(ab), hash(ba));
  Random random(7);
  for (int i = 0; i < 100'000; ++i) {
    const Value a = random_value(random, 1);
    const Value b = random_value(random, 1);
    if (compare(a, b) == 0) {
      ASSERT_EQ(a, b);
    }
    if (a == b) {
      ASSERT_EQ(hash(a), hash(b)) << type_name(a.type()) << " " << type_name(b.type());
    }
  }
}

TEST(Equality, NumberHashesAgreeAcrossKinds) {
  Random random(8);
  for (int i = 0; i < 50'000; ++i) {
    const Value a = random_number(random);
    const Value b = random_number(random);
    ASSERT_EQ(a == b, compare(a, b) == 0);
    if (a == b) {
      ASSERT_EQ(hash(a), hash(b));
    }
  }
}

TEST(Text, Uuids) {
  const auto bytes = parse_uuid("{00112233-4455-6677-8899-AABBCCDDEEFF}");
  ASSERT_TRUE(bytes.has_value());
  EXPECT_EQ(format_uuid(*bytes), "00112233-4455-6677-8899-aabbccddeeff");
  EXPECT_FALSE(parse_uuid("00112233-4455-6677-8899-aabbccddeef").has_value());
  EXPECT_FALSE(parse_uuid("00112233x4455-6677-8899-aabbccddeeff").has_value());
}

}  // namespace
}  // namespace octavo::value
