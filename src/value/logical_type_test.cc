#include "value/logical_type.h"

#include <gtest/gtest.h>

#include "value/decimal.h"

namespace octavo::value {
namespace {

LogicalType read_back(const LogicalType& type) {
  Bytes bytes;
  encode(type, bytes);
  ByteReader reader(bytes);
  auto decoded = decode_logical_type(reader);
  EXPECT_TRUE(decoded && reader.empty());
  return decoded ? *decoded : LogicalType();
}

TEST(LogicalType, IsReadBack) {
  const LogicalType types[] = {
      {.kind = Kind::integer, .bits = 32, .is_unsigned = true, .zerofill = true, .shown_width = 5},
      {.kind = Kind::decimal, .precision = 12, .scale = 2},
      {.kind = Kind::text,
       .extent = Extent::fixed,
       .length = 300,
       .collation = find_collation("utf8mb4_0900_ai_ci")},
      {.kind = Kind::enumeration,
       .collation = find_collation("utf8mb4_bin"),
       .members = {"a", "", "ü"}},
      {.kind = Kind::array, .element = make_type({.kind = Kind::datetime, .precision = 6})},
  };
  for (const LogicalType& type : types) EXPECT_EQ(read_back(type), type);
}

TEST(LogicalType, BytesAreThoseOfTheDocument) {
  Bytes bytes;
  encode({.kind = Kind::text, .length = 20, .collation = find_collation("binary")}, bytes);
  EXPECT_EQ(bytes, Bytes("\x01\x06\0\0\0\0\0\0\x14\x06"
                         "binary\x01\0",
                         18));
}

TEST(LogicalType, DamageAndTheUnknownAreErrors) {
  Bytes whole;
  encode({.kind = Kind::set, .collation = find_collation("latin1_swedish_ci"), .members = {"x"}},
         whole);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    ByteReader reader(BytesView(whole).substr(0, size));
    const auto decoded = decode_logical_type(reader);
    EXPECT_TRUE(!decoded && decoded.error().code == Code::corrupt) << size;
  }
  Bytes other_kind = whole;
  other_kind[1] = '\x7f';
  ByteReader reader(other_kind);
  EXPECT_EQ(decode_logical_type(reader).error().code, Code::unsupported);
}

Value decimal(std::string_view text) { return Value::decimal(*Decimal::parse(text)); }

TEST(LogicalType, DocumentsHoldWhatConforms) {
  const LogicalType tiny{.kind = Kind::integer, .bits = 8};
  EXPECT_TRUE(conforms(tiny, Value::int64(-128)));
  EXPECT_FALSE(conforms(tiny, Value::int64(128)));
  EXPECT_FALSE(conforms(tiny, Value::float64(1)));
  EXPECT_TRUE(conforms(tiny, Value()));
  const LogicalType natural{.kind = Kind::integer, .bits = 64, .is_unsigned = true};
  EXPECT_TRUE(conforms(natural, Value::uint64(~std::uint64_t{0})));
  EXPECT_FALSE(conforms(natural, Value::int64(-1)));
  const LogicalType money{.kind = Kind::decimal, .precision = 5, .scale = 2};
  EXPECT_TRUE(conforms(money, decimal("-999.99")));
  EXPECT_FALSE(conforms(money, decimal("1000.00")));
  EXPECT_FALSE(conforms(money, decimal("1.5")));
  const LogicalType word{.kind = Kind::text, .length = 2};
  EXPECT_TRUE(conforms(word, Value::string("äö")));
  EXPECT_FALSE(conforms(word, Value::string("abc")));
  EXPECT_FALSE(conforms(word, Value::bytes("ab")));
  const LogicalType flags{.kind = Kind::set, .members = {"a", "b", "c"}};
  EXPECT_TRUE(conforms(flags, Value::array({Value::string("a"), Value::string("c")})));
  EXPECT_FALSE(conforms(flags, Value::array({Value::string("c"), Value::string("a")})));
  const LogicalType clock{.kind = Kind::datetime, .precision = 3};
  EXPECT_TRUE(conforms(clock, Value::timestamp({.nanoseconds = 5'000'000})));
  EXPECT_FALSE(conforms(clock, Value::timestamp({.nanoseconds = 5'000})));
  EXPECT_FALSE(conforms(clock, Value::timestamp({.zone_minutes = 60})));
}

}  // namespace
}  // namespace octavo::value
