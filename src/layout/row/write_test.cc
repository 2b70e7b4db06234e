// Writes of rows: what each row's verdict is, who wins a race, and what one call commits at once.

#include "layout/row/write.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include "base/random.h"
#include "index/test_support.h"
#include "index/unique.h"

namespace octavo::layout {
namespace {

using namespace index::testing_support;
using value::Value;
using Action = exec::RowEdit::Action;

// Counts the rows that are read.
class CountedReads final : public kv::Store {
 public:
  explicit CountedReads(kv::Store& engine) : engine_(engine) {}
  mutable std::size_t rows = 0;

  Status multi_get(kv::Family family, std::span<const BytesView> keys,
                   std::span<std::optional<Bytes>> values,
                   const kv::ReadOptions& options) const override {
    rows += keys.size();
    return engine_.multi_get(family, keys, values, options);
  }
  Status apply(const kv::WriteBatch& batch, Lsn applied) override {
    return engine_.apply(batch, applied);
  }
  Status writable() override { return engine_.writable(); }
  Lsn applied() const override { return engine_.applied(); }
  Lsn durable_applied() const override { return engine_.durable_applied(); }
  void set_flush_barrier(kv::FlushBarrier barrier) override {
    engine_.set_flush_barrier(std::move(barrier));
  }
  kv::SnapshotPointer snapshot() override { return engine_.snapshot(); }
  Result<bool> get(kv::Family family, BytesView key, Bytes& value,
                   const kv::ReadOptions& options) const override {
    return engine_.get(family, key, value, options);
  }
  std::unique_ptr<kv::Cursor> cursor(kv::Family family, kv::CursorOptions options) const override {
    return engine_.cursor(family, std::move(options));
  }
  Status flush() override { return engine_.flush(); }
  Status compact(kv::Family family, BytesView begin, BytesView end) override {
    return engine_.compact(family, begin, end);
  }
  std::uint64_t approximate_bytes(kv::Family family, BytesView begin,
                                  BytesView end) const override {
    return engine_.approximate_bytes(family, begin, end);
  }
  kv::StoreStats stats() const override { return engine_.stats(); }

 private:
  kv::Store& engine_;
};

class NoNumbers final : public Numbers {
 public:
  Result<std::uint64_t> take(const catalog::TableDefinition&, const catalog::ColumnDefinition&,
                             std::uint64_t) override {
    return fail(Code::out_of_range, "none");
  }
  Status passed(const catalog::TableDefinition&, const catalog::ColumnDefinition&,
                std::uint64_t) override {
    return {};
  }
};

class WriteTest : public testing::Test {
 protected:
  Result<exec::RowWritesDone> write(
      std::vector<Value> keys,
      std::function<Result<exec::RowEdit>(std::size_t, const Value*)> decide) {
    const exec::RowWrites writes{table_, std::move(keys), std::move(decide), nullptr, nullptr};
    return run(writes);
  }
  Result<exec::RowWritesDone> run(const exec::RowWrites& writes,
                                  RowTransaction* transaction = nullptr) {
    const auto table = store_.definitions()->share_table(table_);
    return write_rows({store_.sequencer(), locks_, reads_, store_.sets(), rules_, numbers_,
                       definition_, allowed_, table != nullptr && has_rules(*table), transaction},
                      writes, query_);
  }
  // What DDL on the table does: it writes the schema's key.
  void touch_schema() {
    txn::TransactionBuilder ddl;
    ddl.cursor("ddl", "");
    ddl.write_key(txn::schema_hash(table_));
    EXPECT_TRUE(store_.sequencer().commit(**ddl.finish()).status);
  }
  std::string row(std::int64_t id) {
    const auto found = store_.reader().get(table_, number(id), kv::ReadTier::any);
    EXPECT_TRUE(found);
    return *found ? value::to_json(**found) : "-";
  }
  std::uint64_t records() { return store_.sequencer().stats().records; }

  // row.n + 1, starting at 0.
  static Result<exec::RowEdit> count_up(const Value& id, const Value* current) {
    const std::int64_t n = current == nullptr ? 0 : current->find("n")->as_int64() + 1;
    return exec::RowEdit{Action::put, Value::object({{"id", id}, {"n", number(n)}})};
  }

