// Transactions over many statements, through the engine: what each sees, who waits for whom, what
// is left of those that fail, and what one commit is.

#include "engine/transaction.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <map>
#include <thread>

#include "base/random.h"
#include "catalog/reserved.h"
#include "engine/test_support.h"
#include "io/worker_pool.h"

namespace octavo::engine {
namespace {

using exec::LockRefusal;
using exec::LockWait;
using exec::RowEdit;
using index::testing_support::number;
using value::Value;
using Pairs = std::vector<std::pair<std::int64_t, std::int64_t>>;  // (a, id)

// A client: its context, and the transaction that it is in.
class Client {
 public:
  Client(Engine& engine, TableId table) : engine_(engine), table_(table) {}

  Client& begin(TransactionOptions options = {}) {
    transaction_ = engine_.begin(options);
    context.transaction = transaction_.get();
    return *this;
  }
  Transaction& transaction() { return *transaction_; }
  Result<Lsn> commit() {
    auto committed = transaction_->commit(context);
    end();
    return committed;
  }
  void rollback() {
    transaction_->rollback();
    end();
  }

  // What `edit` makes of the row; no value: it goes.
  using Edit = std::function<std::optional<std::int64_t>(std::optional<std::int64_t>)>;
  Status edit(const std::vector<std::int64_t>& ids, const Edit& edit) {
    exec::RowWrites writes;
    writes.table = table_;
    for (const std::int64_t id : ids) writes.keys.push_back(number(id));
    writes.decide = [&](std::size_t i, const Value* row) -> Result<RowEdit> {
      const auto before = row == nullptr ? std::nullopt : std::optional(row->find("a")->as_int64());
      const auto after = edit(before);
      if (after == before) return RowEdit{};
      if (!after) return RowEdit{RowEdit::Action::erase, {}};
      return RowEdit{RowEdit::Action::put,
                     Value::object({{"id", number(ids[i])}, {"a", number(*after)}})};
    };
    writes.whole = true;
    TRY(const auto done, engine_.write(writes, context));
    return done.rows.back();
  }
  Status set(std::int64_t id, std::int64_t a) {
    return edit({id}, [a](auto) { return std::optional(a); });
  }
  Status add(std::int64_t id, std::int64_t more) {
    return edit({id}, [more](auto a) { return a ? std::optional(*a + more) : a; });
  }
  Status insert(std::int64_t id, std::int64_t a) {
    bool there = false;
    TRY_STATUS(edit({id}, [&](auto before) {
      there = before.has_value();
      return there ? before : std::optional(a);
    }));
    return there ? fail(Code::already_exists, "there") : Status();
  }
  Status erase(std::int64_t id) {
    return edit({id}, [](auto) { return std::optional<std::int64_t>(); });
  }

  Result<std::optional<std::int64_t>> get(std::int64_t id) {
    TRY(const auto row, engine_.get(table_, number(id), context));
    return row ? std::optional(row->find("a")->as_int64()) : std::nullopt;
  }
  Result<Pairs> read(algebra::Scan scan) {
    scan.table = table_;
    if (!scan.order) scan.order = algebra::Direction::ascending;
    TRY(const auto query, engine_.query(algebra::make_plan(std::move(scan)), context));
    Pairs out;
    for (exec::Rows batch;; batch.clear()) {
      TRY_STATUS(query->next(3, batch));
      if (batch.empty()) return out;
      for (const Value& row : batch) {
        out.emplace_back(row.find("a")->as_int64(), row.find("id")->as_int64());
      }
    }
  }
  Result<std::map<std::int64_t, std::int64_t>> all() {
    TRY(const Pairs rows, read({}));
    std::map<std::int64_t, std::int64_t> out;
    for (const auto& [a, id] : rows) out[id] = a;
    return out;
  }
  Result<std::int64_t> count(algebra::Scan scan = {}) {
    scan.table = table_;
    const auto plan = algebra::make_plan(algebra::Group{
        .input = algebra::make_plan(std::move(scan)),
        .keys = {},
        .aggregates = {{.kind = algebra::AggregateKind::count, .argument = nullptr}}});
    TRY(const auto query, engine_.query(plan, context));
    exec::Rows rows;
    TRY_STATUS(query->next(1, rows));
    return rows.at(0).find("reduction")->as_int64();
  }
  Result<std::vector<bool>> lock(const std::vector<std::int64_t>& ids, LockMode mode,
                                 LockWait::How how = LockWait::How::wait) {
    std::vector<Value> keys;
    for (const std::int64_t id : ids) keys.push_back(number(id));
    context.lock_wait.how = how;
    auto locked = engine_.lock_rows(table_, keys, mode, context);
    context.lock_wait.how = LockWait::How::wait;
    return locked;
  }
  void wait_for_locks(Nanoseconds limit) {
    context.lock_wait.deadline_ns = system_clock().monotonic_ns() + limit.count();
  }

  exec::QueryContext context{catalog::kAdminName};

 private:
  void end() {
    transaction_.reset();
    context.transaction = nullptr;
  }

