#include "protocol/rethinkdb/jobs.h"

#include <gtest/gtest.h>

#include <optional>

namespace octavo::rethinkdb {
namespace {

TEST(Jobs, AreListedAsLongAsTheirEntryLives) {
  Jobs jobs;
  std::optional<Jobs::Entry> first;
  first.emplace(jobs, Job{.uuid = "a", .user = "u"});
  const Jobs::Entry second(jobs, Job{.uuid = "b"});
  ASSERT_EQ(jobs.list().size(), 2U);
  EXPECT_EQ(jobs.list()[0].user, "u");
  first.reset();
  ASSERT_EQ(jobs.list().size(), 1U);
  EXPECT_EQ(jobs.list()[0].uuid, "b");
}

TEST(Jobs, AreKilledByName) {
  Jobs jobs;
  int killed = 0;
  // The action may look at the list itself.
  const Jobs::Entry entry(
      jobs, Job{.uuid = "a", .kill = [&] { killed += static_cast<int>(jobs.list().size()); }});
  jobs.kill("b");
  EXPECT_EQ(killed, 0);
  jobs.kill("a");
  EXPECT_EQ(killed, 1);
}

}  // namespace
}  // namespace octavo::rethinkdb
