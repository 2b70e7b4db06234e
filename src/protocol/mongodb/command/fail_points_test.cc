#include "protocol/mongodb/command/fail_points.h"

#include <gtest/gtest.h>

namespace octavo::mongodb {
namespace {

FailPoint::Plan plan_for(std::string command) {
  FailPoint::Plan plan;
  plan.commands.push_back(std::move(command));
  plan.failure.close_connection = true;
  return plan;
}

TEST(MongodbFailPoints, OnlyThoseThatArePlannedFail) {
  FailPoint point;
  EXPECT_FALSE(point.meet("find", "", "d.c"));
  point.set(plan_for("find"));
  EXPECT_TRUE(point.meet("find", "", "d.c"));
  EXPECT_FALSE(point.meet("insert", "", "d.c"));
  EXPECT_EQ(point.set(std::nullopt), 1);
  EXPECT_FALSE(point.meet("find", "", "d.c"));
}

TEST(MongodbFailPoints, SomeAreSkippedAndSomeFail) {
  FailPoint point;
  FailPoint::Plan plan = plan_for("find");
  plan.skip = 1;
  plan.times = 2;
  point.set(plan);
  std::string met;
  for (int i = 0; i < 5; ++i) met += point.meet("find", "", "") ? 'x' : '.';
  EXPECT_EQ(met, ".xx..");
  EXPECT_EQ(point.set(std::nullopt), 2);
}

TEST(MongodbFailPoints, WhoeverComesWhereThereAreNoCommands) {
  FailPoint point;
  EXPECT_FALSE(point.is_armed());
  EXPECT_FALSE(point.meet());
  FailPoint::Plan plan;
  plan.skip = 1;
  point.set(plan);
  EXPECT_TRUE(point.is_armed());
  EXPECT_FALSE(point.meet());
  EXPECT_TRUE(point.meet());
  EXPECT_EQ(point.set(std::nullopt), 1);
}

TEST(MongodbFailPoints, OfOneApplicationAndOneNamespace) {
  FailPoint point;
  FailPoint::Plan plan = plan_for("find");
  plan.application = "a";
  plan.name_space = "d.c";
  point.set(plan);
  EXPECT_FALSE(point.meet("find", "b", "d.c"));
  EXPECT_FALSE(point.meet("find", "a", "d.e"));
  EXPECT_TRUE(point.meet("find", "a", "d.c"));
}

TEST(MongodbFailPoints, ChanceIsWithinItsBounds) {
  FailPoint point;
  FailPoint::Plan plan = plan_for("find");
  plan.probability = 0;
  point.set(plan);
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(point.meet("find", "", ""));
  plan.probability = 1;
  point.set(plan);
  EXPECT_TRUE(point.meet("find", "", ""));
}

}  // namespace
}  // namespace octavo::mongodb