  TestStore store_;
  CountedReads reads_{store_.engine()};
  TableId table_ = store_.add_table("t");
  txn::LockTable locks_;
  RuleSets rules_;
  NoNumbers numbers_;
  exec::QueryContext query_;
  std::function<Status()> allowed_ = [] { return Status(); };
  std::function<exec::TableDefinitionPtr(TableId)> definition_ = [this](TableId id) {
    return store_.definitions()->share_table(id);
  };
};

TEST_F(WriteTest, PutsErasesAndKeepsInOneRecord) {
  store_.put(table_, json(R"({"id":1,"n":1})"));
  store_.put(table_, json(R"({"id":2,"n":2})"));
  const std::uint64_t before = records();
  const auto done = write({number(1), number(2), number(3), number(4)},
                          [&](std::size_t i, const Value* current) -> Result<exec::RowEdit> {
                            EXPECT_EQ(current != nullptr, i < 2);
                            if (i == 0) return exec::RowEdit{Action::erase, {}};
                            if (i == 3) return exec::RowEdit{};
                            return count_up(number(static_cast<std::int64_t>(i) + 1), current);
                          });
  ASSERT_TRUE(done);
  EXPECT_TRUE(done->changed);
  EXPECT_EQ(done->lsn, store_.sequencer().tip());
  EXPECT_EQ(records(), before + 1);
  EXPECT_EQ(row(1), "-");
  EXPECT_EQ(row(2), R"({"id":2,"n":3})");
  EXPECT_EQ(row(3), R"({"id":3,"n":0})");
  EXPECT_EQ(row(4), "-");
}

TEST_F(WriteTest, WhatChangesNothingIsNotCommitted) {
  const std::uint64_t before = records();
  const auto erased_nothing = write(
      {number(1)}, [](std::size_t, const Value*) { return exec::RowEdit{Action::erase, {}}; });
  ASSERT_TRUE(erased_nothing);
  EXPECT_FALSE(erased_nothing->changed);
  const auto nothing_at_all = write({}, nullptr);
  ASSERT_TRUE(nothing_at_all);
  EXPECT_TRUE(nothing_at_all->rows.empty());
  EXPECT_EQ(records(), before);
}

TEST_F(WriteTest, ALaterEditOfAKeySeesTheEarlierOne) {
  const auto done =
      write({number(1), number(1), number(2), number(1)}, [](std::size_t i, const Value* current) {
        return count_up(number(i == 2 ? 2 : 1), current);
      });
  ASSERT_TRUE(done);
  EXPECT_EQ(row(1), R"({"id":1,"n":2})");
  EXPECT_EQ(row(2), R"({"id":2,"n":0})");
}

TEST_F(WriteTest, PuttingAndErasingAFreshKeyLeavesNothing) {
  const auto done = write({number(1), number(1)}, [](std::size_t i, const Value* current) {
    return i == 0 ? count_up(number(1), current)
                  : Result<exec::RowEdit>(exec::RowEdit{Action::erase, {}});
  });
  ASSERT_TRUE(done);
  EXPECT_FALSE(done->changed);
  EXPECT_EQ(row(1), "-");
}

TEST_F(WriteTest, AnErrorIsOfItsRowAlone) {
  store_.put(table_, json(R"({"id":2,"n":7})"));
  const auto done = write({number(1), number(2), number(3)},
                          [](std::size_t i, const Value* current) -> Result<exec::RowEdit> {
                            if (i == 1) return fail(Code::user_error, "no");
                            return count_up(number(static_cast<std::int64_t>(i) + 1), current);
                          });
  ASSERT_TRUE(done);
  EXPECT_TRUE(done->rows[0]);
  ASSERT_FALSE(done->rows[1]);
  EXPECT_EQ(done->rows[1].error().what, "no");
  EXPECT_TRUE(done->rows[2]);
  EXPECT_EQ(row(2), R"({"id":2,"n":7})");
  EXPECT_EQ(row(3), R"({"id":3,"n":0})");
}

TEST_F(WriteTest, ALostRaceIsDecidedAgainOnTheNewRow) {
  store_.put(table_, json(R"({"id":1,"n":0})"));
  int calls = 0;
  const auto done = write({number(1)}, [&](std::size_t, const Value* current) {
    // Somebody who takes no locks comes in between, twice.
    if (++calls <= 2) {
      store_.put(table_, Value::object({{"id", number(1)}, {"n", number(calls * 10)}}));
    }
    return count_up(number(1), current);
  });
  ASSERT_TRUE(done);
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(row(1), R"({"id":1,"n":21})");
}

TEST_F(WriteTest, AnErrorOfALostAttemptIsForgotten) {
  store_.put(table_, json(R"({"id":1,"n":0})"));
  int calls = 0;
  const auto done = write({number(1), number(2)},
                          [&](std::size_t i, const Value* current) -> Result<exec::RowEdit> {
                            if (i == 1) return count_up(number(2), current);
                            if (++calls == 1) {
                              store_.put(table_, json(R"({"id":2,"n":5})"));
                              return fail(Code::user_error, "not yet");
                            }
                            return count_up(number(1), current);
                          });
  ASSERT_TRUE(done);
  EXPECT_TRUE(done->rows[0]);
  EXPECT_EQ(row(1), R"({"id":1,"n":1})");
  EXPECT_EQ(row(2), R"({"id":2,"n":6})");
}

TEST_F(WriteTest, WhoAlwaysLosesGivesUp) {
  std::int64_t n = 0;
  const auto done = write({number(1)}, [&](std::size_t, const Value* current) {
    store_.put(table_, Value::object({{"id", number(1)}, {"n", number(++n)}}));
    return count_up(number(1), current);
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::conflict);
}

TEST_F(WriteTest, ALargeWriteIsSplitBetweenRows) {
  const std::string text(kSoftTransactionBytes / 2 + 1, 'x');
  std::vector<Value> keys;
  for (std::int64_t id = 0; id < 5; ++id) keys.push_back(number(id));
  const std::uint64_t before = records();
  const auto done = write(keys, [&](std::size_t i, const Value*) {
    return exec::RowEdit{Action::put,
                         Value::object({{"id", keys[i]}, {"text", Value::string(text)}})};
  });
  ASSERT_TRUE(done);
  EXPECT_EQ(records(), before + 3) << "two rows, two rows, one row";
  for (std::int64_t id = 0; id < 5; ++id) EXPECT_GT(row(id).size(), text.size());
}

TEST_F(WriteTest, ALargeWriteReadsEachRowOnce) {
  const Value text = Value::string(std::string(kSoftTransactionBytes / 4, 'x'));
  std::vector<Value> keys;
  for (std::int64_t id = 0; id < 100; ++id) keys.push_back(number(id));
  const std::uint64_t before = records();
  ASSERT_TRUE(write(keys, [&](std::size_t i, const Value*) {
    return exec::RowEdit{Action::put, Value::object({{"id", keys[i]}, {"text", text}})};
  }));
  const std::uint64_t parts = records() - before;
  EXPECT_GT(parts, 10U);
  EXPECT_LT(reads_.rows, 100 + parts * 256) << "not all that is left, for each part";
  reads_.rows = 0;
  // Now there is something to read, and little of it at a time.
  ASSERT_TRUE(
      write(keys, [](std::size_t, const Value*) { return exec::RowEdit{Action::erase, {}}; }));
  EXPECT_LT(reads_.rows, 200U);
}

TEST_F(WriteTest, ManyRowsAndEntriesAreSplitAsWell) {
  std::vector<Value> keys;
  for (std::int64_t id = 0; id < 3000; ++id) keys.push_back(number(id));
  const auto put_all = [&] {
    const std::uint64_t before = records();
    EXPECT_TRUE(write(keys, [&](std::size_t i, const Value*) {
      return exec::RowEdit{Action::put, Value::object({{"id", keys[i]}, {"a", keys[i]}})};
    }));
    return records() - before;
  };
  EXPECT_EQ(put_all(), 3U);
  ASSERT_TRUE(
      write(keys, [](std::size_t, const Value*) { return exec::RowEdit{Action::erase, {}}; }));
  const IndexId index = store_.add_index(table_, "a", field("a"));
  store_.mark_ready(table_);
  EXPECT_EQ(put_all(), 6U) << "an entry counts like a row";
  EXPECT_EQ(store_.entries(index).size(), 3000U);
  EXPECT_EQ(put_all(), 3U) << "and what stays as it is does not count";
}

TEST_F(WriteTest, FunctionsOfIndexesRunWithinTheTimeOfTheStatement) {
  // row → r.range(row.n).count()
  const auto slow = of_row(term(43, {term(173, {field_of_row("n")})}));
  const IndexId index = store_.add_index(table_, "slow", slow);
  const std::int64_t n = 10'000'000'000'000;
  const auto insert = [&](std::int64_t id) {
    return write({number(id)}, [&](std::size_t, const Value*) {
      return exec::RowEdit{Action::put, Value::object({{"id", number(id)}, {"n", number(n)}})};
    });
  };
  ASSERT_TRUE(insert(1));
  EXPECT_NE(row(1), "-") << "it is a row like any other";
  EXPECT_TRUE(store_.entries(index).empty()) << "and not in the index";
  store_.clock().advance(std::chrono::seconds(10));
  query_.evaluation.clock = &store_.clock();
  query_.evaluation.deadline_ns = store_.clock().monotonic_ns() - 1;
  const auto late = insert(2);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Code::timed_out);
  EXPECT_EQ(row(2), "-");
}

TEST_F(WriteTest, ErasedRowsCountForTheSizeOfATransaction) {
  std::vector<Value> keys;
  for (std::int64_t id = 0; id < 4; ++id) {
    keys.push_back(number(id));
    const Value text = Value::string(std::string(kSoftTransactionBytes / 2 + 1, 'x'));
    store_.put(table_, Value::object({{"id", keys.back()}, {"text", text}}));
  }
  const std::uint64_t before = records();
  ASSERT_TRUE(
      write(keys, [](std::size_t, const Value*) { return exec::RowEdit{Action::erase, {}}; }));
  EXPECT_EQ(records(), before + 2) << "they are in the log";
}

TEST_F(WriteTest, ARowThatGrowsTooLargeIsLeftAsItWas) {
  store_.put(table_, json(R"({"id":1,"n":0})"));
  const Value half = Value::string(std::string(kMaxDocumentBytes / 2, 'x'));
  int decided = 0;
  const auto done = write({number(1), number(2), number(1)}, [&](std::size_t i,
                                                                 const Value* current) {
    if (i == 0) {
      return exec::RowEdit{
          Action::put, Value::object({{"id", number(1)}, {"a", half}, {"b", half}, {"c", half}})};
    }
    ++decided;
    return *count_up(number(i == 1 ? 2 : 1), current);
  });
  ASSERT_TRUE(done);
  EXPECT_EQ(decided, 2);
  ASSERT_FALSE(done->rows[0]);
  EXPECT_EQ(done->rows[0].error().code, Code::resource_exhausted);
  EXPECT_TRUE(done->rows[1]);
  EXPECT_TRUE(done->rows[2]);
  EXPECT_EQ(row(1), R"({"id":1,"n":1})");
  EXPECT_EQ(row(2), R"({"id":2,"n":0})");
}

TEST_F(WriteTest, ADroppedTableTakesNoWriteThatBeganBefore) {
  int calls = 0;
  const auto done = write({number(1)}, [&](std::size_t, const Value* current) {
    if (++calls == 1) {
      store_.drop_table(table_);
      touch_schema();
    }
    return count_up(number(1), current);
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::not_found);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(row(1), "-");
}

TEST_F(WriteTest, AWriteThatEndsHalfWayDoesNotSayThatNothingHappened) {
  const Value text = Value::string(std::string(kSoftTransactionBytes + 1, 'x'));
  const auto done = write({number(1), number(2)}, [&](std::size_t i, const Value*) {
    if (i == 1) {
      store_.drop_table(table_);
      touch_schema();
    }
    const Value id = number(static_cast<std::int64_t>(i) + 1);
    return exec::RowEdit{Action::put, Value::object({{"id", id}, {"text", text}})};
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::indeterminate);
  EXPECT_NE(row(1), "-");
  EXPECT_EQ(row(2), "-");
}

TEST_F(WriteTest, RowsAreDecidedForTheTableAsItIsThen) {
  std::vector<std::string> hooks;  // that decisions were made for
  exec::RowWrites writes{table_, {number(1)}, nullptr, nullptr};
  writes.decide_for = [&](const exec::TableDefinitionPtr& table) {
    hooks.push_back(table->write_hook);
    return Status();
  };
  writes.decide = [&](std::size_t, const Value* current) {
    if (hooks.size() == 1) {
      store_.define(
          catalog::edit_table(*store_.definitions(), table_, [](catalog::TableDefinition& table) {
            table.write_hook = "hook";
            return Status();
          }));
      touch_schema();
    }
    return count_up(number(1), current);
  };
  ASSERT_TRUE(run(writes));
  EXPECT_EQ(hooks, (std::vector<std::string>{"", "hook"}));
}

TEST_F(WriteTest, WhoMayNotWaitWritesWhereThereIsNothingToWaitFor) {
  const auto count = [](std::size_t, const Value* current) { return count_up(number(1), current); };
  txn::LockOwner other(locks_, TransactionId{});
  const Bytes key = value::encoded_key(number(1));
  ASSERT_TRUE(locks_.try_lock(other, txn::row_hash(table_, key), txn::LockMode::exclusive));
  query_.may_wait = false;
  const auto refused = write({number(1)}, count);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::would_block);
  locks_.release_all(other);
  EXPECT_TRUE(write({number(1)}, count));
  EXPECT_EQ(row(1), R"({"id":1,"n":0})");
}

TEST_F(WriteTest, ALockedRowIsWaitedForUntilTheDeadlineOnly) {
  txn::LockOwner other(locks_, TransactionId{});
  const Bytes key = value::encoded_key(number(1));
  ASSERT_TRUE(locks_.try_lock(other, txn::row_hash(table_, key), txn::LockMode::exclusive));
  query_.evaluation.deadline_ns = 1;  // long past
  const auto late = write({number(1)}, [](std::size_t, const Value*) { return exec::RowEdit{}; });
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Code::timed_out);
  EXPECT_EQ(locks_.waiting(), 0U);
  locks_.release_all(other);
  query_.evaluation.deadline_ns = 0;
  EXPECT_TRUE(write(
      {number(1)}, [](std::size_t, const Value* current) { return count_up(number(1), current); }));
  EXPECT_EQ(row(1), R"({"id":1,"n":0})");
}

TEST_F(WriteTest, WaitingForALockEndsWhenTheQueryIsCancelled) {
  txn::LockOwner other(locks_, TransactionId{});
  const Bytes key = value::encoded_key(number(1));
  ASSERT_TRUE(locks_.try_lock(other, txn::row_hash(table_, key), txn::LockMode::exclusive));
  CancelSource cancel;
  query_.evaluation.cancel = cancel.token();
  std::thread killer([&] {
    while (locks_.waiting() == 0) std::this_thread::yield();
    cancel.cancel();
  });
  const auto killed = write({number(1)}, [](std::size_t, const Value*) { return exec::RowEdit{}; });
  killer.join();
  ASSERT_FALSE(killed);
  EXPECT_EQ(killed.error().code, Code::cancelled);
  EXPECT_EQ(locks_.waiting(), 0U);
}

TEST_F(WriteTest, AWriteOfManyRowsBeginsAgainAfterADeadlock) {
  std::vector<txn::KeyHash> hashes;
  for (const std::int64_t id : {1, 2, 3}) {
    hashes.push_back(txn::row_hash(table_, value::encoded_key(number(id))));
  }
  std::ranges::sort(hashes);  // as they are locked
  txn::LockOwner first(locks_, TransactionId{});
  txn::LockOwner other(locks_, TransactionId{});
  ASSERT_TRUE(locks_.try_lock(first, hashes[1], txn::LockMode::exclusive));
  ASSERT_TRUE(locks_.try_lock(other, hashes[2], txn::LockMode::exclusive));
  Result<exec::RowWritesDone> done = fail(Code::internal, "not run");
  std::thread writer([&] {
    const std::vector<Value> keys = {number(1), number(2), number(3)};
    done = write(keys, [&](std::size_t i, const Value* row) { return count_up(keys[i], row); });
  });
  while (locks_.waiting() == 0) std::this_thread::yield();
  std::atomic<bool> answered = false;
  locks_.lock(other, hashes[0], txn::LockMode::exclusive, [&](Status) { answered = true; });
  locks_.release_all(first);  // the writer goes on to what `other` has
  while (!answered) std::this_thread::yield();
  locks_.release_all(other);
  writer.join();
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_EQ(row(3), R"({"id":3,"n":0})");
}

TEST_F(WriteTest, ATableThatComesToReferEndsTheCallWhereItIs) {
  std::vector<Value> keys;
  for (std::int64_t id = 0; id < 3000; ++id) keys.push_back(number(id));
  int parts = 0;
  allowed_ = [&]() -> Status {
    if (++parts != 2) return {};
    store_.define(catalog::edit_table(*store_.definitions(), table_,
                                      [&](catalog::TableDefinition& table) -> Status {
                                        table.referenced_by.push_back(table_);
                                        return {};
                                      }));
    return {};
  };
  const auto done =
      write(keys, [&](std::size_t i, const Value* row) { return count_up(keys[i], row); });
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_TRUE(query_.definition_changed);
  EXPECT_TRUE(done->changed);
  const auto written = static_cast<std::int64_t>(done->rows.size());
  EXPECT_GT(written, 0);
  EXPECT_EQ(row(written - 1),
            value::to_json(Value::object({{"id", number(written - 1)}, {"n", number(0)}})));
  EXPECT_EQ(row(written), "-");
}

// --- Tables that declare columns ---------------------------------------------------------------

// {id, u}: both integers, `u` unique and maybe null.
class DeclaredTest : public WriteTest {
 protected:
  DeclaredTest() {
    index_ = store_.add_index(table_, "u", field("u"));
    store_.define(catalog::edit_table(
        *store_.definitions(), table_, [](catalog::TableDefinition& table) -> Status {
          for (const char* name : {"id", "u"}) {
            catalog::ColumnDefinition column;
            column.id = ColumnId{table.columns.size() + 1};
            column.name = name;
            column.type = value::make_type({.kind = value::Kind::integer, .bits = 64});
            column.nullable = table.columns.size() == 1;
            table.columns.push_back(std::move(column));
          }
          table.open = false;
          table.key_columns = {ColumnId{1}};
          table.indexes.front().unique = true;
          table.indexes.front().ready = true;
          return {};
        }));
  }

