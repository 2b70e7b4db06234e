// The whole engine on a simulated disk: processes that are killed, disks that lose their power and
// refuse to sync. What every start afterwards must find, and what `check` says about it.

#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <thread>

#include "engine/check.h"
#include "engine/test_support.h"
#include "io/sim_file.h"
#include "keyspace/command_table.h"
#include "kv/store.h"
#include "log/local_log.h"
#include "txn/row_format.h"
#include "txn/row_key.h"
#include "txn/sequencer.h"
#include "value/key.h"

namespace octavo::engine {
namespace {

using exec::RowEdit;
using index::testing_support::number;
using value::Value;

constexpr const char* kDirectory = "/data";

class Crash : public OneTable {
 protected:
  void SetUp() override {
    open();
    create_table();
  }
  void TearDown() override { engine_.reset(); }

  Status try_open() {
    files_ = disk_->mount();
    Options options;
    options.directory = kDirectory;
    options.memory = memory_;
    options.log_segment_bytes = kMiB;
    options.log_retention_bytes = retention_bytes_;
    options.file_system = files_.get();
    TRY(engine_, Engine::open(std::move(options)));
    return {};
  }
  void open() {
    const Status opened = try_open();
    ASSERT_TRUE(opened) << opened.error().what;
  }
  void reopen() {
    ASSERT_TRUE(engine_->close());
    engine_.reset();
    open();
  }
  // The process that is gone may still close its engine: nothing of that reaches the disk.
  void kill() {
    disk_->kill();
    engine_.reset();
  }
  void cut_power() {
    disk_->power_cut();
    engine_.reset();
  }

  Status wait_durable(Lsn lsn) {
    std::promise<Status> done;
    engine_->when_durable(lsn, Durability::disk, [&](Status status) { done.set_value(status); });
    return done.get_future().get();
  }
  // Rows `from` to `until`, `a` from their numbers.
  Result<Lsn> put(std::int64_t from, std::int64_t until) {
    exec::QueryContext context(catalog::kAdminName);
    exec::RowWrites writes;
    writes.table = table_;
    for (std::int64_t id = from; id < until; ++id) writes.keys.push_back(number(id));
    writes.decide = [&](std::size_t at, const Value*) -> Result<RowEdit> {
      const std::int64_t id = from + static_cast<std::int64_t>(at);
      return RowEdit{RowEdit::Action::put,
                     Value::object({{"id", number(id)}, {"a", number(id % 10)}})};
    };
    TRY(const auto done, engine_->write(writes, context));
    for (const Status& row : done.rows) TRY_STATUS(row);
    return engine_->last_commit();
  }
  void expect_index_agrees(IndexId index, std::size_t count) {
    EXPECT_EQ(rows(all()).size(), count);
    OneTable::expect_index_agrees(index);
  }
  std::vector<std::string> check_errors() {
    const auto files = disk_->mount();
    const auto report = check(*files, kDirectory);
    EXPECT_TRUE(report) << report.error().what;
    return report ? report->errors : std::vector<std::string>();
  }

  void set_key(std::string_view value) {
    std::string replies;
    keyspace::LocalBatch batch(replies);
    const std::string_view command[] = {"set", "key", value};
    batch.add(*keyspace::keyspace_commands().find("set"), 0, command);
    ASSERT_TRUE(engine_->keyspace().commit(batch));
  }
  void remove_files(const std::string& directory) {
    const auto files = disk_->mount();
    const auto names = files->list(directory);
    ASSERT_TRUE(names);
    for (const std::string& name : *names) {
      ASSERT_TRUE(files->remove(io::join_path(directory, name)));
    }
  }

