// Foreign keys, through the engine: children and their parents, in whichever transaction they are
// written, and on a log whose records come back later.

#include "catalog/references.h"

#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "base/mutex.h"
#include "base/random.h"
#include "engine/test_support.h"

namespace octavo::engine {
namespace {

using catalog::ReferenceAction;
using catalog::Violation;
using exec::RowEdit;
using value::Value;
using Numbers = std::map<std::int64_t, std::optional<std::int64_t>>;  // id → up

catalog::ColumnDefinition column(std::uint64_t id, std::string_view name) {
  catalog::ColumnDefinition out;
  out.id = ColumnId{id};
  out.name = name;
  out.type = value::make_type({.kind = value::Kind::integer, .bits = 64});
  out.nullable = name != "id";
  return out;
}

// Tables of rows {id, up}; `up` may refer to the `id` of another.
class EngineReferences : public OneTableOnDisk {
 protected:
  struct Refers {
    std::string_view to;
    ReferenceAction on_delete = ReferenceAction::restrict;
  };
  void make(std::string_view name, std::optional<Refers> refers = {}) {
    define([&](const catalog::CatalogState& state) -> Result<catalog::Changes> {
      catalog::TableDefinition table;
      table.database = state.find_database("test")->id;
      table.name = name;
      table.columns = {column(1, "id"), column(2, "up")};
      table.open = false;
      table.key_columns = {ColumnId{1}};
      table.next_part = 4;
      if (refers) {
        catalog::IndexDefinition index;
        index.name = "up";
        index.parts = {{.column = ColumnId{2}}};
        TRY_STATUS(algebra::encode(index::testing_support::field("up"), index.function));
        table.indexes.push_back(std::move(index));
        catalog::ForeignKeyDefinition key;
        key.id = catalog::ForeignKeyId{3};
        key.name = "of_" + std::string(refers->to);
        key.columns = {ColumnId{2}};
        key.parent = refers->to == name ? TableId{state.next_id()}
                                        : state.find_table(table.database, refers->to)->id;
        key.parent_columns = {ColumnId{1}};
        key.on_delete = refers->on_delete;
        table.foreign_keys.push_back(std::move(key));
      }
      return catalog::create_table(state, std::move(table));
    });
  }
  TableId id_of(std::string_view name) {
    const auto state = engine_->catalog();
    return state->find_table(state->find_database("test")->id, name)->id;
  }

  // A row is put, or without a value goes.
  using Up = std::optional<std::int64_t>;
  Status write(exec::QueryContext& context, std::string_view name, std::int64_t id,
               const std::optional<Up>& up) {
    const Value key = Value::int64(id);
    const exec::RowWrites writes{
        id_of(name), {key}, [&](std::size_t, const Value* current) -> Result<RowEdit> {
          if (!up && current == nullptr) return RowEdit{};
          if (!up) return RowEdit{.action = RowEdit::Action::erase, .row = {}};
          return RowEdit{
              .action = RowEdit::Action::put,
              .row = Value::object({{"id", key}, {"up", *up ? Value::int64(**up) : Value()}})};
        }};
    TRY(auto done, engine_->write(writes, context));
    const MutexLock lock(mutex_);
    if (const auto broken = done.violations.find(0); broken != done.violations.end()) {
      broken_ = broken->second;
    }
    return std::move(done.rows.front());
  }
  // What comes of it is others' affair.
  void try_to_write(exec::QueryContext& context, std::string_view name, std::int64_t id,
                    const std::optional<Up>& up) {
    const Status done = write(context, name, id, up);
    if (!done) EXPECT_NE(done.error().code, Code::internal) << done.error().what;
  }
  Status put(std::string_view name, std::int64_t id, Up up = {}) {
    broken_.reset();
    exec::QueryContext context(catalog::kAdminName);
    return write(context, name, id, up);
  }
  Status erase(std::string_view name, std::int64_t id) {
    broken_.reset();
    exec::QueryContext context(catalog::kAdminName);
    return write(context, name, id, std::nullopt);
  }
  Numbers rows_of(std::string_view name) {
    exec::QueryContext context(catalog::kAdminName);
    const auto plan = algebra::make_plan(
        algebra::Scan{.table = id_of(name), .index = {}, .order = algebra::Direction::ascending});
    auto query = engine_->query(plan, context);
    EXPECT_TRUE(query);
    Numbers out;
    for (exec::Rows batch;; batch.clear()) {
      EXPECT_TRUE((*query)->next(100, batch));
      if (batch.empty()) return out;
      for (const Value& row : batch) {
        const Value* up = row.find("up");
        out[row.find("id")->as_int64()] =
            up == nullptr || up->is_null() ? std::nullopt : std::optional(up->as_int64());
      }
    }
  }

