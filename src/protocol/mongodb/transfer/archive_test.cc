#include "protocol/mongodb/transfer/archive.h"

#include <gtest/gtest.h>

#include "base/compression.h"
#include "io/sim_file.h"
#include "protocol/mongodb/bson/bson.h"
#include "protocol/mongodb/command/build.h"

namespace octavo::mongodb::transfer {
namespace {

using value::Value;

constexpr std::string_view kEnd = "\xff\xff\xff\xff";

Bytes bytes_of(const Value& document) {
  Bytes out;
  write_bson(document, out);
  return out;
}

Bytes block(std::string_view collection, std::string_view documents) {
  return bytes_of(document({{"db", text("shop")},
                            {"collection", text(collection)},
                            {"EOF", Value::boolean(false)},
                            {"CRC", Value::int64(0)}})) +
         Bytes(documents) + Bytes(kEnd);
}

Bytes last(std::string_view collection, std::string_view documents) {
  const auto sum = static_cast<std::int64_t>(archive_crc64(documents));
  return bytes_of(document({{"db", text("shop")},
                            {"collection", text(collection)},
                            {"EOF", Value::boolean(true)},
                            {"CRC", Value::int64(sum)}})) +
         Bytes(kEnd);
}

Bytes row(int id) { return bytes_of(document({{"_id", Value::int32(id)}})); }

Bytes archive() {
  Bytes out("\x6d\xe2\x99\x81");
  out += bytes_of(document({{"version", text("0.1")}, {"server_version", text("7.0.14")}}));
  out += bytes_of(document(
      {{"db", text("shop")},
       {"collection", text("a")},
       {"metadata",
        text(R"({"options":{"capped":true,"size":{"$numberInt":"512"}},"indexes":[)"
             R"({"v":{"$numberInt":"2"},"key":{"_id":{"$numberInt":"1"}},"name":"_id_"},)"
             R"({"v":{"$numberInt":"2"},"key":{"n":{"$numberInt":"-1"}},"name":"n_-1"}]})")}}));
  out += kEnd;
  out += block("a", row(1) + row(2)) + block("b", row(7)) + block("a", row(3));
  out += last("a", row(1) + row(2) + row(3)) + last("b", row(7));
  return out;
}

class OnDisk {
 public:
  explicit OnDisk(const Bytes& bytes) {
    auto file = files_->open("archive", io::OpenMode::create);
    EXPECT_TRUE(file);
    file_ = *std::move(file);
    EXPECT_TRUE(file_->pwrite(0, bytes));
  }
  io::File& file() { return *file_; }

 private:
  const std::unique_ptr<io::SimDisk> disk_ = io::make_sim_disk(1);
  const std::unique_ptr<io::FileSystem> files_ = disk_->mount();
  std::unique_ptr<io::File> file_;
};

// How many documents there are, or why that cannot be told.
Result<int> count(const Bytes& bytes) {
  OnDisk disk(bytes);
  TRY(const auto reader, ArchiveReader::open(disk.file()));
  int documents = 0;
  for (;;) {
    TRY(const auto piece, reader->next());
    if (!piece) return documents;
    if (piece->document) ++documents;
  }
}

TEST(TransferArchive, TheChecksumIsThatOfEcma182) {
  EXPECT_EQ(archive_crc64("123456789"), 0x995dc9bbdf1939faU);
  EXPECT_EQ(archive_crc64("6789", archive_crc64("12345")), 0x995dc9bbdf1939faU);
}

TEST(TransferArchive, Definitions) {
  OnDisk disk(archive());
  const auto reader = ArchiveReader::open(disk.file());
  ASSERT_TRUE(reader);
  EXPECT_EQ((*reader)->server_version(), "7.0.14");
  ASSERT_EQ((*reader)->collections().size(), 1U);
  const ArchivedCollection& found = (*reader)->collections().front();
  EXPECT_EQ(found.definition.name.full(), "shop.a");
  EXPECT_TRUE(found.definition.options.find("size")->is_int32());
  ASSERT_EQ(found.indexes.size(), 1U);
  EXPECT_EQ(found.indexes.front().find("key")->find("n")->as_int64(), -1);
}

TEST(TransferArchive, BlocksOfSeveralCollectionsAlternate) {
  EXPECT_EQ(count(archive()).value(), 4);
}

TEST(TransferArchive, Packed) {
  const auto encoder = find_compression("gzip")->encoder();
  Bytes packed;
  encoder->encode(archive(), packed);
  encoder->finish(packed);
  EXPECT_EQ(count(packed).value(), 4);
  EXPECT_FALSE(count(packed.substr(0, packed.size() - 9)));
}

TEST(TransferArchive, DamageIsNoticed) {
  const Bytes whole = archive();
  EXPECT_FALSE(count(whole.substr(1)));
  // An archive of nothing ends behind the prelude.
  const std::size_t prelude = whole.find(kEnd) + kEnd.size();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    if (size != prelude) EXPECT_FALSE(count(whole.substr(0, size))) << size;
  }
  Bytes bent = whole;
  bent[whole.find(row(7)) + 9] ^= 1;
  const auto found = count(bent);
  ASSERT_FALSE(found);
  EXPECT_NE(found.error().what.find("checksum of shop.b"), std::string::npos);
}

}  // namespace
}  // namespace octavo::mongodb::transfer
