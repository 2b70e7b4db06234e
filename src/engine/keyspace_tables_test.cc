// Redis keys through the engine's tables: what commands write is seen as rows and on feeds, and
// what is written as rows is seen by commands.

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "catalog/model.h"
#include "engine/check.h"
#include "engine/engine.h"
#include "engine/keyspace_snapshots.h"
#include "keyspace/command_table.h"
#include "value/json.h"

namespace octavo::engine {
namespace {

using algebra::Direction;
using algebra::KeyRange;
using algebra::KeySet;
using algebra::Scan;
using exec::RowEdit;
using value::Value;

constexpr TableId kDb0 = catalog::kRedisTableBase;
constexpr TableId kDb1{raw(catalog::kRedisTableBase) + 1};

// Stands still until told to move; the engine's threads look at it as well.
class TestClock final : public Clock {
 public:
  std::int64_t wall_ns() override { return now_ns_.load(); }
  std::int64_t monotonic_ns() override { return (now_ns_ += step_ns_) - set_ns_; }
  void advance(Nanoseconds by) { now_ns_ += by.count(); }
  // From now on each look at it finds it that much later.
  void runs(Nanoseconds by) { step_ns_ = by.count(); }
  // Somebody sets it.
  void set(Nanoseconds by) {
    set_ns_ += by.count();
    now_ns_ += by.count();
  }

 private:
  std::atomic<std::int64_t> step_ns_{0};
  std::atomic<std::int64_t> now_ns_{1'700'000'000'000'000'000};
  std::atomic<std::int64_t> set_ns_{0};
};

class KeyspaceTables : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/octavo-keyspace-tables-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    directory_ = name;
    open();
  }
  void TearDown() override {
    if (engine_ != nullptr) EXPECT_TRUE(engine_->close());
    engine_.reset();
    std::filesystem::remove_all(directory_);
  }

  void open() {
    Options options;
    options.directory = directory_;
    options.memory = std::make_shared<ProcessMemory>(64 * kMiB);
    options.log_segment_bytes = kMiB;
    options.log_retention_bytes = retention_bytes_;
    options.clock = &clock_;
    auto opened = Engine::open(std::move(options));
    ASSERT_TRUE(opened) << opened.error().what;
    engine_ = *std::move(opened);
  }
  void restart() {
    ASSERT_TRUE(engine_->close());
    engine_.reset();
    open();
  }

  // Runs one command, or a pipeline or transaction of several, and returns the replies.
  std::string run(std::initializer_list<std::vector<std::string_view>> commands, unsigned db = 0,
                  bool transaction = false) {
    std::string replies;
    keyspace::LocalBatch batch(replies);
    if (transaction) batch.begin_transaction({});
    for (const auto& command : commands) {
      const auto* spec = keyspace::keyspace_commands().find(command.front());
      EXPECT_NE(spec, nullptr) << command.front();
      batch.add(*spec, db, command);
    }
    if (transaction) batch.end_transaction();
    if (batch.has_writes()) {
      EXPECT_TRUE(engine_->keyspace().commit(batch));
    } else {
      const std::int64_t now_ns = engine_->keyspace().now_ms() * 1'000'000;
      engine_->keyspace().keyspace().apply_local(batch, now_ns, 1);
    }
    return replies;
  }

  static Value json(std::string_view text) {
    auto parsed = value::parse_json(text);
    EXPECT_TRUE(parsed) << text;
    return *std::move(parsed);
  }
  static std::string text(const std::optional<Value>& value) {
    return value ? value::to_json(*value) : "-";
  }

  std::vector<std::string> rows(const Scan& scan) {
    auto query = engine_->query(algebra::make_plan(scan), context_);
    EXPECT_TRUE(query) << query.error().what;
    std::vector<std::string> ids;
    for (exec::Rows batch;; batch.clear()) {
      EXPECT_TRUE((*query)->next(3, batch));
      if (batch.empty()) return ids;
      for (const Value& row : batch) ids.emplace_back(row.find("id")->as_string());
    }
  }
  std::string row(std::string_view id, TableId table = kDb0) {
    auto found = engine_->get(table, Value::string(id), context_);
    EXPECT_TRUE(found);
    return text(*found);
  }

  // Writes `document` (nothing: erases) at its key and returns the status of the row.
  Status put(std::string_view id, std::optional<Value> document) {
    exec::RowWrites writes;
    writes.table = kDb0;
    writes.keys.push_back(Value::string(id));
    writes.decide = [&](std::size_t, const Value*) -> Result<RowEdit> {
      if (!document) return RowEdit{RowEdit::Action::erase, {}};
      return RowEdit{RowEdit::Action::put, *document};
    };
    auto done = engine_->write(writes, context_);
    if (!done) return fail(done.error());
    return done->rows.front();
  }