  Mutex mutex_;
  std::optional<Violation> broken_;
};

TEST_F(EngineReferences, AChildNeedsItsParentAndKeepsIt) {
  make("p");
  make("c", Refers{"p"});
  ASSERT_TRUE(put("p", 1));
  EXPECT_TRUE(put("c", 10, 1));
  EXPECT_TRUE(put("c", 11)) << "refers to nothing";
  const Status orphan = put("c", 12, 2);
  ASSERT_FALSE(orphan);
  EXPECT_EQ(orphan.error().what,
            "Constraint `of_p` of table `c` is violated: there is no row that it refers to.");
  ASSERT_TRUE(broken_);
  EXPECT_EQ(broken_->kind, Violation::Kind::no_parent);
  EXPECT_EQ(broken_->table, id_of("c"));
  EXPECT_EQ(broken_->foreign_key, catalog::ForeignKeyId{3});
  EXPECT_FALSE(put("c", 10, 2));
  EXPECT_FALSE(erase("p", 1));
  ASSERT_TRUE(broken_);
  EXPECT_EQ(broken_->kind, Violation::Kind::has_children);
  EXPECT_EQ(broken_->table, id_of("c"));
  restart();
  EXPECT_FALSE(erase("p", 1));
  EXPECT_EQ(rows_of("c"), (Numbers{{10, 1}, {11, std::nullopt}}));
  EXPECT_TRUE(put("c", 10));
  EXPECT_TRUE(erase("p", 1));
}

TEST_F(EngineReferences, ActionsAreWithinTheRecordAndAllOrNothing) {
  make("p");
  make("c", Refers{"p", ReferenceAction::cascade});
  make("n", Refers{"c", ReferenceAction::set_null});
  make("k", Refers{"c", ReferenceAction::restrict});
  for (const std::int64_t id : {1, 2}) ASSERT_TRUE(put("p", id));
  for (const std::int64_t id : {10, 11}) ASSERT_TRUE(put("c", id, 1));
  ASSERT_TRUE(put("c", 12, 2));
  ASSERT_TRUE(put("n", 100, 10));
  ASSERT_TRUE(put("k", 200, 11));
  EXPECT_FALSE(erase("p", 1)) << "a row of `k` holds on to one that would follow";
  EXPECT_EQ(broken_->table, id_of("k"));
  EXPECT_EQ(rows_of("c").size(), 3U);
  EXPECT_EQ(rows_of("n"), (Numbers{{100, 10}}));
  ASSERT_TRUE(erase("k", 200));
  EXPECT_TRUE(erase("p", 1));
  EXPECT_EQ(rows_of("c"), (Numbers{{12, 2}}));
  EXPECT_EQ(rows_of("n"), (Numbers{{100, std::nullopt}}));
  restart();
  EXPECT_EQ(rows_of("c"), (Numbers{{12, 2}}));
}

TEST_F(EngineReferences, ManyChildrenFollow) {
  make("p");
  make("c", Refers{"p", ReferenceAction::cascade});
  ASSERT_TRUE(put("p", 1));
  ASSERT_TRUE(put("p", 2));
  constexpr std::int64_t kChildren = 700;
  for (std::int64_t id = 0; id < kChildren; ++id) ASSERT_TRUE(put("c", id, 1 + id % 2));
  EXPECT_TRUE(erase("p", 1));
  EXPECT_EQ(rows_of("c").size(), static_cast<std::size_t>(kChildren / 2));
}

// What comes of a row is acknowledged as safely as the tables ask that have it.
TEST_F(EngineReferences, TheStrictestTableSaysHowSafeAWriteIs) {
  make("p");
  make("c", Refers{"p", ReferenceAction::cascade});
  define([&](const catalog::CatalogState& state) {
    return catalog::edit_table(state, id_of("p"), [](catalog::TableDefinition& table) -> Status {
      table.durability = Durability::memory;
      return {};
    });
  });
  const auto erase_parent = [&](std::int64_t id, Transaction* transaction) {
    exec::QueryContext context(catalog::kAdminName);
    context.transaction = transaction;
    return engine_->write({id_of("p"),
                           {Value::int64(id)},
                           [](std::size_t, const Value*) -> Result<RowEdit> {
                             return RowEdit{.action = RowEdit::Action::erase, .row = {}};
                           }},
                          context);
  };
  for (const std::int64_t id : {1, 2, 3}) ASSERT_TRUE(put("p", id));
  for (const std::int64_t id : {2, 3}) ASSERT_TRUE(put("c", id, id));
  EXPECT_EQ(erase_parent(1, nullptr)->durability, Durability::memory);
  EXPECT_EQ(erase_parent(2, nullptr)->durability, Durability::disk);
  const auto transaction = engine_->begin({});
  EXPECT_EQ(transaction->durability(), Durability::memory);
  ASSERT_TRUE(erase_parent(3, transaction.get()));
  EXPECT_EQ(transaction->durability(), Durability::disk);
}

// By which children are found: who has to find them waits until it is built.
TEST_F(EngineReferences, AnIndexThatIsBuiltIsWaitedFor) {
  make("p");
  make("c", Refers{"p"});
  for (const std::int64_t id : {1, 2}) ASSERT_TRUE(put("p", id));
  exec::RowWrites many;
  many.table = id_of("c");
  for (std::int64_t id = 0; id < 30'000; ++id) many.keys.push_back(Value::int64(id));
  many.decide = [&](std::size_t i, const Value*) -> Result<RowEdit> {
    return RowEdit{.action = RowEdit::Action::put,
                   .row = Value::object({{"id", many.keys[i]}, {"up", Value::int64(1)}})};
  };
  exec::QueryContext context(catalog::kAdminName);
  ASSERT_TRUE(engine_->write(many, context));
  for (const char* name : {"other", "third"}) {
    define([&](const catalog::CatalogState& state) {
      return catalog::edit_table(state, id_of("c"), [&](catalog::TableDefinition& table) -> Status {
        catalog::IndexDefinition& index = table.indexes.front();
        index.id = IndexId{state.next_id()};
        index.name = name;
        index.ready = false;
        return {};
      });
    });
    exec::QueryContext hasty(catalog::kAdminName);
    hasty.lock_wait.deadline_ns = system_clock().monotonic_ns();
    const Status late = write(hasty, "p", 2, std::nullopt);
    if (!late) EXPECT_EQ(hasty.lock_refusal, exec::LockRefusal::timed_out) << late.error().what;
    EXPECT_TRUE(erase("p", 2));
    EXPECT_FALSE(erase("p", 1));
    ASSERT_TRUE(broken_);
    EXPECT_EQ(broken_->kind, Violation::Kind::has_children);
    ASSERT_TRUE(put("p", 2));
  }
}

// A parent that is not there yet asks nobody for a right when it comes.
TEST_F(EngineReferences, WhoRefersToWhatIsNotThereHasARightToItsPlace) {
  define([](const catalog::CatalogState& state) { return catalog::create_database(state, "b"); });
  const auto user = [&](std::vector<catalog::Grant> grants) {
    define([&](const catalog::CatalogState& state) {
      return catalog::put_user(state, {.name = "u", .credentials = {}, .grants = grants});
    });
  };
  const auto refer = [&](std::string_view name, std::string_view database) {
    exec::QueryContext context("u");
    std::optional<Violation> broken;
    const auto decide = [&](const catalog::CatalogState& state) -> Result<catalog::Alteration> {
      catalog::TableDefinition table;
      table.database = state.find_database("test")->id;
      table.name = name;
      table.columns = {column(1, "id")};
      table.open = false;
      table.key_columns = {ColumnId{1}};
      table.next_part = 3;
      catalog::ForeignKeyDefinition key;
      key.id = catalog::ForeignKeyId{2};
      key.name = "k";
      key.columns = {ColumnId{1}};
      key.absent = catalog::AbsentParent{std::string(database), "secret", {"id"}};
      table.foreign_keys.push_back(std::move(key));
      catalog::Alteration out;
      TRY(out.changes, catalog::create_table(state, std::move(table)));
      out.checks_references = false;
      return out;
    };
    const auto done = engine_->alter(decide, context, broken);
    return done ? std::string("ok") : std::string(code_name(done.error().code));
  };
  const auto id_of_database = [&](std::string_view name) {
    return engine_->catalog()->find_database(name)->id;
  };
  const catalog::Permissions config{.config = true};
  user({{id_of_database("test"), std::nullopt, config}});
  EXPECT_EQ(refer("one", "test"), "ok");
  EXPECT_EQ(refer("two", "b"), "permission_denied");
  EXPECT_EQ(refer("two", "not_there"), "permission_denied");
  user({{id_of_database("test"), std::nullopt, config},
        {id_of_database("b"), std::nullopt, config}});
  EXPECT_EQ(refer("two", "b"), "ok");
  EXPECT_EQ(refer("three", "not_there"), "permission_denied");
  user({{std::nullopt, std::nullopt, config}});
  EXPECT_EQ(refer("three", "not_there"), "ok");
}

TEST_F(EngineReferences, AChainIsFollowedSoFar) {
  make("chain", Refers{"chain", ReferenceAction::cascade});
  ASSERT_TRUE(put("chain", 0));
  for (std::int64_t id = 1; id <= 16; ++id) ASSERT_TRUE(put("chain", id, id - 1));
  EXPECT_FALSE(erase("chain", 0));
  ASSERT_TRUE(broken_);
  EXPECT_EQ(broken_->kind, Violation::Kind::too_deep);
  EXPECT_EQ(rows_of("chain").size(), 17U);
  EXPECT_TRUE(erase("chain", 1)) << "15 follow it";
  EXPECT_EQ(rows_of("chain").size(), 1U);
  EXPECT_TRUE(put("chain", 5, 5)) << "itself";
  EXPECT_TRUE(erase("chain", 5));
}

TEST_F(EngineReferences, ATransactionSeesItsOwnParentsAndLocksThoseOfOthers) {
  make("p");
  make("c", Refers{"p"});
  ASSERT_TRUE(put("p", 1));
  auto one = engine_->begin({});
  exec::QueryContext mine(catalog::kAdminName);
  mine.transaction = one.get();
  EXPECT_TRUE(write(mine, "p", 2, Up{}));
  EXPECT_TRUE(write(mine, "c", 10, Up{2}));
  EXPECT_TRUE(write(mine, "c", 11, Up{1}));
  EXPECT_FALSE(write(mine, "p", 2, std::nullopt));
  exec::QueryContext other(catalog::kAdminName);
  other.lock_wait.how = exec::LockWait::How::nowait;
  EXPECT_FALSE(write(other, "p", 1, std::nullopt));
  EXPECT_EQ(other.lock_refusal, exec::LockRefusal::not_free);
  EXPECT_FALSE(write(other, "c", 12, Up{2})) << "its parent is under way";
  EXPECT_EQ(other.lock_refusal, exec::LockRefusal::not_free);
  EXPECT_TRUE(write(other, "c", 13, Up{1})) << "both may refer to it";
  ASSERT_TRUE(one->commit(mine));
  EXPECT_EQ(rows_of("c"), (Numbers{{10, 2}, {11, 1}, {13, 1}}));

  auto two = engine_->begin({});
  mine.transaction = two.get();
  EXPECT_TRUE(write(mine, "c", 10, std::nullopt));
  EXPECT_FALSE(write(other, "p", 2, std::nullopt)) << "its child is going";
  EXPECT_EQ(other.lock_refusal, exec::LockRefusal::not_free);
  two->rollback();
  EXPECT_FALSE(erase("p", 2));
}

TEST_F(EngineReferences, UncheckedNothingIsLookedAt) {
  make("p");
  make("c", Refers{"p", ReferenceAction::cascade});
  exec::QueryContext context(catalog::kAdminName);
  context.checks_references = false;
  EXPECT_TRUE(write(context, "c", 10, Up{7}));
  EXPECT_TRUE(write(context, "p", 1, Up{}));
  EXPECT_TRUE(write(context, "c", 11, Up{1}));
  EXPECT_TRUE(write(context, "p", 1, std::nullopt));
  EXPECT_EQ(rows_of("c").size(), 2U);
}

// Of more rows than are written at once: those that were are not written again.
TEST_F(EngineReferences, ATableThatComesToReferWhileItIsWritten) {
  make("p");
  constexpr std::int64_t kRows = 1500;
  exec::QueryContext context(catalog::kAdminName);
  exec::RowWrites writes;
  writes.table = id_of("p");
  for (std::int64_t id = 0; id < kRows; ++id) writes.keys.push_back(Value::int64(id));
  bool refers = true;
  writes.decide = [&](std::size_t i, const Value* current) -> Result<RowEdit> {
    if (i == kRows - 1 && !std::exchange(refers, true)) make("child", Refers{"p"});
    const std::int64_t up = current == nullptr ? 0 : current->find("up")->as_int64() + 1;
    return RowEdit{.action = RowEdit::Action::put,
                   .row = Value::object({{"id", writes.keys[i]}, {"up", Value::int64(up)}})};
  };
  ASSERT_TRUE(engine_->write(writes, context));
  refers = false;
  const auto done = engine_->write(writes, context);
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_TRUE(refers);
  EXPECT_EQ(done->rows.size(), static_cast<std::size_t>(kRows));
  for (const auto& [id, up] : rows_of("p")) EXPECT_EQ(up, 1) << id;
}

// Whose certifier is the only judge of what two nodes would do.
class DelayedReferences : public EngineReferences {
 protected:
  Options options() override {
    Options out = EngineReferences::options();
    out.log_delay = std::chrono::milliseconds(1);
    return out;
  }
};

TEST_F(DelayedReferences, NoChildIsLeftAlone) {
  make("p");
  make("c", Refers{"p"});
  std::vector<std::thread> writers;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    writers.emplace_back([this, seed] {
      Random random(seed);
      for (int i = 0; i < 60; ++i) {
        exec::QueryContext context(catalog::kAdminName);
        const auto parent = static_cast<std::int64_t>(random.below(3));
        const auto child = static_cast<std::int64_t>(10 * seed + random.below(3));
        switch (random.below(4)) {
          case 0: try_to_write(context, "p", parent, Up{}); break;
          case 1: try_to_write(context, "p", parent, std::nullopt); break;
          case 2: try_to_write(context, "c", child, Up{parent}); break;
          default: try_to_write(context, "c", child, std::nullopt); break;
        }
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  const Numbers parents = rows_of("p");
  for (const auto& [id, up] : rows_of("c")) EXPECT_TRUE(parents.contains(*up)) << id;
}

}  // namespace
}  // namespace octavo::engine
