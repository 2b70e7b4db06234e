// Rows that live for a time only, through the engine: which of them go, and which stay.

#include "engine/row_expiry.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "engine/test_support.h"

namespace octavo::engine {
namespace {

using exec::RowEdit;
using index::testing_support::number;
using value::Value;

constexpr std::int64_t kOld = 1'000'000'000;    // 2001
constexpr std::int64_t kNever = 9'000'000'000;  // 2255

Value time(std::int64_t seconds) { return Value::timestamp({.seconds = seconds}); }

class RowsExpire : public OneTableOnDisk {
 protected:
  void SetUp() override {
    OneTableOnDisk::SetUp();
    control().enabled = false;
    control().period_seconds = 0;
  }
  RowExpiryControl& control() { return row_expiry_of(*engine_); }

  void put(std::int64_t id, const Value& a, Transaction* transaction = nullptr) {
    exec::QueryContext context(catalog::kAdminName);
    context.transaction = transaction;
    exec::RowWrites writes;
    writes.table = table_;
    writes.keys.push_back(number(id));
    writes.decide = [&](std::size_t, const Value*) -> Result<RowEdit> {
      return RowEdit{.action = RowEdit::Action::put,
                     .row = Value::object({{"id", number(id)}, {"a", a}})};
    };
    const auto done = engine_->write(writes, context);
    ASSERT_TRUE(done) << done.error().what;
  }

  // Over `a`, of which an array gives several entries.
  void add_expiring_index(std::int64_t seconds) {
    catalog::IndexDefinition index;
    index.name = "a";
    index.options = Value::object(
        {{"multi", Value::boolean(true)}, {"expire_after_seconds", Value::int64(seconds)}});
    ASSERT_TRUE(algebra::encode(index::testing_support::field("a"), index.function));
    define([&](const catalog::CatalogState& state) {
      return catalog::add_index(state, table_, index);
    });
    ASSERT_TRUE(wait_for_index(definition().find_index("a")->id));
  }

  // Until a pass that began later than this call is over.
  void pass() {
    const std::uint64_t before = control().passes;
    control().enabled = true;
    while (control().passes < before + 2) std::this_thread::yield();
    control().enabled = false;
  }

  std::set<std::int64_t> ids() {
    exec::QueryContext context(catalog::kAdminName);
    const auto query = engine_->query(all(), context);
    EXPECT_TRUE(query);
    std::set<std::int64_t> out;
    for (exec::Rows batch; query; batch.clear()) {
      EXPECT_TRUE((*query)->next(100, batch));
      if (batch.empty()) break;
      for (const Value& row : batch) out.insert(row.find("id")->as_int64());
    }
    return out;
  }
};

using Ids = std::set<std::int64_t>;

TEST_F(RowsExpire, ByTheFirstOfTheirTimes) {
  put(1, time(kOld));
  put(2, time(kNever));
  put(3, number(5));
  put(4, Value::array({time(kNever), time(kOld)}));
  put(5, Value::array({time(kNever), Value::string("x")}));
  put(6, Value::string("x"));
  put(7, time(-kOld));
  pass();
  EXPECT_EQ(ids().size(), 7u) << "no index says so";
  add_expiring_index(0);
  pass();
  EXPECT_EQ(ids(), (Ids{2, 3, 5, 6}));
  EXPECT_EQ(control().erased, 3u);
}

TEST_F(RowsExpire, AfterTheSecondsOfTheIndex) {
  add_expiring_index(2'000'000'000);
  put(1, time(kOld));
  put(2, time(-kOld));
  pass();
  EXPECT_EQ(ids(), (Ids{1}));
}

TEST_F(RowsExpire, AllOfMany) {
  add_expiring_index(0);
  for (std::int64_t id = 0; id < 1000; ++id) put(id, time(id % 100 == 0 ? kNever : kOld));
  pass();
  EXPECT_EQ(ids().size(), 10u);
}

TEST_F(RowsExpire, ALockedOneHasItsTurnLater) {
  add_expiring_index(0);
  put(1, time(kOld));
  put(2, time(kOld));
  const auto transaction = engine_->begin({});
  put(1, time(kOld + 1), transaction.get());
  pass();
  EXPECT_EQ(ids(), (Ids{1}));
  transaction->rollback();
  pass();
  EXPECT_EQ(ids(), Ids());
}

TEST_F(RowsExpire, AfterARestart) {
  add_expiring_index(0);
  put(1, time(kOld));
  restart();
  control().period_seconds = 0;
  pass();
  EXPECT_EQ(ids(), Ids());
}

}  // namespace
}  // namespace octavo::engine