  // Outlives the engine, as what a feed gave out may.
  const std::shared_ptr<ProcessMemory> memory_ = std::make_shared<ProcessMemory>(64 * kMiB);
  std::uint64_t retention_bytes_ = kGiB;
  std::unique_ptr<io::SimDisk> disk_ = io::make_sim_disk(7);
  std::unique_ptr<io::FileSystem> files_;
};

TEST_F(Crash, AnIndexOverRowsThatWereThereSurvives) {
  ASSERT_TRUE(put(0, 1000));
  // Once with rows that only the log has, once with rows that are in table files.
  for (int round = 0; round < 2; ++round) {
    const IndexId index = add_index("a" + std::to_string(round));
    ASSERT_TRUE(wait_for_index(index));
    ASSERT_TRUE(put(500, 1500));  // entries made and unmade after it was ready
    kill();
    open();
    ASSERT_TRUE(definition().find_index(index)->ready);
    expect_index_agrees(index, 1500);
    ASSERT_TRUE(engine_->close());
    engine_.reset();
    EXPECT_EQ(check_errors(), std::vector<std::string>());
    open();
  }
}

// One that was open when the process died has left nothing; one that was committed is whole.
TEST_F(Crash, ATransactionIsWholeOrNothing) {
  const IndexId index = add_index("a");
  ASSERT_TRUE(wait_for_index(index));
  std::size_t expected = 0;
  for (int round = 0; round < 6; ++round) {
    const auto write = [&](Transaction& transaction, std::int64_t from, std::int64_t until) {
      exec::QueryContext context(catalog::kAdminName);
      context.transaction = &transaction;
      exec::RowWrites writes;
      writes.table = table_;
      for (std::int64_t id = from; id < until; ++id) writes.keys.push_back(number(id));
      writes.decide = [&](std::size_t at, const Value*) -> Result<RowEdit> {
        const std::int64_t id = from + static_cast<std::int64_t>(at);
        return RowEdit{RowEdit::Action::put,
                       Value::object({{"id", number(id)}, {"a", number(id % 7)}})};
      };
      const auto done = engine_->write(writes, context);
      ASSERT_TRUE(done) << done.error().what;
    };
    const std::int64_t base = round * 10'000;
    auto committed = engine_->begin({});
    write(*committed, base, base + 1500);  // more than statements by themselves write at once
    auto open_one = engine_->begin({});
    write(*open_one, base + 2000, base + 2100);
    write(*committed, base + 1500, base + 2000);
    exec::QueryContext context(catalog::kAdminName);
    context.transaction = committed.get();
    const auto lsn = committed->commit(context);
    ASSERT_TRUE(lsn) << lsn.error().what;
    expected += 2000;
    write(*open_one, base + 2100, base + 2200);
    if (round % 2 == 0) {
      open_one.reset();
      committed.reset();
      kill();
    } else {
      ASSERT_TRUE(wait_durable(*lsn));
      open_one.reset();
      committed.reset();
      cut_power();
    }
    open();
    expect_index_agrees(index, expected);
  }
  ASSERT_TRUE(engine_->close());
  engine_.reset();
  EXPECT_EQ(check_errors(), std::vector<std::string>());
  open();
}

TEST_F(Crash, AfterAPowerCutAnIndexIsReadyOnlyWithItsEntries) {
  const auto last = put(0, 1000);
  ASSERT_TRUE(last);
  const IndexId index = add_index("a");
  ASSERT_TRUE(wait_for_index(index));
  cut_power();
  open();
  // The build made all before it durable; the record that says "ready" may be lost.
  EXPECT_TRUE(wait_for_index(index));
  expect_index_agrees(index, 1000);
}

// The disk refuses one sync of the log and drops what it should have written. Rows and keys that
// only the lost records explain must not get to the disk by any other way.
TEST_F(Crash, AfterAFailedSyncNothingIsSavedThatTheLogLacks) {
  const auto first = put(0, 500);
  ASSERT_TRUE(first);
  ASSERT_TRUE(wait_durable(*first));
  disk_->fail_syncs(1);
  const auto second = put(500, 1000);
  ASSERT_TRUE(second);
  EXPECT_EQ(wait_durable(*second).error().code, Code::unavailable);
  EXPECT_EQ(put(1000, 1001).error().code, Code::unavailable);
  EXPECT_EQ(rows(all()).size(), 1000U) << "reads go on";
  EXPECT_EQ(engine_->writes_refused()->code, Code::unavailable);
  EXPECT_FALSE(engine_->close()) << "a stop that saved less than was acknowledged";
  cut_power();
  EXPECT_EQ(check_errors(), std::vector<std::string>());
  open();
  // All of it, or what was acknowledged as durable: one record.
  const std::size_t found = rows(all()).size();
  EXPECT_TRUE(found == 500 || found == 1000) << found;
  EXPECT_TRUE(put(2000, 2001));
}

TEST_F(Crash, AnIndexBuildWaitsForRoomOnTheDisk) {
  ASSERT_TRUE(put(0, 1000));
  EXPECT_FALSE(engine_->writes_refused());
  constexpr std::uint64_t kHuge = std::uint64_t{1} << 40;
  disk_->set_capacity(kHuge);
  disk_->set_capacity(kHuge - files_->free_bytes(kDirectory).value());
  const IndexId index = add_index("a");
  std::promise<Status> ready;
  engine_->when_index_ready(table_, index, [&](Status status) { ready.set_value(status); });
  while (!engine_->writes_refused()) std::this_thread::yield();
  EXPECT_EQ(engine_->writes_refused()->code, Code::resource_exhausted);
  EXPECT_EQ(put(1000, 1001).error().code, Code::resource_exhausted);
  disk_->set_capacity(kHuge);
  EXPECT_TRUE(ready.get_future().get());
  EXPECT_FALSE(engine_->writes_refused());
  expect_index_agrees(index, 1000);
}

// After a power cut the log goes on in a new segment, for which there is no room: what is there is
// read, and writes go on when there is some. What was given out before is never given out again.
TEST_F(Crash, AFullDiskIsReadAfterAPowerCut) {
  const auto last = put(0, 1000);
  ASSERT_TRUE(last);
  ASSERT_TRUE(wait_durable(*last));
  set_key("before");
  ASSERT_TRUE(wait_durable(engine_->last_commit()));
  for (int life = 0; life < 2; ++life) {
    cut_power();
    constexpr std::uint64_t kHuge = std::uint64_t{1} << 40;
    constexpr std::uint64_t kLittle = 512 * kKiB;
    const auto files = disk_->mount();
    disk_->set_capacity(kHuge);
    disk_->set_capacity(kHuge - files->free_bytes(kDirectory).value() + kLittle);
    open();
    EXPECT_EQ(rows(all()).size(), 1000U + static_cast<std::size_t>(life));
    ASSERT_TRUE(engine_->writes_refused());
    EXPECT_EQ(engine_->writes_refused()->code, Code::resource_exhausted);
    EXPECT_EQ(put(2000, 2001).error().code, Code::resource_exhausted);
    if (life == 0) {  // a stop and another start change nothing
      EXPECT_TRUE(engine_->close());
      engine_.reset();
      open();
      EXPECT_TRUE(engine_->writes_refused());
    }
    disk_->set_capacity(kHuge);
    const auto written = put(1000 + life, 1001 + life);
    ASSERT_TRUE(written) << written.error().what;
    EXPECT_GT(raw(written->order()), std::uint64_t{1} << 32)
        << "a position that may have been seen";
    EXPECT_FALSE(engine_->writes_refused());
    ASSERT_TRUE(wait_durable(*written));
  }
  kill();
  open();
  EXPECT_EQ(rows(all()).size(), 1002U);
}

// A directory whose log no longer reaches back to what rows or keyspace lack: `check` says so, and
// a start refuses.
TEST_F(Crash, CheckKnowsWhatAStartNeedsOfTheLog) {
  retention_bytes_ = 1;
  reopen();
  for (int life = 0; life < 3; ++life) {
    for (std::int64_t i = 0; i < 40; ++i) ASSERT_TRUE(put(i * 1000, i * 1000 + 1000));
    set_key(std::to_string(life));
    reopen();
  }
  ASSERT_TRUE(engine_->close());
  engine_.reset();
  EXPECT_EQ(check_errors(), std::vector<std::string>());

  remove_files("/data/keys");
  auto errors = check_errors();
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_NE(errors[0].find("keys: the log is needed from 0:0:0 on, and begins at"),
            std::string::npos)
      << errors[0];
  EXPECT_EQ(try_open().error().code, Code::corrupt);

  // The other parts are read all the same, and each says its own.
  remove_files("/data/rows");
  errors = check_errors();
  ASSERT_EQ(errors.size(), 3U);
  EXPECT_TRUE(errors[0].starts_with("/data/rows: the file CURRENT is missing")) << errors[0];
  EXPECT_TRUE(errors[1].starts_with("rows: the log is needed")) << errors[1];
  const auto files = disk_->mount();
  ASSERT_TRUE(files->remove("/data/log/identity"));
  errors = check_errors();
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_NE(errors[0].find("has log segments but no file"), std::string::npos) << errors[0];
}

// The newest segment is gone, and with it records that the rows have: the start says so, and comes
// to an end.
TEST_F(Crash, AStartWithoutTheNewestSegmentIsRefused) {
  for (std::int64_t i = 0; i < 40; ++i) ASSERT_TRUE(put(i * 1000, i * 1000 + 1000));
  reopen();
  ASSERT_TRUE(put(0, 1));
  kill();
  std::string newest;
  const auto files = disk_->mount();
  const auto names = files->list("/data/log");
  ASSERT_TRUE(names);
  for (const std::string& name : *names) {
    if (name.ends_with(".seg")) newest = name;
  }
  ASSERT_TRUE(files->remove("/data/log/" + newest));
  EXPECT_FALSE(check_errors().empty());
  const Status refused = try_open();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::corrupt) << refused.error().what;
}

TEST_F(Crash, RowsWithoutTheirNewestManifestAreRefused) {
  ASSERT_TRUE(put(0, 1000));
  reopen();
  kill();
  ASSERT_TRUE(disk_->mount()->remove("/data/rows/CURRENT"));
  const auto errors = check_errors();
  ASSERT_FALSE(errors.empty());
  EXPECT_TRUE(errors[0].starts_with("/data/rows: the file CURRENT is missing")) << errors[0];
  const Status refused = try_open();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().what.find("CURRENT is missing"), std::string::npos)
      << refused.error().what;
}

