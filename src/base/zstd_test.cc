#include "base/zstd.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"

namespace octavo {
namespace {

Bytes compress(BytesView plain, int level = 3) {
  const auto encoder = make_zstd_encoder(level);
  Bytes out;
  encoder->encode(plain, out);
  encoder->finish(out);
  return out;
}

Bytes mixed(std::size_t size) {
  Random random(7);
  Bytes out;
  while (out.size() < size) {
    out += "a phrase that comes again ";
    out.push_back(static_cast<char>(random.below(256)));
  }
  out.resize(size);
  return out;
}

TEST(Zstd, ComesBackInPiecesOfAnySize) {
  for (const std::size_t size : {0u, 1u, 1000u, 16384u, 300'000u}) {
    const Bytes plain = mixed(size);
    const Bytes packed = compress(plain);
    if (size >= 1000) EXPECT_LT(packed.size(), size);
    for (const std::size_t step : {1u, 7u, 4096u, 1'000'000u}) {
      const auto decoder = make_zstd_decoder();
      Bytes out;
      for (BytesView rest = packed; !rest.empty();) {
        BytesView piece = rest.substr(0, step);
        rest.remove_prefix(piece.size());
        while (!piece.empty()) ASSERT_TRUE(decoder->decode(piece, out, 5000));
      }
      // What was left for want of room.
      for (std::size_t before = out.size() + 1; before != out.size();) {
        before = out.size();
        BytesView nothing;
        ASSERT_TRUE(decoder->decode(nothing, out, 5000));
      }
      EXPECT_TRUE(decoder->at_end());
      EXPECT_EQ(out, plain);
    }
  }
}

TEST(Zstd, KeepsItsLimit) {
  Bytes plain;
  plain.resize(10'000'000, 'a');
  const Bytes packed = compress(plain);
  EXPECT_LT(packed.size(), 2000u);
  const auto decoder = make_zstd_decoder();
  Bytes out;
  BytesView rest = packed;
  ASSERT_TRUE(decoder->decode(rest, out, 1000));
  EXPECT_EQ(out.size(), 1000u);
  EXPECT_FALSE(decoder->at_end());
}

TEST(Zstd, LevelsAreBroughtWithinTheirBounds) {
  const Bytes plain = mixed(5000);
  EXPECT_EQ(compress(plain, -5), compress(plain, kMinZstdLevel));
  EXPECT_EQ(compress(plain, 99), compress(plain, kMaxZstdLevel));
}

TEST(Zstd, DamageIsNoticed) {
  Bytes out;
  BytesView text = "no such stream, by its first four bytes";
  EXPECT_FALSE(make_zstd_decoder()->decode(text, out, 1000));
  // A head that asks for a window of 2 GiB.
  BytesView greedy("\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00", 9);
  EXPECT_FALSE(make_zstd_decoder()->decode(greedy, out, 1000));
  const Bytes packed = compress(mixed(5000));
  BytesView cut = BytesView(packed).substr(0, packed.size() - 1);
  const auto decoder = make_zstd_decoder();
  ASSERT_TRUE(decoder->decode(cut, out, 100'000));
  EXPECT_FALSE(decoder->at_end());
}

}  // namespace
}  // namespace octavo