  Engine& engine_;
  TableId table_;
  std::unique_ptr<Transaction> transaction_;
};

using Rows = std::map<std::int64_t, std::int64_t>;

class TransactionTest : public OneTable {
 protected:
  void SetUp() override {
    char name[] = "/tmp/octavo-engine-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    directory_ = name;
    Options options;
    options.directory = directory_;
    options.memory = memory_;
    options.rows_in_memory = true;
    auto opened = Engine::open(std::move(options));
    ASSERT_TRUE(opened) << opened.error().what;
    engine_ = *std::move(opened);
    create_table();
  }
  void TearDown() override {
    if (engine_ != nullptr) EXPECT_TRUE(engine_->close());
    engine_.reset();
    std::filesystem::remove_all(directory_);
  }
  Client client() { return {*engine_, table_}; }
  void fill(const Rows& rows) {
    Client filler = client();
    for (const auto& [id, a] : rows) ASSERT_TRUE(filler.set(id, a));
  }
  std::string directory_;
  const std::shared_ptr<ProcessMemory> memory_ = std::make_shared<ProcessMemory>(64 * kMiB);
};

TEST_F(TransactionTest, SeesItsOwnWritesAndNobodyElseDoes) {
  fill({{1, 10}, {2, 20}});
  Client a = client();
  Client b = client();
  a.begin();
  ASSERT_TRUE(a.set(1, 11));
  ASSERT_TRUE(a.set(3, 30));
  ASSERT_TRUE(a.erase(2));
  EXPECT_EQ(*a.all(), (Rows{{1, 11}, {3, 30}}));
  EXPECT_EQ(*a.get(2), std::nullopt);
  EXPECT_EQ(*a.count(), 2);
  EXPECT_EQ(*b.all(), (Rows{{1, 10}, {2, 20}}));
  const Lsn before = engine_->last_commit();
  ASSERT_TRUE(a.transaction().has_written());
  const auto committed = a.commit();
  ASSERT_TRUE(committed) << committed.error().what;
  EXPECT_GT(*committed, before);
  EXPECT_EQ(*b.all(), (Rows{{1, 11}, {3, 30}}));
  EXPECT_EQ(*b.count(), 2);
}

// Whatever way it was read, and also if there was nothing.
TEST_F(TransactionTest, WhatASerializableTransactionReadIsStillSoWhenItCommits) {
  using Read = std::function<void(Client&)>;
  const std::map<std::string, Read> reads = {
      {"all", [](Client& a) { ASSERT_TRUE(a.all()); }},
      {"count", [](Client& a) { ASSERT_TRUE(a.count()); }},
      {"no row", [](Client& a) { EXPECT_EQ(*a.get(7), std::nullopt); }},
  };
  for (const auto& [name, read] : reads) {
    Client a = client();
    Client b = client();
    a.begin({.isolation = Isolation::serializable});
    read(a);
    ASSERT_TRUE(a.set(100, 1));
    ASSERT_TRUE(b.set(7, 70));
    const auto overtaken = a.commit();
    ASSERT_FALSE(overtaken) << name;
    EXPECT_EQ(overtaken.error().code, Code::conflict);
    EXPECT_EQ(*b.get(100), std::nullopt) << name;

    ASSERT_TRUE(b.erase(7));
    a.begin({.isolation = Isolation::serializable});
    read(a);
    ASSERT_TRUE(a.set(100, 1));
    read(a);  // what it wrote itself is in nobody's way
    ASSERT_TRUE(a.commit()) << name;
    ASSERT_TRUE(b.erase(100));
  }
}

TEST_F(TransactionTest, WhatASerializableTransactionDidNotReadMayChange) {
  Client a = client();
  Client b = client();
  a.begin({.isolation = Isolation::serializable});
  EXPECT_EQ(*a.get(7), std::nullopt);
  ASSERT_TRUE(b.set(8, 80));
  ASSERT_TRUE(a.set(9, 90));
  EXPECT_TRUE(a.commit());
  EXPECT_EQ(*b.all(), (Rows{{8, 80}, {9, 90}}));
}

TEST_F(TransactionTest, ASerializableTransactionThatOnlyReadsHasReadOneState) {
  Client a = client();
  Client b = client();
  a.begin({.isolation = Isolation::serializable});
  EXPECT_EQ(*a.get(7), std::nullopt);
  ASSERT_TRUE(b.set(7, 70));
  EXPECT_TRUE(a.transaction().has_to_commit());
  EXPECT_TRUE(a.commit()) << "it was before the other one";
  a.begin({.isolation = Isolation::serializable});
  EXPECT_EQ(*a.get(8), std::nullopt);
  ASSERT_TRUE(b.set(8, 80));
  EXPECT_EQ(*a.get(7), 70);
  const auto torn = a.commit();
  ASSERT_FALSE(torn);
  EXPECT_EQ(torn.error().code, Code::conflict);
}

TEST_F(TransactionTest, ReadsThatAreDoneAgainCountOnce) {
  Client a = client();
  Client b = client();
  a.begin({.isolation = Isolation::serializable});
  a.transaction().begin_reading();
  EXPECT_EQ(a.all()->size(), 0U);
  ASSERT_TRUE(b.set(7, 70));
  a.transaction().begin_reading();
  EXPECT_EQ(*a.all(), (Rows{{7, 70}}));
  a.transaction().end_reading();
  ASSERT_TRUE(a.set(9, 90));
  EXPECT_TRUE(a.commit());
}

TEST_F(TransactionTest, ARollbackLeavesNothing) {
  fill({{1, 10}});
  const Lsn before = engine_->last_commit();
  Client a = client();
  a.begin();
  ASSERT_TRUE(a.set(1, 11));
  ASSERT_TRUE(a.set(2, 20));
  a.rollback();
  EXPECT_EQ(*a.all(), (Rows{{1, 10}}));
  EXPECT_EQ(engine_->last_commit(), before);
  a.begin();
  ASSERT_TRUE(a.set(1, 12));
  EXPECT_FALSE(a.begin().transaction().ended()) << "the other one is destroyed";
  ASSERT_TRUE(client().set(1, 13)) << "and holds no locks";
}

TEST_F(TransactionTest, SavepointsAndStatementsAreTakenBack) {
  Client a = client();
  a.begin();
  ASSERT_TRUE(a.set(1, 1));
  ASSERT_TRUE(a.transaction().savepoint("s"));
  ASSERT_TRUE(a.set(1, 2));
  ASSERT_TRUE(a.transaction().savepoint("t"));
  a.transaction().begin_statement();
  ASSERT_TRUE(a.set(2, 2));
  a.transaction().undo_statement();
  EXPECT_EQ(*a.all(), (Rows{{1, 2}}));
  ASSERT_TRUE(a.set(3, 3));
  ASSERT_TRUE(a.transaction().rollback_to("t"));
  EXPECT_EQ(*a.all(), (Rows{{1, 2}}));
  ASSERT_TRUE(a.transaction().rollback_to("s"));
  EXPECT_EQ(*a.all(), (Rows{{1, 1}}));
  EXPECT_EQ(a.transaction().rollback_to("t").error().code, Code::not_found);
  ASSERT_TRUE(a.set(4, 4));
  ASSERT_TRUE(a.transaction().savepoint("s")) << "in place of the other";
  ASSERT_TRUE(a.set(5, 5));
  ASSERT_TRUE(a.transaction().rollback_to("s"));
  ASSERT_TRUE(a.transaction().release("s"));
  EXPECT_EQ(a.transaction().release("s").error().code, Code::not_found);
  ASSERT_TRUE(a.commit());
  EXPECT_EQ(*a.all(), (Rows{{1, 1}, {4, 4}}));
}

TEST_F(TransactionTest, AStatementThatFailsLeavesNothingOfItself) {
  fill({{3, 30}});
  Client a = client();
  a.begin();
  ASSERT_TRUE(a.set(1, 1));
  exec::RowWrites writes;
  writes.table = table_;
  for (std::int64_t id = 1; id <= 3; ++id) writes.keys.push_back(number(id));
  writes.whole = true;
  writes.decide = [](std::size_t i, const Value* row) -> Result<RowEdit> {
    if (i == 2 && row != nullptr) return fail(Code::already_exists, "there");
    return RowEdit{
        RowEdit::Action::put,
        Value::object({{"id", number(static_cast<std::int64_t>(i) + 1)}, {"a", number(99)}})};
  };
  const auto done = engine_->write(writes, a.context);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->rows.back().error().code, Code::already_exists);
  EXPECT_EQ(*a.all(), (Rows{{1, 1}, {3, 30}}));
  ASSERT_TRUE(a.commit());
  EXPECT_EQ(*a.all(), (Rows{{1, 1}, {3, 30}}));
}

TEST_F(TransactionTest, FeedsSeeOneChangeOfARowHoweverOftenItWasWritten) {
  fill({{1, 10}, {5, 50}});
  exec::QueryContext admin(catalog::kAdminName);
  auto feed = engine_->subscribe(stream::FeedKind::range, all(), {}, admin);
  ASSERT_TRUE(feed);
  Client a = client();
  a.begin();
  ASSERT_TRUE(a.set(1, 11));
  ASSERT_TRUE(a.set(1, 12));
  ASSERT_TRUE(a.set(2, 20));
  ASSERT_TRUE(a.erase(2));
  ASSERT_TRUE(a.set(5, 51));
  ASSERT_TRUE(a.set(5, 50));
  ASSERT_TRUE(a.set(7, 70));
  std::vector<stream::FeedItem> items;
  ASSERT_TRUE((*feed)->poll(10, items));
  EXPECT_TRUE(items.empty());
  ASSERT_TRUE(a.commit());
  ASSERT_TRUE((*feed)->poll(10, items));
  ASSERT_EQ(items.size(), 2u);
  EXPECT_EQ(items[0].old_value->find("a")->as_int64(), 10);
  EXPECT_EQ(items[0].new_value->find("a")->as_int64(), 12);
  EXPECT_FALSE(items[1].old_value);
  EXPECT_EQ(items[1].new_value->find("id")->as_int64(), 7);
}

TEST_F(TransactionTest, RefusesWhatItIsNotFor) {
  fill({{1, 10}});
  Client a = client();
  a.begin();
  exec::RowWrites writes;
  writes.table = catalog::kKeyspace.tables.at(0);
  writes.keys.push_back(Value::string("k"));
  writes.decide = [](std::size_t, const Value*) -> Result<RowEdit> { return RowEdit{}; };
  EXPECT_EQ(engine_->write(writes, a.context).error().code, Code::unsupported);
  a.transaction().rollback();
  EXPECT_TRUE(a.transaction().ended());
  EXPECT_EQ(a.set(1, 1).error().code, Code::invalid_argument);
  EXPECT_EQ(a.get(1).error().code, Code::invalid_argument);
  EXPECT_EQ(a.transaction().savepoint("s").error().code, Code::invalid_argument);
}

// --- Locks -----------------------------------------------------------------------------------

TEST_F(TransactionTest, WritersWaitForEachOther) {
  fill({{1, 0}});
  Client a = client();
  a.begin();
  ASSERT_TRUE(a.add(1, 1));
  std::thread other([&] {
    Client b = client();
    b.begin();
    EXPECT_TRUE(b.add(1, 10));
    // And what the one by itself may have added before.
    EXPECT_EQ(b.get(1)->value_or(0) % 100, 11);
    EXPECT_TRUE(b.commit());
  });
  std::thread alone([&] { EXPECT_TRUE(client().add(1, 100)); });
  ASSERT_TRUE(a.commit());
  other.join();
  alone.join();
  EXPECT_EQ(*a.get(1), 111);
}

TEST_F(TransactionTest, LocksAreNotWaitedForWithoutEnd) {
  fill({{1, 0}, {2, 0}, {3, 0}});
  Client a = client();
  a.begin();
  ASSERT_TRUE(a.set(1, 1));
  Client b = client();
  b.begin();
  ASSERT_TRUE(b.set(2, 2));
  b.wait_for_locks(std::chrono::milliseconds(1));
  EXPECT_EQ(b.set(1, 2).error().code, Code::timed_out);
  EXPECT_EQ(b.context.lock_refusal, LockRefusal::timed_out);
  EXPECT_FALSE(b.transaction().ended()) << "only the statement failed";
  const auto refused = b.lock({1, 3}, LockMode::shared, LockWait::How::nowait);
  EXPECT_EQ(refused.error().code, Code::conflict);
  EXPECT_EQ(b.context.lock_refusal, LockRefusal::not_free);
  const auto some = b.lock({3, 1, 2}, LockMode::exclusive, LockWait::How::skip);
  ASSERT_TRUE(some);
  EXPECT_EQ(*some, (std::vector<bool>{true, false, true}));
  EXPECT_EQ(b.context.lock_refusal, LockRefusal::none);
  Client c = client();
  c.wait_for_locks(std::chrono::milliseconds(1));
  EXPECT_EQ(c.set(3, 3).error().code, Code::timed_out) << "a statement by itself waits as well";
  ASSERT_TRUE(b.commit());
  EXPECT_EQ(*b.all(), (Rows{{1, 0}, {2, 2}, {3, 0}}));
}

TEST_F(TransactionTest, WhoClosesACircleIsRolledBack) {
  fill({{1, 0}, {2, 0}});
  Client a = client();
  Client b = client();
  a.begin();
  b.begin();
  ASSERT_TRUE(a.set(1, 1));
  ASSERT_TRUE(b.set(2, 2));
  Status first;
  std::thread waits([&] { first = a.set(2, 1); });
  // Whoever comes second meets the circle.
  const Status second = b.set(1, 2);
  if (!second) b.rollback();
  if (second) ASSERT_TRUE(b.commit());
  waits.join();
  ASSERT_NE(first.has_value(), second.has_value());
  const Client& victim = first ? b : a;
  EXPECT_EQ(victim.context.lock_refusal, LockRefusal::deadlock);
  EXPECT_EQ((first ? second : first).error().code, Code::conflict);
  if (first) {
    ASSERT_TRUE(a.commit());
  } else {
    EXPECT_TRUE(a.transaction().ended());
  }
  EXPECT_EQ(*client().all(), first ? (Rows{{1, 1}, {2, 1}}) : (Rows{{1, 2}, {2, 2}}));
}

// --- Views -----------------------------------------------------------------------------------

TEST_F(TransactionTest, ViewsByIsolation) {
  fill({{1, 10}});
  Client other = client();
  Client committed = client();
  Client repeatable = client();
  Client now = client();
  committed.begin({.isolation = Isolation::read_committed});
  repeatable.begin();
  now.begin({.view_now = true});
  ASSERT_TRUE(other.set(1, 11));
  EXPECT_EQ(*committed.get(1), 11);
  EXPECT_EQ(*repeatable.get(1), 11) << "the view is that of the first read";
  EXPECT_EQ(*now.get(1), 10);
  ASSERT_TRUE(other.set(1, 12));
  ASSERT_TRUE(other.set(2, 20));
  EXPECT_EQ(*committed.all(), (Rows{{1, 12}, {2, 20}}));
  EXPECT_EQ(*repeatable.all(), (Rows{{1, 11}}));
  EXPECT_EQ(*repeatable.count(), 1);
  EXPECT_EQ(*now.all(), (Rows{{1, 10}}));
  committed.transaction().begin_statement();
  EXPECT_EQ(*committed.get(1), 12);
  ASSERT_TRUE(other.set(1, 13));
  EXPECT_EQ(*committed.get(1), 12) << "a statement has one view";
  committed.transaction().begin_statement();
  EXPECT_EQ(*committed.get(1), 13);
  // Writes look at what is there now, and so do reads that ask for it.
  repeatable.context.read_newest = true;
  EXPECT_EQ(*repeatable.all(), (Rows{{1, 13}, {2, 20}}));
  repeatable.context.read_newest = false;
  ASSERT_TRUE(repeatable.add(1, 100));
  EXPECT_EQ(*repeatable.all(), (Rows{{1, 113}})) << "its own write over its view";
  ASSERT_TRUE(repeatable.commit());
  EXPECT_EQ(*other.all(), (Rows{{1, 113}, {2, 20}}));
}

// An entry that the view has for a row which others have moved, and the transaction moved again.
TEST_F(TransactionTest, AnIndexInAnOldViewShowsOwnRowsOnceAndAsTheyAre) {
  fill({{1, 10}, {2, 20}, {3, 30}});
  const IndexId index = add_index("a");
  ASSERT_TRUE(wait_for_index(index));
  Client a = client();
  a.begin();
  EXPECT_EQ(a.read({.index = index})->size(), 3u);
  ASSERT_TRUE(client().set(1, 15));
  ASSERT_TRUE(client().set(2, 25));
  ASSERT_TRUE(a.add(1, 90));  // from 15, not from 10
  EXPECT_EQ(*a.read({.index = index}), (Pairs{{20, 2}, {30, 3}, {105, 1}}));
  EXPECT_EQ(*a.count({.index = index}), 3);
  algebra::Scan some{.index = index};
  some.keys = algebra::KeyRange{.lower = {number(5), true}, .upper = {number(20), true}};
  EXPECT_EQ(*a.read(some), (Pairs{{20, 2}}));
  EXPECT_EQ(*a.count(some), 1);
  ASSERT_TRUE(a.commit());
  expect_index_agrees(index);
}

TEST_F(TransactionTest, ATableThatBecameAnotherIsNotReadInAnOldView) {
  fill({{1, 10}});
  Client a = client();
  a.begin();
  EXPECT_EQ(*a.get(1), 10);
  const IndexId index = add_index("a");
  ASSERT_TRUE(wait_for_index(index));
  EXPECT_EQ(*a.get(1), 10) << "without the index it is as it was";
  const auto read = a.read({.index = index});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::conflict);
  EXPECT_TRUE(a.context.definition_changed);
  define([&](const catalog::CatalogState& state) {
    catalog::NewTable table;
    table.database = state.find_database("test")->id;
    table.name = "young";
    return catalog::create_table(state, table);
  });
  const auto catalog = engine_->catalog();
  const auto* young = catalog->find_table(catalog->find_database("test")->id, "young");
  EXPECT_EQ(engine_->get(young->id, number(1), a.context).error().code, Code::conflict);
}

