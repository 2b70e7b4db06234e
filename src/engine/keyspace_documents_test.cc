// Redis keys written as documents.

#include <cmath>
#include <thread>

#include "engine/keyspace_test_support.h"
#include "layout/keyspace/key_documents.h"

namespace octavo::engine {
namespace {

using namespace testing_support;

class KeyspaceDocuments : public KeyspaceTest {};

TEST_F(KeyspaceDocuments, RowsAreSeenByCommands) {
  EXPECT_TRUE(put("s", json(R"({"id":"s","type":"string","value":"x"})")));
  EXPECT_EQ(run({{"get", "s"}}), "$1\r\nx\r\n");
  EXPECT_TRUE(put("n", json(R"({"id":"n","value":12,"ttl":2.5})")));
  EXPECT_EQ(run({{"incr", "n"}, {"pttl", "n"}}), ":13\r\n:2500\r\n");
  EXPECT_TRUE(put("l", json(R"({"id":"l","type":"list","value":["a","b"]})")));
  EXPECT_EQ(run({{"lrange", "l", "0", "-1"}}), "*2\r\n$1\r\na\r\n$1\r\nb\r\n");
  EXPECT_TRUE(put("h", json(R"({"id":"h","type":"hash","value":{"f":"v"}})")));
  EXPECT_EQ(run({{"hget", "h", "f"}}), "$1\r\nv\r\n");
  EXPECT_TRUE(
      put("z", json(R"({"id":"z","type":"zset","value":[{"member":"m","score":"-inf"}]})")));
  EXPECT_EQ(run({{"zscore", "z", "m"}}), "$4\r\n-inf\r\n");
  EXPECT_TRUE(put("s", std::nullopt));
  EXPECT_EQ(run({{"exists", "s"}}), ":0\r\n");
}

// The transaction has a copy of its arguments, which is counted while it is there.
TEST_F(KeyspaceDocuments, ALargeRequestIsCountedOnItsWay) {
  class Peak final : public keyspace::KeyspaceObserver {
   public:
    explicit Peak(const MemoryPool& pool) : pool_(pool) {}
    std::size_t bytes = 0;
    void about_to_change(unsigned, std::string_view) override { bytes = pool_.used(); }
    void changed(unsigned, std::string_view, keyspace::EventClass, std::string_view) override {}
    void about_to_flush(unsigned) override {}
    void about_to_swap(unsigned, unsigned) override {}
    void operation_done() override {}

   private:
    const MemoryPool& pool_;
  } peak(memory_->connections);
  class Waiting final : public KeyspaceSubmission {
   public:
    using KeyspaceSubmission::KeyspaceSubmission;
    bool done = false;

   private:
    void applied(const Status& status, const Lsn&) override { done = status.has_value(); }
  };
  engine_->keyspace().changes().add_listener(peak);
  Caller caller(engine_->access(), catalog::kAdminName);
  std::string replies;
  keyspace::LocalBatch batch(replies);
  Waiting submission(batch, caller);
  const std::string large(kMiB, 'x');
  const std::string_view arguments[] = {"set", "large", large};
  batch.add(*keyspace::keyspace_commands().find("set"), 0, arguments);
  engine_->keyspace().submit(submission);
  ASSERT_TRUE(submission.done);
  EXPECT_GT(peak.bytes, kMiB);
  EXPECT_EQ(memory_->connections.used(), 0U);
  engine_->keyspace().changes().remove_listener(peak);
}

TEST_F(KeyspaceDocuments, AnEditKeepsTheTimeToLiveThatItDoesNotName) {
  run({{"rpush", "k", "a"}, {"pexpire", "k", "90000"}});
  clock_.advance(std::chrono::milliseconds(1));
  EXPECT_TRUE(put("k", json(R"({"id":"k","type":"list","value":["b"],"ttl":89.999})")));
  EXPECT_EQ(run({{"lindex", "k", "0"}, {"pttl", "k"}}), "$1\r\nb\r\n:89999\r\n");
  EXPECT_TRUE(put("k", json(R"({"id":"k","type":"list","value":["b"],"ttl":null})")));
  EXPECT_EQ(run({{"pttl", "k"}}), ":-1\r\n");
}

TEST_F(KeyspaceDocuments, FieldsThatAreNotEditedEndWhenTheyWouldHave) {
  run({{"hset", "h", "a", "1", "b", "2", "c", "3", "d", "4"},
       {"hpexpire", "h", "5000", "fields", "2", "a", "b"},
       {"hpexpire", "h", "6000", "fields", "2", "c", "d"}});
  clock_.advance(std::chrono::seconds(1));
  EXPECT_TRUE(
      put("h", json(R"({"id":"h","type":"hash","value":{"a":"1","b":"9","d":"4","e":"5"}})")));
  EXPECT_EQ(run({{"hpttl", "h", "fields", "5", "a", "b", "c", "d", "e"}}),
            "*5\r\n:4000\r\n:-1\r\n:-2\r\n:5000\r\n:-1\r\n");
  EXPECT_TRUE(put("h", json(R"({"id":"h","type":"list","value":["x"]})")));
  EXPECT_EQ(run({{"type", "h"}}), "+list\r\n");
}

TEST_F(KeyspaceDocuments, DocumentsThatAreNoKeysAreRefusedOneByOne) {
  EXPECT_FALSE(put("k", json(R"({"id":"k","type":"list","value":"x"})")));
  EXPECT_FALSE(put("k", json(R"({"id":"k","type":"list","value":[]})")));
  EXPECT_FALSE(put("k", json(R"({"id":"k","type":"tree","value":"x"})")));
  EXPECT_FALSE(put("k", json(R"({"id":"k","value":"x","extra":1})")));
  EXPECT_FALSE(put("k", json(R"({"id":"k","value":"x","ttl":-1})")));
  EXPECT_FALSE(put("k", json(R"({"id":"k"})")));
  EXPECT_EQ(run({{"dbsize"}}), ":0\r\n");
}

TEST_F(KeyspaceDocuments, ALostRaceIsDecidedAgain) {
  run({{"set", "k", "1"}});
  int decided = 0;
  exec::RowWrites writes;
  writes.table = kDb0;
  writes.keys.push_back(Value::string("k"));
  writes.decide = [&](std::size_t, const Value* current) -> Result<RowEdit> {
    if (++decided == 1) run({{"set", "k", "5"}});
    value::ObjectBuilder next(*current);
    next.set("value", Value::string(std::string(current->find("value")->as_string()) + "!"));
    return RowEdit{RowEdit::Action::put, std::move(next).build()};
  };
  ASSERT_TRUE(engine_->write(writes, context_));
  EXPECT_EQ(decided, 2);
  EXPECT_EQ(run({{"get", "k"}}), "$2\r\n5!\r\n");
}

// In the record that applies it everybody would wait.
TEST_F(KeyspaceDocuments, AWriteOfWhatALongReadHasPinnedWaitsAlone) {
  constexpr int kPatience = 20'000'000;  // looks, until it is a failure
  run({{"sadd", "s", "a", "b"}});
  auto& keyspace = engine_->keyspace().keyspace();
  const void* pinned = nullptr;
  {
    const auto lock = keyspace.lock();
    pinned = keyspace.database(0).find("s")->value.container();
    keyspace.pins().pin(pinned);
  }
  std::thread writer(
      [&] { EXPECT_TRUE(put("s", json(R"({"id":"s","type":"set","value":["a","b","c"]})"))); });
  bool waits = false;
  for (int i = 0; i < kPatience && !waits; ++i) {
    waits = keyspace.pins().any_wanted({&pinned, 1});
    std::this_thread::yield();
  }
  EXPECT_TRUE(waits);
  if (waits) EXPECT_EQ(run({{"set", "other", "v"}, {"scard", "s"}}), "+OK\r\n:2\r\n");
  keyspace.pins().unpin({&pinned, 1});
  writer.join();
  EXPECT_EQ(run({{"scard", "s"}}), ":3\r\n");
}

// What the writer is told, and what is read afterwards.
TEST_F(KeyspaceDocuments, WhatWasStoredIsToldAndIsWhatIsRead) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {R"({"id":"k","value":1.5})", R"({"id":"k","type":"string","value":"1.5","ttl":null})"},
      {R"({"id":"k","value":["b","a",7],"type":"set"})",
       R"({"id":"k","type":"set","value":["7","a","b"],"ttl":null})"},
      {R"({"id":"k","value":["b","a","b"],"type":"set","ttl":2.0004})",
       R"({"id":"k","type":"set","value":["a","b"],"ttl":2})"},
      {R"({"id":"k","value":{"z":1,"a":"x"}})",
       R"({"id":"k","type":"hash","value":{"a":"x","z":"1"},"ttl":null})"},
      {R"({"id":"k","type":"zset","value":[{"member":"b","score":2},{"member":"a","score":2}]})",
       R"({"id":"k","type":"zset","value":[{"member":"a","score":2.0},{"member":"b","score":2.0}],)"
       R"("ttl":null})"},
      {R"({"id":"k","type":"list","value":[]})", ""},
      {R"({"id":"k","type":"stream","value":[{"id":"3","fields":["f",1]}]})",
       R"({"id":"k","type":"stream","value":[{"id":"3-0","fields":["f","1"]}],"ttl":null})"},
      {R"({"id":"k","type":"stream","value":[]})", ""},
  };
  for (const auto& [given, stored] : cases) {
    run({{"del", "k"}});
    told_.reset();
    const Status done = put("k", json(given));
    if (given.find("list") != std::string_view::npos) {
      EXPECT_FALSE(done);
      continue;
    }
    EXPECT_TRUE(done) << given << " " << done.error().what;
    EXPECT_EQ(row("k"), text(told_)) << given;
    if (!stored.empty()) EXPECT_EQ(row("k"), stored);
  }
}