  static Value row_of(std::int64_t id, std::optional<std::int64_t> u) {
    return Value::object({{"id", number(id)}, {"u", u ? number(*u) : Value()}});
  }
  // Puts rows, or erases those without `u`.
  Result<exec::RowWritesDone> put(const std::vector<Value>& rows, bool whole = true,
                                  RowTransaction* transaction = nullptr) {
    std::vector<Value> keys;
    for (const Value& row : rows) keys.push_back(*row.find("id"));
    exec::RowWrites writes{table_, std::move(keys),
                           [rows](std::size_t i, const Value*) -> Result<exec::RowEdit> {
                             if (rows[i].find("u") == nullptr) {
                               return exec::RowEdit{Action::erase, {}};
                             }
                             return exec::RowEdit{Action::put, rows[i]};
                           }};
    writes.whole = whole;
    return run(writes, transaction);
  }
  static Value gone(std::int64_t id) { return Value::object({{"id", number(id)}}); }

  IndexId index_{};
};

TEST_F(DeclaredTest, AKeyIsTakenOnce) {
  ASSERT_TRUE(put({row_of(1, 10), row_of(2, 20)})->changed);
  const auto done = put({row_of(3, 30), row_of(4, 20), row_of(5, 50)});
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_FALSE(done->changed);
  ASSERT_EQ(done->rows.size(), 2U) << "it ends at the row that fails";
  EXPECT_EQ(done->rows[1].error().code, Code::already_exists);
  ASSERT_TRUE(done->violations.contains(1));
  const catalog::Violation& violation = done->violations.at(1);
  EXPECT_EQ(violation.kind, catalog::Violation::Kind::duplicate);
  EXPECT_EQ(violation.index, index_);
  EXPECT_EQ(violation.value, number(20));
  EXPECT_EQ(violation.other, number(2));
  EXPECT_EQ(row(3), "-") << "nothing of the statement is there";
}

TEST_F(DeclaredTest, EachRowByItselfWhereThatIsWanted) {
  const auto done = put({row_of(1, 10), row_of(2, 10), row_of(3, 30)}, false);
  ASSERT_TRUE(done);
  EXPECT_TRUE(done->changed);
  EXPECT_TRUE(done->rows[0] && !done->rows[1] && done->rows[2]);
  EXPECT_EQ(row(2), "-");
  EXPECT_EQ(row(3), R"({"id":3,"u":30})");
}

TEST_F(DeclaredTest, NullsAreNeverTheSame) {
  EXPECT_TRUE(put({row_of(1, {}), row_of(2, {})})->changed);
}

TEST_F(DeclaredTest, WhatAnEarlierRowLetGoIsFree) {
  ASSERT_TRUE(put({row_of(1, 10), row_of(2, 20)})->changed);
  EXPECT_TRUE(put({row_of(1, 11), row_of(2, 10)})->changed);
  EXPECT_TRUE(put({gone(1), row_of(3, 11)})->changed);
  EXPECT_FALSE(put({row_of(3, 10), row_of(2, 12)})->changed) << "it is let go later";
  EXPECT_EQ(row(3), R"({"id":3,"u":11})");
}

TEST_F(DeclaredTest, TheKeyOfARowStaysIts) {
  ASSERT_TRUE(put({row_of(1, 10)})->changed);
  exec::RowWrites writes{table_, {number(1)}, [](std::size_t, const Value*) {
                           return Result<exec::RowEdit>(exec::RowEdit{Action::put, row_of(2, 5)});
                         }};
  const auto done = run(writes);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->rows[0].error().code, Code::invalid_argument);
}

TEST_F(DeclaredTest, ARowMovesOrStays) {
  ASSERT_TRUE(put({row_of(1, 10), row_of(2, 20)})->changed);
  exec::RowWrites writes{table_, {number(1), number(2)}, [](std::size_t i, const Value* current) {
                           return Result<exec::RowEdit>(
                               i == 0 ? exec::RowEdit{Action::erase, {}}
                               : current == nullptr
                                   ? exec::RowEdit{Action::put, row_of(2, 10)}
                                   : Result<exec::RowEdit>(fail(Code::already_exists, "there")));
                         }};
  writes.moves = {0};
  const auto there = run(writes);
  ASSERT_TRUE(there);
  EXPECT_FALSE(there->changed);
  EXPECT_TRUE(there->rows[0]);
  EXPECT_EQ(there->rows[1].error().code, Code::already_exists);
  EXPECT_EQ(row(1), R"({"id":1,"u":10})");

  // What the row had let go is its again, for those that come after it.
  writes.keys = {number(1), number(3), number(4), number(1)};
  writes.decide = [](std::size_t i, const Value*) -> Result<exec::RowEdit> {
    if (i == 0) return exec::RowEdit{Action::erase, {}};
    return exec::RowEdit{Action::put, i == 1   ? row_of(3, 20)
                                      : i == 2 ? row_of(4, 10)
                                               : row_of(1, 11)};
  };
  const auto stays = run(writes);
  ASSERT_TRUE(stays);
  EXPECT_EQ(stays->violations.at(1).other, number(2));
  EXPECT_EQ(stays->violations.at(2).other, number(1));
  EXPECT_TRUE(stays->rows[3]);
  EXPECT_EQ(row(1), R"({"id":1,"u":11})");
  EXPECT_EQ(row(3), "-");

  // Where it was changed within the call it stays as it had become.
  writes.keys = {number(1), number(1), number(3), number(4)};
  writes.moves = {1};
  writes.decide = [](std::size_t i, const Value*) -> Result<exec::RowEdit> {
    if (i == 0) return exec::RowEdit{Action::put, row_of(1, 12)};
    if (i == 1) return exec::RowEdit{Action::erase, {}};
    return exec::RowEdit{Action::put, i == 2 ? row_of(3, 20) : row_of(4, 12)};
  };
  const auto changed = run(writes);
  ASSERT_TRUE(changed);
  EXPECT_EQ(changed->violations.at(3).other, number(1));
  EXPECT_EQ(row(1), R"({"id":1,"u":12})");
  EXPECT_EQ(store_.entries(index_).size(), 2U);

  // One that does not go does not arrive.
  writes.keys = {number(1), number(3)};
  writes.moves = {0};
  writes.decide = [](std::size_t i, const Value*) -> Result<exec::RowEdit> {
    if (i == 0) return fail(Code::conflict, "not that one");
    return exec::RowEdit{Action::put, row_of(3, 30)};
  };
  const auto refused = run(writes);
  ASSERT_TRUE(refused);
  EXPECT_FALSE(refused->rows[0]);
  EXPECT_TRUE(refused->rows[1]);
  EXPECT_EQ(row(3), "-");
}

TEST_F(DeclaredTest, NoRecordHasHalfOfAMove) {
  constexpr std::int64_t kRows = 1000;
  std::vector<Value> rows;
  for (std::int64_t id = 0; id < kRows; ++id) rows.push_back(row_of(id, id));
  ASSERT_TRUE(put(rows)->changed);
  // A row that stays, so that the limit of a record falls between going and arriving.
  exec::RowWrites writes{table_, {number(0)}, {}};
  for (std::int64_t id = 1; id < kRows; ++id) {
    writes.moves.push_back(writes.keys.size());
    writes.keys.push_back(number(id));
    writes.keys.push_back(number(kRows + id));
  }
  writes.decide = [&](std::size_t i, const Value*) -> Result<exec::RowEdit> {
    if (i % 2 == 1) return exec::RowEdit{Action::erase, {}};
    const auto id = static_cast<std::int64_t>(i / 2);
    return exec::RowEdit{Action::put, i == 0 ? row_of(0, kRows) : row_of(kRows + id, id)};
  };
  int parts = 0;
  allowed_ = [&]() -> Status {
    ++parts;
    EXPECT_EQ(store_.entries(index_).size(), static_cast<std::size_t>(kRows));
    return {};
  };
  ASSERT_TRUE(run(writes));
  EXPECT_GT(parts, 2);
  EXPECT_EQ(store_.entries(index_).size(), static_cast<std::size_t>(kRows));
}

TEST_F(DeclaredTest, AnIndexThatIsNotWholeRefusesWrites) {
  store_.define(catalog::edit_table(*store_.definitions(), table_,
                                    [](catalog::TableDefinition& table) -> Status {
                                      table.indexes.front().ready = false;
                                      return {};
                                    }));
  const auto done = put({row_of(1, 10)});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::unavailable);
}