TEST_F(TransactionTest, ATableThatIsDroppedEndsWhoWroteToIt) {
  Client a = client();
  a.begin();
  ASSERT_TRUE(a.set(1, 10));
  define([&](const catalog::CatalogState& state) { return catalog::drop_table(state, table_); });
  const auto committed = a.commit();
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().code, Code::conflict);
  EXPECT_TRUE(a.context.definition_changed);
}

// An index that is being built while the transaction has rows: none is forgotten.
TEST_F(TransactionTest, AnIndexThatBecomesReadyAbortsNobody) {
  for (std::int64_t id = 0; id < 200; ++id) ASSERT_TRUE(client().set(id, id));
  const IndexId index = add_index("a");
  Client a = client();
  a.begin();
  ASSERT_TRUE(a.set(1, 1000));
  ASSERT_TRUE(wait_for_index(index));
  ASSERT_TRUE(a.set(2, 2000));
  EXPECT_EQ(a.read({.index = index})->back(), (std::pair<std::int64_t, std::int64_t>(2000, 2)));
  const auto committed = a.commit();
  ASSERT_TRUE(committed) << committed.error().what;
  expect_index_agrees(index);
}

TEST_F(TransactionTest, ItsMemoryIsLimited) {
  Client a = client();
  a.begin();
  const std::size_t before = memory_->queries.used();
  Status written;
  std::int64_t id = 0;
  while (written) written = a.set(id++, 1);
  EXPECT_EQ(written.error().code, Code::resource_exhausted);
  EXPECT_EQ(*a.count(), id - 1);
  EXPECT_GT(memory_->queries.used(), before);
  a.rollback();
  EXPECT_EQ(memory_->queries.used(), before);
}