// A record that another version wrote: nothing of it, and nothing after it, is passed over.
TEST_F(Crash, AnOperationThatIsNotKnownStopsTheStart) {
  ASSERT_TRUE(engine_->close());
  engine_.reset();
  std::string unknown_call;
  const std::string_view call[] = {"frobnicate", "key"};
  keyspace::encode_call(unknown_call, 0, call);
  struct Case {
    std::function<void(txn::TransactionBuilder&)> add;
    std::string_view named;
  };
  const BytesView operation = unknown_call;
  const Case cases[] = {
      {[&](auto& builder) { builder.keyspace(0, std::span(&operation, 1)); }, "`frobnicate`"},
      {[](auto& builder) {
         builder.ddl(
             "\x01\x0a"
             "catalog/wx"
             "\x01\x01"
             "x");
       },
       "kind `w`"},
  };
  const auto disk = disk_.get();
  for (const Case& one : cases) {
    const auto files = disk->mount();
    {
      log::LocalOptions options;
      options.directory = "/data/log";
      auto log = log::open_local_log(*files, system_clock(), options);
      ASSERT_TRUE(log) << log.error().what;
      kv::StoreOptions rows_options;
      rows_options.path = "/data/rows";
      rows_options.files = files.get();
      const auto rows = kv::Store::open(std::move(rows_options));
      ASSERT_TRUE(rows);
      txn::Sequencer sequencer(**log, **rows, system_clock(), {});
      ASSERT_TRUE(sequencer.start());
      txn::TransactionBuilder builder;
      one.add(builder);
      ASSERT_TRUE(sequencer.commit(**builder.finish()).status);
      sequencer.stop();
      (*log)->stop();
    }
    const Status refused = try_open();
    ASSERT_FALSE(refused) << one.named;
    EXPECT_NE(refused.error().what.find(one.named), std::string::npos) << refused.error().what;
    EXPECT_NE(refused.error().what.find("log record"), std::string::npos) << refused.error().what;
    remove_files("/data/log");
    remove_files("/data/rows");
    remove_files("/data/keys");
  }
}