TEST_F(KeyspaceDocuments, WhatRedisCouldNotKeepAsItWasWrittenIsRefused) {
  const std::string_view refused[] = {
      (R"({"id":"k","type":"stream","value":[{"id":"2-1","fields":["f","v"]},)"
       R"({"id":"1-1","fields":["f","v"]}]})"),
      (R"({"id":"k","type":"stream","value":[{"id":"1-1","fields":["f","v"]},)"
       R"({"id":"1-1","fields":["f","v"]}]})"),
      R"({"id":"k","type":"stream","value":[{"id":"0-0","fields":["f","v"]}]})",
      R"({"id":"k","type":"stream","value":[{"id":"abc","fields":["f","v"]}]})",
      R"({"id":"k","type":"stream","value":[{"id":"*","fields":["f","v"]}]})",
      R"({"id":"k","type":"stream","value":[{"id":5,"fields":["f","v"]}]})",
      R"({"id":"k","type":"stream","value":[{"id":"1-1","fields":["f"]}]})",
      R"({"id":"k","type":"zset","value":[{"member":"a","score":1},{"member":"a","score":2}]})",
      R"({"id":"k","type":"zset","value":[{"member":1,"score":1},{"member":"1","score":1}]})",
      R"({"id":"k","type":"zset","value":[{"member":"a","score":"nan"}]})",
      R"({"id":"k","type":"hash","value":[{"field":"a","value":1},{"field":"a","value":1}]})",
      R"({"id":"k","type":"list","value":["a",null]})",
      R"({"id":"k","type":"set","value":[["a"]]})",
      R"({"id":"k","type":"string","value":true})",
      R"({"id":"k","value":"x","ttl":0})",
      R"({"id":5,"value":"x"})",
  };
  for (const std::string_view document : refused)
    EXPECT_FALSE(put("k", json(document))) << document;
  Value score = Value::object({{"member", Value::string("m")}, {"score", Value::float64(NAN)}});
  EXPECT_FALSE(put("k", Value::object({{"id", Value::string("k")},
                                       {"type", Value::string("zset")},
                                       {"value", Value::array({std::move(score)})}})));
  EXPECT_EQ(run({{"dbsize"}}), ":0\r\n");
}