TEST_F(TransactionTest, SavepointsTakeOfItsMemory) {
  Client a = client();
  a.begin();
  const auto name = [](int i) { return std::to_string(i) + std::string(100 * kKiB, 's'); };
  Status made;
  int count = 0;
  for (; made && count < 10'000; ++count) made = a.transaction().savepoint(name(count));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Code::resource_exhausted);
  ASSERT_GT(count, 2);
  EXPECT_TRUE(a.transaction().savepoint(name(0))) << "it takes the place of the first";
  EXPECT_EQ(a.transaction().rollback_to(name(count)).error().code, Code::not_found);
  EXPECT_TRUE(a.transaction().rollback_to(name(1)));
  EXPECT_EQ(a.transaction().release(name(2)).error().code, Code::not_found);
  EXPECT_EQ(a.transaction().release(name(0)).error().code, Code::not_found);
  EXPECT_TRUE(a.transaction().savepoint(name(2))) << "what is forgotten is given back";
  EXPECT_TRUE(a.transaction().release(name(1)));
  EXPECT_EQ(a.transaction().release(name(2)).error().code, Code::not_found);
}

// Each waits on a worker of a pool that is smaller than they are many, and the holder of the lock
// commits through the same pool.
TEST_F(TransactionTest, ManyWhoWaitLeaveTheWorkersToOthers) {
  fill({{1, 0}});
  constexpr int kClients = 64;
  io::WorkerPoolOptions options;
  options.threads = 2;
  options.long_after = std::chrono::hours(1);  // none is found to be long
  io::WorkerPool pool(std::move(options));
  Client holder = client();
  holder.begin();
  ASSERT_TRUE(holder.add(1, 1));
  Mutex mutex;
  Condition changed;
  int began = 0;
  int ended = 0;
  const auto note = [&](int& count) {
    const MutexLock lock(mutex);
    ++count;
    changed.notify_all();
  };
  const auto wait_for = [&](const int& count, int wanted) {
    const MutexLock lock(mutex);
    while (count < wanted) changed.wait(mutex);
  };
  for (int i = 0; i < kClients; ++i) {
    const auto posted = pool.post([&, i] {
      Client one = client();
      one.context.evaluation.pacer = &pool;
      if (i % 2 == 0) one.begin();
      note(began);
      EXPECT_TRUE(one.add(1, 1));
      if (i % 2 == 0) EXPECT_TRUE(one.commit());
      note(ended);
    });
    ASSERT_TRUE(posted);
  }
  wait_for(began, kClients);
  ASSERT_TRUE(pool.post([&] { EXPECT_TRUE(holder.commit()); }));
  wait_for(ended, kClients);
  pool.stop();
  EXPECT_EQ(*client().get(1), kClients + 1);
}

// --- Cases of Hermitage, and what InnoDB does of them ------------------------------------------

// Two rows, 1 → 10 and 2 → 20, and steps of sessions: what each step comes to. `W`: it waits, until
// the step in brackets.
enum class Do : std::uint8_t { get, all, newest, set, add, erase_value, insert, commit, rollback };
struct Step {
  int session;
  Do what;
  std::int64_t id = 0;
  std::int64_t value = 0;
  std::string_view comes_to = "ok";
};
struct Case {
  std::string_view name;
  Isolation isolation;
  std::vector<Step> steps;
  std::string_view left;
};

std::string text(const Rows& rows) {
  std::string out;
  for (const auto& [id, a] : rows) out += fmt::format("{}{}={}", out.empty() ? "" : " ", id, a);
  return out;
}

constexpr auto kCommitted = Isolation::read_committed;
constexpr auto kRepeatable = Isolation::repeatable_read;

std::vector<Case> cases() {
  return {
      {"G0 dirty writes",
       kCommitted,
       {{1, Do::set, 1, 11},
        {2, Do::set, 1, 12, "waits"},
        {1, Do::set, 2, 21},
        {1, Do::commit},
        {2, Do::set, 2, 22},
        {2, Do::commit}},
       "1=12 2=22"},
      {"G1a aborted reads",
       kCommitted,
       {{1, Do::set, 1, 101},
        {2, Do::all, 0, 0, "1=10 2=20"},
        {1, Do::rollback},
        {2, Do::all, 0, 0, "1=10 2=20"},
        {2, Do::commit}},
       "1=10 2=20"},
      {"G1b intermediate reads",
       kCommitted,
       {{1, Do::set, 1, 101},
        {2, Do::all, 0, 0, "1=10 2=20"},
        {1, Do::set, 1, 11},
        {1, Do::commit},
        {2, Do::all, 0, 0, "1=11 2=20"},
        {2, Do::commit}},
       "1=11 2=20"},
      {"G1c circular information flow",
       kCommitted,
       {{1, Do::set, 1, 11},
        {2, Do::set, 2, 22},
        {1, Do::get, 2, 0, "20"},
        {2, Do::get, 1, 0, "10"},
        {1, Do::commit},
        {2, Do::commit}},
       "1=11 2=22"},
      {"OTV observed transaction vanishes",
       kCommitted,
       {{1, Do::set, 1, 11},
        {1, Do::set, 2, 19},
        {2, Do::set, 1, 12, "waits"},
        {1, Do::commit},
        {3, Do::all, 0, 0, "1=11 2=19"},
        {2, Do::set, 2, 18},
        {3, Do::all, 0, 0, "1=11 2=19"},
        {2, Do::commit},
        {3, Do::all, 0, 0, "1=12 2=18"}},
       "1=12 2=18"},
      {"PMP predicate-many-preceders, read committed",
       kCommitted,
       {{1, Do::all, 0, 0, "1=10 2=20"},
        {2, Do::insert, 3, 30},
        {2, Do::commit},
        {1, Do::all, 0, 0, "1=10 2=20 3=30"}},
       "1=10 2=20 3=30"},
      {"PMP predicate-many-preceders, repeatable read",
       kRepeatable,
       {{1, Do::all, 0, 0, "1=10 2=20"},
        {2, Do::insert, 3, 30},
        {2, Do::commit},
        {1, Do::all, 0, 0, "1=10 2=20"},
        {1, Do::newest, 0, 0, "1=10 2=20 3=30"}},
       "1=10 2=20 3=30"},
      {"PMP for writes: those look at what is there now",
       kRepeatable,
       {{2, Do::all, 0, 0, "1=10 2=20"},
        {1, Do::add, 1, 10},
        {1, Do::add, 2, 10},
        {1, Do::commit},
        {2, Do::erase_value, 1, 20},
        {2, Do::all, 0, 0, "2=20"},
        {2, Do::commit}},
       "2=30"},
      {"P4 lost update",
       kRepeatable,
       {{1, Do::get, 1, 0, "10"},
        {2, Do::get, 1, 0, "10"},
        {1, Do::set, 1, 11},
        {2, Do::set, 1, 12, "waits"},
        {1, Do::commit},
        {2, Do::commit}},
       "1=12 2=20"},
      {"G-single read skew",
       kRepeatable,
       {{1, Do::get, 1, 0, "10"},
        {2, Do::set, 1, 12},
        {2, Do::set, 2, 18},
        {2, Do::commit},
        {1, Do::get, 2, 0, "20"},
        {1, Do::commit}},
       "1=12 2=18"},
      {"G-single read skew, read committed",
       kCommitted,
       {{1, Do::get, 1, 0, "10"},
        {2, Do::set, 1, 12},
        {2, Do::set, 2, 18},
        {2, Do::commit},
        {1, Do::get, 2, 0, "18"},
        {1, Do::commit}},
       "1=12 2=18"},
      {"G-single for writes",
       kRepeatable,
       {{1, Do::get, 1, 0, "10"},
        {2, Do::set, 1, 12},
        {2, Do::set, 2, 18},
        {2, Do::commit},
        {1, Do::erase_value, 2, 20},
        {1, Do::get, 2, 0, "20"},
        {1, Do::commit}},
       "1=12 2=18"},
      {"G2-item write skew",
       kRepeatable,
       {{1, Do::all, 0, 0, "1=10 2=20"},
        {2, Do::all, 0, 0, "1=10 2=20"},
        {1, Do::set, 1, 11},
        {2, Do::set, 2, 21},
        {1, Do::commit},
        {2, Do::commit}},
       "1=11 2=21"},
      {"G2 anti-dependency cycles",
       kRepeatable,
       {{1, Do::all, 0, 0, "1=10 2=20"},
        {2, Do::all, 0, 0, "1=10 2=20"},
        {1, Do::insert, 3, 30},
        {2, Do::insert, 4, 42},
        {1, Do::commit},
        {2, Do::commit}},
       "1=10 2=20 3=30 4=42"},
      {"A row that comes meanwhile",
       kRepeatable,
       {{1, Do::insert, 3, 30},
        {2, Do::insert, 3, 31, "waits"},
        {1, Do::rollback},
        {2, Do::commit}},
       "1=10 2=20 3=31"},
  };
}

std::string run(Client& client, const Step& step) {
  const auto said = [](const Status& done) {
    return done ? std::string("ok") : std::string(code_name(done.error().code));
  };
  switch (step.what) {
    case Do::get: return std::to_string((*client.get(step.id)).value_or(0));
    case Do::all: return text(*client.all());
    case Do::newest: {
      client.context.read_newest = true;
      std::string rows = text(*client.all());
      client.context.read_newest = false;
      return rows;
    }
    case Do::set: return said(client.set(step.id, step.value));
    case Do::add: return said(client.add(step.id, step.value));
    case Do::insert: return said(client.insert(step.id, step.value));
    case Do::erase_value:
      return said(
          client.edit({step.id}, [&](auto a) { return a == step.value ? std::nullopt : a; }));
    case Do::commit: {
      const auto done = client.commit();
      return done ? "ok" : std::string(code_name(done.error().code));
    }
    case Do::rollback: client.rollback(); return "ok";
  }
  return {};
}

TEST_F(TransactionTest, Hermitage) {
  for (const Case& one : cases()) {
    SCOPED_TRACE(one.name);
    for (std::int64_t id = 3; id <= 4; ++id) ASSERT_TRUE(client().erase(id));
    fill({{1, 10}, {2, 20}});
    std::map<int, Client> sessions;
    std::map<int, std::future<std::string>> waiting;
    for (int session = 1; session <= 3; ++session) {
      sessions.emplace(session, client()).first->second.begin({.isolation = one.isolation});
    }
    for (const Step& step : one.steps) {
      Client& session = sessions.at(step.session);
      if (const auto waits = waiting.find(step.session); waits != waiting.end()) {
        EXPECT_EQ(waits->second.get(), "ok");
        waiting.erase(waits);
      }
      if (step.comes_to == "waits") {
        // It cannot be had: whoever asks without waiting is told so.
        session.context.lock_wait.how = LockWait::How::nowait;
        EXPECT_EQ(run(session, step), "conflict");
        session.context.lock_wait.how = LockWait::How::wait;
        waiting[step.session] =
            std::async(std::launch::async, [&session, step] { return run(session, step); });
      } else {
        EXPECT_EQ(run(session, step), step.comes_to);
      }
    }
    sessions.clear();
    EXPECT_EQ(text(*client().all()), one.left);
  }
}

// --- Everything at once ----------------------------------------------------------------------

// Random statements and savepoints; after each, all ways to the rows are those of a map.
TEST_F(TransactionTest, EveryWayToTheRowsSeesWhatWasWritten) {
  const IndexId index = add_index("a");
  ASSERT_TRUE(wait_for_index(index));
  Random random(3);
  const auto below = [&](std::uint64_t n) { return static_cast<std::int64_t>(random.below(n)); };
  Rows stored;
  for (int round = 0; round < 60; ++round) {
    Client a = client();
    a.begin({.isolation =
                 random.below(2) == 0 ? Isolation::read_committed : Isolation::repeatable_read});
    Rows now = stored;
    std::map<std::string, Rows> savepoints;
    for (int step = 0; step < 25; ++step) {
      const std::string name(1, static_cast<char>('p' + below(3)));
      switch (random.below(10)) {
        case 0:
          ASSERT_TRUE(a.transaction().savepoint(name));
          savepoints[name] = now;
          break;
        case 1:
          if (const auto there = a.transaction().rollback_to(name); there) {
            now = savepoints.at(name);
          }
          break;
        case 2:
        case 3: {
          const std::int64_t id = below(12);
          ASSERT_TRUE(a.erase(id));
          now.erase(id);
          break;
        }
        default: {
          std::vector<std::int64_t> ids;
          for (std::int64_t n = 1 + below(3); n > 0; --n) ids.push_back(below(12));
          const std::int64_t value = below(6);
          ASSERT_TRUE(a.edit(ids, [&](auto) { return std::optional(value); }));
          for (const std::int64_t id : ids) now[id] = value;
          break;
        }
      }
      ASSERT_EQ(*a.all(), now);
      ASSERT_EQ(*a.count(), static_cast<std::int64_t>(now.size()));
      Pairs by_a;
      for (const auto& [id, value] : now) by_a.emplace_back(value, id);
      Pairs by_id = by_a;
      std::ranges::reverse(by_id);
      std::ranges::sort(by_a);
      ASSERT_EQ(*a.read({.index = index}), by_a);
      ASSERT_EQ(*a.read({.order = algebra::Direction::descending}), by_id);
      std::ranges::reverse(by_a);
      ASSERT_EQ(*a.read({.index = index, .order = algebra::Direction::descending}), by_a);
      const std::int64_t lower = below(6);
      algebra::Scan range{.index = index};
      range.keys =
          algebra::KeyRange{.lower = {number(lower), true}, .upper = {number(lower + 2), false}};
      std::erase_if(by_a,
                    [&](const auto& row) { return row.first < lower || row.first >= lower + 2; });
      std::ranges::sort(by_a);
      ASSERT_EQ(*a.read(range), by_a);
      ASSERT_EQ(*a.count(range), static_cast<std::int64_t>(by_a.size()));
      const std::int64_t id = below(12);
      algebra::Scan keys;
      keys.keys = algebra::KeySet{{number(id), number(100)}};
      Pairs one;
      if (now.contains(id)) one.emplace_back(now[id], id);
      ASSERT_EQ(*a.read(keys), one);
      ASSERT_EQ(*a.get(id), now.contains(id) ? std::optional(now[id]) : std::nullopt);
    }
    if (random.below(3) == 0) {
      a.rollback();
    } else {
      const auto committed = a.commit();
      ASSERT_TRUE(committed) << committed.error().what;
      stored = now;
    }
    ASSERT_EQ(*client().all(), stored);
    expect_index_agrees(index);
  }
}

// Money is moved between accounts by several at once: none is lost or made, and no transaction sees
// a sum that never was.
TEST_F(TransactionTest, ManyMoveMoneyAtOnce) {
  constexpr std::int64_t kAccounts = 12;
  Rows rows;
  for (std::int64_t id = 0; id < kAccounts; ++id) rows[id] = 100;
  fill(rows);
  const IndexId index = add_index("a");
  ASSERT_TRUE(wait_for_index(index));
  std::atomic<int> deadlocks = 0;
  const auto work = [&](std::uint64_t seed) {
    Random random(seed);
    Client one = client();
    for (int i = 0; i < 150; ++i) {
      one.begin({.isolation = i % 2 == 0 ? Isolation::repeatable_read : Isolation::read_committed});
      const auto from = static_cast<std::int64_t>(random.below(kAccounts));
      const auto to = static_cast<std::int64_t>(random.below(kAccounts));
      Status done = one.add(from, -5);
      if (done) done = one.add(to, 5);
      if (!done) {
        EXPECT_EQ(one.context.lock_refusal, LockRefusal::deadlock) << done.error().what;
        EXPECT_TRUE(one.transaction().ended());
        one.rollback();
        ++deadlocks;
        continue;
      }
      std::int64_t sum = 0;
      std::size_t count = 0;
      const auto seen =
          one.read({.index = random.below(2) == 0 ? std::optional(index) : std::nullopt});
      EXPECT_TRUE(seen);
      for (const auto& [a, id] : *seen) {
        sum += a;
        ++count;
      }
      EXPECT_EQ(count, static_cast<std::size_t>(kAccounts));
      EXPECT_EQ(sum, 100 * kAccounts);
      if (random.below(5) == 0) {
        one.rollback();
      } else {
        const auto committed = one.commit();
        EXPECT_TRUE(committed) << committed.error().what;
      }
    }
  };
  std::vector<std::thread> threads;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) threads.emplace_back(work, seed);
  for (std::thread& thread : threads) thread.join();
  std::int64_t sum = 0;
  const Rows left = *client().all();
  for (const auto& [id, a] : left) sum += a;
  EXPECT_EQ(sum, 100 * kAccounts);
  expect_index_agrees(index);
}

