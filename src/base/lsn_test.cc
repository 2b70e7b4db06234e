#include "base/lsn.h"

#include <gtest/gtest.h>

#include "base/lsn_parts.h"

namespace octavo {
namespace {

Lsn lsn(std::uint16_t partition, std::uint16_t generation, std::uint64_t offset) {
  return join_lsn(partition, generation, offset).value();
}

TEST(Lsn, OrdersByGenerationThenOffset) {
  EXPECT_LT(lsn(0, 0, 9), lsn(0, 0, 10));
  EXPECT_LT(lsn(0, 0, 10), lsn(0, 1, 0));
  EXPECT_EQ(Lsn::zero(), lsn(0, 0, 0));
  EXPECT_LE(lsn(3, 0xffff, kLsnOffsetEnd - 1), Lsn::last(3));
}

TEST(Lsn, ComesBackFromPartitionAndOrder) {
  const Lsn there = lsn(3, 2, 4096);
  EXPECT_EQ(Lsn::of(there.partition(), there.order()), there);
  EXPECT_EQ(generation_of(there), 2);
  EXPECT_EQ(offset_of(there), 4096U);
}

// docs/formats/log.md: these bytes are on disks and in clients' hands.
TEST(Lsn, GoldenBytes) {
  Bytes out;
  put_lsn(out, lsn(1, 2, 0x030405060708));
  EXPECT_EQ(out, BytesView("\x01\x00\x02\x00\x08\x07\x06\x05\x04\x03\x00\x00", kEncodedLsnSize));

  out.clear();
  put_ordered_lsn(out, lsn(1, 2, 0x030405060708));
  EXPECT_EQ(out, BytesView("\x00\x01\x00\x02\x00\x00\x03\x04\x05\x06\x07\x08", kEncodedLsnSize));

  out.clear();
  put_lsn_vector(out, LsnVector{{lsn(0, 0, 4096), lsn(1, 3, 7)}});
  EXPECT_EQ(out, BytesView("\x02\x00"
                           "\x00\x00\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00"
                           "\x01\x00\x03\x00\x07\x00\x00\x00\x00\x00\x00\x00",
                           26));
}

TEST(Lsn, VectorsRoundTripAndRefuseTruncation) {
  const LsnVector vector{{lsn(0, 1, 2), lsn(1, 1, 77)}};
  Bytes out;
  put_lsn_vector(out, vector);
  ByteReader reader(out);
  EXPECT_EQ(get_lsn_vector(reader), vector);
  for (std::size_t size = 0; size < out.size(); ++size) {
    ByteReader cut(BytesView(out).substr(0, size));
    EXPECT_EQ(get_lsn_vector(cut), std::nullopt) << size;
  }
}

TEST(Cursor, GoldenText) {
  const Cursor cursor{LsnVector{{lsn(0, 0, 4096)}}, 3};
  EXPECT_EQ(format_cursor(cursor), "o1-AQAAAAAAABAAAAAAAAADAAAAX_v--Q");
  EXPECT_EQ(parse_cursor(format_cursor(cursor)), cursor);
}

TEST(Cursor, RefusesAnyChangedCharacter) {
  const std::string text = format_cursor(Cursor{LsnVector{{lsn(0, 0, 123456)}}, 1});
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(parse_cursor(changed), std::nullopt) << changed;
  }
  EXPECT_EQ(parse_cursor(""), std::nullopt);
  EXPECT_EQ(parse_cursor("o1-"), std::nullopt);
  EXPECT_EQ(parse_cursor(text + "A"), std::nullopt);
}

// A client may send any bytes as a cursor.
TEST(Lsn, RefusesOffsetsThatNoLogGivesOut) {
  const BytesView bytes("\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00", kEncodedLsnSize);
  ByteReader reader(bytes);
  EXPECT_EQ(get_lsn(reader), std::nullopt);
  EXPECT_EQ(parse_lsn("0:0:281474976710656"), std::nullopt);
  EXPECT_EQ(parse_lsn("0:0:281474976710655"), lsn(0, 0, kLsnOffsetEnd - 1));
}

TEST(Lsn, TextForMessages) {
  EXPECT_EQ(format_lsn(lsn(1, 2, 3)), "1:2:3");
  EXPECT_EQ(parse_lsn("1:2:3"), lsn(1, 2, 3));
}

// docs/formats/keyspace-snapshot.md: names of files.
TEST(Lsn, GoldenNames) {
  EXPECT_EQ(format_lsn_name(lsn(0, 2, 4096)), "00002-00000000000000004096");
  EXPECT_EQ(format_lsn_name(lsn(7, 2, 4096)), "00007-00002-00000000000000004096");
  for (const Lsn& there : {lsn(0, 2, 4096), lsn(7, 2, 4096)}) {
    EXPECT_EQ(parse_lsn_name(format_lsn_name(there)), there);
  }
  for (const char* wrong :
       {"", "-", "4096", "a-1", "1-", "0-1-2", "1-2-3-4", "1-281474976710656"}) {
    EXPECT_EQ(parse_lsn_name(wrong), std::nullopt) << wrong;
  }
}

}  // namespace
}  // namespace octavo