TEST_F(KeyspaceDocuments, AStreamStaysWhatItIsWhenItsEntriesChange) {
  run({{"xadd", "x", "5-1", "f", "v"}, {"xadd", "x", "6-1", "f", "v"}, {"pexpire", "x", "90000"}});
  run({{"xgroup", "create", "x", "g", "0"},
       {"xreadgroup", "group", "g", "c", "streams", "x", ">"}});
  run({{"xdel", "x", "6-1"}, {"xadd", "x", "7-1", "f", "w"}});
  const std::string groups = run({{"xpending", "x", "g"}});
  const auto with = [](std::string_view entries) {
    return json(R"({"id":"x","type":"stream","value":[)" + std::string(entries) + R"(],"ttl":90})");
  };
  const std::string five = R"({"id":"5-1","fields":["f","v"]})";
  const std::string seven = R"({"id":"7-1","fields":["f","w"]})";
  EXPECT_TRUE(put("x", with(five + "," + seven + R"(,{"id":"8-1","fields":["f","n"]})")));
  EXPECT_EQ(run({{"xpending", "x", "g"}}), groups);
  EXPECT_EQ(run({{"xlen", "x"}, {"pttl", "x"}}), ":3\r\n:90000\r\n");
  EXPECT_TRUE(put("x", with(seven)));
  EXPECT_EQ(run({{"xpending", "x", "g"}}), groups);
  EXPECT_EQ(run({{"xlen", "x"}}), ":1\r\n");
  // The last id is not taken again, nor are entries changed or put in between.
  EXPECT_FALSE(put("x", with(seven + R"(,{"id":"8-1","fields":["f","n"]})")));
  EXPECT_FALSE(put("x", with(R"({"id":"7-1","fields":["f","other"]})")));
  EXPECT_FALSE(put("x", with(R"({"id":"6-5","fields":["f","v"]},)" + seven)));
  EXPECT_TRUE(put("x", json(R"({"id":"x","type":"stream","value":[]})")));
  EXPECT_EQ(run({{"xlen", "x"}, {"exists", "x"}, {"pttl", "x"}}), ":0\r\n:1\r\n:-1\r\n");
  EXPECT_EQ(run({{"xpending", "x", "g"}}), groups);
}

