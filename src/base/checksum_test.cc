#include "base/checksum.h"

#include <gtest/gtest.h>

namespace octavo {
namespace {

// RFC 3720, appendix B.4, and the check value of the CRC catalogue.
TEST(Checksum, Crc32cMatchesItsStandard) {
  EXPECT_EQ(crc32c("123456789"), 0xe3069283U);
  EXPECT_EQ(crc32c(Bytes(32, '\0')), 0x8a9136aaU);
  EXPECT_EQ(crc32c(Bytes(32, '\xff')), 0x62a8ab43U);
  EXPECT_EQ(crc32c(""), 0U);
}

TEST(Checksum, Crc32cChains) {
  const Bytes data = "the quick brown fox jumps over the lazy dog";
  for (std::size_t cut = 0; cut <= data.size(); ++cut) {
    const BytesView view = data;
    EXPECT_EQ(crc32c(view.substr(cut), crc32c(view.substr(0, cut))), crc32c(data));
  }
}

// Fingerprints are written to disk: they may never change.
TEST(Checksum, Hash64IsStable) {
  EXPECT_EQ(hash64(""), 0x2d06800538d394c2ULL);
  EXPECT_NE(hash64("a", 0), hash64("a", 1));
}

}  // namespace
}  // namespace octavo
