#include "base/text.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace octavo {
namespace {

TEST(Text, NumbersAreTheWholeText) {
  EXPECT_EQ(parse_number<int>("-12"), -12);
  EXPECT_EQ(parse_number<std::uint16_t>("65535"), 65535);
  EXPECT_EQ(parse_number<std::uint64_t>("00fF", 16), 255U);
  EXPECT_FALSE(parse_number<std::uint16_t>("65536"));
  EXPECT_FALSE(parse_number<std::uint64_t>("-1"));
  for (const std::string_view text : {"", " 1", "1 ", "+1", "1x", "0x1", "1.0"}) {
    EXPECT_FALSE(parse_number<int>(text)) << text;
  }
}

TEST(Text, Words) {
  using Words = std::vector<std::string_view>;
  EXPECT_EQ(split_words(""), Words{});
  EXPECT_EQ(split_words("  "), Words{});
  EXPECT_EQ(split_words("one"), Words{"one"});
  EXPECT_EQ(split_words(" one  two "), (Words{"one", "two"}));
}

TEST(Text, Hexadecimal) {
  EXPECT_EQ(format_hex(BytesView("\x00\xff\x1a", 3)), "00ff1a");
  EXPECT_EQ(parse_hex("00FF1a"), Bytes("\x00\xff\x1a", 3));
  EXPECT_EQ(parse_hex(""), "");
  for (const std::string_view text : {"0", "0g", "g0", "00 ", "/0", ":0", "@0", "`0"}) {
    EXPECT_FALSE(parse_hex(text)) << text;
  }
}

TEST(Text, Names) {
  EXPECT_TRUE(is_name("aZ09_-"));
  EXPECT_TRUE(is_name(std::string(kMaxNameBytes, 'a')));
  EXPECT_FALSE(is_name(std::string(kMaxNameBytes + 1, 'a')));
  for (const std::string_view text : {"", " ", "a.b", "caf\xc3\xa9", "a/b", "a@b", "a`b"}) {
    EXPECT_FALSE(is_name(text)) << text;
  }
}

}  // namespace
}  // namespace octavo
