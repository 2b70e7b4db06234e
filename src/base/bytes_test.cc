#include "base/bytes.h"

#include <gtest/gtest.h>

#include <limits>

namespace octavo {
namespace {

TEST(Bytes, FixedWidthIntegersHaveTheirNamedByteOrder) {
  Bytes out;
  put_le<std::uint32_t>(out, 0x01020304);
  put_be<std::uint32_t>(out, 0x01020304);
  EXPECT_EQ(out, std::string_view("\x04\x03\x02\x01\x01\x02\x03\x04"));
  EXPECT_EQ(load_le<std::uint32_t>(out.data()), 0x01020304U);
  EXPECT_EQ(load_be<std::uint32_t>(out.data() + 4), 0x01020304U);
}

TEST(Bytes, VarintsRoundTripAtEveryLengthBoundary) {
  for (unsigned bits = 0; bits <= 63; ++bits) {
    for (const std::uint64_t value : {(std::uint64_t{1} << bits) - 1, std::uint64_t{1} << bits}) {
      Bytes out;
      put_varint(out, value);
      ByteReader reader(out);
      EXPECT_EQ(reader.get_varint(), value);
      EXPECT_TRUE(reader.empty());
    }
  }
  Bytes largest;
  put_varint(largest, std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(largest.size(), 10U);
  EXPECT_EQ(ByteReader(largest).get_varint(), std::numeric_limits<std::uint64_t>::max());
}

TEST(Bytes, MalformedInputLeavesTheReaderWhereItWas) {
  const Bytes unterminated(3, '\xff');
  ByteReader varint(unterminated);
  EXPECT_EQ(varint.get_varint(), std::nullopt);
  EXPECT_EQ(varint.rest().size(), 3U);

  const Bytes too_large = Bytes(9, '\xff') + '\x02';  // 65 bits
  EXPECT_EQ(ByteReader(too_large).get_varint(), std::nullopt);

  ByteReader prefixed(
      "\x05"
      "abc");
  EXPECT_EQ(prefixed.get_length_prefixed(), std::nullopt);
  EXPECT_EQ(prefixed.rest().size(), 4U);

  ByteReader fixed("abc");
  EXPECT_EQ(fixed.get_le<std::uint32_t>(), std::nullopt);
  EXPECT_EQ(fixed.get_bytes(4), std::nullopt);
  EXPECT_EQ(fixed.get_bytes(3), "abc");
}

TEST(Bytes, LengthPrefixedStringsRoundTrip) {
  Bytes out;
  put_length_prefixed(out, "");
  put_length_prefixed(out, std::string(200, 'x'));
  ByteReader reader(out);
  EXPECT_EQ(reader.get_length_prefixed(), "");
  EXPECT_EQ(reader.get_length_prefixed(), std::string(200, 'x'));
  EXPECT_TRUE(reader.empty());
}

}  // namespace
}  // namespace octavo
