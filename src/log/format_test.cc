#include <gtest/gtest.h>

#include "base/checksum.h"
#include "log/identity.h"
#include "log/record.h"
#include "log/segment.h"

namespace octavo::log {
namespace {

std::string hex(BytesView bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    constexpr char kDigits[] = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(bytes[i]);
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
    if (i % 16 == 15 && i + 1 < bytes.size()) out += '\n';
  }
  return out;
}

ClusterId sample_cluster() {
  ClusterId cluster;
  for (std::size_t i = 0; i < cluster.bytes.size(); ++i) {
    cluster.bytes[i] = static_cast<char>(0xa0 + i);
  }
  return cluster;
}

RecordHeader sample_header() {
  RecordHeader header;
  header.kind = RecordKind::transactions;
  header.feature_level = 0x0102;
  header.generation = 3;
  header.transaction_count = 2;
  header.payload_size = 11;
  header.cluster = sample_cluster();
  header.origin = {.node = 7, .incarnation = 9, .sequence = 0x1122334455667788};
  header.time_ns = 1'700'000'000'123'456'789;
  return header;
}

struct alignas(8) AlignedBuffer {
  char bytes[512] = {};
};

Bytes encode(const RecordHeader& header, std::vector<BytesView> payload, std::uint32_t seed) {
  AlignedBuffer buffer;
  std::memset(buffer.bytes, 0x55, sizeof(buffer.bytes));
  encode_record(buffer.bytes, header, payload, seed);
  return Bytes(buffer.bytes, record_size(header.payload_size));
}

// These bytes are on disks. A change of them is a new format version.
TEST(RecordFormat, GoldenBytes) {
  const Bytes record = encode(sample_header(), {"hello ", "world"}, 0x12345678);
  EXPECT_EQ(hex(record),
            "4f435452043572b80b00000001000100\n"
            "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf\n"
            "07000000090000008877665544332211\n"
            "15cd853dfe9c97170200000002010300\n"
            "68656c6c6f20776f726c640000000000");
}

TEST(RecordFormat, RoundTrip) {
  const Bytes record = encode(sample_header(), {"hello ", "", "world"}, 5);
  ASSERT_EQ(record.size(), 80U);
  const auto parsed = parse_record(record, 5);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->header, sample_header());
  EXPECT_EQ(parsed->payload, "hello world");
  EXPECT_EQ(parsed->size, record.size());
  EXPECT_EQ(peek_record_size(BytesView(record).substr(0, kRecordHeaderSize)).value(), 80U);
}

TEST(RecordFormat, EveryFlippedBitIsFound) {
  const Bytes record = encode(sample_header(), {"hello world"}, 5);
  for (std::size_t bit = 0; bit < record.size() * 8; ++bit) {
    Bytes damaged = record;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(parse_record(damaged, 5)) << "bit " << bit;
  }
}

TEST(RecordFormat, EveryTruncationIsFound) {
  const Bytes record = encode(sample_header(), {"hello world"}, 5);
  for (std::size_t size = 0; size < record.size(); ++size) {
    EXPECT_EQ(parse_record(BytesView(record).substr(0, size), 5).error(), RecordFault::truncated);
  }
}

// The checksum of what the record holds now (docs/formats/log.md).
void reseal(Bytes& record, std::uint32_t seed) {
  const std::size_t end = kRecordHeaderSize + load_le<std::uint32_t>(record.data() + 8);
  store_le(record.data() + 4, crc32c(BytesView(record).substr(8, end - 8), seed));
}

TEST(RecordFormat, TellsFaultsApart) {
  EXPECT_EQ(parse_record(Bytes(80, '\0'), 0).error(), RecordFault::absent);
  EXPECT_EQ(parse_record(Bytes(80, 'x'), 0).error(), RecordFault::bad_magic);
  const Bytes record = encode(sample_header(), {"hello world"}, 5);
  EXPECT_EQ(parse_record(record, 6).error(), RecordFault::bad_checksum);  // of another place
  Bytes unknown_kind = record;
  unknown_kind[14] = 99;
  EXPECT_EQ(parse_record(unknown_kind, 5).error(), RecordFault::bad_header);
  reseal(unknown_kind, 5);
  EXPECT_EQ(parse_record(unknown_kind, 5).error(), RecordFault::newer);
  Bytes endless = record;
  store_le<std::uint32_t>(endless.data() + 8, 0xffffffff);
  EXPECT_EQ(parse_record(endless, 5).error(), RecordFault::bad_header);
}

