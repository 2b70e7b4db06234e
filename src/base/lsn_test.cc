#include "base/lsn.h"

#include <gtest/gtest.h>

namespace octavo {
namespace {

TEST(Lsn, OrdersByGenerationThenOffset) {
  EXPECT_LT((Lsn{0, 0, 9}), (Lsn{0, 0, 10}));
  EXPECT_LT((Lsn{0, 0, 10}), (Lsn{0, 1, 0}));
  EXPECT_EQ(Lsn::zero(), (Lsn{0, 0, 0}));
}

// docs/formats/log.md: these bytes are on disks and in clients' hands.
TEST(Lsn, GoldenBytes) {
  Bytes out;
  put_lsn(out, Lsn{1, 2, 0x0102030405060708});
  EXPECT_EQ(out, BytesView("\x01\x00\x02\x00\x08\x07\x06\x05\x04\x03\x02\x01", kEncodedLsnSize));

  out.clear();
  put_lsn_vector(out, LsnVector{{Lsn{0, 0, 4096}, Lsn{1, 3, 7}}});
  EXPECT_EQ(out, BytesView("\x02\x00"
                           "\x00\x00\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00"
                           "\x01\x00\x03\x00\x07\x00\x00\x00\x00\x00\x00\x00",
                           26));
}

TEST(Lsn, VectorsRoundTripAndRefuseTruncation) {
  const LsnVector vector{{Lsn{0, 1, 2}, Lsn{1, 1, 77}}};
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
  const Cursor cursor{LsnVector{{Lsn{0, 0, 4096}}}, 3};
  EXPECT_EQ(format_cursor(cursor), "o1-AQAAAAAAABAAAAAAAAADAAAAX_v--Q");
  EXPECT_EQ(parse_cursor(format_cursor(cursor)), cursor);
}

TEST(Cursor, RefusesAnyChangedCharacter) {
  const std::string text = format_cursor(Cursor{LsnVector{{Lsn{0, 0, 123456}}}, 1});
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(parse_cursor(changed), std::nullopt) << changed;
  }
  EXPECT_EQ(parse_cursor(""), std::nullopt);
  EXPECT_EQ(parse_cursor("o1-"), std::nullopt);
  EXPECT_EQ(parse_cursor(text + "A"), std::nullopt);
}

TEST(Lsn, TextForMessages) { EXPECT_EQ(format_lsn(Lsn{1, 2, 3}), "1:2:3"); }

}  // namespace
}  // namespace octavo
