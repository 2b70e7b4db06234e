#include "value/notation.h"

#include <gtest/gtest.h>

#include "value/decimal.h"
#include "value/document.h"
#include "value/random_value.h"

namespace octavo::value {
namespace {

std::string written(const Value& value) {
  std::string text;
  write_notation(value, text);
  return text;
}

TEST(Notation, Writes) {
  EXPECT_EQ(written(Value::array({Value::int64(1), Value::float64(1), Value::string("a")})),
            R"([1,1.0,"a"])");
  EXPECT_EQ(written(Value::decimal(*Decimal::parse("1.50"))), R"(#decimal"1.50")");
  EXPECT_EQ(written(Value::object({{"t", Value::timestamp({0, 0, 60})}})),
            R"({"t":#timestamp"1970-01-01T01:00:00+01:00"})");
  EXPECT_EQ(written(Value::regex("a", "i")), R"(#regex["a","i"])");
  EXPECT_EQ(written(Value::int32(5)), "#int32[5]");
  EXPECT_EQ(written(Value::bytes("x", 5)), R"(#bytes["eA==",5])");
  EXPECT_EQ(written(Value::min_key()), "#min_key");
}

TEST(Notation, ReadsBackExactly) {
  Random random(61);
  for (int i = 0; i < 5000; ++i) {
    const Value value = random_value(random);
    const std::string text = written(value) + " rest";
    std::string_view rest = text;
    const auto read = read_notation(rest);
    ASSERT_TRUE(read.has_value()) << text << ": " << read.error().what;
    EXPECT_EQ(rest, " rest");
    // The bytes of a document tell types, signs of zero and scales apart. NaN has many images.
    Bytes before;
    Bytes after;
    ASSERT_TRUE(encode_document(value, before) && encode_document(*read, after));
    if (text.find("nan") == std::string::npos) {
      EXPECT_EQ(before, after) << text;
    }
  }
}

TEST(Notation, Refuses) {
  for (const std::string_view text :
       {"", "#", "#nothing", "#date", R"(#date"x")", "[1", "[1 2]", R"({"a":1,"a":2})", R"("a)",
        "nul", "#regex[1]", "#log_stamp[1,-1]", "#object_id\"00\"", "#null\"\"", "(1)",
        "#int32[1.5]", "#int32\"1\"", "#bytes[\"eA==\",256]"}) {
    std::string_view rest = text;
    EXPECT_FALSE(read_notation(rest).has_value()) << text;
  }
  const std::string deep(100'000, '[');
  std::string_view rest = deep;
  EXPECT_FALSE(read_notation(rest).has_value());
}

}  // namespace
}  // namespace octavo::value