SegmentHeader sample_segment() {
  SegmentHeader header;
  header.generation = 3;
  header.salt = 0xdeadbeef;
  header.cluster = sample_cluster();
  header.start = 0x100001000;
  header.previous_end = 0x2000;
  header.base_time_ns = 1'700'000'000'123'456'789;
  return header;
}

TEST(SegmentFormat, GoldenBytes) {
  AlignedBuffer page;
  encode_segment_header(page.bytes, sample_segment());
  store_durable_mark(page.bytes, sample_segment(), sample_segment().start + 0x50);
  EXPECT_EQ(hex(BytesView(page.bytes, 80)),
            "4f4354532c8f239201000300efbeadde\n"
            "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf\n"
            "00100000010000000020000000000000\n"
            "15cd853dfe9c97170000000000000000\n"
            "0a00000092c055620000000000000000");
  EXPECT_EQ(BytesView(page.bytes, 512).substr(80).find_first_not_of('\0'), BytesView::npos);
}

TEST(SegmentFormat, RoundTripAndDamage) {
  AlignedBuffer page;
  EXPECT_EQ(parse_segment_header(BytesView(page.bytes, 512)).error(), SegmentHeaderFault::absent);
  encode_segment_header(page.bytes, sample_segment());
  const Bytes whole(page.bytes, 512);
  EXPECT_EQ(parse_segment_header(whole).value(), sample_segment());
  for (std::size_t bit = 0; bit < 56 * 8; ++bit) {
    Bytes damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_EQ(parse_segment_header(damaged).error(), SegmentHeaderFault::bad) << "bit " << bit;
  }
}

TEST(SegmentFormat, DurableMark) {
  AlignedBuffer page;
  const SegmentHeader header = sample_segment();
  encode_segment_header(page.bytes, header);
  EXPECT_EQ(load_durable_mark(BytesView(page.bytes, 512), header), 0U);
  store_durable_mark(page.bytes, header, header.start + 4096);
  EXPECT_EQ(load_durable_mark(BytesView(page.bytes, 512), header), header.start + 4096);
  page.bytes[65] ^= 4;
  EXPECT_EQ(load_durable_mark(BytesView(page.bytes, 512), header), std::nullopt);
}

TEST(SegmentFormat, Names) {
  EXPECT_EQ(format_segment_name({.generation = 1, .start = 4096}), "0001-0000000000001000.seg");
  const auto parsed = parse_segment_name("00ff-00000001deadbeef.seg");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->generation, 0xff);
  EXPECT_EQ(parsed->start, 0x1deadbeefU);
  for (const auto* bad : {"", "identity", "0001-0000000000001000.tmp", "001-0000000000001000.seg",
                          "0001-000000000000100g.seg", "0001_0000000000001000.seg"}) {
    EXPECT_FALSE(parse_segment_name(bad)) << bad;
  }
}

TEST(IdentityFormat, GoldenBytesAndDamage) {
  Identity identity;
  identity.cluster = sample_cluster();
  identity.generation = 3;
  identity.incarnation = 5;
  identity.clean = true;
  identity.tail = 0x123456;
  identity.boot_id = "boot";
  const Bytes bytes = encode_identity(identity);
  EXPECT_EQ(hex(bytes),
            "4f43544901000300a0a1a2a3a4a5a6a7\n"
            "a8a9aaabacadaeaf0500000001563412\n"
            "000000000004626f6f7473186bfe");
  EXPECT_EQ(parse_identity(bytes), identity);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    Bytes damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(parse_identity(damaged)) << "bit " << bit;
  }
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(parse_identity(BytesView(bytes).substr(0, size)));
  }
}

}  // namespace
}  // namespace octavo::log