// Another node knows nothing of the locks of this one: the certifier has to be told of each key
// that a row has when the transaction commits, whoever had it meanwhile.
TEST_F(DeclaredTest, AKeyThatIsGivenBackToARowIsItsForTheCertifier) {
  MemoryPool memory("memory", 16 * kMiB);
  RowTransaction transaction(locks_, memory, 16 * kMiB);
  ASSERT_TRUE(put({row_of(1, 10)}, true, &transaction)->changed);
  const auto mark = transaction.mark();
  ASSERT_TRUE(put({row_of(1, 11), row_of(2, 10)}, true, &transaction)->changed);
  transaction.undo_to(mark);
  transaction.release(mark);

  const auto set = store_.sets().of(store_.definitions()->share_table(table_));
  Bytes document;
  ASSERT_TRUE(value::encode_document(row_of(9, 10), document));
  std::int64_t steps = 0;
  const auto keys = index::gained_keys(*set->find(index_), std::nullopt, document, steps);
  txn::TransactionBuilder other;
  other.set_snapshot(store_.sequencer().read_point());
  other.put(table_, value::encoded_key(number(9)), std::nullopt, document);
  other.write_key(index::unique_hash(index_, keys.front()));
  ASSERT_TRUE(store_.sequencer().commit(**other.finish()).status);

  const auto committed =
      transaction.commit({store_.sequencer(), store_.engine(), store_.sets(), definition_}, query_);
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().code, Code::conflict);
  EXPECT_EQ(store_.entries(index_).size(), 1U);
}

