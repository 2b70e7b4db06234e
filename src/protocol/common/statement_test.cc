#include "protocol/common/statement.h"

#include <gtest/gtest.h>

#include "base/memory_pool.h"
#include "io/scope.h"
#include "protocol/common/test_connection.h"

namespace octavo::protocol {
namespace {

struct NoPacer final : Pacer {
  Status pace() override { return {}; }
};

class StatementTest : public testing::Test {
 protected:
  value::Account pays() { return value::Account(pool_, kMiB); }
  Connection& connection() { return *client_.connection; }
  void settle() { client_.loop.settle(); }
  io::Task<void> wait_for_news(Statement& statement) {
    woken_ = co_await statement.alarm()->wait(Nanoseconds(0));
  }

  TestConnection client_;
  Jobs jobs_;
  NoPacer pacer_;
  MemoryPool pool_{"test", kMiB};
  Statements all_{connection(), jobs_, pacer_};
  std::optional<Woken> woken_;
  io::Scope scope_{client_.loop.executor};
};

TEST_F(StatementTest, IsListedAsAJobOfItsUserAndConnection) {
  std::optional<Statement> statement(std::in_place, all_, "somebody", pays());
  EXPECT_TRUE(jobs_.list().empty());
  statement->list({.name = "a"});
  ASSERT_EQ(jobs_.list().size(), 1U);
  const Job job = jobs_.list()[0].second;
  EXPECT_EQ(job.name, "a");
  EXPECT_EQ(job.user, "somebody");
  EXPECT_EQ(job.protocol, "test");
  EXPECT_EQ(job.started_ns, statement->started_ns());
  statement.reset();
  EXPECT_TRUE(jobs_.list().empty());
}

TEST_F(StatementTest, IsKilledOnItsOwnThread) {
  Statement statement(all_, "u", pays());
  int told = 0;
  statement.list({}, [&] { ++told; });
  EXPECT_TRUE(jobs_.kill(jobs_.list()[0].first));
  EXPECT_FALSE(statement.stopped());
  settle();
  EXPECT_EQ(statement.end(), End::killed);
  EXPECT_TRUE(statement.context().evaluation.cancel.cancelled());
  EXPECT_EQ(told, 1);
}

TEST_F(StatementTest, IsKilledInAWait) {
  Statement statement(all_, "u", pays());
  statement.list({});
  scope_.spawn(wait_for_news(statement));
  settle();
  EXPECT_EQ(woken_, std::nullopt);
  jobs_.kill(jobs_.list()[0].first);
  settle();
  EXPECT_EQ(woken_, Woken::rung);
  EXPECT_TRUE(statement.stopped());
}

TEST_F(StatementTest, MayEndBeforeItsKillArrives) {
  std::optional<Statement> statement(std::in_place, all_, "u", pays());
  int told = 0;
  statement->list({}, [&] { ++told; });
  jobs_.kill(jobs_.list()[0].first);
  statement.reset();
  settle();
  EXPECT_EQ(told, 0);
}

TEST_F(StatementTest, MayEndBecauseItIsKilled) {
  std::optional<Statement> statement(std::in_place, all_, "u", pays());
  statement->list({}, [&] { statement.reset(); });
  jobs_.kill(jobs_.list()[0].first);
  settle();
  EXPECT_FALSE(statement);
}

TEST_F(StatementTest, TheFirstReasonStays) {
  Statement statement(all_, "u", pays());
  statement.stop(End::client);
  statement.stop(End::server);
  EXPECT_EQ(statement.end(), End::client);
}

TEST_F(StatementTest, AClientThatIsGoneEndsAll) {
  Statement first(all_, "u", pays());
  {
    const Statement gone(all_, "u", pays());
  }
  Statement second(all_, "u", pays());
  connection().abort();
  settle();
  EXPECT_EQ(first.end(), End::gone);
  EXPECT_EQ(second.end(), End::gone);
}

TEST_F(StatementTest, ADrainEndsWaitsAndFeedsAndTheRestWhenItsTimeIsOver) {
  Statement computes(all_, "u", pays());
  Statement feed(all_, "u", pays());
  feed.set_feed();
  connection().begin_drain();
  settle();
  EXPECT_EQ(feed.end(), End::server);
  EXPECT_FALSE(computes.stopped());
  EXPECT_TRUE(computes.waits_are_over());
  connection().cancel(Code::unavailable);
  settle();
  EXPECT_EQ(computes.end(), End::server);
}

TEST_F(StatementTest, WhatBeginsDuringADrainDoesNotWait) {
  connection().begin_drain();
  settle();
  Statement late(all_, "u", pays());
  EXPECT_TRUE(late.waits_are_over());
  EXPECT_FALSE(late.stopped());
  late.set_feed();
  EXPECT_EQ(late.end(), End::server);
}

}  // namespace
}  // namespace octavo::protocol