// --- Keys in unique indexes ------------------------------------------------------------------

// A declared table {id, a}, `a` unique.
class UniqueTransactionTest : public TransactionTest {
 protected:
  void SetUp() override {
    TransactionTest::SetUp();
    define([](const catalog::CatalogState& state) -> Result<catalog::Changes> {
      catalog::TableDefinition table;
      table.database = state.find_database("test")->id;
      table.name = "declared";
      table.columns = {column(1, "id"), column(2, "a")};
      table.open = false;
      table.key_columns = {ColumnId{1}};
      table.next_part = 3;
      catalog::IndexDefinition index;
      index.name = "a";
      index.unique = true;
      index.parts = {{.column = ColumnId{2}}};
      EXPECT_TRUE(algebra::encode(index::testing_support::field("a"), index.function));
      table.indexes.push_back(std::move(index));
      return catalog::create_table(state, std::move(table));
    });
    const auto catalog = engine_->catalog();
    const auto* made = catalog->find_table(catalog->find_database("test")->id, "declared");
    table_ = made->id;
    index_ = made->indexes.front().id;
  }
  static catalog::ColumnDefinition column(std::uint64_t id, std::string_view name) {
    catalog::ColumnDefinition out;
    out.id = ColumnId{id};
    out.name = name;
    out.type = value::make_type({.kind = value::Kind::integer, .bits = 64});
    out.nullable = false;
    return out;
  }

