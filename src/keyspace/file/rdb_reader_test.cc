#include "keyspace/file/rdb_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "keyspace/file/crc64.h"
#include "keyspace/file/dump.h"

namespace octavo::keyspace {
namespace {

using Found = RdbReader::Found;

// What Redis writes for `text`, in a file: its bytes with the length in front.
std::string text_of(const std::string& text) {
  return std::string(1, static_cast<char>(text.size())) + text;
}

std::string key_of(const std::string& name, const std::string& value) {
  return std::string(1, '\0') + text_of(name) + text_of(value);
}

std::string milliseconds(std::uint64_t at) {
  std::string out = "\xfc";
  put_le(out, at);
  return out;
}

std::string file_of(const std::string& body, const std::string& version = "0011") {
  std::string out = "REDIS" + version + body + "\xff";
  put_le(out, crc64(out));
  return out;
}

std::string typical_file() {
  return file_of("\xfa" + text_of("redis-ver") + text_of("7.2.4") + "\xfe" + std::string(1, '\0') +
                 "\xfb\x02\x01" + key_of("a", "1") + milliseconds(5000) + key_of("b", "2") +
                 "\xfe\x03" + "\xf9\x07" + key_of("c", "3") + "\xf8\x2a" + key_of("d", "4") +
                 "\xf5" + text_of("#!lua name=x") + key_of("e", "5"));
}

struct Read {
  std::vector<RdbKey> keys;
  std::vector<std::string> functions;
  Status outcome;
  std::string redis_version;
};

// As it comes in pieces of that size.
Read read(const std::string& file, std::size_t piece) {
  RdbReader reader;
  Read out;
  for (std::size_t at = 0;;) {
    const auto found = reader.next();
    if (!found) {
      out.outcome = fail(found.error());
      break;
    }
    if (*found == Found::key) out.keys.push_back(reader.key());
    if (*found == Found::function) out.functions.push_back(reader.function());
    if (*found == Found::end) break;
    if (*found != Found::more) continue;
    if (at >= file.size()) {
      reader.end_input();
    } else {
      reader.feed(std::string_view(file).substr(at, piece));
      at += piece;
    }
  }
  out.redis_version = reader.redis_version();
  return out;
}

TEST(RdbReader, GivesKeysWithWhatIsSaidOfThem) {
  for (const std::size_t piece : {1UL, 7UL, 4096UL}) {
    const Read all = read(typical_file(), piece);
    ASSERT_TRUE(all.outcome) << all.outcome.error().what;
    ASSERT_EQ(all.keys.size(), 5U);
    EXPECT_EQ(all.redis_version, "7.2.4");
    EXPECT_EQ(all.functions, std::vector<std::string>{"#!lua name=x"});
    const RdbKey& a = all.keys[0];
    EXPECT_EQ(a.name, "a");
    EXPECT_EQ(a.database, 0U);
    EXPECT_EQ(a.expire_at_ms, 0);
    EXPECT_TRUE(dump_is_intact(a.payload));
    const auto value = restore_value(a.payload, {});
    ASSERT_TRUE(value);
    EXPECT_TRUE(value->is_string());
    EXPECT_EQ(all.keys[1].expire_at_ms, 5000);
    EXPECT_EQ(all.keys[2].database, 3U);
    EXPECT_EQ(all.keys[2].frequency, 7);
    EXPECT_EQ(all.keys[2].expire_at_ms, 0);
    EXPECT_EQ(all.keys[3].idle_seconds, 42U);
    EXPECT_FALSE(all.keys[3].frequency);
    EXPECT_FALSE(all.keys[4].idle_seconds);
  }
}

TEST(RdbReader, NamesDamage) {
  const std::string file = typical_file();
  for (std::size_t size = 0; size < file.size(); ++size) {
    EXPECT_FALSE(read(file.substr(0, size), 64).outcome) << size;
  }
  for (std::size_t at = 0; at < file.size(); ++at) {
    std::string bent = file;
    bent[at] = static_cast<char>(bent[at] ^ 0x10);
    EXPECT_FALSE(read(bent, 64).outcome) << at;
  }
  EXPECT_EQ(read("nothing of the kind", 64).outcome.error().what,
            "this is no RDB file: it does not begin with REDIS and a version");
  EXPECT_EQ(read(file_of("", "0099"), 64).outcome.error().code, Code::unsupported);
  const std::string module = file_of("\x07" + text_of("graph") + "x");
  EXPECT_EQ(read(module, 64).outcome.error().what,
            "key `graph`: a value of a module (type 7) is not read");
}

TEST(RdbReader, HashesWithFieldsThatEnd) {
  const std::string first("\x00\x00\x00\x00\x01\x00\x00\x00", 8);
  const std::string field = "\x01" + text_of("f") + text_of("v");
  const auto found = read(file_of("\x18" + text_of("h") + first + "\x01" + field, "0012"), 64);
  ASSERT_TRUE(found.outcome);
  ASSERT_EQ(found.keys.size(), 1U);
  EXPECT_EQ(found.keys[0].payload[0], '\x18');
  EXPECT_TRUE(dump_is_intact(found.keys[0].payload));
  ASSERT_TRUE(restore_value(found.keys[0].payload, {}));
}

TEST(RdbReader, FilesWithoutChecksum) {
  std::string off = "REDIS0009" + key_of("a", "1") + "\xff" + std::string(8, '\0');
  EXPECT_TRUE(read(off, 64).outcome);
  const std::string old = "REDIS0003" + key_of("a", "1") + "\xff";
  EXPECT_TRUE(read(old, 64).outcome);
  EXPECT_EQ(read(old, 64).keys.size(), 1U);
}

}  // namespace
}  // namespace octavo::keyspace
