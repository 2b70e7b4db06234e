// Bytes of packets and frames, as the protocol's documentation has them.

#include <gtest/gtest.h>

#include "base/random.h"
#include "protocol/mysql/frames.h"
#include "protocol/mysql/local_infile.h"
#include "protocol/mysql/ok.h"
#include "protocol/mysql/packet.h"
#include "protocol/mysql/parameters.h"
#include "protocol/mysql/payload.h"
#include "value/datetime.h"

namespace octavo::mysql {
namespace {

using namespace std::string_literals;

TEST(Payload, LengthsHaveFourSizes) {
  const std::pair<std::uint64_t, Bytes> cases[] = {
      {0, "\x00"s},
      {250, "\xfa"},
      {251, "\xfc\xfb\x00"s},
      {65535, "\xfc\xff\xff"},
      {65536, "\xfd\x00\x00\x01"s},
      {0xffffff, "\xfd\xff\xff\xff"},
      {0x1000000, "\xfe\x00\x00\x00\x01\x00\x00\x00\x00"s}};
  for (const auto& [number, bytes] : cases) {
    Bytes out;
    put_length(out, number);
    EXPECT_EQ(out, bytes);
    EXPECT_EQ(PayloadReader(out).length(), number);
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
      EXPECT_EQ(PayloadReader(BytesView(bytes).substr(0, cut)).length(), std::nullopt);
    }
  }
  EXPECT_EQ(PayloadReader("\xfb").length(), std::nullopt);
  EXPECT_EQ(PayloadReader("\xff").length(), std::nullopt);
  EXPECT_EQ(PayloadReader("\x05"
                          "four")
                .text(),
            std::nullopt);
}

Bytes packets(BytesView payload, std::uint8_t first = 0) {
  Bytes out;
  Sequence sequence{first};
  PacketWriter(out, sequence).put(payload);
  return out;
}

TEST(Packet, HasAHeaderOfFourBytes) { EXPECT_EQ(packets("\x0e", 3), "\x01\x00\x00\x03\x0e"s); }

TEST(Packet, LongPayloadsGoInSeveral) {
  const Bytes exact = packets(Bytes(kMaxFrameBytes, 'x'));
  EXPECT_EQ(exact.size(), kMaxFrameBytes + 2 * kHeaderBytes);
  EXPECT_TRUE(exact.starts_with("\xff\xff\xff\x00"s));
  EXPECT_TRUE(exact.ends_with("\x00\x00\x00\x01"s));
  const Bytes more = packets(Bytes(kMaxFrameBytes + 1, 'x'));
  EXPECT_TRUE(more.ends_with("\x01\x00\x00\x01x"s));
  for (const std::size_t size : {kMaxFrameBytes, kMaxFrameBytes + 1}) {
    const Bytes all = packets(Bytes(size, 'y'));
    BytesView input = all;
    PacketReader reader(64 << 20);
    Sequence sequence;
    const auto packet = reader.next(input, sequence);
    ASSERT_EQ(packet.state, PacketReader::State::whole);
    EXPECT_EQ(packet.payload, Bytes(size, 'y'));
    EXPECT_TRUE(input.empty());
    EXPECT_EQ(sequence.next, 2);
  }
}

TEST(Packet, WhatIsTooLargeIsReadOver) {
  const Bytes all = packets(Bytes(5000, 'x')) + packets("ok", 1);
  PacketReader reader(1000);
  Sequence sequence;
  Bytes held;
  int too_large = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    held.push_back(all[i]);
    BytesView input = held;
    const auto packet = reader.next(input, sequence);
    const Bytes payload(packet.payload);
    held.erase(0, held.size() - input.size());
    EXPECT_LT(held.size(), 1000u);
    if (packet.state == PacketReader::State::too_large) ++too_large;
    if (packet.state == PacketReader::State::whole) EXPECT_EQ(payload, "ok");
  }
  EXPECT_EQ(too_large, 1);
  EXPECT_TRUE(held.empty());
}