  IndexId index_{};
};

TEST_F(UniqueTransactionTest, OwnWritesTakeAndGiveBackKeys) {
  fill({{1, 10}, {2, 20}});
  Client a = client();
  a.begin();
  EXPECT_EQ(a.set(3, 10).error().code, Code::already_exists);
  ASSERT_TRUE(a.set(1, 11));
  ASSERT_TRUE(a.set(3, 10)) << "let go by the statement before";
  EXPECT_EQ(a.set(4, 10).error().code, Code::already_exists);
  ASSERT_TRUE(a.transaction().savepoint("s"));
  ASSERT_TRUE(a.erase(3));
  ASSERT_TRUE(a.set(4, 10));
  ASSERT_TRUE(a.transaction().rollback_to("s"));
  EXPECT_EQ(a.set(4, 10).error().code, Code::already_exists);
  EXPECT_EQ(*a.read({.index = index_}), (Pairs{{10, 3}, {11, 1}, {20, 2}}));
  const auto committed = a.commit();
  ASSERT_TRUE(committed) << committed.error().what;
  EXPECT_EQ(*client().all(), (Rows{{1, 11}, {2, 20}, {3, 10}}));
  EXPECT_EQ(client().set(4, 10).error().code, Code::already_exists);
}

// Whoever wants a key that another transaction takes, or may let go, waits for what it does.
TEST_F(UniqueTransactionTest, OthersWaitForKeys) {
  fill({{1, 10}});
  for (const bool commits : {true, false}) {
    for (const bool in_transaction : {true, false}) {
      Client a = client();
      a.begin();
      ASSERT_TRUE(a.set(2, 20));
      ASSERT_TRUE(a.erase(1));
      const auto want = [&](std::int64_t id, std::int64_t key, LockWait::How how) {
        Client b = client();
        if (in_transaction) b.begin();
        b.context.lock_wait.how = how;
        const Status done = b.set(id, key);
        if (in_transaction) EXPECT_TRUE(b.commit());
        if (b.context.lock_refusal == LockRefusal::not_free) return std::string("not free");
        return done ? "ok" : std::string(code_name(done.error().code));
      };
      EXPECT_EQ(want(5, 20, LockWait::How::nowait), "not free");
      EXPECT_EQ(want(6, 10, LockWait::How::nowait), "not free");
      auto taken = std::async(std::launch::async, want, 5, 20, LockWait::How::wait);
      auto let_go = std::async(std::launch::async, want, 6, 10, LockWait::How::wait);
      if (commits) {
        ASSERT_TRUE(a.commit());
      } else {
        a.rollback();
      }
      // By when they ask it may be over: then what they meet is what came of it.
      EXPECT_EQ(taken.get(), commits ? "already_exists" : "ok");
      EXPECT_EQ(let_go.get(), commits ? "ok" : "already_exists");
      for (const std::int64_t id : {2, 5, 6}) ASSERT_TRUE(client().erase(id));
      fill({{1, 10}});
    }
  }
}

