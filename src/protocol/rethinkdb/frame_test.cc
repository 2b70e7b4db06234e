#include "protocol/rethinkdb/frame.h"

#include <gtest/gtest.h>

#include <string>

namespace octavo::rethinkdb {
namespace {

using State = QueryFrame::State;
using namespace std::string_literals;

// Token 1, 5 bytes: facts of the protocol, written by hand.
const std::string kStop = "\x01\0\0\0\0\0\0\0\x03\0\0\0[3]"s;

TEST(Frame, TokenAndSizeAreLittleEndian) {
  const std::string bytes = "\x08\x07\x06\x05\x04\x03\x02\x01\x03\0\0\0[5]"s;
  const QueryFrame frame = parse_frame(bytes);
  EXPECT_EQ(frame.state, State::whole);
  EXPECT_EQ(frame.token, 0x0102030405060708);
  EXPECT_EQ(frame.announced, 3U);
  EXPECT_EQ(frame.json, "[5]");
  EXPECT_EQ(frame.size(), bytes.size());
}

TEST(Frame, TokensAreSigned) {
  const std::string bytes = std::string(8, '\xff') + std::string(4, '\0');
  const QueryFrame frame = parse_frame(bytes);
  EXPECT_EQ(frame.state, State::whole);
  EXPECT_EQ(frame.token, -1);
  EXPECT_TRUE(frame.json.empty());
}

TEST(Frame, EveryPrefixNeedsMore) {
  for (std::size_t size = 0; size < kStop.size(); ++size) {
    EXPECT_EQ(parse_frame(BytesView(kStop).substr(0, size)).state, State::more) << size;
  }
  EXPECT_EQ(parse_frame(kStop).state, State::whole);
}

TEST(Frame, TheNextFrameIsLeftAlone) {
  const std::string bytes = kStop + "\x02\0\0\0\0\0\0\0\x04\0\0\0"s;
  const QueryFrame first = parse_frame(bytes);
  EXPECT_EQ(first.json, "[3]");
  const QueryFrame second = parse_frame(BytesView(bytes).substr(first.size()));
  EXPECT_EQ(second.state, State::more);
}

TEST(Frame, TheLargestQueryIsOneByteUnder128MiB) {
  const std::string allowed = "\x01\0\0\0\0\0\0\0\xff\xff\xff\x07"s;
  EXPECT_EQ(parse_frame(allowed).state, State::more);
  const std::string refused = "\x09\0\0\0\0\0\0\0\0\0\0\x08"s;
  const QueryFrame frame = parse_frame(refused);  // refused before its bytes have come
  EXPECT_EQ(frame.state, State::too_large);
  EXPECT_EQ(frame.token, 9);
  EXPECT_EQ(frame.announced, 134217728U);
  const std::string largest = std::string(8, '\0') + std::string(4, '\xff');
  EXPECT_EQ(parse_frame(largest).state, State::too_large);
}

TEST(Frame, IsWrittenAfterWhatIsThere) {
  Bytes out = "before";
  const std::size_t start = begin_frame(out);
  out += "[3]";
  end_frame(start, 1, out);
  EXPECT_EQ(out, "before" + kStop);
}

}  // namespace
}  // namespace octavo::rethinkdb
