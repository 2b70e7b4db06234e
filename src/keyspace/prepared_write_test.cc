#include "keyspace/prepared_write.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "keyspace/command_table.h"
#include "keyspace/keyspace.h"
#include "keyspace/write_turn.h"

namespace octavo::keyspace {
namespace {

using Words = std::vector<std::string>;

constexpr std::int64_t kNowNs = 1'700'000'000'000'000'000;
constexpr int kMembers = 1000;

// A keyspace and what replay of its log makes.
class PreparedWriteTest : public testing::Test {
 protected:
  PreparedWriteTest() {
    for (const std::string key : {"one", "two"}) {
      Words words{"sadd", key};
      for (int i = 0; i < kMembers; ++i) words.push_back(key + std::to_string(i));
      run(words);
    }
  }

  // A batch of one call. The words must stay.
  struct Call {
    explicit Call(const Words& words)
        : args(words.begin(), words.end()), spec(*keyspace_commands().find(args[0])), batch(out) {
      batch.add(spec, 0, args);
    }
    std::vector<std::string_view> args;
    const CommandSpec& spec;
    std::string out;
    LocalBatch batch;
  };

  void apply(Call& call) {
    ++seed_;
    std::vector<std::string> ops;
    call.batch.encode_ops([&](BytesView op) { ops.emplace_back(op); });
    keyspace_.apply_local(call.batch, kNowNs, seed_);
    for (std::uint32_t i = 0; i < ops.size(); ++i) {
      EXPECT_TRUE(replica_.apply_logged(ops[i], kNowNs, seed_, i));
    }
  }
  std::string run(const Words& words) {
    Call call(words);
    apply(call);
    return call.out;
  }
  std::string run_replica(const Words& words) {
    Call call(words);
    replica_.apply_local(call.batch, kNowNs, seed_);
    return call.out;
  }
  bool is_long(const Words& words, std::uint64_t above = kMembers) {
    Call call(words);
    ManualClock clock(kNowNs);
    return makes_value(call.spec) &&
           is_long_write(keyspace_, call.spec, 0, call.args, clock, above);
  }
  void prepare(Call& call, PreparedWrite& prepared, const CancelToken& token = {}) {
    prepare_write(keyspace_, call.batch, prepared, kNowNs, 1, token);
  }
  static std::uint64_t version(Keyspace& keyspace, std::string_view key) {
    const auto lock = keyspace.lock();
    return keyspace.version_of(0, key, kNowNs / 1'000'000);
  }
  static const void* container(Keyspace& keyspace, std::string_view key) {
    const auto lock = keyspace.lock();
    const KeyEntry* entry = keyspace.database(0).find(key);
    return entry == nullptr ? nullptr : entry->value.container();
  }
  // But for what the allocator rounds up.
  void expect_same_size() {
    EXPECT_NEAR(static_cast<double>(replica_.used_bytes()),
                static_cast<double>(keyspace_.used_bytes()), 2000);
  }
  static void free_all(Keyspace& keyspace) {
    while (keyspace.free_garbage()) {
    }
  }