TEST_F(UniqueTransactionTest, ADefinitionWaitsForWhoHasWritten) {
  Client a = client();
  a.begin();
  ASSERT_TRUE(a.set(1, 10));
  const auto alter = [&](bool waits) -> Result<Lsn> {
    exec::QueryContext context(catalog::kAdminName);
    if (!waits) context.lock_wait.deadline_ns = system_clock().monotonic_ns();
    std::optional<catalog::Violation> violation;
    return engine_->alter(
        [&](const catalog::CatalogState& state) -> Result<catalog::Alteration> {
          catalog::Alteration out;
          TRY(out.changes, catalog::edit_table(state, table_, [](catalog::TableDefinition& table) {
                table.columns[1].comment = "changed";
                return Status();
              }));
          return out;
        },
        context, violation);
  };
  EXPECT_EQ(alter(false).error().code, Code::timed_out);
  auto later = std::async(std::launch::async, alter, true);
  ASSERT_TRUE(a.set(2, 20));
  ASSERT_TRUE(a.commit());
  const auto altered = later.get();
  ASSERT_TRUE(altered) << altered.error().what;
  EXPECT_EQ(*client().all(), (Rows{{1, 10}, {2, 20}}));
}

// Not to wait, and to skip, is said of rows.
TEST_F(UniqueTransactionTest, WhoSkipsRowsWaitsForTheTable) {
  fill({{1, 10}, {2, 20}});
  for (const LockWait::How how : {LockWait::How::nowait, LockWait::How::skip}) {
    const auto alter = [&] {
      exec::QueryContext context(catalog::kAdminName);
      std::optional<catalog::Violation> violation;
      const auto decide = [&](const catalog::CatalogState& state) -> Result<catalog::Alteration> {
        catalog::Alteration out;
        TRY(out.changes, catalog::edit_table(state, table_, [](catalog::TableDefinition& table) {
              table.columns[1].comment += ".";
              return Status();
            }));
        return out;
      };
      return engine_->alter(decide, context, violation);
    };
    Client a = client();
    a.begin();
    ASSERT_TRUE(a.add(1, 1));
    auto altered = std::async(std::launch::async, alter);
    // Until it stands in the queue, where nobody passes it.
    for (Client b = client();; std::this_thread::yield()) {
      b.begin();
      b.wait_for_locks({});
      const Status locked = b.set(2, 20);
      b.rollback();
      if (!locked) break;
    }
    auto locked = std::async(std::launch::async, [&] {
      Client b = client();
      b.begin();
      return b.lock({1, 2}, LockMode::exclusive, how);
    });
    EXPECT_EQ(locked.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
    ASSERT_TRUE(a.commit());
    EXPECT_TRUE(altered.get());
    const auto got = locked.get();
    ASSERT_TRUE(got) << got.error().what;
    EXPECT_EQ(*got, (std::vector<bool>{true, true}));
  }
}

// Several at once, over few keys; the index and the rows stay one to one.
TEST_F(UniqueTransactionTest, ManyTakeAndGiveBackKeys) {
  const auto work = [&](std::uint64_t seed) {
    Random random(seed);
    Client one = client();
    for (int i = 0; i < 200; ++i) {
      const bool alone = random.below(3) == 0;
      if (!alone) one.begin();
      Status done;
      for (std::uint64_t n = alone ? 1 : 1 + random.below(4); n > 0; --n) {
        const auto id = static_cast<std::int64_t>(random.below(8));
        const auto a = static_cast<std::int64_t>(random.below(10));
        done = random.below(4) == 0 ? one.erase(id) : one.set(id, a);
        if (!done && one.context.lock_refusal == LockRefusal::deadlock) break;
        if (!done) EXPECT_EQ(done.error().code, Code::already_exists) << done.error().what;
      }
      if (alone) continue;
      if (one.transaction().ended() || random.below(5) == 0) {
        one.rollback();
      } else {
        const auto committed = one.commit();
        EXPECT_TRUE(committed) << committed.error().what;
      }
    }
  };
  std::vector<std::thread> threads;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) threads.emplace_back(work, seed);
  for (std::thread& thread : threads) thread.join();
  Pairs by_key;
  for (const auto& [id, a] : *client().all()) by_key.emplace_back(a, id);
  std::ranges::sort(by_key);
  EXPECT_EQ(*client().read({.index = index_}), by_key);
  for (std::size_t i = 1; i < by_key.size(); ++i) EXPECT_NE(by_key[i - 1].first, by_key[i].first);
}

}  // namespace
}  // namespace octavo::engine
