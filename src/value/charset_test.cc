#include "value/charset.h"

#include <gtest/gtest.h>

#include "value/utf8.h"

namespace octavo::value {
namespace {

struct Converted {
  std::string text;
  bool all;
  bool operator==(const Converted&) const = default;
};

Converted to_utf8(CharsetId set, std::string_view in) {
  Converted out;
  out.all = charset_of(set).to_utf8(in, out.text);
  return out;
}

Converted from_utf8(CharsetId set, std::string_view in) {
  Converted out;
  out.all = charset_of(set).from_utf8(in, out.text);
  return out;
}

TEST(Charset, Names) {
  EXPECT_EQ(find_charset("UTF8MB4")->id, CharsetId::utf8mb4);
  EXPECT_EQ(find_charset("utf8")->id, CharsetId::utf8mb3);
  EXPECT_EQ(find_charset("latin1")->most_bytes, 1);
  EXPECT_EQ(find_charset("utf9"), nullptr);
  EXPECT_EQ(find_charset(""), nullptr);
}

TEST(Charset, Latin1IsThatOfWindows) {
  EXPECT_EQ(to_utf8(CharsetId::latin1, "\x80\xe9\x81\xff"),
            (Converted{"\u20ac\u00e9\u0081\u00ff", true}));
  EXPECT_EQ(from_utf8(CharsetId::latin1, "\u20ac\u00e9\u0081\u00ff"),
            (Converted{"\x80\xe9\x81\xff", true}));
  // What the set lacks, a whole character at a time: also U+0080, whose place the euro has.
  EXPECT_EQ(from_utf8(CharsetId::latin1, "a\u0436b\U0001f600c\u0080"),
            (Converted{"a?b?c?", false}));
  for (unsigned byte = 0; byte < 256; ++byte) {
    const std::string one(1, static_cast<char>(byte));
    const Converted text = to_utf8(CharsetId::latin1, one);
    EXPECT_FALSE(find_invalid_utf8(text.text));
    EXPECT_EQ(from_utf8(CharsetId::latin1, text.text), (Converted{one, true})) << byte;
  }
}

TEST(Charset, Ascii) {
  EXPECT_EQ(to_utf8(CharsetId::ascii, "a\xc3\xa9"), (Converted{"a??", false}));
  EXPECT_EQ(from_utf8(CharsetId::ascii, "a\u00e9z"), (Converted{"a?z", false}));
  EXPECT_EQ(from_utf8(CharsetId::ascii, "az"), (Converted{"az", true}));
}

TEST(Charset, ThreeBytesAreNotAll) {
  EXPECT_EQ(from_utf8(CharsetId::utf8mb3, "a\u4e00\ufffd\U0001f600z"),
            (Converted{"a\u4e00\ufffd?z", false}));
  EXPECT_EQ(to_utf8(CharsetId::utf8mb3, "\uffff"), (Converted{"\uffff", true}));
}

TEST(Charset, WhatIsIllFormedIsLostByteByByte) {
  for (const CharsetId set : {CharsetId::utf8mb3, CharsetId::utf8mb4}) {
    EXPECT_EQ(to_utf8(set, "a\xff\xe4\xb8z\xc0\x80"), (Converted{"a???z??", false}));
    EXPECT_EQ(to_utf8(set, "\xed\xa0\x80"), (Converted{"???", false}));  // a surrogate
  }
  EXPECT_EQ(to_utf8(CharsetId::utf8mb4, "\U0001f600"), (Converted{"\U0001f600", true}));
  EXPECT_EQ(from_utf8(CharsetId::latin1, "\xff"), (Converted{"?", false}));
}

TEST(Charset, BinaryStaysAsItIs) {
  EXPECT_EQ(from_utf8(CharsetId::binary, "\xff\u00e9"), (Converted{"\xff\u00e9", true}));
  EXPECT_EQ(to_utf8(CharsetId::binary, "\u00e9"), (Converted{"\u00e9", true}));
  EXPECT_EQ(to_utf8(CharsetId::binary, "\xff"), (Converted{"\xff", false}));
}

TEST(Charset, CodePoints) {
  for (char32_t c = 0; c < 0x110000; c += c < 0x900 ? 1 : 97) {
    if (c >= 0xd800 && c <= 0xdfff) continue;
    std::string text;
    append_utf8(text, c);
    EXPECT_FALSE(find_invalid_utf8(text)) << std::uint32_t{c};
    std::string_view rest = text;
    EXPECT_EQ(take_code_point(rest), c);
    EXPECT_TRUE(rest.empty());
  }
  std::string_view cut = "\xf0\x9f\x98";
  EXPECT_EQ(take_code_point(cut), kReplacement);
  EXPECT_EQ(cut.size(), 2U);
}

}  // namespace
}  // namespace octavo::value
