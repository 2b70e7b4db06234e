#include "keyspace/file/dump.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "keyspace/file/dump_format.h"
#include "keyspace/testing/test_session.h"
#include "keyspace/type/listpack.h"

namespace octavo::keyspace {
namespace {

constexpr std::int64_t kNowNs = 1'700'000'000'000'000'000;

std::string bytes_of(TestSession& session, const std::string& key) {
  std::string reply = session.run({"dump", key}, kNowNs);
  const std::size_t start = reply.find("\r\n") + 2;
  return reply.substr(start, reply.size() - start - 2);
}

std::string le_bytes(std::uint64_t number) {
  Bytes out;
  put_le(out, number);
  return out;
}
std::string be_bytes(std::uint64_t number) {
  Bytes out;
  put_be(out, number);
  return out;
}

void fill(TestSession& session) {
  const std::vector<std::vector<std::string>> commands = {
      {"set", "text", "hello"},
      {"set", "number", "-12345"},
      {"set", "long", std::string(30'000, 'x')},
      {"rpush", "list", "a", "1", std::string(300, 'b')},
      {"sadd", "ints", "1", "-70000", "5000000000"},
      {"sadd", "set", "a", "b", "1"},
      {"zadd", "zset", "1.5", "a", "-inf", "b", "3", "c"},
      {"hset", "hash", "f", "v", "g", "2"},
      {"hset", "ends", "f", "v", "g", "2"},
      {"hexpire", "ends", "100", "fields", "1", "f"},
      {"xadd", "stream", "1-1", "f", "v"},
      {"xadd", "stream", "2-1", "f", "v", "g", "w"},
      {"xgroup", "create", "stream", "group", "0"},
      {"xreadgroup", "group", "group", "reader", "count", "1", "streams", "stream", ">"},
  };
  for (const auto& command : commands) {
    ASSERT_NE(session.run(command, kNowNs)[0], '-') << command[0] << " " << command[1];
  }
}

const std::vector<std::string> kFilled = {"text", "number", "long", "list", "ints",
                                          "set",  "zset",   "hash", "ends", "stream"};

TEST(DumpTest, RestoreMakesTheSameValue) {
  TestSession session;
  fill(session);
  for (const std::string& key : kFilled) {
    const std::string payload = bytes_of(session, key);
    ASSERT_TRUE(dump_is_intact(payload)) << key;
    EXPECT_EQ(session.run({"restore", key + "-copy", "0", payload}, kNowNs), "+OK\r\n") << key;
    EXPECT_EQ(bytes_of(session, key + "-copy"), payload) << key;
  }
  EXPECT_EQ(session.compare(), "");
}

// As Redis 7.4 writes them, in both of its forms and in those of its release candidates.
TEST(DumpTest, FieldsThatEnd) {
  constexpr std::uint64_t kFirstMs = 1'800'000'000'000;
  const std::string first = le_bytes(kFirstMs);
  ListpackWriter pack;
  for (const std::string_view text : {"b", "2", "1800000000005", "a", "1", "0"}) pack.add(text);
  const std::string listpack = std::move(pack).finish();
  const std::string packed(1, static_cast<char>(listpack.size()));
  // A length of more than 32 bits.
  const std::string moment = "\x81" + be_bytes(kFirstMs + 5);
  const std::vector<std::string> values = {
      "\x16\x02" + std::string(1, '\0') +
          "\x01"
          "a\x01"
          "1" +
          moment +
          "\x01"
          "b\x01"
          "2",
      "\x17" + packed + listpack,
      "\x18" + first + "\x02" + std::string(1, '\0') +
          "\x01"
          "a\x01"
          "1\x06\x01"
          "b\x01"
          "2",
      "\x19" + first + packed + listpack,
  };
  for (const std::string& value : values) {
    TestSession session;
    const std::string payload =
        dump_of(static_cast<std::uint8_t>(value[0]), value.substr(1), kNewestRdbVersion);
    ASSERT_EQ(session.run({"restore", "h", "0", payload}, kNowNs), "+OK\r\n") << int{value[0]};
    EXPECT_EQ(session.run({"hpexpiretime", "h", "fields", "3", "a", "b", "c"}, kNowNs),
              "*3\r\n:-1\r\n:1800000000005\r\n:-2\r\n");
    EXPECT_EQ(session.run({"hmget", "h", "a", "b"}, kNowNs), "*2\r\n$1\r\n1\r\n$1\r\n2\r\n");
    EXPECT_EQ(session.run({"object", "encoding", "h"}, kNowNs), "$10\r\nlistpackex\r\n");
    const std::string ours = bytes_of(session, "h");
    EXPECT_EQ(ours[0], '\x18');
    EXPECT_EQ(load_le<std::uint16_t>(ours.data() + ours.size() - kDumpTrailerBytes),
              kRdbVersionOfEnds);
    EXPECT_EQ(session.run({"restore", "copy", "0", ours}, kNowNs), "+OK\r\n");
    EXPECT_EQ(bytes_of(session, "copy"), ours);
    EXPECT_EQ(session.compare(), "");
    // Without times to live it is what older versions read.
    session.run({"hpersist", "h", "fields", "1", "b"}, kNowNs);
    const std::string plain = bytes_of(session, "h");
    EXPECT_EQ(plain[0], '\x04');
    EXPECT_EQ(load_le<std::uint16_t>(plain.data() + plain.size() - kDumpTrailerBytes), kRdbVersion);
  }
}

TEST(DumpTest, KeepsNegativeZerosOfLargeSortedSets) {
  TestSession session;
  const std::string big(100, 'b');
  ASSERT_EQ(session.run({"zadd", "zset", "1", big}, kNowNs), ":1\r\n");
  ASSERT_EQ(session.run({"zadd", "zset", "-0", "", "0", "a"}, kNowNs), ":2\r\n");
  const std::string payload = bytes_of(session, "zset");
  EXPECT_EQ(session.run({"restore", "copy", "0", payload}, kNowNs), "+OK\r\n");
  EXPECT_EQ(bytes_of(session, "copy"), payload);
  EXPECT_EQ(session.run({"zscore", "copy", ""}, kNowNs), "$2\r\n-0\r\n");
}

TEST(DumpTest, ReadsWhatRedisWrote) {
  TestSession session;
  // redis-server 7.0.15: RPUSH l a b; DUMP l. A quicklist of one listpack.
  const std::string list(
      "\x12\x01\x02\r\r\x00\x00\x00\x02\x00\x81\x61\x02\x81\x62\x02\xff\n\x00"
      "h\xeb\n\x89\x13"
      "A\xbb\xb1",
      27);
  EXPECT_EQ(session.run({"restore", "l", "0", list}, kNowNs), "+OK\r\n");
  EXPECT_EQ(session.run({"lrange", "l", "0", "-1"}, kNowNs), "*2\r\n$1\r\na\r\n$1\r\nb\r\n");
  // ZADD z 1.5 m 2 n; DUMP z. A listpack, with the score 2 as an integer.
  const std::string zset(
      "\x11\x14\x14\x00\x00\x00\x04\x00\x81m\x02\x83"
      "1.5\x04\x81n\x02\x02\x01\xff\n\x00\xf1\xb0:mX_i8",
      32);
  EXPECT_EQ(session.run({"restore", "z", "0", zset}, kNowNs), "+OK\r\n");
  EXPECT_EQ(session.run({"zscore", "z", "m"}, kNowNs), "$3\r\n1.5\r\n");
  EXPECT_EQ(session.run({"zscore", "z", "n"}, kNowNs), "$1\r\n2\r\n");
}

TEST(DumpTest, DamagedPayloadsAreRefused) {
  TestSession session;
  fill(session);
  for (const std::string& key : kFilled) {
    const std::string payload = bytes_of(session, key);
    for (std::size_t i = 0; i < payload.size(); i += 1 + payload.size() / 200) {
      std::string damaged = payload;
      damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
      EXPECT_EQ(session.run({"restore", "x", "0", damaged}, kNowNs),
                "-ERR DUMP payload version or checksum are wrong\r\n")
          << key << " at " << i;
    }
    // Past the checksum the reader still has to stop at the end of what there is.
    for (std::size_t size = 0; size < payload.size() - 10; size += 1 + payload.size() / 200) {
      std::string cut = payload.substr(0, size) + payload.substr(payload.size() - 10);
      EXPECT_FALSE(restore_value(cut, {})) << key << " cut to " << size;
    }
  }
}

// A ziplist of texts of less than 64 bytes, as a string.
std::string ziplist_string(const std::vector<std::string>& texts) {
  std::string body;
  std::size_t before = 0;
  for (const std::string& text : texts) {
    body.push_back(static_cast<char>(before));
    body.push_back(static_cast<char>(text.size()));
    body += text;
    before = text.size() + 2;
  }
  std::string list;
  put_le(list, static_cast<std::uint32_t>(10 + body.size() + 1));
  put_le(list, std::uint32_t{10});
  put_le(list, static_cast<std::uint16_t>(texts.size()));
  list += body + "\xff";
  return static_cast<char>(list.size()) + list;
}

TEST(DumpTest, ReadsTheFormsOfOldVersions) {
  struct Case {
    RdbType type;
    std::string value;
    std::vector<std::string> shown;
    std::string expected;
  };
  const std::vector<Case> cases = {
      {RdbType::list_ziplist,
       ziplist_string({"a", "bc"}),
       {"lrange", "key", "0", "-1"},
       "*2\r\n$1\r\na\r\n$2\r\nbc\r\n"},
      {RdbType::list_ziplists,
       "\x02" + ziplist_string({"a"}) + ziplist_string({"b"}),
       {"lrange", "key", "0", "-1"},
       "*2\r\n$1\r\na\r\n$1\r\nb\r\n"},
      {RdbType::hash_ziplist,
       ziplist_string({"f", "v"}),
       {"hgetall", "key"},
       "*2\r\n$1\r\nf\r\n$1\r\nv\r\n"},
      {RdbType::hash_zipmap,
       std::string("\x07\x01\x01"
                   "f\x01\x00v\xff",
                   8),
       {"hgetall", "key"},
       "*2\r\n$1\r\nf\r\n$1\r\nv\r\n"},
      {RdbType::zset_ziplist,
       ziplist_string({"m", "1.5"}),
       {"zscore", "key", "m"},
       "$3\r\n1.5\r\n"},
      {RdbType::zset_text,
       "\x02\x01m\x03"
       "1.5\x01n\xff",
       {"zscore", "key", "n"},
       "$4\r\n-inf\r\n"},
  };
  for (const Case& one : cases) {
    TestSession session;
    const Bytes payload = dump_of(static_cast<std::uint8_t>(one.type), one.value, 7);
    ASSERT_EQ(session.run({"restore", "key", "0", payload}, kNowNs), "+OK\r\n")
        << static_cast<int>(one.type);
    EXPECT_EQ(session.run(one.shown, kNowNs), one.expected) << static_cast<int>(one.type);
  }
}

}  // namespace
}  // namespace octavo::keyspace
