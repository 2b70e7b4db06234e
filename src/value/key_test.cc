#include "value/key.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "base/text.h"
#include "value/decimal.h"
#include "value/random_value.h"

namespace octavo::value {
namespace {

int sign(int order) { return order < 0 ? -1 : order > 0 ? 1 : 0; }
int sign(std::strong_ordering order) { return order < 0 ? -1 : order > 0 ? 1 : 0; }

std::string hex(const Value& value) { return format_hex(encoded_key(value)); }
Value decimal(std::string_view text) { return Value::decimal(*Decimal::parse(text)); }

// The format is on disks: these bytes never change (docs/formats/key.md).
TEST(Key, GoldenBytes) {
  const struct {
    Value value;
    std::string_view bytes;
  } cases[] = {
      {Value::min_key(), "02"},
      {Value::array({}), "0800"},
      {Value::array({Value::null(), Value::boolean(true)}), "081a1100"},
      {Value::boolean(false), "10"},
      {Value::boolean(true), "11"},
      {Value::undefined(), "18"},
      {Value::null(), "1a"},
      {Value::int64(0), "2080"},
      {Value::int64(1), "20bff8"},
      {Value::int64(2), "20c0"},
      {Value::int64(-1), "204108"},
      {Value::int64(1000), "20c147d0"},
      {Value::float64(1.5), "20bffc"},
      {Value::float64(0.1), "20bfdd673399cd67339a"},
      {Value::int64(std::numeric_limits<std::int64_t>::max()),
       "20c3efffffffffffffff8180125d1826152556304c514700"},
      {decimal("0.1"), "20bfdd673399cd673399817fff0b00"},
      {Value::float64(std::numeric_limits<double>::quiet_NaN()), "2000"},
      {Value::object({{"a", Value::int64(2)}}), "280161000120c000"},
      {Value::bytes(std::string_view("a\0b", 3)), "306100ff620001"},
      {Value::timestamp({1, 2, 60}), "38800000000000000100000002"},
      {Value::date(-1), "3c7fffffffffffffff"},
      {Value::string("ab"), "4061620001"},
      {Value::string(""), "400001"},
      {Value::symbol("s"), "44730001"},
      {Value::uuid("0123456789abcdef"), "4830313233343536373839616263646566"},
      {Value::object_id("0123456789ab"), "4c303132333435363738396162"},
      {Value::time_of_day(1), "508000000000000001"},
      {Value::duration(-1), "547fffffffffffffff"},
      {Value::log_stamp(1, 2), "580000000100000002"},
      {Value::regex("a", "i"), "5c610001690001"},
      {Value::javascript("f", std::nullopt), "6066000100"},
      {Value::max_key(), "fc"},
  };
  for (const auto& [value, bytes] : cases) {
    EXPECT_EQ(hex(value), bytes) << type_name(value.type());
  }
}

TEST(Key, EqualNumbersShareTheirBytes) {
  EXPECT_EQ(hex(Value::int64(1)), hex(Value::float64(1)));
  EXPECT_EQ(hex(Value::int64(1)), hex(decimal("1.000")));
  EXPECT_EQ(hex(Value::float64(-0.0)), hex(Value::int64(0)));
  EXPECT_EQ(hex(Value::uint64(1ULL << 63)), hex(Value::float64(0x1p63)));
  EXPECT_EQ(hex(Value::uint64(~0ULL)), hex(decimal("18446744073709551615")));
  EXPECT_EQ(hex(decimal("-inf")), hex(Value::float64(-std::numeric_limits<double>::infinity())));
}

TEST(Key, DecodesToTheCanonicalNumber) {
  const auto decoded = [](const Value& value) {
    const Bytes key = encoded_key(value);
    ByteReader reader(key);
    return decode_key(reader).value();
  };
  EXPECT_EQ(decoded(Value::float64(-0.0)).type(), Type::int64);
  EXPECT_EQ(decoded(decimal("12")).as_int64(), 12);
  EXPECT_EQ(decoded(Value::float64(1e300)).as_float64(), 1e300);
  EXPECT_EQ(decoded(Value::float64(0x1p63)).as_uint64(), 1ULL << 63);
  EXPECT_EQ(decoded(decimal("0.5")).as_float64(), 0.5);
  EXPECT_EQ(decoded(decimal("0.10")).as_decimal().to_string(), "0.1");
  const std::int64_t big = (1LL << 53) + 1;
  EXPECT_EQ(decoded(Value::int64(-big)).as_int64(), -big);
}

TEST(Key, AgreesWithCompareForAllPairsOfTypes) {
  Random random(11);
  std::vector<Value> values;
  for (std::size_t type = 0; type < kTypeCount; ++type) {
    for (int i = 0; i < 25; ++i) values.push_back(random_of_type(random, static_cast<Type>(type)));
  }
  for (int i = 0; i < 300; ++i) values.push_back(random_number(random));
  std::vector<Bytes> keys;
  std::vector<Bytes> descending;
  for (const Value& value : values) {
    keys.push_back(encoded_key(value));
    encode_key(value, descending.emplace_back(), KeyOrder::descending);
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (std::size_t j = 0; j < values.size(); ++j) {
      const int expected = sign(compare(values[i], values[j]));
      ASSERT_EQ(sign(keys[i].compare(keys[j])), expected)
          << type_name(values[i].type()) << ' ' << type_name(values[j].type()) << ' '
          << format_hex(keys[i]) << ' ' << format_hex(keys[j]);
      ASSERT_EQ(sign(descending[i].compare(descending[j])), -expected);
    }
  }
}

TEST(Key, RoundTripsAndConcatenates) {
  Random random(12);
  for (int i = 0; i < 20'000; ++i) {
    const Value first = random_value(random);
    const Value second = random_value(random);
    const auto order = random.below(2) == 0 ? KeyOrder::ascending : KeyOrder::descending;
    Bytes bytes;
    encode_key(first, bytes, order);
    const std::size_t split = bytes.size();
    encode_key(second, bytes);
    ByteReader skipper(bytes);
    const auto skipped = skip_key(skipper, order);
    ASSERT_TRUE(skipped.has_value()) << skipped.error().what;
    EXPECT_EQ(skipped->size(), split);
    ByteReader reader(bytes);
    const auto decoded = decode_key(reader, order);
    ASSERT_TRUE(decoded.has_value()) << decoded.error().what << ' ' << format_hex(bytes);
    ASSERT_EQ(compare(*decoded, first) == 0, true) << format_hex(bytes);
    const auto rest = decode_key(reader);
    ASSERT_TRUE(rest.has_value()) << rest.error().what;
    ASSERT_TRUE(compare(*rest, second) == 0);
    EXPECT_TRUE(reader.empty());
  }
}

TEST(Key, NoKeyIsAPrefixOfAnother) {
  Random random(13);
  std::vector<Bytes> keys;
  for (int i = 0; i < 3000; ++i) keys.push_back(encoded_key(random_value(random)));
  std::ranges::sort(keys);
  for (std::size_t i = 0; i + 1 < keys.size(); ++i) {
    if (keys[i] != keys[i + 1]) {
      EXPECT_FALSE(keys[i + 1].starts_with(keys[i])) << format_hex(keys[i]);
    }
  }
}

TEST(Key, RefusesMalformedBytes) {
  const std::string_view cases[] = {
      "",                            // nothing
      "00",                          // no tag
      "0808",                        // unterminated array
      "206100",                      // number with a needless last group
      "40ff0001",                    // not UTF-8
      "406162",                      // unterminated
      "40610002",                    // bad escape
      "3880000000000000013b9aca00",  // a whole second of nanoseconds
      "2802",                        // bad field marker
      "28016100011a016100011a00",    // repeated name
      "20bff9",                      // ends early
      "3c8000000080000000",          // date beyond 32 bits
  };
  for (const std::string_view text : cases) {
    const Bytes bytes = parse_hex(text).value();
    ByteReader reader(bytes);
    const auto decoded = decode_key(reader);
    ASSERT_FALSE(decoded.has_value()) << text;
    EXPECT_EQ(decoded.error().code, Code::corrupt);
    EXPECT_EQ(reader.rest().size(), bytes.size()) << "the reader moved";
  }
  Bytes deep(10'000, '\x08');
  ByteReader reader(deep);
  EXPECT_FALSE(decode_key(reader).has_value());
}

}  // namespace
}  // namespace octavo::value