// The value is as it was: nobody who watches another key's encoding or idle time sees a rewrite.
TEST_F(KeyspaceDocuments, AnEditOfTheTimeToLiveWritesNoValue) {
  run({{"sadd", "s", "1", "x"}, {"srem", "s", "x"}});
  const std::string encoding = run({{"object", "encoding", "s"}});
  EXPECT_NE(encoding.find("hashtable"), std::string::npos);
  EXPECT_TRUE(put("s", json(R"({"id":"s","type":"set","value":["1"],"ttl":30})")));
  EXPECT_EQ(run({{"object", "encoding", "s"}}), encoding);
  EXPECT_EQ(run({{"pttl", "s"}}), ":30000\r\n");
  // Another way to write the same members.
  EXPECT_TRUE(put("s", json(R"({"id":"s","type":"set","value":[1,"1"],"ttl":null})")));
  EXPECT_EQ(run({{"object", "encoding", "s"}, {"pttl", "s"}}), encoding + ":-1\r\n");
}

TEST_F(KeyspaceDocuments, EveryIdThatIsListedNamesItsKey) {
  const std::string names[] = {std::string(300, 'k'), std::string("a\0b", 3), "\xff\xfe", ""};
  for (const std::string& name : names) {
    run({{"set", name, "1"}});
    exec::RowWrites writes;
    writes.table = kDb0;
    const Value id = layout::text_value(name);
    writes.keys.push_back(id);
    auto found = engine_->get(kDb0, id, context_);
    ASSERT_TRUE(found && *found);
    EXPECT_EQ(*(*found)->find("id"), id);
    writes.decide = [&](std::size_t, const Value* current) -> Result<RowEdit> {
      value::ObjectBuilder next(*current);
      next.set("value", Value::string("2"));
      return RowEdit{RowEdit::Action::put, std::move(next).build()};
    };
    auto done = engine_->write(writes, context_);
    ASSERT_TRUE(done && done->rows.front());
    EXPECT_EQ(run({{"get", name}}), "$1\r\n2\r\n");
  }
  // Bytes that are UTF-8 are the id of no key: its id is the text.
  auto other = engine_->get(kDb0, Value::bytes(std::string(300, 'k')), context_);
  ASSERT_TRUE(other);
  EXPECT_FALSE(*other);
}