TEST(Packet, WrongNumbersAreNoticed) {
  const Bytes one = packets("x", 5);
  BytesView input = one;
  Sequence sequence;
  PacketReader reader(1000);
  EXPECT_EQ(reader.next(input, sequence).state, PacketReader::State::out_of_order);
  EXPECT_EQ(input, one);
  reader.set_check(SequenceCheck::follow);
  EXPECT_EQ(reader.next(input, sequence).state, PacketReader::State::whole);
  EXPECT_EQ(sequence.next, 6);
}

TEST(Frames, ComeBackInBothCodings) {
  for (const Capabilities coding : {capability::kCompress, capability::kZstd}) {
    const FrameCoding& row = *find_coding(coding);
    for (const std::size_t size : {std::size_t{1}, std::size_t{49}, std::size_t{50},
                                   std::size_t{100'000}, kMaxFrameBytes + 10}) {
      const Bytes plain(size, 'p');
      Bytes out;
      Sequence sending;
      FrameWriter(row, 0).write(plain, sending, out);
      if (size >= 100) EXPECT_LT(out.size(), size / 10);
      FrameReader reader(row);
      Sequence receiving;
      Bytes back;
      BytesView input = out;
      while (!input.empty()) {
        ASSERT_EQ(reader.next(input, receiving, back), FrameReader::State::whole);
      }
      EXPECT_EQ(back, plain);
      EXPECT_EQ(sending.next, receiving.next);
    }
  }
}

TEST(Frames, ShortOnesGoAsTheyAre) {
  Bytes out;
  Sequence sequence;
  FrameWriter(*find_coding(capability::kCompress), 0).write("\x01\x00\x00\x00\x0e"s, sequence, out);
  EXPECT_EQ(out, "\x05\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x0e"s);
}

TEST(Frames, ALieAboutTheSizeIsDamage) {
  Bytes out;
  Sequence sequence;
  const FrameCoding& row = *find_coding(capability::kCompress);
  FrameWriter(row, 0).write(Bytes(1000, 'p'), sequence, out);
  for (const char size : {'\xe7', '\xe9'}) {  // 999 and 1001
    Bytes lie = out;
    lie[4] = size;
    BytesView input = lie;
    Sequence receiving;
    Bytes back;
    EXPECT_EQ(FrameReader(row).next(input, receiving, back), FrameReader::State::damaged);
  }
}

TEST(Ok, TellsOfChanges) {
  Bytes out;
  const Ending changed{.status = status::kAutocommit,
                       .warnings = 0,
                       .changes = {{StateChange::Kind::database, "fx", {}}}};
  put_ok(out, {}, changed, capability::kSessionTrack);
  EXPECT_EQ(out, "\x00\x00\x00\x02\x40\x00\x00\x00\x05\x01\x03\x02\x66\x78"s);
  out.clear();
  put_ok(out, {}, changed, 0);
  EXPECT_EQ(out, "\x00\x00\x00\x02\x00\x00\x00"s);
  out.clear();
  put_ok(out, {.affected = 2, .insert_id = 0, .info = "two"}, changed, 0);
  EXPECT_EQ(out, "\x00\x02\x00\x02\x00\x00\x00\x03two"s);
  out.clear();
  put_end(out, {.status = 2, .warnings = 1, .changes = {}}, 0);
  EXPECT_EQ(out, "\xfe\x01\x00\x02\x00"s);
  out.clear();
  put_end(out, {.status = 2, .warnings = 1, .changes = {}}, capability::kDeprecateEof);
  EXPECT_EQ(out, "\xfe\x00\x00\x02\x00\x01\x00"s);
}

TEST(Ok, ErrorsHaveTheirState) {
  Bytes out;
  put_error(out, sql::error<1047>().error());
  EXPECT_EQ(out, "\xff\x17\x04#08S01Unknown command");
  out.clear();
  put_error(out, sql::error<1040>().error(), StateInError::without);
  EXPECT_EQ(out, "\xff\x10\x04Too many connections");
}

TEST(Parameters, EachTypeHasItsForm) {
  const Bytes bytes =
      "\x20\x01"s  // the sixth is null; types follow
      "\x08\x00\x01\x80\x05\x00\xfd\x00\x0c\x00\x03\x00\x0b\x00"s
      "\xff\xff\xff\xff\xff\xff\xff\xff"s                   // -1
      "\xff"s                                               // 255
      "\x00\x00\x00\x00\x00\x00\xf8\x3f"s                   // 1.5
      "\x02hi"s                                             //
      "\x0b\xe4\x07\x01\x02\x03\x04\x05\x40\x42\x0f\x00"s;  // its microseconds are too many
  std::vector<ParameterType> types;
  PayloadReader bad(bytes);
  EXPECT_FALSE(read_parameters(bad, {.count = 7}, {}, types));
  Bytes good = bytes;
  good.replace(good.size() - 4, 4, "\x01\x00\x00\x00"s);
  good += "\x08\x01\x01\x00\x00\x00\x02\x03\x04"s;  // -1 day 02:03:04
  PayloadReader reader(good);
  const auto read = read_parameters(reader, {.count = 7}, {}, types);
  ASSERT_TRUE(read);
  EXPECT_EQ((*read)[0].value.as_int64(), -1);
  EXPECT_EQ((*read)[1].value.as_int64(), 255);
  EXPECT_EQ((*read)[2].value.as_float64(), 1.5);
  EXPECT_EQ((*read)[3].value.as_string(), "hi");
  EXPECT_EQ(value::format_iso8601((*read)[4].value.as_timestamp()),
            "2020-01-02T03:04:05.000001+00:00");
  EXPECT_TRUE((*read)[5].value.is_null());
  EXPECT_EQ((*read)[6].value.as_nanoseconds(), -(26 * 3600 + 3 * 60 + 4) * 1'000'000'000LL);
  EXPECT_TRUE(reader.empty());
  for (std::size_t cut = 0; cut < good.size(); ++cut) {
    std::vector<ParameterType> none;
    PayloadReader part(BytesView(good).substr(0, cut));
    EXPECT_FALSE(read_parameters(part, {.count = 7}, {}, none)) << cut;
  }
}

TEST(Parameters, HoursNeedNotBeDays) {
  const Bytes bytes = "\x00\x01\x0b\x00\x08\x01\x00\x00\x00\x00\x1e\x00\x00"s;  // -30:00:00
  std::vector<ParameterType> types;
  PayloadReader reader(bytes);
  const auto read = read_parameters(reader, {.count = 1}, {}, types);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->front().value.as_nanoseconds(), -30 * 3600 * 1'000'000'000LL);
}

TEST(Parameters, TypesStayAndLongDataCounts) {
  std::vector<ParameterType> types{{WireType::tiny, false}, {WireType::blob, false}};
  const Bytes payload = "\x00\x00\x07"s;
  PayloadReader reader(payload);
  const auto read = read_parameters(reader, {.count = 2}, {{1, "long"}}, types);
  ASSERT_TRUE(read);
  EXPECT_EQ((*read)[0].value.as_int64(), 7);
  EXPECT_EQ((*read)[1].value.as_bytes(), "long");
}

TEST(Parameters, AttributesComeInFrontOfAText) {
  const Bytes without =
      "\x00\x01"
      "SELECT 1"s;
  PayloadReader none(without);
  ASSERT_TRUE(read_attributes(none));
  EXPECT_EQ(none.rest(), "SELECT 1");
  const Bytes with = "\x01\x01\x00\x01\xfd\x00\x01k\x01vSELECT"s;
  PayloadReader one(with);
  const auto read = read_attributes(one);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->front().name, "k");
  EXPECT_EQ(read->front().value.as_string(), "v");
  EXPECT_EQ(one.rest(), "SELECT");
}

TEST(LocalInfile, IsReadToItsEnd) {
  LocalInfile file;
  EXPECT_EQ(file.on_packet("a"), LocalInfile::Next::take);
  file.fail(sql::error<1317>().error());
  EXPECT_EQ(file.on_packet("a"), LocalInfile::Next::skip);
  EXPECT_EQ(file.on_packet(""), LocalInfile::Next::end);
}

}  // namespace
}  // namespace octavo::mysql
