#include "keyspace/batch.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "keyspace/command_table.h"
#include "keyspace/keyspace.h"
#include "keyspace/reply.h"

namespace octavo::keyspace {
namespace {

using Call = std::vector<std::string_view>;

void add(LocalBatch& batch, const Call& call) {
  const CommandSpec* spec = keyspace_commands().find(call[0]);
  ASSERT_NE(spec, nullptr) << call[0];
  batch.add(*spec, 3, call);
}

std::vector<std::string> logged(LocalBatch& batch) {
  std::vector<std::string> ops;
  batch.encode_ops([&](BytesView op) { ops.emplace_back(op); });
  return ops;
}

TEST(BatchTest, WritesAreLoggedAndReadsAreNot) {
  std::string out;
  LocalBatch batch(out);
  add(batch, {"get", "k"});
  EXPECT_FALSE(batch.has_writes());
  add(batch, {"SET", "k", "v"});
  batch.add_reply("+OK\r\n");
  add(batch, {"del", "k"});
  EXPECT_TRUE(batch.has_writes());
  EXPECT_EQ(batch.call_count(), 4U);

  const auto ops = logged(batch);
  ASSERT_EQ(ops.size(), 2U);
  const auto op = decode_op(ops[0]);
  ASSERT_TRUE(op);
  EXPECT_FALSE(op->is_transaction);
  ASSERT_EQ(op->calls.size(), 1U);
  EXPECT_EQ(op->calls[0].db, 3U);
  EXPECT_EQ(op->calls[0].args, (Call{"SET", "k", "v"}));

  batch.clear();
  EXPECT_TRUE(batch.empty());
  EXPECT_TRUE(logged(batch).empty());
}

// Who is told of which calls, as `name*count/failed` and `name` of one that was timed by itself.
class Timings final : public CallObserver {
 public:
  void called(const CommandSpec& spec, Args, std::int64_t duration_ns, bool failed) override {
    EXPECT_GE(duration_ns, 0);
    told.push_back(fmt::format("{}{}", spec.name, failed ? " failed" : ""));
  }
  void called_together(const CommandSpec& spec, std::size_t count, std::size_t failed,
                       std::int64_t duration_ns) override {
    EXPECT_GE(duration_ns, 0);
    told.push_back(fmt::format("{}*{}/{}", spec.name, count, failed));
  }
  std::vector<std::string> told;
};

TEST(BatchTest, SmallFastCallsAreTimedTogether) {
  const std::string large(64 * 1024, 'x');
  const auto told = [&](CallTiming timing, std::string_view value) {
    Keyspace keyspace({.databases = 4});
    Timings timings;
    std::string out;
    LocalBatch batch(out);
    batch.observe_calls(&timings, timing);
    for (int i = 0; i < 18; ++i) add(batch, {"set", "k", value});
    add(batch, {"lpush", "k", "x"});  // an error: it holds a string
    add(batch, {"lpush", "l", "x"});
    add(batch, {"keys", "*"});
    add(batch, {"get", "k"});
    keyspace.apply_local(batch, 1'000'000'000, 1);
    return timings.told;
  };
  using Told = std::vector<std::string>;
  EXPECT_EQ(told(CallTiming::together, "v"),
            (Told{"set*16/0", "set*2/0", "lpush*2/1", "keys", "get*1/0"}));
  Told each(18, "set");
  each.insert(each.end(), {"lpush failed", "lpush", "keys", "get"});
  EXPECT_EQ(told(CallTiming::each, "v"), each);
  EXPECT_EQ(told(CallTiming::together, large), each);
}

TEST(BatchTest, ATransactionIsOneOperationWithItsGuards) {
  std::string out;
  LocalBatch batch(out);
  batch.begin_transaction({{5, "watched", 77}});
  add(batch, {"set", "a", "1"});
  add(batch, {"get", "a"});
  add(batch, {"incr", "a"});
  batch.end_transaction();
  batch.begin_transaction({});
  add(batch, {"get", "a"});
  batch.end_transaction();

  const auto ops = logged(batch);
  ASSERT_EQ(ops.size(), 1U);  // the second one only reads
  const auto op = decode_op(ops[0]);
  ASSERT_TRUE(op);
  EXPECT_TRUE(op->is_transaction);
  ASSERT_EQ(op->guards.size(), 1U);
  EXPECT_EQ(op->guards[0].db, 5U);
  EXPECT_EQ(op->guards[0].key, "watched");
  EXPECT_EQ(op->guards[0].version, 77U);
  ASSERT_EQ(op->calls.size(), 2U);
  EXPECT_EQ(op->calls[1].args, (Call{"incr", "a"}));
}

// One reply per request, whatever became of the log: a client counts them.
TEST(BatchTest, EffectsHaveTheMomentOfTheirCalls) {
  Bytes call;
  encode_call(call, 1, Call{"set", "k", "v"});
  Bytes calls;
  put_length_prefixed(calls, call);
  const WatchGuard guards[] = {{0, "g", 5}, {kWholeKeyspace, "", 9}};
  const Bytes op = encode_effects({0x0102, 0x0304}, guards, 1, calls);
  EXPECT_EQ(op, std::string("\xfe\x02\x01\0\0\0\0\0\0\x04\x03\0\0\0\0\0\0"
                            "\x02"
                            "\0\x01g\x05\0\0\0\0\0\0\0"
                            "\xff\0\x09\0\0\0\0\0\0\0"
                            "\x01"
                            "\x0a\x01\x03\x03set\x01k\x01v",
                            51));
  const auto read = decode_op(op);
  ASSERT_TRUE(read && read->moment);
  EXPECT_EQ(read->moment->time_ns, 0x0102);
  EXPECT_EQ(read->moment->seed, 0x0304U);
  ASSERT_EQ(read->guards.size(), 2U);
  ASSERT_EQ(read->calls.size(), 1U);
  EXPECT_EQ(read->calls[0].args, (Call{"set", "k", "v"}));
  for (std::size_t size = 1; size < op.size(); ++size) {
    EXPECT_FALSE(decode_op(BytesView(op).substr(0, size))) << size;
  }
}

TEST(BatchTest, TheMarksOfTransactionsAreNoDatabases) {
  Bytes call;
  encode_call(call, 252, Call{"get", "k"});
  ASSERT_TRUE(decode_call(call));
  for (const char mark : {'\xfd', '\xfe', '\xff'}) {
    call[0] = mark;
    EXPECT_FALSE(decode_call(call));
    Bytes op("\xff\x00\x01", 3);  // a transaction of that one call
    op.push_back(static_cast<char>(call.size()));
    op += call;
    EXPECT_FALSE(decode_op(op));
  }
}

TEST(BatchTest, WhatTheLogDidNotTakeIsRefusedAndReadsAreAnswered) {
  Keyspace keyspace;
  std::string out;
  LocalBatch batch(out);
  batch.add_reply("+QUEUED\r\n");
  add(batch, {"exists", "k"});
  add(batch, {"set", "k", "v"});
  batch.begin_transaction({});
  add(batch, {"set", "k", "v"});
  add(batch, {"get", "k"});
  batch.end_transaction();
  batch.begin_transaction({});
  add(batch, {"get", "k"});
  batch.end_transaction();
  add(batch, {"exists", "k"});
  batch.refuse_writes("-NO\r\n");
  EXPECT_FALSE(batch.has_writes());
  EXPECT_TRUE(logged(batch).empty());
  keyspace.apply_local(batch, 1, 1);
  EXPECT_EQ(out, "+QUEUED\r\n:0\r\n-NO\r\n-NO\r\n*1\r\n$-1\r\n:0\r\n");
}

TEST(BatchTest, CallsThatAreRefusedAnswerInTheirPlaceAndAreNotLogged) {
  Keyspace keyspace;
  std::string out;
  LocalBatch batch(out);
  add(batch, {"set", "k", "v"});
  add(batch, {"incr", "n"});
  batch.begin_transaction({});
  add(batch, {"incr", "n"});
  add(batch, {"get", "k"});
  batch.end_transaction();
  batch.refuse_calls(
      [](const CommandSpec& spec, unsigned db, Args args) -> std::optional<std::string> {
        EXPECT_EQ(db, 3U);
        EXPECT_EQ(args[0], spec.name);
        if (spec.name != "incr") return std::nullopt;
        return "NO";
      });
  EXPECT_EQ(logged(batch).size(), 1U) << "the transaction only reads now";
  keyspace.apply_local(batch, 1, 1);
  EXPECT_EQ(out, "+OK\r\n-NO\r\n*2\r\n-NO\r\n$1\r\nv\r\n");
  EXPECT_EQ(keyspace.database(3).size(), 1U);
}

TEST(BatchTest, AReplyThatWouldBeTooLargeIsAnError) {
  Keyspace keyspace;
  std::string out;
  LocalBatch batch(out);
  batch.set_largest_output(1000);
  const std::string large(300, 'x');
  add(batch, {"set", "k", large});
  add(batch, {"mget", "k", "k", "k", "k"});
  add(batch, {"strlen", "k"});
  batch.begin_transaction({});
  add(batch, {"get", "k"});
  add(batch, {"mget", "k", "k", "k"});
  add(batch, {"getset", "k", "y"});
  batch.end_transaction();
  add(batch, {"get", "k"});
  keyspace.apply_local(batch, 1, 1);
  const std::string value = "$300\r\n" + large + "\r\n";
  const std::string error = "-" + std::string(kReplyTooLarge) + "\r\n";
  EXPECT_EQ(out, "+OK\r\n" + error + ":300\r\n*3\r\n" + value + error + value + "$1\r\ny\r\n");
}

TEST(BatchTest, AnErrorFindsItsPlaceWhereAnEarlierBatchLeftMoreRoom) {
  Keyspace keyspace;
  std::string out;
  out.reserve(2500);
  LocalBatch batch(out);
  batch.set_largest_output(1000);
  const std::string large(1000, 'x');
  add(batch, {"set", "k", large});
  add(batch, {"get", "k"});
  add(batch, {"get", "k"});
  add(batch, {"get", "k"});
  add(batch, {"del", "k"});
  keyspace.apply_local(batch, 1, 1);
  const std::string value = "$1000\r\n" + large + "\r\n";
  EXPECT_EQ(out, "+OK\r\n" + value + value + "-" + std::string(kReplyTooLarge) + "\r\n:1\r\n");
}

TEST(BatchTest, BytesThatAreCutOrTooLongAreRefused) {
  std::string out;
  LocalBatch batch(out);
  add(batch, {"set", "key", "value"});
  batch.begin_transaction({{1, "w", 9}});
  add(batch, {"set", "a", "1"});
  batch.end_transaction();
  for (const std::string& op : logged(batch)) {
    ASSERT_TRUE(decode_op(op));
    for (std::size_t size = 0; size < op.size(); ++size) {
      const auto cut = decode_op(BytesView(op).substr(0, size));
      ASSERT_FALSE(cut) << size;
      EXPECT_EQ(cut.error().code, Code::corrupt);
    }
    EXPECT_FALSE(decode_op(op + "x"));
  }
}

TEST(BatchTest, SeedsOfCallsDiffer) {
  EXPECT_NE(call_seed(1, 0, 0), call_seed(1, 0, 1));
  EXPECT_NE(call_seed(1, 0, 0), call_seed(1, 1, 0));
  EXPECT_NE(call_seed(1, 0, 0), call_seed(2, 0, 0));
  EXPECT_EQ(call_seed(4, 5, 6), call_seed(4, 5, 6));
}

}  // namespace
}  // namespace octavo::keyspace