TEST_F(KeyspaceDocuments, WritesObeyTheLimitOfMemoryRowByRow) {
  auto& keyspace = engine_->keyspace().keyspace();
  const auto limit = [&](std::int64_t bytes, keyspace::EvictionPolicy policy) {
    const auto lock = keyspace.lock();
    engine_->keyspace().room().set_limit(bytes, policy);
  };
  limit(3'000'000, keyspace::EvictionPolicy::none);
  exec::RowWrites writes;
  writes.table = kDb0;
  for (int i = 0; i < 10; ++i) writes.keys.push_back(Value::string("k" + std::to_string(i)));
  const std::string large(500'000, 'x');
  writes.decide = [&](std::size_t i, const Value*) -> Result<RowEdit> {
    return RowEdit{RowEdit::Action::put,
                   Value::object({{"id", writes.keys[i]}, {"value", Value::string(large)}})};
  };
  auto done = engine_->write(writes, context_);
  ASSERT_TRUE(done);
  std::size_t written = 0;
  for (const Status& row : done->rows) {
    if (row) {
      ++written;
    } else {
      EXPECT_EQ(row.error().code, Code::resource_exhausted);
    }
  }
  EXPECT_EQ(written, 5U);
  EXPECT_LT(keyspace.used_bytes(), 3'000'000);
  // What makes nothing larger is done all the same.
  EXPECT_TRUE(put("k0", std::nullopt));
  limit(3'000'000, keyspace::EvictionPolicy::allkeys_lru);
  done = engine_->write(writes, context_);
  ASSERT_TRUE(done);
  for (const Status& row : done->rows) EXPECT_TRUE(row) << row.error().what;
  EXPECT_LT(keyspace.used_bytes(), 3'100'000);
  EXPECT_GT(keyspace.database(0).size(), 2U);
  // Lower, and nobody writes: the engine's own work gives keys up.
  limit(1'000'000, keyspace::EvictionPolicy::allkeys_lru);
  while (engine_->keyspace().evict_some()) {
  }
  while (engine_->keyspace().room().full(0)) std::this_thread::yield();
  limit(0, keyspace::EvictionPolicy::none);
}

// A part of a write that loses a race is decided again without the rows that others keep changing.
TEST_F(KeyspaceDocuments, ABusyKeyDoesNotHoldUpTheOthers) {
  exec::RowWrites writes;
  writes.table = kDb0;
  for (int i = 0; i < 64; ++i) writes.keys.push_back(Value::string(std::to_string(i)));
  int changes = 0;
  writes.decide = [&](std::size_t i, const Value*) -> Result<RowEdit> {
    if (i == 63 && ++changes < 5) run({{"incr", "63"}});
    return RowEdit{RowEdit::Action::put,
                   Value::object({{"id", writes.keys[i]}, {"value", Value::string("x")}})};
  };
  auto done = engine_->write(writes, context_);
  ASSERT_TRUE(done) << done.error().what;
  for (const Status& row : done->rows) EXPECT_TRUE(row);
  EXPECT_EQ(run({{"dbsize"}}), ":64\r\n");
  EXPECT_EQ(run({{"get", "63"}}), "$1\r\nx\r\n");
}

// Each key is read once, however many parts the write has.
TEST_F(KeyspaceDocuments, ALargeWriteReadsEachKeyOnce) {
  exec::RowWrites writes;
  writes.table = kDb0;
  const std::string large(kMiB, 'x');
  for (int i = 0; i < 24; ++i) {
    const std::string key = std::to_string(i);
    run({{"set", key, large}});
    writes.keys.push_back(Value::string(key));
  }
  int decided = 0;
  writes.decide = [&](std::size_t, const Value*) -> Result<RowEdit> {
    ++decided;
    return RowEdit{RowEdit::Action::erase, {}};
  };
  ASSERT_TRUE(engine_->write(writes, context_));
  EXPECT_EQ(decided, 24);
  EXPECT_EQ(run({{"dbsize"}}), ":0\r\n");
}

TEST_F(KeyspaceDocuments, ALongWriteCanBeStopped) {
  exec::RowWrites writes;
  writes.table = kDb0;
  for (int i = 0; i < 10'000; ++i) writes.keys.push_back(Value::string(std::to_string(i)));
  CancelSource cancel;
  context_.evaluation.cancel = cancel.token();
  std::size_t decided = 0;
  writes.decide = [&](std::size_t i, const Value*) -> Result<RowEdit> {
    if (++decided == 10) cancel.cancel();
    return RowEdit{RowEdit::Action::put,
                   Value::object({{"id", writes.keys[i]}, {"value", Value::string("x")}})};
  };
  const auto done = engine_->write(writes, context_);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::cancelled);
  EXPECT_LT(decided, 10'000U);
}

}  // namespace
}  // namespace octavo::engine