  Keyspace keyspace_;
  Keyspace replica_;
  std::uint64_t seed_ = 0;
};

TEST_F(PreparedWriteTest, WhatIsMadeBeforehandIsPutInItsPlaceAndReplayMakesTheSame) {
  const Words words{"sunionstore", "to", "one", "two"};
  Call call(words);
  PreparedWrite prepared(keyspace_);
  prepare(call, prepared);
  ASSERT_TRUE(prepared.made());
  EXPECT_EQ(call.out, "");
  EXPECT_EQ(container(keyspace_, "to"), nullptr);
  call.batch.use(&prepared);
  apply(call);
  EXPECT_EQ(call.out, ":2000\r\n");
  EXPECT_FALSE(prepared.made()) << "it was made once more";
  EXPECT_EQ(run({"scard", "to"}), ":2000\r\n");
  EXPECT_EQ(version(replica_, "to"), version(keyspace_, "to"));
  expect_same_size();
}

TEST_F(PreparedWriteTest, NothingIsDoneWhenASourceHasChanged) {
  const Words words{"sunionstore", "to", "one", "two"};
  Call call(words);
  const std::int64_t before = keyspace_.used_bytes();
  {
    PreparedWrite prepared(keyspace_);
    prepare(call, prepared);
    run({"spop", "two"});
    call.batch.use(&prepared);
    apply(call);
    EXPECT_TRUE(call.batch.outdated());
    EXPECT_FALSE(call.batch.finished());
    call.batch.use(nullptr);
  }
  EXPECT_EQ(call.out, "");
  EXPECT_EQ(container(keyspace_, "to"), nullptr);
  EXPECT_EQ(container(replica_, "to"), nullptr);
  free_all(keyspace_);
  EXPECT_LE(keyspace_.used_bytes(), before);
  PreparedWrite again(keyspace_);
  prepare(call, again);
  call.batch.use(&again);
  apply(call);
  EXPECT_EQ(call.out, ":1999\r\n");
  EXPECT_EQ(version(replica_, "to"), version(keyspace_, "to"));
}

TEST_F(PreparedWriteTest, OtherLimitsMakeAnotherValue) {
  run({"sadd", "numbers", "1", "2", "3", "4"});
  const Words words{"sunionstore", "to", "numbers"};
  Call call(words);
  PreparedWrite prepared(keyspace_);
  prepare(call, prepared);
  const Words tune{"octavo.tune", "set-max-intset-entries", "2"};
  const std::vector<std::string_view> args(tune.begin(), tune.end());
  std::string out;
  LocalBatch tuning(out);
  tuning.add(*keyspace_commands().find_logged(args[0]), 0, args);
  keyspace_.apply_local(tuning, kNowNs, 1);
  call.batch.use(&prepared);
  keyspace_.apply_local(call.batch, kNowNs, 1);
  EXPECT_EQ(call.out, ":4\r\n");
  EXPECT_EQ(run({"object", "encoding", "to"}), "$9\r\nhashtable\r\n");
}

TEST_F(PreparedWriteTest, WritersOfTheSourcesWaitForTheirTurnAndThoseOfTheTargetDoNot) {
  const Words words{"sunionstore", "to", "one", "two"};
  run({"sadd", "to", "old"});
  Call call(words);
  std::optional<PreparedWrite> prepared(std::in_place, keyspace_);
  prepare(call, *prepared);
  const Words source{"sadd", "one", "new"};
  Call write(source);
  const WriteTurn turn(keyspace_, write.batch);
  EXPECT_FALSE(turn.has_come());
  const Words target{"sadd", "to", "new"};
  Call other(target);
  EXPECT_TRUE(WriteTurn(keyspace_, other.batch).has_come());
  prepared.reset();
  EXPECT_TRUE(turn.has_come());
}

TEST_F(PreparedWriteTest, OnlyWhatMakesMuchIsLong) {
  EXPECT_TRUE(is_long({"sunionstore", "to", "one", "two"}));
  EXPECT_TRUE(is_long({"sdiffstore", "to", "one", "two"}));
  EXPECT_TRUE(is_long({"zunionstore", "to", "2", "one", "two"}));
  EXPECT_TRUE(is_long({"copy", "one", "to"}, kMembers - 1));
  EXPECT_TRUE(is_long({"sort", "one", "alpha", "store", "to"}, kMembers - 1));
  EXPECT_FALSE(is_long({"sunionstore", "to", "one"}));
  EXPECT_FALSE(is_long({"sunion", "one", "two"}));
  EXPECT_FALSE(is_long({"sadd", "one", "two"}));
  run({"sadd", "few", "one1"});
  EXPECT_FALSE(is_long({"sinterstore", "to", "few", "one", "two"})) << "looks at one member";
  run({"set", "string", "v"});
  EXPECT_FALSE(is_long({"sunionstore", "to", "one", "two", "string"})) << "is an error";
  EXPECT_FALSE(is_long({"copy", "one", "two"}, 1)) << "the target is there";
  EXPECT_TRUE(is_long({"copy", "one", "two", "replace"}, 1));
  EXPECT_FALSE(is_long({"sort", "one", "by", "w_*", "store", "to"}, 1)) << "reads other keys";
}

TEST_F(PreparedWriteTest, LargeStringsAreMadeBeforehand) {
  const std::string text(640'001, 't');
  run({"set", "old", "x", "ex", "100"});
  for (const Words& words :
       {Words{"set", "old", text, "keepttl"}, Words{"set", "new", text},
        Words{"set", "new", text + "2", "xx", "px", "5000"}, Words{"setnx", "other", text},
        Words{"setex", "old", "50", text}, Words{"psetex", "old", "50000", text}}) {
    EXPECT_TRUE(is_long(words, 1000)) << words[0];
    Call call(words);
    {
      PreparedWrite prepared(keyspace_);
      prepare(call, prepared);
      ASSERT_TRUE(prepared.made()) << words[0];
      call.batch.use(&prepared);
      apply(call);
      EXPECT_FALSE(prepared.made()) << "it was made once more";
    }
    EXPECT_EQ(call.out, words[0] == "setnx" ? ":1\r\n" : "+OK\r\n");
    free_all(keyspace_);
    free_all(replica_);
    for (const std::string command : {"get", "pexpiretime"}) {
      EXPECT_EQ(run({command, words[1]}), run_replica({command, words[1]})) << words[0];
    }
    EXPECT_EQ(version(replica_, words[1]), version(keyspace_, words[1]));
    expect_same_size();
  }
  EXPECT_EQ(run({"ttl", "old"}), ":50\r\n");
}

TEST_F(PreparedWriteTest, ALargeStringThatIsNotWantedChangesNothing) {
  const std::string text(640'001, 't');
  run({"set", "there", "v"});
  for (const Words& words : {Words{"set", "there", text, "nx"}, Words{"set", "absent", text, "xx"},
                             Words{"setnx", "there", text}}) {
    Call call(words);
    {
      PreparedWrite prepared(keyspace_);
      prepare(call, prepared);
      call.batch.use(&prepared);
      apply(call);
    }
    EXPECT_EQ(call.out, words[0] == "setnx" ? ":0\r\n" : "$-1\r\n");
  }
  free_all(keyspace_);
  EXPECT_EQ(run({"get", "there"}), "$1\r\nv\r\n");
  EXPECT_EQ(run({"exists", "absent"}), ":0\r\n");
  expect_same_size();
  EXPECT_FALSE(is_long({"set", "there", text, "get"}, 1000)) << "answers with what is there now";
  EXPECT_EQ(run({"get", "there"}), "$1\r\nv\r\n") << "weighing wrote";
  EXPECT_FALSE(is_long({"set", "there", std::string(60'000, 't')}, 1000));
}

TEST_F(PreparedWriteTest, AnErrorIsAnsweredWithoutAWrite) {
  const Words words{"sort", "one", "store", "to"};  // members are no numbers
  Call call(words);
  PreparedWrite prepared(keyspace_);
  prepare(call, prepared);
  EXPECT_FALSE(prepared.made());
  EXPECT_TRUE(call.batch.finished());
  EXPECT_EQ(call.out, "-ERR One or more scores can't be converted into double\r\n");
}

TEST_F(PreparedWriteTest, IsCutWhenNobodyWantsItAnyMore) {
  const Words words{"sunionstore", "to", "one", "two"};
  Call call(words);
  CancelSource source;
  source.cancel();
  PreparedWrite prepared(keyspace_);
  prepare(call, prepared, source.token());
  EXPECT_EQ(call.out, "");
  EXPECT_FALSE(call.batch.finished());
  EXPECT_FALSE(keyspace_.pins().any());
}

TEST_F(PreparedWriteTest, TargetThatIsASource) {
  const Words words{"sunionstore", "one", "one", "two"};
  Call call(words);
  {
    PreparedWrite prepared(keyspace_);
    prepare(call, prepared);
    call.batch.use(&prepared);
    apply(call);
  }
  EXPECT_EQ(call.out, ":2000\r\n");
  free_all(keyspace_);
  free_all(replica_);
  EXPECT_EQ(version(replica_, "one"), version(keyspace_, "one"));
  expect_same_size();
}

}  // namespace
}  // namespace octavo::keyspace