// What an error that nobody looked at once left behind: a row with nothing in it.
TEST_F(Crash, ARowThatCannotBeReadIsNamedAndCanBeMended) {
  ASSERT_TRUE(put(0, 20));
  ASSERT_TRUE(engine_->close());
  engine_.reset();
  {
    kv::StoreOptions options;
    options.path = "/data/rows";
    options.files = files_.get();
    const auto rows = kv::Store::open(std::move(options));
    ASSERT_TRUE(rows);
    kv::WriteBatch batch;
    Bytes empty;
    txn::put_row_header(empty, (*rows)->applied());
    for (const std::int64_t id : {18, 19}) {
      batch.put(kv::Family::rows, txn::row_key(table_, value::encoded_key(number(id))), empty);
    }
    ASSERT_TRUE((*rows)->apply(batch, (*rows)->applied()));
    ASSERT_TRUE((*rows)->flush());
  }
  const auto errors = check_errors();
  ASSERT_EQ(errors.size(), 2U);
  EXPECT_TRUE(errors[0].starts_with("table test.t: the row with key 18 cannot be read"))
      << errors[0];

  open();
  exec::QueryContext context(catalog::kAdminName);
  auto scan = engine_->query(all(), context);
  ASSERT_TRUE(scan);
  exec::Rows found;
  const Status read = (*scan)->next(100, found);
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().what.find("Table `t`: the row with key 18 cannot be read"),
            std::string::npos)
      << read.error().what;
  scan->reset();

  exec::RowWrites writes;
  writes.table = table_;
  writes.keys = {number(18), number(19)};
  writes.decide = [](std::size_t, const Value*) -> Result<RowEdit> {
    return fail(Code::internal, "the rows are not there");
  };
  const auto unread = engine_->write(writes, context);
  ASSERT_TRUE(unread);
  EXPECT_NE(unread->rows[1].error().what.find("the row with key 19 cannot be read"),
            std::string::npos)
      << unread->rows[1].error().what;
  writes.decide_unread = [](std::size_t i) -> Result<RowEdit> {
    if (i == 0) return RowEdit{RowEdit::Action::erase, {}};
    return RowEdit{RowEdit::Action::put, Value::object({{"id", number(19)}, {"a", number(1)}})};
  };
  const auto mended = engine_->write(writes, context);
  ASSERT_TRUE(mended);
  for (const Status& row : mended->rows) EXPECT_TRUE(row);
  EXPECT_EQ(rows(all()).size(), 19U);
  ASSERT_TRUE(engine_->close());
  engine_.reset();
  EXPECT_EQ(check_errors(), std::vector<std::string>());
}