  stream::SubscriptionPtr listen(stream::FeedOptions options = {}, TableId table = kDb0) {
    auto feed = engine_->subscribe(
        stream::FeedKind::range, algebra::make_plan(Scan{.table = table, .index = {}, .order = {}}),
        std::move(options));
    EXPECT_TRUE(feed) << feed.error().what;
    return feed ? *std::move(feed) : nullptr;
  }
  // What the feed has to say, as "key: old > new" of the documents' values.
  std::vector<std::string> changes(stream::Subscription& feed) {
    std::vector<stream::FeedItem> items;
    for (;;) {
      const std::size_t before = items.size();
      const Status polled = feed.poll(100, items);
      EXPECT_TRUE(polled) << polled.error().what;
      if (!polled || items.size() == before) break;
    }
    std::vector<std::string> out;
    for (const auto& item : items) {
      const auto& any = item.new_value ? item.new_value : item.old_value;
      out.push_back(std::string(any->find("id")->as_string()) + ": " + value_text(item.old_value) +
                    " > " + value_text(item.new_value));
      cursors_.push_back(item.cursor);
    }
    return out;
  }
  static std::string value_text(const std::optional<Value>& document) {
    return document ? value::to_json(*document->find("value")) : "-";
  }

  // Makes the log longer by about 2 MiB.
  void write_much() {
    const std::string large(256 * 1024, 'x');
    for (int i = 0; i < 8; ++i) run({{"set", "large", large}});
  }
  std::vector<SnapshotFile> snapshots() {
    auto found = list_snapshots(io::posix_file_system(), directory_ + "/keys");
    EXPECT_TRUE(found);
    return *std::move(found);
  }

  std::string directory_;
  std::uint64_t retention_bytes_ = kGiB;
  TestClock clock_;
  std::unique_ptr<Engine> engine_;
  exec::QueryContext context_;
  std::vector<Cursor> cursors_;
};

using Lines = std::vector<std::string>;

TEST_F(KeyspaceTables, CommandsAreSeenAsRows) {
  run({{"set", "text", "hello"},
       {"rpush", "list", "a", "b"},
       {"sadd", "set", "z", "y"},
       {"zadd", "zset", "1.5", "m", "inf", "n"},
       {"hset", "hash", "k", "v"},
       {"set", "mortal", "x", "px", "1500"}});
  EXPECT_EQ(row("text"), R"({"id":"text","type":"string","value":"hello","ttl":null})");
  EXPECT_EQ(row("list"), R"({"id":"list","type":"list","value":["a","b"],"ttl":null})");
  EXPECT_EQ(row("set"), R"({"id":"set","type":"set","value":["y","z"],"ttl":null})");
  EXPECT_EQ(row("zset"), R"({"id":"zset","type":"zset","value":[{"member":"m","score":1.5},)"
                         R"({"member":"n","score":"inf"}],"ttl":null})");
  EXPECT_EQ(row("hash"), R"({"id":"hash","type":"hash","value":{"k":"v"},"ttl":null})");
  EXPECT_EQ(row("mortal"), R"({"id":"mortal","type":"string","value":"x","ttl":1.5})");
  EXPECT_EQ(row("text", kDb1), "-");
  EXPECT_EQ(engine_->estimate_count(kDb0), 6U);
}

TEST_F(KeyspaceTables, ScansByRangeKeysAndOrder) {
  for (const std::string_view key : {"d", "a", "c", "e", "b"}) run({{"set", key, "1"}});
  const Scan up{.table = kDb0, .index = {}, .order = Direction::ascending};
  EXPECT_EQ(rows(up), (Lines{"a", "b", "c", "d", "e"}));
  const KeyRange range{{Value::string("b"), true}, {Value::string("e"), false}};
  EXPECT_EQ(rows({.table = kDb0, .index = {}, .keys = range, .order = Direction::descending}),
            (Lines{"d", "c", "b"}));
  EXPECT_EQ(rows({.table = kDb0, .index = {}, .keys = range, .order = {}}).size(), 3U);
  const KeySet set{{Value::string("e"), Value::string("x"), Value::string("a"), Value::int64(1)}};
  EXPECT_EQ(rows({.table = kDb0, .index = {}, .keys = set, .order = {}}), (Lines{"e", "a"}));
  EXPECT_EQ(rows({.table = kDb0, .index = {}, .order = {}}).size(), 5U);
}

