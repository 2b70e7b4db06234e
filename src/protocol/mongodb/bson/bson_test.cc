#include "protocol/mongodb/bson/bson.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"
#include "dialect/mongodb/type/bson_form.h"
#include "value/datetime.h"
#include "value/decimal.h"
#include "value/notation.h"
#include "value/random_value.h"

namespace octavo::mongodb {
namespace {

using value::Type;
using value::Value;

Value parsed(std::string_view notation) {
  auto value = value::read_notation(notation);
  EXPECT_TRUE(value) << notation;
  return value ? *value : Value();
}

std::string shown(const Value& value) {
  std::string text;
  value::write_notation(value, text);
  return text;
}

Bytes written(const Value& document) {
  Bytes out;
  write_bson(document, out);
  return out;
}

Value one(std::string_view name, Value value) {
  std::vector<value::Field> fields;
  fields.push_back({std::string(name), std::move(value)});
  return Value::object(std::move(fields));
}

Bytes from_hex(std::string_view hex) {
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

struct Golden {
  const char* notation;  // of the value of the field "a"
  const char* hex;
};

TEST(Bson, EachTypeHasTheBytesOfTheSpecification) {
  const Golden cases[] = {
      {"1.0", "10000000016100000000000000f03f00"},
      {"\"b\"", "0e00000002610002000000620000"},
      {"{\"b\":true}", "1100000003610009000000086200010000"},
      {"#bytes\"//8=\"", "0f0000000561000200000000ffff00"},
      {"#undefined", "0800000006610000"},
      {"#object_id\"000102030405060708090a0b\"", "1400000007610000010203040506070809 0a0b00"},
      {"false", "090000000861000000"},
      {"#timestamp\"1970-01-01T00:00:00.001Z\"", "10000000096100010000000000000000"},
      {"null", "080000000a610000"},
      {"#regex[\"x\",\"i\"]", "0c0000000b61007800690000"},
      {"#symbol\"b\"", "0e0000000e610002000000620000"},
      {"#max_key", "080000007f610000"},
      {"#min_key", "08000000ff610000"},
      {"7", "1000000012610007000000000000 0000"},
      {"[]", "0d000000046100050000000000"},
  };
  for (const Golden& c : cases) {
    std::string hex = c.hex;
    std::erase(hex, ' ');
    std::string_view notation = c.notation;
    auto value = value::read_notation(notation);
    if (!value) {
      ADD_FAILURE() << c.notation << ": " << value.error().what;
      continue;
    }
    const Value document = one("a", *value);
    EXPECT_EQ(written(document), from_hex(hex)) << c.notation;
    EXPECT_EQ(bson_size(document), hex.size() / 2) << c.notation;
    const auto back = read_bson(from_hex(hex));
    ASSERT_TRUE(back) << c.notation;
    EXPECT_EQ(shown(*back), shown(document));
  }
}

TEST(Bson, KindsOfIntegersAndOfBytesComeBack) {
  const Value document = Value::object({{"int", Value::int32(-1)},
                                        {"long", Value::int64(-1)},
                                        {"old", Value::bytes("x", 2)},
                                        {"own", Value::bytes("x", 0x80)},
                                        {"uuid", Value::uuid("0123456789abcdef")},
                                        {"short", Value::bytes("0123", 4)},
                                        {"stamp", Value::log_stamp(7, 8)}});
  const auto back = read_bson(written(document));
  ASSERT_TRUE(back);
  EXPECT_TRUE(back->find("int")->is_int32());
  EXPECT_FALSE(back->find("long")->is_int32());
  EXPECT_EQ(back->find("old")->bytes_subtype(), 2);
  EXPECT_EQ(back->find("old")->as_bytes(), "x");
  EXPECT_EQ(back->find("own")->bytes_subtype(), 0x80);
  EXPECT_EQ(back->find("uuid")->type(), Type::uuid);
  EXPECT_EQ(back->find("short")->type(), Type::bytes);
  EXPECT_EQ(back->find("stamp")->log_stamp_seconds(), 7U);
  EXPECT_EQ(back->find("stamp")->log_stamp_increment(), 8U);
}

TEST(Bson, CodeKeepsItsScope) {
  const Value document =
      one("v", Value::javascript("f()", Value::object({{"a", Value::string("b")}})));
  const auto back = read_bson(written(document));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->find("v")->javascript_code(), "f()");
  ASSERT_NE(back->find("v")->javascript_scope(), nullptr);
  EXPECT_EQ(back->find("v")->javascript_scope()->find("a")->as_string(), "b");
}

TEST(Bson, PointersAreReferences) {
  const auto read = read_bson(from_hex("1a0000000c610002000000620056e1fc72e0c917e9c471416100"));
  ASSERT_TRUE(read);
  EXPECT_EQ(shown(*read->find("a")),
            "{\"$ref\":\"b\",\"$id\":#object_id\"56e1fc72e0c917e9c4714161\"}");
}

TEST(Bson, WhatItLacksIsWrittenAsWhatIsNearest) {
  const Value document = Value::object(
      {{"large", Value::uint64(18446744073709551615U)},
       {"day", Value::date(1)},
       {"time", Value::time_of_day(3'723'000'000'000)},
       {"fine", Value::timestamp({.seconds = -1, .nanoseconds = 999'999'999, .zone_minutes = 60})},
       {"a\0b", Value::null()}});
  const auto back = read_bson(written(document));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->find("large")->as_decimal().to_string(), "18446744073709551615");
  EXPECT_EQ(back->find("day")->as_timestamp(), (value::Timestamp{.seconds = 86400}));
  EXPECT_EQ(back->find("time")->as_string(), "01:02:03");
  EXPECT_EQ(back->find("fine")->as_timestamp(),
            (value::Timestamp{.seconds = -1, .nanoseconds = 999'000'000}));
}

TEST(Bson, NamesLoseTheirZeroBytes) {
  const Value document = one(std::string_view("a\0b", 3), Value::int64(1));
  const auto back = read_bson(written(document));
  ASSERT_TRUE(back);
  EXPECT_NE(back->find("a\xEF\xBF\xBD"
                       "b"),
            nullptr);
}

// What BSON has a type for.
bool is_of_bson(const Value& value) {
  switch (value.type()) {
    case Type::uint64:
    case Type::date:
    case Type::time_of_day:
    case Type::duration:
    case Type::geometry:
    case Type::timestamp:  // finer than milliseconds
    case Type::decimal:    // of more digits
    case Type::regex: return false;
    case Type::array: return std::ranges::all_of(value.as_array(), is_of_bson);
    case Type::object:
      return std::ranges::all_of(value.as_object(), [](const value::Field& field) {
        return field.name.find('\0') == std::string::npos && is_of_bson(field.value);
      });
    case Type::javascript: {
      const Value* const scope = value.javascript_scope();
      return scope == nullptr || (scope->is_object() && is_of_bson(*scope));
    }
    default: return true;
  }
}

TEST(Bson, RandomValuesComeBack) {
  Random random(20240229);
  std::size_t compared = 0;
  for (int i = 0; i < 20'000; ++i) {
    const Value document = one("v", value::random_value(random));
    if (!is_of_bson(document)) continue;
    ++compared;
    const Bytes bytes = written(document);
    EXPECT_EQ(bson_size(document), bytes.size());
    const auto back = read_bson(bytes);
    ASSERT_TRUE(back) << shown(document) << back.error().what;
    ASSERT_EQ(shown(*back), shown(document));
    ASSERT_EQ(written(*back), bytes);
  }
  EXPECT_GT(compared, 5'000U);
}

// Whatever comes: an error or a document, and of a document the same bytes again or fewer.
TEST(Bson, DamagedBytesAreAnErrorOrAnotherDocument) {
  Random random(7);
  std::size_t refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    Bytes bytes = written(one("v", value::random_value(random)));
    const std::size_t changes = 1 + random.below(3);
    for (std::size_t n = 0; n < changes; ++n) {
      bytes[random.below(bytes.size())] = static_cast<char>(random.below(256));
    }
    if (random.below(4) == 0) bytes.resize(random.below(bytes.size() + 1));
    const auto back = read_bson(bytes);
    if (back) {
      const auto again = read_bson(written(*back));
      ASSERT_TRUE(again);
      ASSERT_EQ(shown(*again), shown(*back));
    } else {
      ++refused;
      ASSERT_NE(back.error().number, 0U);
    }
  }
  EXPECT_GT(refused, 1'000U);
}

struct Malformed {
  const char* hex;
  std::uint32_t code;
};

TEST(Bson, MalformedDocumentsHaveTheirCode) {
  const Malformed cases[] = {
      {"", 22},
      {"0400000000", 22},                     // shorter than the shortest
      {"0500000001", 22},                     // no zero at the end
      {"0600000000", 22},                     // longer than there is
      {"0d000000016100000000", 22},           // a double that is cut off
      {"0e00000002610000000000620000", 22},   // a string without its zero
      {"0e00000002610003000000620000", 22},   // a string that is too long
      {"0e000000026100020000 00ff0000", 22},  // no UTF-8
      {"090000000861000200", 22},             // neither true nor false
      {"08000000 20610000", 22},              // no such type
      {"0b0000000a61000a610000", 2},          // twice
      {"0600000000 00", 22},                  // an end before the end
  };
  for (const Malformed& c : cases) {
    std::string hex = c.hex;
    std::erase(hex, ' ');
    const auto read = read_bson(from_hex(hex));
    ASSERT_FALSE(read) << c.hex;
    EXPECT_EQ(read.error().number, c.code) << c.hex;
  }
}

Value nested(std::size_t levels) {
  Value value = Value::object({});
  for (std::size_t i = 0; i < levels; ++i) value = one("a", std::move(value));
  return value;
}

TEST(Bson, DepthHasALimit) {
  EXPECT_TRUE(read_bson(written(nested(kMaxBsonDepth))));
  const auto deeper = read_bson(written(nested(kMaxBsonDepth + 1)));
  ASSERT_FALSE(deeper);
  EXPECT_EQ(deeper.error().number, 15U);
}

TEST(Bson, ManyFieldsAreToldApart) {
  std::vector<value::Field> fields;
  for (int i = 0; i < 1000; ++i) fields.push_back({"f" + std::to_string(i), Value::int32(i)});
  Bytes bytes = written(Value::object(std::move(fields)));
  EXPECT_TRUE(read_bson(bytes));
  const std::size_t place = bytes.find("f999");
  bytes.replace(place, 4, "f001");
  EXPECT_TRUE(read_bson(bytes));
  bytes.replace(place, 4, "f500");
  EXPECT_EQ(read_bson(bytes).error().number, 2U);
}

TEST(Bson, FieldsOfCommandsAreSaidAsCommandsSayThem) {
  Bytes bytes = written(Value::object(
      {{"find", Value::int32(1)}, {"limit", Value::int32(2)}, {"limix", Value::int32(3)}}));
  bytes[bytes.find("limix") + 4] = 't';
  const auto twice = read_bson(bytes, BsonPart::command);
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().number, 40413U);
  EXPECT_EQ(twice.error().what, "BSON field 'find.limit' is a duplicate field");
}

TEST(Bson, WriterWritesAsTheDocumentWouldBe) {
  Bytes out = "before";
  BsonWriter writer(out);
  writer.add("a", Value::int32(1));
  writer.add("b", parsed("[1,{\"c\":null}]"));
  writer.end();
  const Value same = Value::object({{"a", Value::int32(1)}, {"b", parsed("[1,{\"c\":null}]")}});
  EXPECT_EQ(out, "before" + written(same));
}

}  // namespace
}  // namespace octavo::mongodb