TEST_F(Crash, CheckComparesEntriesWithRows) {
  ASSERT_TRUE(put(0, 20));
  const IndexId index = add_index("a");
  ASSERT_TRUE(wait_for_index(index));
  ASSERT_TRUE(engine_->close());
  engine_.reset();
  EXPECT_EQ(check_errors(), std::vector<std::string>());
  {
    kv::StoreOptions options;
    options.path = "/data/rows";
    options.files = files_.get();
    const auto rows = kv::Store::open(std::move(options));
    ASSERT_TRUE(rows);
    const auto cursor = (*rows)->cursor(
        kv::Family::index,
        {.read = {}, .lower = txn::index_begin(index), .upper = txn::index_end(index)});
    cursor->seek_to_first();
    ASSERT_TRUE(cursor->valid());
    kv::WriteBatch batch;
    batch.erase(kv::Family::index, cursor->key());
    for (const char* nobody : {"1", "2"}) {
      batch.put(kv::Family::index, txn::index_begin(index).append("nobody's").append(nobody), {});
    }
    ASSERT_TRUE((*rows)->apply(batch, (*rows)->applied()));
    ASSERT_TRUE((*rows)->flush());
  }
  const auto errors = check_errors();
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_NE(errors[0].find("table t index a: 1 entries are missing and 2 belong to no row"),
            std::string::npos)
      << errors[0];
}

}  // namespace
}  // namespace octavo::engine