TEST_F(DeclaredTest, ARowThatIsWrittenAgainTakesNoMoreMemory) {
  MemoryPool memory("memory", 16 * kMiB);
  RowTransaction transaction(locks_, memory, kMiB);
  const auto first = transaction.mark();
  const Bytes after(10 * kKiB, 'x');
  for (int i = 0; i < 1000; ++i) {
    const auto mark = transaction.mark();
    const Status written = transaction.write(
        table_, nullptr, {"key", std::nullopt, store_.sequencer().read_point(), after}, query_);
    ASSERT_TRUE(written) << written.error().what << " " << i;
    ASSERT_TRUE(transaction.take_key({index_, "entry", {}}, table_, "key"));
    if (i % 3 == 0) transaction.undo_to(mark);
    transaction.release(mark);
  }
  transaction.release(first);
}

// Threads that put rows of their own with keys of few values, and erase them again: at every moment
// a key is one row's.
TEST_F(DeclaredTest, AKeyIsOneRowsWhoeverWrites) {
  constexpr int kThreads = 4;
  std::atomic<int> taken = 0;
  std::vector<std::thread> threads;
  for (int n = 0; n < kThreads; ++n) {
    threads.emplace_back([&, n] {
      Random random(static_cast<std::uint64_t>(n) + 1);
      exec::QueryContext context;
      for (int step = 0; step < 150; ++step) {
        const std::int64_t id = n * 100 + static_cast<std::int64_t>(random.below(4));
        const Value wanted = random.below(3) == 0
                                 ? gone(id)
                                 : row_of(id, static_cast<std::int64_t>(random.below(5)));
        exec::RowWrites writes{
            table_, {number(id)}, [&](std::size_t, const Value*) -> Result<exec::RowEdit> {
              if (wanted.find("u") == nullptr) {
                return exec::RowEdit{Action::erase, {}};
              }
              return exec::RowEdit{Action::put, wanted};
            }};
        const auto definition = [this](TableId of) {
          return store_.definitions()->share_table(of);
        };
        const auto done = write_rows({store_.sequencer(), locks_, store_.engine(), store_.sets(),
                                      rules_, numbers_, definition, allowed_, true},
                                     writes, context);
        ASSERT_TRUE(done) << done.error().what;
        if (done->changed) ++taken;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(taken, 0);
  std::set<Bytes> keys;
  for (const Bytes& entry : store_.entries(index_)) {
    ByteReader reader(entry);
    const auto key = value::skip_key(reader);
    ASSERT_TRUE(key);
    EXPECT_TRUE(keys.emplace(*key).second) << "two rows have it";
  }
}

}  // namespace
}  // namespace octavo::layout
