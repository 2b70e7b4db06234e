#include "base/snappy.h"

#include <gtest/gtest.h>

namespace octavo {
namespace {

TEST(Snappy, BlocksComeBack) {
  const Bytes plain(100'000, 'x');
  Bytes block = "head";
  snappy_compress(plain, block);
  EXPECT_LT(block.size(), plain.size() / 10);
  Bytes back = "before";
  ASSERT_TRUE(snappy_uncompress(BytesView(block).substr(4), plain.size(), back));
  EXPECT_EQ(back, "before" + plain);
}

TEST(Snappy, WhatIsNoBlockIsRefused) {
  Bytes block;
  snappy_compress("some words, some words, some words", block);
  Bytes out;
  EXPECT_EQ(snappy_uncompress(block, 5, out).error().code, Code::corrupt);
  EXPECT_EQ(snappy_uncompress(BytesView(block).substr(0, block.size() - 3), 34, out).error().code,
            Code::corrupt);
  EXPECT_EQ(snappy_uncompress("", 0, out).error().code, Code::corrupt);
  EXPECT_EQ(out, "");
}

}  // namespace
}  // namespace octavo