TEST_F(KeyspaceTables, ErasingDuringAScanRepeatsNoKey) {
  for (int i = 0; i < 50; ++i) run({{"set", std::to_string(i), "1"}});
  const Scan all{.table = kDb0, .index = {}, .order = {}};
  auto query = engine_->query(algebra::make_plan(all), context_);
  ASSERT_TRUE(query);
  std::set<std::string> seen;
  exec::Rows batch;
  for (int i = 0;; ++i) {
    batch.clear();
    ASSERT_TRUE((*query)->next(4, batch));
    if (batch.empty()) break;
    for (const Value& found : batch) {
      EXPECT_TRUE(seen.emplace(found.find("id")->as_string()).second);
    }
    run({{"del", std::to_string(i)}});  // the last key moves to its place
  }
  for (int i = 20; i < 50; ++i) EXPECT_TRUE(seen.contains(std::to_string(i))) << i;
}

TEST_F(KeyspaceTables, ExpiredKeysAreNoRows) {
  run({{"set", "k", "v", "px", "50"}});
  clock_.advance(std::chrono::milliseconds(60));
  EXPECT_EQ(row("k"), "-");
  EXPECT_EQ(engine_->estimate_count(kDb0), 0U);
}

TEST_F(KeyspaceTables, RowsAreSeenByCommands) {
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

TEST_F(KeyspaceTables, AnEditKeepsTheTimeToLiveThatItDoesNotName) {
  run({{"rpush", "k", "a"}, {"pexpire", "k", "90000"}});
  clock_.advance(std::chrono::milliseconds(1));
  EXPECT_TRUE(put("k", json(R"({"id":"k","type":"list","value":["b"],"ttl":89.999})")));
  EXPECT_EQ(run({{"lindex", "k", "0"}, {"pttl", "k"}}), "$1\r\nb\r\n:89999\r\n");
  EXPECT_TRUE(put("k", json(R"({"id":"k","type":"list","value":["b"],"ttl":null})")));
  EXPECT_EQ(run({{"pttl", "k"}}), ":-1\r\n");
}

TEST_F(KeyspaceTables, DocumentsThatAreNoKeysAreRefusedOneByOne) {
  EXPECT_FALSE(put("k", json(R"({"id":"k","type":"list","value":"x"})")));
  EXPECT_FALSE(put("k", json(R"({"id":"k","type":"list","value":[]})")));
  EXPECT_FALSE(put("k", json(R"({"id":"k","type":"tree","value":"x"})")));
  EXPECT_FALSE(put("k", json(R"({"id":"k","value":"x","extra":1})")));
  EXPECT_FALSE(put("k", json(R"({"id":"k","value":"x","ttl":-1})")));
  EXPECT_FALSE(put("k", json(R"({"id":"k"})")));
  EXPECT_EQ(run({{"dbsize"}}), ":0\r\n");
}

TEST_F(KeyspaceTables, ALostRaceIsDecidedAgain) {
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

TEST_F(KeyspaceTables, FeedTellsEachOperationInOrder) {
  const auto feed = listen();
  const auto other = listen({}, kDb1);
  run({{"set", "a", "1"}, {"incr", "a"}});  // a pipeline: one record, two operations
  run({{"rpush", "q", "x"}, {"rpush", "q", "y"}}, 0, true);
  run({{"set", "b", "1"}}, 1);
  run({{"rename", "a", "c"}});
  run({{"del", "c", "nothing"}});
  EXPECT_EQ(changes(*feed), (Lines{"a: - > \"1\"", "a: \"1\" > \"2\"", R"(q: - > ["x","y"])",
                                   "a: \"2\" > -", "c: - > \"2\"", "c: \"2\" > -"}));
  EXPECT_EQ(changes(*other), (Lines{"b: - > \"1\""}));
  EXPECT_TRUE(put("q", json(R"({"id":"q","type":"list","value":["z"]})")));
  EXPECT_EQ(changes(*feed), (Lines{R"(q: ["x","y"] > ["z"])"}));
}

TEST_F(KeyspaceTables, FeedTellsOfFlushSwapAndExpiry) {
  run({{"set", "a", "0"}});
  run({{"set", "b", "1"}}, 1);
  const auto feed = listen();
  run({{"swapdb", "0", "1"}});
  EXPECT_EQ(changes(*feed), (Lines{"a: \"0\" > -", "b: - > \"1\""}));
  run({{"flushdb"}});
  EXPECT_EQ(changes(*feed), (Lines{"b: \"1\" > -"}));
  run({{"set", "k", "v", "px", "50"}});
  clock_.advance(std::chrono::milliseconds(60));
  while (engine_->keyspace().expire_some(10)) {
  }
  run({{"set", "end", "1"}});  // the engine's own expiry may have been first
  EXPECT_EQ(changes(*feed), (Lines{"k: - > \"v\"", "k: \"v\" > -", "end: - > \"1\""}));
}

TEST_F(KeyspaceTables, InitialRowsAndChangesMeet) {
  run({{"set", "a", "1"}});
  stream::FeedOptions options;
  options.include_initial = true;
  const auto feed = listen(options);
  run({{"set", "b", "2"}});
  EXPECT_EQ(changes(*feed), (Lines{"a: - > \"1\"", "b: - > \"2\""}));
}

TEST_F(KeyspaceTables, KeysOutliveARestart) {
  run({{"set", "a", "1"}, {"sadd", "s", "x", "y", "z"}, {"pexpire", "a", "90000"}});
  const std::string before = row("a") + row("s");
  restart();
  EXPECT_EQ(row("a") + row("s"), before);
}

// An earlier run had the clock an hour ahead: reads, writes and rows still agree on expiry.
TEST_F(KeyspaceTables, AClockThatWasSetBackDividesNobody) {
  run({{"set", "a", "1"}});
  clock_.set(-std::chrono::hours(1));
  restart();
  run({{"set", "counter", "41", "ex", "600"}});
  EXPECT_EQ(run({{"ttl", "counter"}}), ":600\r\n");
  EXPECT_EQ(run({{"incr", "counter"}}), ":42\r\n");
  EXPECT_TRUE(put("counter", json(R"({"id":"counter","type":"string","value":"50","ttl":600})")));
  EXPECT_EQ(run({{"incr", "counter"}, {"ttl", "counter"}}), ":51\r\n:600\r\n");
  clock_.advance(std::chrono::minutes(12));
  EXPECT_EQ(run({{"exists", "counter"}}), ":0\r\n");
  EXPECT_EQ(row("counter"), "-");
  EXPECT_EQ(run({{"incr", "counter"}}), ":1\r\n");
}

TEST_F(KeyspaceTables, TheLastTwoSnapshotsAreKept) {
  for (int i = 0; i < 4; ++i) {
    run({{"incr", "n"}});
    restart();
  }
  EXPECT_EQ(snapshots().size(), 2U);
}

TEST_F(KeyspaceTables, AStopWritesNoSnapshotWhenNothingChanged) {
  run({{"set", "a", "1"}});
  restart();
  const Lsn at = snapshots().back().at;
  EXPECT_EQ(run({{"get", "a"}}), "$1\r\n1\r\n");
  restart();
  EXPECT_EQ(snapshots().back().at, at);
  EXPECT_EQ(run({{"get", "a"}}), "$1\r\n1\r\n");
  run({{"set", "a", "2"}});
  restart();
  EXPECT_GT(snapshots().back().at, at);
}

TEST_F(KeyspaceTables, AStopGivesUpASnapshotThatTakesTooLong) {
  write_much();
  run({{"set", "a", "1"}});
  clock_.runs(std::chrono::seconds(1));
  restart();
  EXPECT_EQ(snapshots().size(), 0U);
  EXPECT_EQ(run({{"get", "a"}}), "$1\r\n1\r\n");
  clock_.runs(std::chrono::seconds(0));
  restart();
  EXPECT_EQ(snapshots().size(), 1U);
}

TEST_F(KeyspaceTables, ReplayTellsHowFarItIsOfWhatItHasToDo) {
  for (int i = 0; i < 4; ++i) write_much();
  restart();
  for (int i = 0; i < 5; ++i) write_much();
  // No snapshot, and each look at the clock is worth a line.
  clock_.runs(std::chrono::seconds(3));
  testing::internal::CaptureStderr();
  restart();
  const std::string lines = testing::internal::GetCapturedStderr();
  const std::string_view work = "work=\"replaying the log\" done=";
  const std::string_view of = " total=";
  std::vector<std::pair<std::uint64_t, std::uint64_t>> told;
  for (std::size_t at = lines.find(work); at != lines.npos; at = lines.find(work, at + 1)) {
    const std::size_t total = lines.find(of, at);
    told.emplace_back(std::stoull(lines.substr(at + work.size())),
                      std::stoull(lines.substr(total + of.size())));
  }
  ASSERT_GE(told.size(), 3U) << lines;
  // Ten MiB since the snapshot; eight before it do not count.
  EXPECT_LT(told.front().first, 6 * kMiB);
  for (const auto& [done, total] : told) {
    EXPECT_LE(done, total);
    EXPECT_GT(total, 10 * kMiB);
    EXPECT_LT(total, 12 * kMiB);
  }
  EXPECT_EQ(told.back().first, told.back().second);
}

TEST_F(KeyspaceTables, ChoicesAfterASnapshotAreThoseOfBefore) {
  std::vector<std::string_view> add{"sadd", "s"};
  std::vector<std::string> members;
  for (int i = 0; i < 300; ++i) members.push_back("m" + std::to_string(i));
  add.insert(add.end(), members.begin(), members.end());
  std::string replies;
  keyspace::LocalBatch batch(replies);
  batch.add(*keyspace::keyspace_commands().find("sadd"), 0, add);
  ASSERT_TRUE(engine_->keyspace().commit(batch));
  run({{"spop", "s", "100"}});
  restart();  // from here on the set comes from a snapshot
  run({{"spop", "s", "100"}});
  const std::string left = row("s");
  ASSERT_TRUE(engine_->close());
  engine_.reset();
  // Without the newest snapshot the same has to come out of the older one and the log.
  std::filesystem::remove(snapshots().back().path);
  open();
  EXPECT_EQ(row("s"), left);
}

TEST_F(KeyspaceTables, ADamagedSnapshotIsNamedAndPassedOver) {
  run({{"set", "a", "1"}});
  restart();
  run({{"set", "a", "2"}});
  ASSERT_TRUE(engine_->close());
  engine_.reset();
  const std::string path = snapshots().back().path;
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(40);
    file.put('\x7f');
  }
  const auto report = check(io::posix_file_system(), directory_);
  ASSERT_TRUE(report) << report.error().what;
  ASSERT_EQ(report->errors.size(), 1U);
  EXPECT_NE(report->errors.front().find(path), std::string::npos);
  const std::string older = snapshots().front().path;
  ASSERT_NE(older, path);
  open();
  EXPECT_EQ(run({{"get", "a"}}), "$1\r\n2\r\n");
  // It is not one of the two that are kept: the older one stays until there are two good ones.
  restart();
  ASSERT_EQ(snapshots().size(), 2U);
  EXPECT_EQ(snapshots().front().path, older);
  EXPECT_TRUE(std::filesystem::exists(path + ".damaged"));
}

TEST_F(KeyspaceTables, TheLogIsTrimmedBehindTheOlderSnapshot) {
  retention_bytes_ = kMiB;
  restart();
  const auto feed = listen();
  run({{"set", "first", "1"}});
  write_much();
  (void)changes(*feed);
  const Cursor old = cursors_.front();
  restart();
  write_much();
  restart();
  run({{"set", "a", "1"}});
  {
    const auto fresh = listen();
    run({{"set", "a", "2"}});
    (void)changes(*fresh);
  }
  const Cursor recent = cursors_.back();
  run({{"set", "a", "3"}});
  restart();
  stream::FeedOptions options;
  options.resume_after = recent;
  const auto resumed = listen(options);
  ASSERT_NE(resumed, nullptr);
  EXPECT_EQ(changes(*resumed), (Lines{"a: \"2\" > \"3\""}));
  options.resume_after = old;
  const algebra::Scan all{.table = kDb0, .index = {}, .order = {}};
  const auto refused =
      engine_->subscribe(stream::FeedKind::range, algebra::make_plan(all), options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::out_of_range);
  EXPECT_EQ(run({{"get", "first"}}), "$1\r\n1\r\n");
}

TEST_F(KeyspaceTables, FeedResumesAfterItsCursor) {
  const auto feed = listen();
  run({{"set", "a", "1"}, {"set", "a", "2"}});
  run({{"set", "b", "1"}});
  ASSERT_EQ(changes(*feed).size(), 3U);
  for (int restarts = 0; restarts < 2; ++restarts) {
    stream::FeedOptions options;
    options.resume_after = cursors_.front();
    const auto resumed = listen(options);
    ASSERT_NE(resumed, nullptr);
    EXPECT_EQ(changes(*resumed), (Lines{"a: \"1\" > \"2\"", "b: - > \"1\""}));
    run({{"set", "live", "1"}});
    EXPECT_EQ(changes(*resumed), (Lines{"live: - > \"1\""}));
    run({{"del", "live"}});
    if (restarts == 0) {
      restart();
      options.resume_after = cursors_[2];
      const auto later = listen(options);
      EXPECT_EQ(changes(*later), (Lines{"live: - > \"1\"", "live: \"1\" > -"}));
      run({{"flushall"}, {"set", "a", "1"}});
      break;
    }
  }
}

}  // namespace
}  // namespace octavo::engine
