#include "base/compression.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"

namespace octavo {
namespace {

using namespace std::string_literals;

Bytes compress(const Compression& row, BytesView data, std::size_t piece) {
  const auto encoder = row.encoder();
  Bytes out;
  for (; !data.empty(); data.remove_prefix(std::min(piece, data.size()))) {
    encoder->encode(data.substr(0, piece), out);
  }
  encoder->finish(out);
  return out;
}

struct Decoded {
  Status status;
  Bytes bytes;
  bool whole = false;
};

Decoded decompress(const Compression& row, BytesView data, std::size_t piece, std::size_t limit) {
  const auto decoder = row.decoder();
  Decoded out;
  while (out.status) {
    BytesView next = data.substr(0, piece);
    const std::size_t given = next.size();
    const std::size_t before = out.bytes.size();
    out.status = decoder->decode(next, out.bytes, limit);
    EXPECT_LE(out.bytes.size(), before + limit);
    data.remove_prefix(given - next.size());
    if (data.empty() && out.bytes.size() < before + limit) break;
  }
  out.whole = decoder->at_end();
  return out;
}

Bytes sample(std::size_t size) {
  Random random(1);
  Bytes out;
  while (out.size() < size) out += "row " + std::to_string(random.below(1000)) + "\n";
  return out;
}

TEST(Compression, ThereAndBackWhateverThePieces) {
  const Bytes data = sample(100'000);
  for (const char* name : {"gzip", "x-gzip", "deflate", "GZIP"}) {
    const Compression* row = find_compression(name);
    ASSERT_NE(row, nullptr) << name;
    for (const std::size_t piece : {std::size_t{1}, std::size_t{777}, data.size()}) {
      const Bytes small = compress(*row, data, piece);
      EXPECT_LT(small.size(), data.size() / 2);
      for (const std::size_t limit : {std::size_t{1}, std::size_t{4096}, std::size_t{1} << 20U}) {
        const Decoded back = decompress(*row, small, piece, limit);
        EXPECT_TRUE(back.status.has_value()) << back.status.error().what;
        EXPECT_TRUE(back.whole);
        EXPECT_EQ(back.bytes, data) << name << ' ' << piece << ' ' << limit;
      }
    }
  }
  EXPECT_EQ(find_compression("br"), nullptr);
  EXPECT_EQ(find_compression(""), nullptr);
}

// Made by Python's zlib and gzip of b"hello".
TEST(Compression, ReadsWhatOthersMake) {
  const Bytes zlib = "\x78\x9c\xcb\x48\xcd\xc9\xc9\x07\x00\x06\x2c\x02\x15"s;
  const Bytes raw = "\xcb\x48\xcd\xc9\xc9\x07\x00"s;
  const Bytes gzip =
      "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"s
      "\xcb\x48\xcd\xc9\xc9\x07\x00\x86\xa6\x10\x36\x05\x00\x00\x00"s;
  const Compression& deflate = *find_compression("deflate");
  EXPECT_EQ(decompress(deflate, zlib, 1, 100).bytes, "hello");
  EXPECT_EQ(decompress(deflate, raw, 1, 100).bytes, "hello");
  const Compression& gz = *find_compression("gzip");
  EXPECT_EQ(decompress(gz, gzip, 1, 100).bytes, "hello");
  // Members one behind the other are one stream.
  const Decoded two = decompress(gz, gzip + gzip, 7, 3);
  EXPECT_EQ(two.bytes, "hellohello");
  EXPECT_TRUE(two.whole);
}

TEST(Compression, DamageIsAnErrorAndAnEndThatIsMissingIsSeen) {
  const Bytes data = sample(10'000);
  for (const char* name : {"gzip", "deflate"}) {
    const Compression& row = *find_compression(name);
    const Bytes small = compress(row, data, data.size());
    const Decoded cut = decompress(row, BytesView(small).substr(0, small.size() - 1), 100, 1000);
    EXPECT_TRUE(cut.status.has_value());
    EXPECT_FALSE(cut.whole);
    Bytes damaged = small;
    damaged.back() = static_cast<char>(damaged.back() ^ 1);
    EXPECT_EQ(decompress(row, damaged, 100, 1000).status.error().code, Code::corrupt) << name;
    EXPECT_EQ(decompress(row, small + "junk", 100, 1000).status.error().code, Code::corrupt);
    EXPECT_EQ(decompress(row, "\xff\xff\xff\xff", 100, 1000).status.error().code, Code::corrupt);
    EXPECT_FALSE(decompress(row, "", 100, 1000).whole);
  }
}

}  // namespace
}  // namespace octavo
